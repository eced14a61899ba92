"""Records for the tables of a spec, straight into the database, and every value read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import sqlalchemy as sa

from crmspec.schema.metadata import metadata_of
from crmspec.spec import Spec

Rows = dict[str, dict[str, object]]


def record_id(number: int) -> str:
    """The id of a record by number."""
    return str(UUID(int=number))


def add_records(connection: sa.Connection, spec: Spec, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Add records; `id` may be a number, and the system columns are filled in."""
    from datetime import UTC, datetime

    made = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    found = metadata_of(spec).tables[table]
    system = {"created_at": made, "updated_at": made, "version": 1} if "created_at" in found.c else {}
    connection.execute(found.insert(), [
        system | {name: record_id(value) if isinstance(value, int) and name in _ids(found) else value
                  for name, value in row.items()} for row in rows])


def _ids(table: sa.Table) -> set[str]:
    return {column.name for column in table.columns if column.name == "id" or column.name.endswith("_id")}


def all_values(connection: sa.Connection, spec: Spec, table: str) -> Rows:
    """Every value of every record of a table, by id."""
    found = metadata_of(spec).tables[table]
    return {str(row["id"]): dict(row) for row in connection.execute(sa.select(found)).mappings()}
