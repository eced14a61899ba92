"""What a database said when it would not → words for people, and what to do next."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crmspec.deploy.blockers import in_the_way
from crmspec.deploy.database import redacted
from crmspec.deploy.drift import Drift
from crmspec.deploy.room import left_beside
from crmspec.deploy.statements import StatementFailed
from crmspec.diagnostics import Diagnostic, Refused

_LOCK_TIMEOUT, _DEADLOCK = "55P03", "40P01"
_AGAIN = "nothing was changed; run the same command again"


def _cause(error: BaseException) -> BaseException:
    if isinstance(error, StatementFailed):
        return error.cause
    return error.orig or error if isinstance(error, DBAPIError) else error


def _state_of(error: BaseException) -> str:
    return str(getattr(_cause(error), "sqlstate", None) or "")


def waits_for_another(error: BaseException) -> bool:
    """Say whether trying again can help: another transaction held what was needed."""
    return _state_of(error) in (_LOCK_TIMEOUT, _DEADLOCK)


def about_a_value(error: BaseException) -> bool:
    """Say whether what is in a row did not fit: it could not be converted, or broke a rule."""
    return _state_of(error)[:2] in ("22", "23")


def breaks_uniqueness(error: BaseException) -> bool:
    """Say whether two rows have the same value where each must have its own."""
    return _state_of(error) == "23505"


def said(error: BaseException) -> str:
    """Return what the database said, fit to be shown."""
    return redacted(" ".join(str(_cause(error)).split()))[:400]


_LOST = ("57P01", "57P02", "57P03", "08006", "08001", "08003")


def connection_lost(error: BaseException) -> bool:
    """Say whether the database is not to be reached any more."""
    return _state_of(error) in _LOST or "connection" in str(_cause(error)).lower()


def failed(error: BaseException, engine: sa.Engine) -> Refused:
    """Turn a database's error into a refusal. The transaction is rolled back already."""
    cause = _cause(error)
    words = said(error)
    where = f" in: {' '.join(error.statement.split())[:160]}" if isinstance(error, StatementFailed) else ""
    code = _state_of(error)
    if waits_for_another(error):
        return Refused(blocked(_others(engine) or words))
    if code == "53100" or getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
        file = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
        room = left_beside(file) if file else ""
        why = f"{words}; {room}" if room else words
        return Refused(Diagnostic("CRM543", "the disk of the database is full", why=why,
                                  help=f"make room; {_AGAIN}"))
    if code == "53200":
        return Refused(Diagnostic("CRM544", "the server ran out of room for locks", why=words,
                                  help=f"raise max_locks_per_transaction (64 by default); {_AGAIN}"))
    if connection_lost(error):
        return Refused(Diagnostic("CRM545", "the connection to the database was lost", why=words, help=_AGAIN))
    return Refused(Diagnostic("CRM540", f"the database refused a statement{where}", why=words,
                              help="nothing was changed; mend what it names, then run the same command again"))


def blocked(who: str) -> Diagnostic:
    """Say that others were in the way for longer than was to be waited."""
    return Diagnostic("CRM542", "a table could not be changed: others were at work on it all the time",
                      why=who or "they were gone when it was asked who", help=_AGAIN)


def _others(engine: sa.Engine) -> str:
    """Name the longest transactions under way, which are the likeliest to be in the way."""
    if engine.dialect.name == "sqlite":
        return ""
    try:
        with engine.connect() as connection:
            return in_the_way(connection)
    except DBAPIError:
        return ""


def unproven(drift: Sequence[Drift]) -> Diagnostic:
    """Say that the tables did not come out as the spec says."""
    shown = "; ".join(str(one) for one in drift[:5])
    more = f"; and {len(drift) - 5} more" if len(drift) > 5 else ""
    return Diagnostic(
        "CRM546", f"the tables would not be what the spec says: {shown}{more}",
        why="the revisions were edited by hand, or somebody changed the tables in between; nothing was changed",
        help="crmspec status")
