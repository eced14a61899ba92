"""The work of one table in SQLite's words: native ALTERs where SQLite has them, else the table is written anew, once.

The four statements of a rebuild are what `deploy.rebuild` looks for; it carries over what no spec names (retired
columns, a person's own), and makes indexes, triggers and views again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from crmspec.plan.retire import forget, remember, rename_column, rename_table
from crmspec.plan.work import FieldWork, TableWork, check_columns, coming_indexes, going_indexes, renaming
from crmspec.schema import Check, Column, Table
from crmspec.schema.ddl import (
    add_column_sql,
    constant,
    create_table_sql,
    implied_column_checks,
    index_sql,
    primary_key_name,
    quoted,
)
from crmspec.spec import ColumnKind

DIALECT: Final = "sqlite"
REBUILD_PREFIX = "crmspec_rebuild_"


def create(table: Table) -> tuple[str, ...]:
    """Make a table and its indexes."""
    return (create_table_sql(table, DIALECT), *(index_sql(table.name, index) for index in table.indexes))


def loosen(work: TableWork) -> Iterator[str]:
    """Drop every index that the table has and will not have."""
    for index in going_indexes(work, DIALECT):
        yield f"DROP INDEX {quoted(index.name)}"


def retire(work: TableWork, field: FieldWork) -> Iterator[str]:
    """Put the columns of a field out of sight; a rename follows into people's views and triggers."""
    for name, stored in field.retire.items():
        yield rename_column(work.name, name, stored)
    if field.remembered:
        yield from remember(field.remembered)


def restore(work: TableWork, field: FieldWork) -> Iterator[str]:
    """Give the columns of a field their names back."""
    for stored, name in field.restore.items():
        yield rename_column(work.name, stored, name)
    if field.forgotten:
        yield from forget(field.forgotten, work.name)


def add(work: TableWork, field: FieldWork) -> Iterator[str]:
    """Add the new columns of a field, unless the table is written anew anyway."""
    if not must_rebuild(work):
        for column in field.add:
            yield add_column_sql(work.name, column, DIALECT, _checks_of(work.desired, column.name))


def fill(work: TableWork) -> Iterator[str]:
    """Give columns their values, unless the rebuild does."""
    if must_rebuild(work):
        return
    if work.fill:
        values = ", ".join(f"{quoted(column)} = {both[DIALECT]}" for column, both in work.fill.items())
        yield f"UPDATE {quoted(work.name)} SET {values}"
    yield from _drop(work)


def tighten(work: TableWork) -> Iterator[str]:
    """Write the table anew where its rules cannot be changed in place."""
    if must_rebuild(work):
        retired = tuple(
            _bare(column, work.retired[column.name])
            for column in work.physical[DIALECT].columns
            if column.name in work.retired
        )
        sources = {column.name: _source(work, column) for column in work.desired.columns}
        sources |= {column.name: quoted(column.name) for column in retired}
        for column, names in work.renamed_values.items():
            new = f"({renaming(quoted(column), names)})"
            sources = {name: source.replace(quoted(column), new) for name, source in sources.items()}
        yield from rebuild(
            replace(work.desired, columns=(*work.desired.columns, *retired)), sources, distinct=work.merges
        )
        yield from _drop(work)


def rebuild(table: Table, sources: dict[str, str], *, distinct: bool = False) -> Iterator[str]:
    """Write a table anew from expressions over the old one."""
    new = REBUILD_PREFIX + table.name
    columns = ", ".join(quoted(name) for name in sources)
    yield create_table_sql(table, DIALECT, name=new)
    values = ", ".join(sources.values())
    yield (
        f"INSERT INTO {quoted(new)} ({columns})\n  SELECT {'DISTINCT ' if distinct else ''}{values}\n"
        f"  FROM {quoted(table.name)}"
    )
    yield f"DROP TABLE {quoted(table.name)}"
    yield rename_table(new, table.name)


def indexes(work: TableWork) -> Iterator[str]:
    """Make the indexes that the table does not have yet."""
    for index in coming_indexes(work, DIALECT):
        yield index_sql(work.name, index)


def must_rebuild(work: TableWork) -> bool:
    """Say whether a rule changes that SQLite cannot change in place."""
    physical, desired, added = work.physical[DIALECT], work.desired, work.added
    if primary_key_name(physical.name) != primary_key_name(desired.name) or work.restored or work.value_names:
        return True
    if any(_has_rules(physical, name) for name in work.retired):
        return True
    if any((column.required and column.default is None) or _has_key(desired, column.name) for column in added.values()):
        return True
    if set(physical.foreign_keys) != set(desired.foreign_keys):
        return True
    if set(physical.checks) != {check for check in desired.checks if not added.keys() & set(check_columns(check))}:
        return True
    if any(len(check_columns(check)) > 1 for check in desired.checks if check not in physical.checks):
        return True
    kept = {column.name: column for column in physical.columns if column.name not in work.retired}
    return any(
        (column.required, column.default) != (kept[column.name].required, kept[column.name].default)
        for column in desired.columns
        if column.name in kept
    )


def _bare(column: Column, stored: str) -> Column:
    """Return a column as it is out of sight: with its values, and without any rule, even those of its kind."""
    kinds: dict[ColumnKind, ColumnKind] = {"boolean": "bigint", "json": "text"}
    return Column(name=stored, kind=kinds.get(column.kind, column.kind))


def _source(work: TableWork, column: Column) -> str:
    """Return the expression over the old table that gives a column of the new one."""
    if column.name in work.fill:
        return work.fill[column.name][DIALECT]
    if column.name in work.added:
        return "NULL" if column.default is None else constant(column.kind, column.default, DIALECT)
    return quoted(column.name)


def _drop(work: TableWork) -> Iterator[str]:
    for column in work.dropped:
        yield f"ALTER TABLE {quoted(work.name)} DROP COLUMN {quoted(column)}"


def _has_rules(table: Table, name: str) -> bool:
    column = table.column(name)
    if column is None:
        return False
    return (
        column.required
        or column.default is not None
        or _has_key(table, name)
        or bool(_checks_of(table, name))
        or any(implied_column_checks(column))
    )


def _has_key(table: Table, column: str) -> bool:
    return any(key.column == column for key in table.foreign_keys)


def _checks_of(table: Table, column: str) -> list[Check]:
    return [check for check in table.checks if column in check_columns(check)]
