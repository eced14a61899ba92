"""One prepared step done, verified and journalled, or taken back. Whatever ends it, it can be begun again."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa

from crmspec.deploy import online_journal as journal
from crmspec.deploy.backfill import run_backfill
from crmspec.deploy.failure import breaks_uniqueness
from crmspec.deploy.lock import Held, Say
from crmspec.deploy.online_journal import Place, Row
from crmspec.deploy.patience import LONG_LOCK_TIMEOUT, keep_vacuum_out, let_go, patiently, without_transaction
from crmspec.deploy.prepare import Backfill, BuildIndex, Change, Preparation, Validate
from crmspec.deploy.statements import StatementFailed, execute_all
from crmspec.schema.ddl import quoted

# How long a concurrent index build waits for transactions that were there before it. Nobody waits behind it meanwhile.
BUILD_LOCK_TIMEOUT = "30s"
_DUPLICATES_SHOWN = 5
_QUOTED = re.compile(r'"([^"]+)"')


class Duplicates(Exception):
    """A unique index cannot be built. Carries the table and the first values that are there more than once."""

    def __init__(self, table: str, shown: str) -> None:
        super().__init__(shown)
        self.table = table
        self.shown = shown


@dataclass(frozen=True, slots=True)
class Site:
    """Where steps are done: the connection, what for, and the tables that others may be at work on."""

    held: Held
    place: Place
    tables: tuple[str, ...]
    say: Say

    @property
    def connection(self) -> sa.Connection:
        """Give the deploying connection."""
        return self.held.connection


def run_step(site: Site, work: Preparation, row: Row | None) -> None:
    """Do one step; `row` is what an interrupted run wrote about it."""
    match work:
        case Change() | Validate():
            _in_one_transaction(site, work)
        case BuildIndex():
            _build(site, work, row)
        case Backfill():
            run_backfill(site.held, site.place, work, row, say=site.say)


def _in_one_transaction(site: Site, work: Change | Validate) -> None:
    def once() -> None:
        keep_vacuum_out(site.connection, site.tables)
        execute_all(site.connection, [work.sql])
        journal.add(site.connection, site.place, work, done=True)
        site.connection.commit()

    patiently(site.connection, once, tables=site.tables, say=site.say)


# --- Indexes ---


def _build(site: Site, work: BuildIndex, row: Row | None) -> None:
    connection = site.connection
    number = row.number if row else journal.add(connection, site.place, work, done=False)
    connection.commit()
    interrupted = row is not None

    def once() -> None:
        if not (interrupted and _is_valid(connection, work.name)):
            with without_transaction(connection, lock_timeout=BUILD_LOCK_TIMEOUT) as execute:
                execute(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(work.name)}")
                execute(work.sql)
        if not _is_valid(connection, work.name):
            raise AssertionError(f"{work.sql} left no valid index {work.name}")
        journal.finish(connection, number)
        connection.commit()

    try:
        patiently(connection, once, tables=site.tables, say=site.say)
    except StatementFailed as error:
        if not breaks_uniqueness(error):
            raise
        raise _duplicates(connection, work.name) from error


def _is_valid(connection: sa.Connection, name: str) -> bool:
    """Say whether an index is there and in force; a build that failed or was cut off leaves one that is not."""
    query = sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    return bool(connection.execute(query, {"name": quoted(name)}).scalar())


_INDEXED = sa.text("""
SELECT c.relname::text,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnkeyatts) AS n),
       pg_get_expr(i.indpred, i.indrelid)
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid WHERE i.indexrelid = to_regclass(:name)""")


def _duplicates(connection: sa.Connection, name: str) -> Duplicates:
    """Find the first values that an index, which could not be built for them, has more than once."""
    let_go(connection)
    row = connection.execute(_INDEXED, {"name": quoted(name)}).first()
    if row is None:
        return Duplicates("", "somebody removed the index in between")
    table, columns, condition = row
    there = " AND ".join([f"{column} IS NOT NULL" for column in columns] + ([condition] if condition else []))
    query = (f"SELECT concat_ws(', ', {', '.join(columns)}), count(*) FROM {quoted(table)} WHERE {there} "
             f"GROUP BY {', '.join(columns)} HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT {_DUPLICATES_SHOWN}")
    found = connection.exec_driver_sql(query.replace("%", "%%")).all()
    connection.rollback()
    return Duplicates(table, "; ".join(f"`{values}` {count:,} times" for values, count in found))


# --- Back ---


def take_back(site: Site, row: Row) -> None:
    """Undo one step and forget it."""
    connection = site.connection

    def once() -> None:
        match row.kind:
            case "BuildIndex":
                with without_transaction(connection, lock_timeout=LONG_LOCK_TIMEOUT) as execute:
                    execute(row.undo)
            case "Change":
                keep_vacuum_out(connection, _QUOTED.findall(row.undo))
                execute_all(connection, [row.undo])
        journal.forget(connection, row.number)
        connection.commit()

    patiently(connection, once, tables=site.tables, say=site.say)
