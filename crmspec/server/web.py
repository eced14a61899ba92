"""A request as handlers see it, and what they answer: plain values around Starlette, no global state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from starlette.responses import JSONResponse, RedirectResponse, Response

from crmspec.access import Actor
from crmspec.audit import Entry
from crmspec.audit.entries import Detail
from crmspec.records import Records
from crmspec.server.backstage import Backstage
from crmspec.server.formatting import Reader
from crmspec.server.release import Release
from crmspec.server.rendering import translations
from crmspec.server.sessions import Session
from crmspec.server.settings import Settings
from crmspec.server.views import AnyPage, Notice
from crmspec.spec import Spec


class Problem(Exception):
    """A request that ends in an error page: status and, when there is more to say, the particulars."""

    def __init__(self, status: int, reason: str = "", *, why: str = "") -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.why = why  # for the audit trail, in a word


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    name: str
    content_type: str
    content: bytes


class Values:
    """Names with their values as they came, several of one name kept in order."""

    def __init__(self, pairs: Sequence[tuple[str, str | Upload]] = ()) -> None:
        self.pairs = tuple(pairs)
        self._by_name: dict[str, list[str | Upload]] = {}
        for name, value in pairs:
            self._by_name.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def names(self) -> tuple[str, ...]:
        """Return every name, in the order they first came."""
        return tuple(self._by_name)

    def text(self, name: str, otherwise: str = "") -> str:
        """Return the last text value of a name."""
        for value in reversed(self._by_name.get(name, [])):
            if isinstance(value, str):
                return value
        return otherwise

    def texts(self, name: str) -> tuple[str, ...]:
        """Return every text value of a name."""
        return tuple(value for value in self._by_name.get(name, []) if isinstance(value, str))

    def upload(self, name: str) -> Upload | None:
        """Return the file of a name; None when none was chosen."""
        found = next((value for value in self._by_name.get(name, []) if isinstance(value, Upload)), None)
        return found if found and (found.name or found.content) else None


@dataclass(frozen=True, slots=True)
class Urls:
    """Addresses, all of them made here, with the path prefix."""

    prefix: str = ""

    def to(self, *segments: str, **parameters: str | Sequence[str]) -> str:
        """Return `/prefix/segment/segment?name=value`; empty parameters are left out."""
        path = "/".join(quote(segment, safe="") for segment in segments)
        pairs = [
            (name.rstrip("_"), value)
            for name, values in parameters.items()
            for value in ([values] if isinstance(values, str) else values)
            if value
        ]
        return f"{self.prefix}/{path}" + (f"?{urlencode(pairs)}" if pairs else "")

    def with_pairs(self, pairs: Sequence[tuple[str, str]], *segments: str) -> str:
        """Return an address with parameters in an order of one's own."""
        kept = [(name, value) for name, value in pairs if value]
        return self.to(*segments) + (f"?{urlencode(kept)}" if kept else "")

    def object(self, name: str) -> str:
        """Return the list of an object."""
        return self.to("o", name)

    def record(self, object_name: str, record_id: str) -> str:
        """Return the page of a record."""
        return self.to("o", object_name, record_id)

    def local(self, wanted: str, otherwise: str) -> str:
        r"""Return where to go next: only a path of this server, never `//evil`, `/\evil` or another scheme."""
        fine = (
            wanted.startswith(f"{self.prefix}/")
            and not wanted.startswith("//")
            and "\\" not in wanted
            and all(character.isprintable() for character in wanted)
        )
        return wanted if fine else otherwise


@dataclass(frozen=True)
class Exchange:
    """One request: who, what, with which release, in which transaction."""

    method: str
    path: str  # with the query, with the prefix
    parameters: Mapping[str, str]  # from the route
    query: Values
    form: Values
    headers: Mapping[str, str]
    address: str
    now: datetime
    connection: sa.Connection
    settings: Settings
    urls: Urls
    release: Release
    backstage: Backstage
    session: Session | None
    language: str
    signed_in: Actor | None = None
    viewer: Actor | None = None  # who really looks, where the screens are shown as somebody else
    waiting: Actor | None = None  # known, and something is still asked: see `sessions.Step`
    theme: str = "system"
    notices: tuple[Notice, ...] = ()
    extra: dict[str, Any] = attribute(default_factory=dict)
    notes: list[Entry] = attribute(default_factory=list)  # what goes into the audit trail

    @property
    def spec(self) -> Spec:
        """The deployed spec."""
        return self.release.spec

    @property
    def origins(self) -> Mapping[str, str]:
        """Where each part is defined: address → file:line, as the release was made from it."""
        return self.release.origins

    @property
    def actor(self) -> Actor:
        """Who is logged in. The door has refused everybody else before a handler is called."""
        if self.signed_in is None:
            raise Problem(403)
        return self.signed_in

    @cached_property
    def records(self) -> Records:
        """The records this person may see."""
        return Records(self.spec, self.connection, self.actor, now=lambda: self.now, language=self.language)

    @property
    def reader(self) -> Reader:
        """How this person reads numbers, money and dates."""
        project = self.spec.project
        zone = (self.signed_in.time_zone if self.signed_in else "") or project.time_zone
        return Reader(self.language, zone, project.currency, self.now, translations(self.language))

    @property
    def wants_json(self) -> bool:
        """Say whether a script asks."""
        return "application/json" in self.headers.get("accept", "")

    def entry(
        self, event: str, *, object: str | None = None, record_id: str | None = None, **detail: Detail
    ) -> Entry:
        """Return an entry of the audit trail about this request: it names who really asked."""
        who = self.viewer or self.signed_in or self.waiting
        return Entry(
            event=event,
            at=self.now,
            person_id=who.person_id if who else None,
            who=who.login if who else "",
            address=self.address,
            session=self.session.id if self.session else "",
            object=object,
            record_id=record_id,
            detail=detail,
        )

    def note(self, event: str, *, object: str | None = None, record_id: str | None = None, **detail: Detail) -> None:
        """Have the audit trail say what this request did; the door writes it last in the transaction."""
        self.notes.append(self.entry(event, object=object, record_id=record_id, **detail))

    def words(self, text: Mapping[str, str], otherwise: str = "") -> str:
        """Return a label in the reader's language."""
        return text.get(self.language) or next(iter(text.values()), "") or otherwise


@dataclass(frozen=True, slots=True)
class Shown:
    """A page to be rendered."""

    page: AnyPage
    status: int = 200


Reply = Shown | Response
Handler = Callable[[Exchange], Reply]


def see_other(url: str) -> Response:
    """Send the browser on after a post."""
    return RedirectResponse(url, status_code=303)


def as_json(content: object, status: int = 200) -> Response:
    """Answer a script."""
    return JSONResponse(content, status_code=status)


def version_of(text: str) -> int:
    """Return the version a form was filled in at; 0, which no record has, when it says none."""
    return int(text) if text.isdecimal() and len(text) < 18 else 0
