"""Who is logged in: sessions and known browsers, kept in the database, and tokens against forged forms."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from crmspec.access import system_table
from crmspec.spec import LogIn

COOKIE = "crmspec_session"
DOOR_COOKIE = "crmspec_door"  # binds the log-in form to this browser
DEVICE_COOKIE = "crmspec_device"  # says that this browser has been logged in with before; opens nothing
_DEVICE_KEPT = timedelta(days=365)
_SEEN_EVERY = timedelta(minutes=1)  # a page view writes nothing more often than that


Step = Literal["", "second_factor", "password", "enrol"]


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is logged in. `step` is what is still asked before it opens anything."""

    id: str
    person_id: str
    csrf: str
    seen_at: datetime
    created_at: datetime
    method: str = "password"
    step: Step = ""
    second_factor: bool = False
    id_token: str | None = None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_session(connection: sa.Connection, token: str, now: datetime, limits: LogIn) -> Session | None:
    """Return the session a cookie stands for, unless it is too old or was idle too long."""
    if not token or len(token) > 200:
        return None
    table, person = system_table("crmspec_session"), system_table("crmspec_person")
    row = connection.execute(
        sa.select(table, person.c.password_forced, person.c.second_factor.is_not(None).label("has_factor"))
        .join(person, person.c.id == table.c.person_id)
        .where(table.c.id == _hash(token))
    ).one_or_none()
    if row is None or _is_over(row.created_at, row.seen_at, now, limits):
        return None
    step: Step = "second_factor" if row.pending else "password" if row.password_forced else ""
    return Session(
        row.id, row.person_id, row.csrf, row.seen_at, row.created_at, row.method, step, bool(row.has_factor),
        row.id_token,
    )


def _is_over(created_at: datetime, seen_at: datetime, now: datetime, limits: LogIn) -> bool:
    return now - created_at > timedelta(hours=limits.absolute_hours) or now - seen_at > timedelta(
        minutes=limits.idle_minutes
    )


def is_stale(session: Session, now: datetime) -> bool:
    """Say whether `touch` is due."""
    return now - session.seen_at > _SEEN_EVERY


def touch(connection: sa.Connection, session: Session, now: datetime) -> None:
    """Note that the session was used."""
    table = system_table("crmspec_session")
    connection.execute(sa.update(table).where(table.c.id == session.id).values(seen_at=now))


def start_session(
    connection: sa.Connection, person_id: str, now: datetime, *, address: str, agent: str, method: str = "password",
    pending: str = "", id_token: str | None = None,
) -> str:
    """Make a session and return its token, which is nowhere stored: the database has only its hash."""
    token = secrets.token_urlsafe(32)
    table = system_table("crmspec_session")
    connection.execute(
        sa.insert(table).values(
            id=_hash(token),
            person_id=person_id,
            csrf=secrets.token_urlsafe(24),
            created_at=now,
            seen_at=now,
            address=address[:64],
            agent=agent[:200],
            method=method,
            pending=pending,
            id_token=id_token,
        )
    )
    return token


def sessions_of(connection: sa.Connection, person_id: str, now: datetime, limits: LogIn) -> tuple[Kept, ...]:
    """Return a person's sessions that are not over, the one used last first."""
    table = system_table("crmspec_session")
    rows = connection.execute(
        sa.select(table).where(table.c.person_id == person_id, table.c.pending == "").order_by(table.c.seen_at.desc())
    )
    return tuple(
        Kept(row.id, row.created_at, row.seen_at, row.address or "", row.agent or "", row.method)
        for row in rows
        if not _is_over(row.created_at, row.seen_at, now, limits)
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """One of a person's sessions, as they see it."""

    id: str
    created_at: datetime
    seen_at: datetime
    address: str
    agent: str
    method: str


def end_one_of(connection: sa.Connection, person_id: str, session_id: str) -> bool:
    """End one session of a person; say whether there was one."""
    table = system_table("crmspec_session")
    gone = connection.execute(sa.delete(table).where(table.c.id == session_id, table.c.person_id == person_id))
    return gone.rowcount == 1


def end_old_ones(connection: sa.Connection, now: datetime, limits: LogIn) -> None:
    """Clear away the sessions that are over."""
    table = system_table("crmspec_session")
    idle = table.c.seen_at < now - timedelta(minutes=limits.idle_minutes)
    old = table.c.created_at < now - timedelta(hours=limits.absolute_hours)
    connection.execute(sa.delete(table).where(sa.or_(idle, old)))


def end_session(connection: sa.Connection, session: Session) -> None:
    """Log out this browser."""
    table = system_table("crmspec_session")
    connection.execute(sa.delete(table).where(table.c.id == session.id))


def end_sessions_of(connection: sa.Connection, person_id: str, *, but: str = "") -> None:
    """Log a person out everywhere, except in the session `but`."""
    table = system_table("crmspec_session")
    connection.execute(sa.delete(table).where(table.c.person_id == person_id, table.c.id != but))


# --- Browsers that are known ---


def device_of(connection: sa.Connection, token: str, login: str) -> str:
    """Return the id of a browser that somebody with this log-in has logged in with before; else nothing."""
    if not token or len(token) > 200:
        return ""
    table, person = system_table("crmspec_device"), system_table("crmspec_person")
    found = connection.execute(
        sa.select(table.c.id)
        .join(person, person.c.id == table.c.person_id)
        .where(table.c.id == _hash(token), person.c.login == login)
    ).scalar_one_or_none()
    return found or ""


def know_device(connection: sa.Connection, person_id: str, device: str, now: datetime) -> str | None:
    """Remember the browser of a log-in; return the token of one that is new."""
    table = system_table("crmspec_device")
    if device:
        connection.execute(sa.update(table).where(table.c.id == device).values(seen_at=now))
        return None
    token = secrets.token_urlsafe(32)
    connection.execute(sa.delete(table).where(table.c.seen_at < now - _DEVICE_KEPT))
    row = {"id": _hash(token), "person_id": person_id, "created_at": now, "seen_at": now}
    connection.execute(sa.insert(table).values(row))
    return token


def forget_devices(connection: sa.Connection, person_id: str) -> None:
    """Know none of a person's browsers any more."""
    table = system_table("crmspec_device")
    connection.execute(sa.delete(table).where(table.c.person_id == person_id))


# --- Tokens ---


def door_token(cookie: str) -> str:
    """Return what the log-in form must carry for a browser with this cookie."""
    return hmac.new(cookie.encode(), b"log-in", hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def masked(secret: str) -> str:
    """Return a token that stands for a secret and is another on every page.

    Pages are compressed, and what repeats in them could be guessed from their length (the BREACH attack, 2013).
    """
    plain = secret.encode()
    pad = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(pad + bytes(a ^ b for a, b in zip(pad, plain, strict=True))).decode()


def unmasked(token: str) -> str:
    """Return the secret that a masked token stands for; of anything else, nothing."""
    try:
        both = base64.urlsafe_b64decode(token[:1000].encode())
    except ValueError:
        return ""
    half = len(both) // 2
    return bytes(a ^ b for a, b in zip(both[:half], both[half:], strict=False)).decode("latin-1")
