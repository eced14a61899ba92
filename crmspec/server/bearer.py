"""Programs come with a token instead of a session: `Authorization: Bearer …`, on the routes of people's daily work.

Such a request has no session, so that there is nothing a foreign site could ride on; what it may is what its person
may, narrowed by the token. Pages about oneself (passwords, sessions, second factor) and set-up are for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from crmspec.access import Caller, caller_of, note_use
from crmspec.audit import Entry, note
from crmspec.server.web import Problem
from crmspec.spec import Spec

_SCHEME = "bearer "
WORK = frozenset({"", "o", "search", "reports", "files"})  # the first segments of routes that are about records


def secret_of(headers: Mapping[str, str]) -> str | None:
    """Return the token that came along; None when the request comes without any."""
    sent = headers.get("authorization", "")
    if not sent.lower().startswith(_SCHEME):
        return None
    return sent[len(_SCHEME) :].strip()


def caller(connection: sa.Connection, spec: Spec, secret: str, now: datetime, path: str) -> Caller:
    """Return who comes with a token; 401 where it opens nothing, 403 where a token may not go."""
    found = caller_of(connection, spec, secret, now)
    if found is None:
        raise Problem(401)
    if path.strip("/").partition("/")[0] not in WORK:
        raise Problem(403)
    return found


def note_caller(engine: sa.Engine, found: Caller, now: datetime, address: str) -> None:
    """Write down that a token was used, at most once a minute."""
    if found.is_stale(now):
        with engine.begin() as connection:
            note_use(connection, found.token_id, now)
            note(
                connection,
                Entry(
                    event="token_used",
                    at=now,
                    person_id=found.actor.person_id,
                    who=found.actor.login,
                    address=address,
                    detail={"token": found.token_id},
                ),
            )


def note_refused(engine: sa.Engine, now: datetime, address: str) -> None:
    """Write down that somebody came with a token that opens nothing. Which one is not written: it may be a password."""
    with engine.begin() as connection:
        note(connection, Entry(event="token_refused", at=now, address=address))
