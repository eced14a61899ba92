"""Tries to log in, counted in the database: all server processes count together, and a restart forgets nothing.

A log-in that failed too often is locked for browsers that nobody has logged in with before. A browser that the person
has used has tries of its own, so that nobody can lock others out of their work by guessing; whoever guesses from there
is stopped as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

import sqlalchemy as sa

from crmspec.access import system_table

FAILED_PER_LOGIN, FAILED_PER_ADDRESS = 5, 30  # within WINDOW
WINDOW = timedelta(minutes=15)
_KEPT = timedelta(days=1)
Standing = Literal["", "busy", "locked", "blocked"]


def standing(connection: sa.Connection, login: str, address: str, device: str, now: datetime) -> Standing:
    """Say why another try is not heard, if so: locked log-in, blocked address, or one being heard at this moment."""
    if connection.dialect.name == "postgresql":
        # Tries at once would all be heard before the first is counted; on SQLite one writes after the other anyway.
        key = sa.func.hashtextextended(f"{login}\n{device}", 0)
        if not connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(key))).scalar_one():
            return "busy"
    by_login, by_address = _failed(connection, login, address, device, now)
    if by_login >= FAILED_PER_LOGIN:
        return "locked"
    return "blocked" if by_address >= FAILED_PER_ADDRESS and not device else ""


def _failed(connection: sa.Connection, login: str, address: str, device: str, now: datetime) -> tuple[int, int]:
    table = system_table("crmspec_attempt")
    recent = sa.and_(table.c.at > now - WINDOW, sa.not_(table.c.succeeded))
    of_login = sa.select(sa.func.count()).where(recent, table.c.login == login, table.c.device == device)
    of_address = sa.select(sa.func.count()).where(recent, table.c.address == address, table.c.device == "")
    row = connection.execute(sa.select(of_login.scalar_subquery(), of_address.scalar_subquery())).one()
    return int(row[0]), int(row[1])


def failed(connection: sa.Connection, login: str, address: str, device: str, now: datetime) -> Standing:
    """Remember a try that failed; return what it was one too many of."""
    _note(connection, login, address, device, now, succeeded=False)
    by_login, by_address = _failed(connection, login, address, device, now)
    if by_login == FAILED_PER_LOGIN:
        return "locked"
    return "blocked" if by_address == FAILED_PER_ADDRESS and not device else ""


def succeeded(connection: sa.Connection, login: str, address: str, device: str, now: datetime) -> None:
    """Remember a try that succeeded; it clears what failed from the same browser."""
    table = system_table("crmspec_attempt")
    connection.execute(sa.delete(table).where(table.c.login == login, table.c.device == device))
    connection.execute(sa.delete(table).where(table.c.at < now - _KEPT))
    _note(connection, login, address, device, now, succeeded=True)


def _note(
    connection: sa.Connection, login: str, address: str, device: str, now: datetime, *, succeeded: bool
) -> None:
    row = {"id": str(uuid4()), "login": login, "address": address, "device": device, "at": now, "succeeded": succeeded}
    connection.execute(sa.insert(system_table("crmspec_attempt")).values(row))


def locked(connection: sa.Connection, now: datetime) -> Mapping[str, datetime]:
    """Return the log-ins that are locked now, each with the moment it opens by itself."""
    table = system_table("crmspec_attempt")
    last = sa.func.max(table.c.at, type_=table.c.at.type)
    rows = connection.execute(
        sa.select(table.c.login, last)
        .where(table.c.at > now - WINDOW, sa.not_(table.c.succeeded), table.c.device == "")
        .group_by(table.c.login)
        .having(sa.func.count() >= FAILED_PER_LOGIN)
    )
    return {login: at + WINDOW for login, at in rows}


def unlock(connection: sa.Connection, login: str) -> None:
    """Forget what failed for a log-in."""
    table = system_table("crmspec_attempt")
    connection.execute(sa.delete(table).where(table.c.login == login, sa.not_(table.c.succeeded)))
