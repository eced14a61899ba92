"""The pages around logging in: one question at a time, what somebody's account is protected by, and the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from markupsafe import Markup

from crmspec.server.views.values import Action, Choice, Link


@dataclass(frozen=True, slots=True, kw_only=True)
class StepField:
    """One box of a step. `kind`: text, password, or code (six digits)."""

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    text: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPage:
    """One question on the way in, or to be safer. Posts its fields, `next` and `csrf_token` to `url`."""

    template: ClassVar[str] = "step.html"
    title: str
    url: str
    fields: tuple[StepField, ...]
    submit: str
    text: str = ""
    problem: str = ""
    next: str = ""
    picture: Markup | None = None     # a QR code
    secret: str = ""                  # the same, for typing in
    others: tuple[Link, ...] = ()     # other ways
    leave: Action | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesPage:
    """Recovery codes, shown once."""

    template: ClassVar[str] = "codes.html"
    title: str
    text: str
    codes: tuple[str, ...]
    back: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One browser that is logged in."""

    device: str
    icon: str
    address: str
    method: str
    created_at: datetime
    seen_at: datetime
    current: bool = False
    end: Action | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityPage:
    """What one's account is protected by, and where it is open."""

    template: ClassVar[str] = "security.html"
    title: str
    login: str
    password_changed_at: datetime | None
    password: Action
    second_factor_at: datetime | None
    second_factor_required: bool
    codes_left: int
    second_factor: tuple[Action, ...]
    sessions: tuple[SessionRow, ...]
    everywhere: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One row of the trail. `tone` is a hue: refusals stand out."""

    number: int
    at: datetime
    what: str
    tone: str
    who: str
    person: Link | None
    address: str
    session: str
    target: Link | None
    detail: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Who did what, newest first. GET `group`, `who`, `object`, `since`, `until`, `before`."""

    template: ClassVar[str] = "setup/audit.html"
    title: str
    url: str
    rows: tuple[AuditRow, ...]
    groups: tuple[Choice, ...]
    group: str
    who: str
    objects: tuple[Choice, ...]
    object: str
    since: str
    until: str
    trail: tuple[Link, ...]
    head: str = ""
    older_url: str = ""
    filtered: bool = False
