"""What a server is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from crmspec.spec import OpenId


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
    url: str = ""  # where people find it; other hosts are refused when it is known
    open_id: OpenId | None = None  # with its secret filled in
    body_seconds_max: float = 60
    body_bytes_max: int = 20 * 1024 * 1024
    form_fields_max: int = 2_000
    page_size: int = 50

    def cookie(self, name: str) -> str:
        """Return a cookie's name: with HTTPS one that no other host or plain page can plant (RFC 6265bis)."""
        if not self.secure_cookies:
            return name
        return f"__Secure-{name}" if self.prefix else f"__Host-{name}"

    @property
    def host(self) -> str:
        """The host that people ask for, when it is known."""
        return urlsplit(self.url).netloc.lower()
