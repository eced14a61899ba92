"""Who is logged in: sessions kept in the database, tries to log in counted, tokens against forged forms."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa

from crmspec.access import system_table
from crmspec.server.settings import Settings

COOKIE = "crmspec_session"
DOOR_COOKIE = "crmspec_door"  # binds the log-in form to this browser
FAILED_PER_LOGIN, FAILED_PER_ADDRESS = 5, 30  # within WINDOW
WINDOW = timedelta(minutes=15)
_SEEN_EVERY = timedelta(minutes=1)  # a page view writes nothing more often than that


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is logged in."""

    id: str
    person_id: str
    csrf: str
    seen_at: datetime


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_session(connection: sa.Connection, token: str, now: datetime, settings: Settings) -> Session | None:
    """Return the session a cookie stands for, unless it is too old or was idle too long."""
    if not token or len(token) > 200:
        return None
    table = system_table("crmspec_session")
    row = connection.execute(sa.select(table).where(table.c.id == _hash(token))).one_or_none()
    if row is None or now - row.created_at > settings.session_absolute or now - row.seen_at > settings.session_idle:
        return None
    return Session(row.id, row.person_id, row.csrf, row.seen_at)


def is_stale(session: Session, now: datetime) -> bool:
    """Say whether `touch` is due."""
    return now - session.seen_at > _SEEN_EVERY


def touch(connection: sa.Connection, session: Session, now: datetime) -> None:
    """Note that the session was used."""
    table = system_table("crmspec_session")
    connection.execute(sa.update(table).where(table.c.id == session.id).values(seen_at=now))


def start_session(connection: sa.Connection, person_id: str, now: datetime, *, address: str, agent: str) -> str:
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
        )
    )
    return token


def end_session(connection: sa.Connection, session: Session) -> None:
    """Log out this browser."""
    table = system_table("crmspec_session")
    connection.execute(sa.delete(table).where(table.c.id == session.id))


def end_sessions_of(connection: sa.Connection, person_id: str, *, but: str = "") -> None:
    """Log a person out everywhere, except in the session `but`."""
    table = system_table("crmspec_session")
    connection.execute(sa.delete(table).where(table.c.person_id == person_id, table.c.id != but))


def may_try(connection: sa.Connection, login: str, address: str, now: datetime) -> bool:
    """Say whether another try to log in is heard: neither the log-in nor the address failed too often lately."""
    table = system_table("crmspec_attempt")
    failed = sa.and_(table.c.at > now - WINDOW, sa.not_(table.c.succeeded))
    by_login, by_address = connection.execute(
        sa.select(
            sa.func.count().filter(sa.and_(failed, table.c.login == login)),
            sa.func.count().filter(sa.and_(failed, table.c.address == address)),
        ).where(sa.or_(table.c.login == login, table.c.address == address), table.c.at > now - WINDOW)
    ).one()
    return bool(by_login < FAILED_PER_LOGIN and by_address < FAILED_PER_ADDRESS)


def note_try(connection: sa.Connection, login: str, address: str, now: datetime, *, succeeded: bool) -> None:
    """Remember a try; a success clears the log-in's failures."""
    table = system_table("crmspec_attempt")
    if succeeded:
        connection.execute(sa.delete(table).where(table.c.login == login))
    connection.execute(sa.delete(table).where(table.c.at < now - timedelta(days=1)))
    made = {"id": str(uuid4()), "login": login, "address": address, "at": now, "succeeded": succeeded}
    connection.execute(sa.insert(table).values(made))


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
