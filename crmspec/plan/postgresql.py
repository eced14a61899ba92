"""The work of one table in PostgreSQL's words, phase by phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from crmspec.plan.retire import forget, remember, rename_column
from crmspec.plan.work import FieldWork, TableWork, coming_indexes, going_indexes, renaming
from crmspec.schema import Column, Table
from crmspec.schema.ddl import (
    add_column_sql,
    constant,
    constraint_sql,
    create_table_sql,
    foreign_key_sql,
    index_sql,
    literal,
    quoted,
)

DIALECT: Final = "postgresql"


def create(table: Table) -> tuple[str, ...]:
    """Make a table and its indexes; its foreign keys come when every table is there."""
    return (
        create_table_sql(table, DIALECT, foreign_keys=False),
        *(index_sql(table.name, index) for index in table.indexes),
    )


def loosen(work: TableWork) -> Iterator[str]:
    """Drop every rule and index that the table has and will not have."""
    physical, desired = work.physical[DIALECT], work.desired
    for index in going_indexes(work, DIALECT):
        yield f"DROP INDEX {quoted(index.name)}"
    gone = [key.name for key in physical.foreign_keys if key not in desired.foreign_keys or work.goes([key.column])]
    gone += [check.name for check in physical.checks if check not in desired.checks or work.replaces(check)]
    for name in gone:
        yield f"ALTER TABLE {quoted(work.name)} DROP CONSTRAINT {quoted(name)}"


def retire(work: TableWork, field: FieldWork) -> Iterator[str]:
    """Put the columns of a field out of sight, without NOT NULL and default."""
    for name, stored in field.retire.items():
        yield rename_column(work.name, name, stored)
        column = work.physical[DIALECT].column(name)
        if column and column.required:
            yield f"{_alter(work, stored)} DROP NOT NULL"
        if column and column.default is not None:
            yield f"{_alter(work, stored)} DROP DEFAULT"
    if field.remembered:
        yield from remember(field.remembered)


def restore(work: TableWork, field: FieldWork) -> Iterator[str]:
    """Give the columns of a field their names back."""
    for stored, name in field.restore.items():
        yield rename_column(work.name, stored, name)
    if field.forgotten:
        yield from forget(field.forgotten)


def add(work: TableWork, field: FieldWork) -> Iterator[str]:
    """Add the new columns of a field. One that must not be empty and has nothing to start with waits for `tighten`."""
    for column in field.add:
        yield add_column_sql(work.name, at_first(work, column), DIALECT)


def at_first(work: TableWork, column: Column) -> Column:
    """Return a new column as it is added: NOT NULL only where every row has a value at once."""
    return replace(column, required=column.required and column.default is not None and column.name not in work.fill)


def fill(work: TableWork) -> Iterator[str]:
    """Give values their new names, then every column that needs it its values, in one pass over the table."""
    for column, names in work.renamed_values.items():
        yield from _rename_values(work, column, names)
    if work.fill:
        values = ", ".join(f"{quoted(column)} = {both[DIALECT]}" for column, both in work.fill.items())
        yield f"UPDATE {quoted(work.name)} SET {values}"
    for column in work.dropped:
        yield f"ALTER TABLE {quoted(work.name)} DROP COLUMN {quoted(column)}"


def _rename_values(work: TableWork, column: str, names: Mapping[str, str]) -> Iterator[str]:
    table, of = quoted(work.name), quoted(column)
    where = f"{of} IN ({', '.join(map(literal, names))})"
    if column in work.desired.primary_key and work.merges:
        # Of several values of one record that become the same, one stays.
        mine, other = renaming(f"{table}.{of}", names), renaming(f"other.{of}", names)
        yield (
            f"DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM {table} AS other "
            f"WHERE other.record_id = {table}.record_id AND other.{of} < {table}.{of} AND ({other}) = ({mine}))"
        )
    if column in work.desired.primary_key and set(names) & set(names.values()):
        # Two values of one record that change places would meet half-way.
        yield f"UPDATE {table} SET {of} = chr(1) || {renaming(of, names)} WHERE {where}"
        yield f"UPDATE {table} SET {of} = substr({of}, 2) WHERE starts_with({of}, chr(1))"
    else:
        yield f"UPDATE {table} SET {of} = {renaming(of, names)} WHERE {where}"


def tighten(work: TableWork) -> Iterator[str]:
    """Set NOT NULL, defaults and checks as they are to be."""
    physical = work.physical[DIALECT]
    back = set(work.restored.values())
    for column in work.desired.columns:
        now = physical.column(column.name) if column.name not in back else Column(name=column.name, kind=column.kind)
        if column.name in work.added:
            now = at_first(work, column)
        if now is None:
            continue
        if column.default != now.default:
            words = (
                "DROP DEFAULT"
                if column.default is None
                else f"SET DEFAULT {constant(column.kind, column.default, DIALECT)}"
            )
            yield f"{_alter(work, column.name)} {words}"
        if column.required != now.required:
            yield f"{_alter(work, column.name)} {'SET' if column.required else 'DROP'} NOT NULL"
    for check in work.desired.checks:
        if check not in physical.checks or work.replaces(check):
            yield f"ALTER TABLE {quoted(work.name)} ADD {constraint_sql(check, DIALECT)}"


def foreign_keys(table: Table) -> Iterator[str]:
    """Add the foreign keys of a new table."""
    for key in table.foreign_keys:
        yield f"ALTER TABLE {quoted(table.name)} ADD {foreign_key_sql(key)}"


def new_foreign_keys(work: TableWork) -> Iterator[str]:
    """Add the foreign keys that a table does not have yet."""
    for key in work.desired.foreign_keys:
        if key not in work.physical[DIALECT].foreign_keys or work.comes([key.column]):
            yield f"ALTER TABLE {quoted(work.name)} ADD {foreign_key_sql(key)}"


def indexes(work: TableWork) -> Iterator[str]:
    """Make the indexes that the table does not have yet."""
    for index in coming_indexes(work, DIALECT):
        yield index_sql(work.name, index)


def _alter(work: TableWork, column: str) -> str:
    return f"ALTER TABLE {quoted(work.name)} ALTER COLUMN {quoted(column)}"
