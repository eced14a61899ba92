"""A spec and what is out of sight beside it → the statements that build both from nothing, without any history.

What is out of sight is built, too, empty: every database of a project has the columns and tables that its revisions
say, so that a revision which brings one of them back fits a database that never held a value in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crmspec.plan import postgresql, sqlite
from crmspec.plan.change import Retired, Step
from crmspec.plan.step import step
from crmspec.schema import Column, Dialect, Table, child_table, field_columns, object_tables, tables_of
from crmspec.schema.ddl import add_column_sql, create_table_sql
from crmspec.spec import ColumnKind, Field, Object, Spec


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One column that is out of sight: the table it stands in, and itself, without any rule."""

    table: str
    column: Column


def straight_steps(spec: Spec, retired: Sequence[Retired] = ()) -> tuple[Step, ...]:
    """Return the steps that make every table of a spec in an empty database, and what is out of sight beside them."""
    tables = list(tables_of(spec).values())
    found = [step(f"make {table.name}", table.object, sqlite=sqlite.create(table), postgresql=postgresql.create(table))
             for table in tables]
    found += [step(f"tie {table.name} to what it points at", table.object, postgresql=postgresql.foreign_keys(table))
              for table in tables if table.foreign_keys]
    kept = {dialect: tuple(_stored_sql(spec, retired, dialect)) for dialect in _DIALECTS}
    if any(kept.values()):
        found.append(step("make what is out of sight, empty", "", sqlite=kept["sqlite"], postgresql=kept["postgresql"]))
    return tuple(found)


_DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql")


def _stored_sql(spec: Spec, retired: Sequence[Retired], dialect: Dialect) -> Iterator[str]:
    columns = list(stored_columns(retired, dialect))
    tables = stored_tables(spec, retired)
    for name, table in tables.items():
        beside = (stored.column for stored in columns if stored.table == name)
        whole = replace(table, columns=(*table.columns, *beside))
        # Where everything was undone, what is out of sight is there still, with what it holds.
        yield create_table_sql(whole, dialect).replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1)
    for stored in columns:
        if stored.table not in tables:
            yield add_column_sql(stored.table, stored.column, dialect)


def stored_columns(retired: Iterable[Retired], dialect: Dialect) -> Iterator[StoredColumn]:
    """Yield every column that is out of sight, in the order in which they were retired."""
    for one in retired:
        if one.kind == "field" and isinstance(one.part, Field):
            columns: Mapping[str, Column] = {column.name: column for column in field_columns(one.part)}
            for name, stored in zip(one.names, one.stored_as, strict=True):
                if name in columns:
                    yield StoredColumn(one.table, bare_column(columns[name], stored, dialect))


def stored_tables(spec: Spec, retired: Iterable[Retired]) -> dict[str, Table]:
    """Return every table that is out of sight by the name it has there: without foreign keys and indexes."""
    found: dict[str, Table] = {}
    for one in retired:
        tables = {table.name: table for table in _tables_of(spec, one)}
        for name, stored in zip(one.names, one.stored_as, strict=True):
            if name in tables:
                found[stored] = replace(tables[name], name=stored, foreign_keys=(), indexes=())
    return found


def _tables_of(spec: Spec, one: Retired) -> Iterator[Table]:
    match one.kind, one.part:
        case "child", Field() as field:
            owner = Object(name=one.table.removesuffix(f"__{field.base_column}"))
            yield replace(child_table(owner, field), name=one.names[0])
        case ("object" | "rows"), Object() as part:
            yield from object_tables(spec, part)


def bare_column(column: Column, stored: str, dialect: Dialect) -> Column:
    """Return a column as it is out of sight: without any rule, on SQLite not even those of its kind."""
    kinds: dict[ColumnKind, ColumnKind] = {"boolean": "bigint", "json": "text"}
    kind = kinds.get(column.kind, column.kind) if dialect == "sqlite" else column.kind
    return Column(name=stored, kind=kind)
