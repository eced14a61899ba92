"""Questions to a database that any connection can ask: SQLAlchemy's, and the driver's own where that is loaded alone.

A plan asks a handful of them. SQLAlchemy takes longer to load than all of them take to be answered.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Protocol

from crmspec.schema import Dialect
from crmspec.schema.ddl import quoted


class Asks(Protocol):
    """What is needed of a connection. Statements are in the driver's words: `?` on SQLite, `%s` on PostgreSQL."""

    @property
    def dialect(self) -> Any:
        """Which database it is: `dialect.name`."""

    @property
    def connection(self) -> Any:
        """What holds the driver's own connection: `connection.dbapi_connection`."""

    @property
    def closed(self) -> bool:
        """Whether it can be asked no more."""

    def exec_driver_sql(self, statement: str, parameters: Any = None, execution_options: Any = None) -> Any:
        """Ask, and return rows as SQLAlchemy gives them."""


AS_WRITTEN = {"no_parameters": True}  # a percent sign is a percent sign


def dialect_of(connection: Asks) -> Dialect:
    """Return which of the two databases a connection speaks to."""
    return "sqlite" if connection.dialect.name == "sqlite" else "postgresql"


def has_table(connection: Asks, name: str) -> bool:
    """Say whether a table is there, without reading the whole catalogue."""
    if dialect_of(connection) == "sqlite":
        # Of the schema in memory: `sqlite_master` would be looked through, which has a row for every index, too. What
        # has a primary key that is no row number has an index, and is no view; of the others all tables are looked at.
        if connection.exec_driver_sql("SELECT 1 FROM pragma_index_list(?) LIMIT 1", (name,)).first() is not None:
            return True
        query = "SELECT 1 FROM pragma_table_list(?) WHERE schema = 'main' AND type <> 'view'"
    else:
        query, name = "SELECT 1 WHERE to_regclass(%s) IS NOT NULL", quoted(name)
    return connection.exec_driver_sql(query, (name,)).first() is not None


def missing_tables(connection: Asks, names: Collection[str]) -> list[str]:
    """Return which of these tables are not there, in one query."""
    if dialect_of(connection) == "sqlite":
        rows = connection.exec_driver_sql(
            "SELECT name FROM pragma_table_list "
            "WHERE schema = 'main' AND type <> 'view' AND name IN (SELECT value FROM json_each(?))",
            (json.dumps([*names]),))
    else:
        rows = connection.exec_driver_sql(
            "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
            "AND relname = ANY (%s)", ([*names],))
    there = set(rows.scalars())
    return [name for name in names if name not in there]


def has_column(connection: Asks, table: str, column: str) -> bool:
    """Say whether a table has a column; with an empty column, whether there is the table."""
    if not column or not has_table(connection, table):
        return not column and has_table(connection, table)
    if dialect_of(connection) == "sqlite":
        query = "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"
    else:
        query = ("SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s "
                 "AND NOT attisdropped")
        table = quoted(table)
    return connection.exec_driver_sql(query, (table, column)).first() is not None
