"""Statements in order → one transaction of the driver, in as few round trips as the database allows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from crmspec.deploy.rebuild import Rebuilds

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
        _execute_on_sqlite(driver, statements)
    else:
        _execute_on_postgresql(driver, statements)


def _execute_on_sqlite(driver: sqlite3.Connection, statements: Sequence[str]) -> None:
    """Take them one by one: the library is in this process, and `executescript` would commit first."""
    rebuilds = Rebuilds(driver, statements)
    cursor = driver.cursor()
    for statement in statements:
        try:
            cursor.execute(rebuilds.before(statement))
            rebuilds.after(statement)
        except sqlite3.Error as error:
            raise StatementFailed(statement, error) from error
    rebuilds.finish()


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
