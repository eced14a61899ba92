"""A history that somebody changed by hand → everything that is wrong with it, and a chain that holds again.

What the rows said before nobody can tell. Going on with them as they are is a decision of a person: each row gets the
hash of what it says now, in the order of the numbers, and the journal keeps that it was done, when and by whom.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import sqlalchemy as sa
import uuid_utils

from crmspec.audit import Entry as Noted
from crmspec.audit import note
from crmspec.deploy import state
from crmspec.deploy.apply import stands_sql
from crmspec.deploy.contents import tampered
from crmspec.deploy.database import for_reading
from crmspec.deploy.generated import user_name
from crmspec.deploy.lock import WAIT_SECONDS, Say, held_lock
from crmspec.deploy.looking import has_table, missing_tables
from crmspec.deploy.preflight import refuse_unfit
from crmspec.deploy.release import Entry, release_of
from crmspec.deploy.releases import HISTORY_TABLES, breaks, entries, lost_deploys, verify_chain
from crmspec.deploy.state import database_clock, is_current, refuse_newer_state, state_versions
from crmspec.deploy.statements import execute_all
from crmspec.diagnostics import Refused


@dataclass(frozen=True, slots=True)
class Health:
    """What is wrong with a history: what a person may go on with, and what only a backup brings back."""

    releases: int
    broken: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether anything is wrong."""
        return bool(self.broken or self.beyond)


def examine(engine: sa.Engine) -> Health:
    """Look through all of a database's history; takes no lock and writes nothing."""
    with for_reading(engine).connect() as connection:
        return _health(connection)


def close_chain(
    engine: sa.Engine, *, who: str = "", say: Say = lambda _: None, wait_seconds: float = WAIT_SECONDS,
) -> Health:
    """Go on with the rows as they are, in one transaction; return what was wrong. Refused where contents are gone."""
    refuse_unfit(engine)
    who = who or user_name()
    with held_lock(engine, who=who, wait_seconds=wait_seconds, say=say) as held:
        connection = held.connection
        health = _health(connection)
        if health.beyond:
            raise Refused(*(tampered(words) for words in health.beyond))
        if health:
            _seal(connection)
            _note(connection, who)
            verify_chain(connection)
            held.check()
            connection.commit()
    return health


def _health(connection: sa.Connection) -> Health:
    versions = state_versions(connection)
    refuse_newer_state(versions)
    gone = missing_tables(connection, HISTORY_TABLES) if versions else []
    if gone:
        return Health(0, beyond=tuple(f"the table {name} is missing" for name in gone))
    rows = entries(connection)
    broken = [*breaks(connection, rows), *_place_missing(connection, rows)]
    return Health(len(rows), tuple(broken), tuple(_beyond(connection, rows)))


def _place_missing(connection: sa.Connection, rows: tuple[Entry, ...]) -> Iterator[str]:
    """Say when the table is gone in which Alembic keeps where the tables stand; the newest release knows it, too."""
    if rows and missing_tables(connection, ("alembic_version",)):
        yield f"the table alembic_version is missing: the newest release stands at `{rows[-1].revision}`"


def _beyond(connection: sa.Connection, rows: tuple[Entry, ...]) -> Iterator[str]:
    """Yield releases whose contents are gone or are not what their hashes say: no row can make up for that."""
    for row in rows:
        try:
            release_of(connection, row)
        except Refused as refusal:
            yield from (f"release {row.number}: {one.what.rpartition(': ')[2]}" for one in refusal.diagnostics)
        except (ValueError, KeyError, TypeError) as error:
            yield f"release {row.number}: its contents cannot be read ({error})"


def _seal(connection: sa.Connection) -> None:
    """Give each row the hash of what it says, and that of the row before it; let go of deploys without a release."""
    rows, previous = entries(connection), ""
    if list(_place_missing(connection, rows)):
        execute_all(connection, stands_sql(rows[-1].revision))
    for row in rows:
        sealed = replace(row, previous_hash=previous)
        previous = sealed.own_hash
        connection.execute(sa.update(state.release).where(state.release.c.number == row.number).values(
            previous_hash=sealed.previous_hash, hash=previous))
    lost = lost_deploys(connection, rows)
    connection.execute(sa.update(state.deploy).where(state.deploy.c.id.in_(lost)).values(state="lost"))


def _note(connection: sa.Connection, who: str) -> None:
    """Keep in the journal that it was done."""
    seq = connection.execute(sa.select(sa.func.max(state.deploy.c.seq))).scalar() or 0
    now = database_clock(connection)
    connection.execute(state.deploy.insert().values(
        id=str(uuid_utils.uuid7()), seq=seq + 1, state="repaired", action="doctor", fingerprint="", revision=None,
        who=who, started_at=now, finished_at=now))
    if has_table(connection, "crmspec_audit") and is_current(connection):
        note(connection, Noted(event="chain_closed", at=now, who=who))
