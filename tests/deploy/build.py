"""A database straight from a spec, without any history: what a deployed one has to equal."""

from __future__ import annotations

import sqlalchemy as sa

from crmspec.deploy.looking import dialect_of
from crmspec.deploy.state import ensure_state
from crmspec.deploy.statements import execute_all
from crmspec.schema import tables_of
from crmspec.schema.ddl import create_table_sql, foreign_key_sql, index_sql, quoted
from crmspec.spec import Spec


def build_fresh(connection: sa.Connection, spec: Spec) -> None:
    """Make crmspec's own tables and the spec's, in whatever order they point at one another."""
    ensure_state(connection)
    dialect = dialect_of(connection)
    tables = tables_of(spec).values()
    later = dialect == "postgresql"
    statements = [create_table_sql(table, dialect, foreign_keys=not later) for table in tables]
    statements += [f"ALTER TABLE {quoted(table.name)} ADD {foreign_key_sql(key)}"
                   for table in tables for key in table.foreign_keys if later]
    statements += [index_sql(table.name, index) for table in tables for index in table.indexes]
    execute_all(connection, statements)
