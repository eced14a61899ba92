"""Statements in order → one transaction of the driver, in as few round trips as the database allows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from crmspec.deploy.rebuild import Rebuilds
from crmspec.schema.ddl import quoted

if TYPE_CHECKING:
    import psycopg

_SEPARATOR = ";\n"
_BYTES_TOGETHER = 200_000  # small enough for a helpful error, large enough that round trips do not count


class StatementFailed(Exception):
    """A statement of a revision failed. Carries the statement and what the database said."""

    def __init__(self, statement: str, cause: BaseException) -> None:
        super().__init__(f"{' '.join(str(cause).split())} (in: {' '.join(statement.split())[:200]})")
        self.statement = statement
        self.cause = cause


def execute_all(connection: sa.Connection, statements: Sequence[str]) -> None:
    """Execute statements one after another in the connection's transaction, starting one when there is none."""
    if not connection.in_transaction():
        connection.begin()
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        execute_on_sqlite(driver, statements)
    else:
        _execute_on_postgresql(driver, statements)


def execute_on_sqlite(driver: sqlite3.Connection, statements: Sequence[str]) -> None:
    """Take them one by one: the library is in this process, and `executescript` would commit first."""
    rebuilds = Rebuilds(driver, statements)
    cursor = driver.cursor()
    for statement in statements:
        try:
            _execute_past_views(cursor, rebuilds.before(statement))
            rebuilds.after(statement)
        except sqlite3.Error as error:
            raise StatementFailed(statement, error) from error
    rebuilds.finish()


_IN_THE_WAY = re.compile(r"error in (view|trigger) (.+?)(?: after rename| after drop column)?: ")


def _execute_past_views(cursor: sqlite3.Cursor, statement: str) -> None:
    """Execute a statement; a view or trigger of somebody's that SQLite stumbles over steps aside for it.

    SQLite reads every view again when a column is renamed, and refuses when one cannot be read: a view over another
    view whose column goes, or one that could not be read before. It is the same afterwards, word for word.
    """
    aside: list[str] = []
    while True:
        try:
            cursor.execute(statement)
            break
        except sqlite3.OperationalError as error:
            found = _IN_THE_WAY.match(str(error))
            row = found and cursor.execute(
                "SELECT sql, type, name FROM sqlite_master WHERE name = ? AND type IN ('view', 'trigger')", (found[2],),
            ).fetchone()
            if not row:
                raise
            triggers = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
            aside += [row[0], *(sql for (sql,) in cursor.execute(triggers, (row[2],)) if row[1] == "view")]
            cursor.execute(f"DROP {row[1].upper()} {quoted(row[2])}")
    for sql in aside:
        cursor.execute(sql)


def _execute_on_postgresql(driver: psycopg.Connection[Any], statements: Sequence[str]) -> None:
    """Send many together: without parameters psycopg uses the simple protocol, which takes several statements."""
    import psycopg

    for together in _packets(statements):
        try:
            driver.execute(_SEPARATOR.join(together).encode())
        except psycopg.Error as error:
            raise StatementFailed(_statement_at(together, error.diag.statement_position), error) from error


def _packets(statements: Sequence[str]) -> Iterator[Sequence[str]]:
    start = size = 0
    for position, statement in enumerate(statements):
        if size + len(statement) > _BYTES_TOGETHER and position > start:
            yield statements[start:position]
            start, size = position, 0
        size += len(statement)
    if start < len(statements):
        yield statements[start:]


def _statement_at(together: Sequence[str], position: str | None) -> str:
    """Return the statement that holds the character the server points at; without one, say which it may be."""
    if position is None:
        return together[0] if len(together) == 1 else f"one of {len(together)} statements from: {together[0]}"
    ends = accumulate(len(statement) + len(_SEPARATOR) for statement in together)
    within = (one for one, end in zip(together, ends, strict=True) if int(position) <= end)
    return next(within, together[-1])
