"""Texts → the records that bear them as names, and back: SQL that looks at another table.

The names of another table are read once a statement, not once a row: SQLite makes an index of them by itself,
PostgreSQL keeps them in one value. What is written of another table says in its alias which one it is (`of`), since its
columns may have other names when a plan is counted than when it is carried out (`plan.as_now`).
"""

from __future__ import annotations

from dataclasses import dataclass

from crmspec.schema import PERSON_TABLE, Dialect
from crmspec.schema.ddl import quoted
from crmspec.spec import TEXT_TYPES, Field, Spec

ALIAS = "of "
_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Target:
    """The table whose records are pointed at, and the column that they are known by."""

    table: str
    column: str

    @property
    def read(self) -> str:
        """The table as it is read, with its alias."""
        return f"{quoted(self.table)} AS {quoted(ALIAS + self.table)}"

    def of(self, column: str) -> str:
        """Write a column of it."""
        return f"{quoted(ALIAS + self.table)}.{quoted(column)}"


def target_of(before: Spec, lookup: Field, by: str) -> Target | None:
    """Return where the records of a lookup are, as the deployed spec (under its new names) has them."""
    if len(lookup.to) != 1:
        return None
    if lookup.to[0] == _PERSON:
        return Target(PERSON_TABLE, by or "name")
    one = before.objects.get(lookup.to[0])
    if one is None:
        return None
    if by == "id":
        return Target(one.table, "id")
    field = naming_field(before, lookup, by)
    return Target(one.table, field.base_column) if field is not None and field.type in TEXT_TYPES else None


def naming_field(before: Spec, lookup: Field, by: str) -> Field | None:
    """Return the field by which the records of a lookup to one object are known; None for people, and for ids."""
    one = before.objects.get(lookup.to[0]) if len(lookup.to) == 1 else None
    return one.fields.get(by or one.title_field) if one is not None else None


def record_named(target: Target, column: str, dialect: Dialect) -> str:
    """Write the id of the one record that has a text as its name; blank where there is none, or several."""
    name = f"trim({target.of(target.column)})"
    if dialect == "sqlite":
        known = (
            f"SELECT {name} AS name, min({target.of('id')}) AS id FROM {target.read} GROUP BY 1 HAVING count(*) = 1"
        )
        return f"(SELECT known.id FROM ({known}) AS known WHERE known.name = trim({column}))"
    known = (
        f"SELECT {name} AS name, min(CAST({target.of('id')} AS text)) AS id FROM {target.read} "
        f"WHERE {target.of(target.column)} IS NOT NULL GROUP BY 1 HAVING count(*) = 1"
    )
    return (
        f"CAST((SELECT jsonb_object_agg(known.name, known.id) FROM ({known}) AS known) ->> trim({column}) AS uuid)"
    )


@dataclass(frozen=True, slots=True)
class LookUp:
    """How a record is found by its name in PostgreSQL: for every row of a statement at once, or for one row at a time.

    The first reads all names, however few rows are asked for; the second needs an index over them.
    """

    target: Target
    name: str  # an expression over the row

    @property
    def at_once(self) -> str:
        """Write it for a statement over many rows."""
        return record_named(self.target, self.name, "postgresql")

    @property
    def one_by_one(self) -> str:
        """Write it for a row."""
        first = f"CAST(min(CAST({self.target.of('id')} AS text)) AS uuid)"
        return (
            f"(SELECT CASE WHEN count(*) = 1 THEN {first} END FROM {self.target.read} "
            f"WHERE trim({self.target.of(self.target.column)}) = trim({self.name}))"
        )


def no_record(target: Target, column: str, dialect: Dialect) -> str:
    """Write when a text is the name of no record, or of several."""
    return f"trim({column}) <> '' AND {record_named(target, column, dialect)} IS NULL"


def several_records(target: Target, column: str, dialect: Dialect) -> str:
    """Write when a text is the name of several records."""
    name = f"trim({target.of(target.column)})"
    return f"trim({column}) IN (SELECT {name} FROM {target.read} GROUP BY {name} HAVING count(*) > 1)"


def name_of_record(target: Target, column: str) -> str:
    """Write what the record that a lookup points at is called."""
    return f"(SELECT {target.of(target.column)} FROM {target.read} WHERE {target.of('id')} = {column})"
