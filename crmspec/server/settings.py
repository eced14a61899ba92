"""What a server is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this server is reached and how careful it is.

    `prefix` is the path it lives under (`/crm`), empty at the root. `secure_cookies` belongs on wherever people come
    by HTTPS. `trusted_proxies` says that `X-Forwarded-For` may be believed for the address of a caller.
    """

    prefix: str = ""
    environment: str = ""
    secure_cookies: bool = False
    trusted_proxies: bool = False
    hint: str = ""  # shown on the log-in page, such as the demo's log-ins
    session_idle: timedelta = timedelta(hours=12)
    session_absolute: timedelta = timedelta(days=14)
    body_bytes_max: int = 20 * 1024 * 1024
    form_fields_max: int = 2_000
    page_size: int = 50
