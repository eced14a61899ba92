"""Values for every row of a large table, in batches by key that nobody has to wait for.

1. The highest key there is bounds the work; rows that come later are the business of a trigger prepared before.
2. A batch is the next so many keys. Its UPDATE and the cursor in the journal are one transaction, so that whatever ends
   it, each row is changed once.
3. The size follows the clock: batches that take longer than people would notice get smaller, quick ones larger.
4. After each batch everybody else has the disk and the rows to themselves for a while.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa

from crmspec.deploy import online_journal as journal
from crmspec.deploy.failure import about_a_value, waits_for_another
from crmspec.deploy.lock import Held, Say
from crmspec.deploy.online_journal import Place, Row
from crmspec.deploy.patience import DATABASE_ERRORS, LONG_LOCK_TIMEOUT, WAIT_SHORTLY, let_go, patiently
from crmspec.deploy.prepare import Backfill, update_sql
from crmspec.deploy.statements import StatementFailed, execute_all
from crmspec.schema.ddl import literal, quoted

BATCH_SECONDS = 0.03
ROWS_MAX = 20_000
_ROWS_FIRST = 250
_GROWS_MAX, _SHRINKS_MAX = 1.5, 0.25
# The part of a batch's own time that is left to everybody else after it.
_PAUSE_SHARE, _PAUSE_SECONDS_MIN = 0.5, 0.01
_TOLD_EVERY_SECONDS = 5.0


@dataclass
class Batches:
    """One backfill on its way."""

    held: Held
    work: Backfill
    number: int | None                # of its row in the journal; None where every row tells whether it is done
    cursor: str | None
    last: str
    kind: str                         # the type of the key
    rows: int

    def next(self) -> bool:
        """Do the next batch, and say whether there was one."""
        end = patiently(self.held.connection, self._once, tables=[self.work.table])
        if end is not None:
            self.cursor = end
        return end is not None

    def _once(self) -> str | None:
        connection = self.held.connection
        begun = time.monotonic()
        try:
            end = self._end()
            if end is not None:
                execute_all(connection, [
                    WAIT_SHORTLY,
                    # Should the server fall, a batch and its cursor are lost together.
                    "SET LOCAL synchronous_commit = off",
                    update_sql(self.work, [*self._beyond_cursor(), self._up_to(end), *filter(None, [self.work.where])]),
                ])
                if self.number is not None:
                    journal.note_cursor(connection, self.number, end)
            connection.commit()
        except DATABASE_ERRORS:
            self.rows = max(1, self.rows // 2)
            raise
        self._adapt(time.monotonic() - begun)
        return end

    def _adapt(self, seconds: float) -> None:
        change = min(max(BATCH_SECONDS / max(seconds, 0.001), _SHRINKS_MAX), _GROWS_MAX)
        self.rows = min(max(1, int(self.rows * change + 0.5)), ROWS_MAX)
        time.sleep(max(_PAUSE_SECONDS_MIN, seconds * _PAUSE_SHARE))

    def first_key(self) -> str:
        """Return the key of the first row that is not done."""
        self.rows = 1
        return self._end() or self.last

    def _end(self) -> str | None:
        """Return the highest key of the next batch."""
        key = quoted(self.work.key)
        keys = (f"SELECT {key} AS k FROM {quoted(self.work.table)} "
                f"WHERE {' AND '.join([*self._beyond_cursor(), self._up_to(self.last)])} ORDER BY k LIMIT {self.rows}")
        found = f"SELECT k::text FROM ({keys}) AS batch ORDER BY k DESC LIMIT 1"
        end: str | None = self.held.connection.exec_driver_sql(found).scalar()
        return end

    def _beyond_cursor(self) -> list[str]:
        return [] if self.cursor is None else [f"{quoted(self.work.key)} > {literal(self.cursor)}::{self.kind}"]

    def _up_to(self, key: str) -> str:
        return f"{quoted(self.work.key)} <= {literal(key)}::{self.kind}"


class RowFailed(Exception):
    """The values of one row do not fit. Carries its key and what the database said."""

    def __init__(self, key: str, cause: StatementFailed) -> None:
        super().__init__(key)
        self.key = key
        self.cause = cause


def run_backfill(held: Held, place: Place, work: Backfill, row: Row | None, *, say: Say) -> None:
    """Fill in the values, going on where an interrupted run stopped."""
    connection = held.connection
    if row is None:
        cursor, last = None, _last_key(connection, work)
        number = journal.add(connection, place, work, done=False, last=last)
        connection.commit()
    else:
        number, cursor, last = row.number, row.cursor, row.last
    if last is not None:
        _run(Batches(held, work, number, cursor, last, _kind_of(connection, work), min(_ROWS_FIRST, ROWS_MAX)), say)
        _know_values(connection, work, say)
    journal.finish(connection, number)
    connection.commit()


def _know_values(connection: sa.Connection, work: Backfill, say: Say) -> None:
    """Have the server look at what stands in the columns now, or its first plans after the release are guesses."""
    columns = ", ".join(map(quoted, work.values))
    try:
        execute_all(connection, [f"SET LOCAL lock_timeout = '{LONG_LOCK_TIMEOUT}'",
                                 f"ANALYZE {quoted(work.table)} ({columns})"])
        connection.commit()
    except StatementFailed as error:
        let_go(connection)
        if not waits_for_another(error):
            raise
        say(f"the server looks at the new values of {work.table} later: it is vacuumed just now")


def empty_column(held: Held, table: str, column: str, *, say: Say) -> None:
    """Take away every value of a column; cut off, it is begun anew and finds the less to do."""
    connection = held.connection
    key = connection.execute(_FIRST_OF_KEY, {"table": quoted(table)}).scalar_one()
    work = Backfill(table, {column: "NULL"}, f"{quoted(column)} IS NOT NULL", key)
    last = _last_key(connection, work)
    if last is not None:
        _run(Batches(held, work, None, None, last, _kind_of(connection, work), min(_ROWS_FIRST, ROWS_MAX)), say)


_FIRST_OF_KEY = sa.text("""
SELECT a.attname::text FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indisprimary AND i.indrelid = to_regclass(:table)""")


def _last_key(connection: sa.Connection, work: Backfill) -> str | None:
    key = quoted(work.key)
    last: str | None = connection.exec_driver_sql(
        f"SELECT {key}::text FROM {quoted(work.table)} ORDER BY {key} DESC LIMIT 1").scalar()
    return last


def _kind_of(connection: sa.Connection, work: Backfill) -> str:
    kind: str = connection.execute(
        sa.text("SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
                "WHERE attrelid = to_regclass(:table) AND attname = :key"),
        {"table": quoted(work.table), "key": work.key}).scalar_one()
    connection.rollback()
    return kind


def _run(batches: Batches, say: Say) -> None:
    told, more = time.monotonic(), True
    while more:
        batches.held.check()
        tried = batches.rows
        try:
            more = batches.next()
        except StatementFailed as error:
            # The batch that failed is tried again in halves until the row is found that the values do not fit.
            if not about_a_value(error):
                raise
            if tried == 1:
                raise RowFailed(batches.first_key(), error) from error
        if time.monotonic() - told > _TOLD_EVERY_SECONDS:
            told = time.monotonic()
            say(f"filling in {batches.work.table}, now at {batches.cursor}")
