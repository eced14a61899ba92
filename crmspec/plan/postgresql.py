"""The work of one table in PostgreSQL's words: what is left to the release transaction, and is over in a moment.

What looks at every row has been done before (`plan.prepare`); here things get their names, and the old ones go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crmspec.plan import prepare_tables
from crmspec.plan.beside import Beside, new_name
from crmspec.plan.prepare import bare, column_words, unfit_name
from crmspec.plan.retire import forget, remember, rename_column, rename_table
from crmspec.plan.work import FieldWork
from crmspec.schema import Column, Table, fitted
from crmspec.schema.ddl import (
    constant,
    constraint_sql,
    create_table_sql,
    foreign_key_sql,
    index_sql,
    literal,
    primary_key_name,
    quoted,
)

DIALECT: Final = "postgresql"
GONE_PREFIX = "crmspec_gone_"  # `deploy.migration` knows it, too


def create(table: Table) -> tuple[str, ...]:
    """Make a table and its indexes; its foreign keys come when every table is there."""
    return (
        create_table_sql(table, DIALECT, foreign_keys=False),
        *(index_sql(table.name, index) for index in table.indexes),
    )


def unveil(table: Table) -> Iterator[str]:
    """Give a table that is new and was prepared its name, its rules and its indexes."""
    prepared = bare(table).name
    yield rename_table(prepared, table.name)
    yield rename_constraint(table.name, primary_key_name(prepared), primary_key_name(table.name))
    for check in table.checks:
        yield f"ALTER TABLE {quoted(table.name)} ADD {constraint_sql(check, DIALECT)}"
    for index in table.indexes:
        yield index_sql(table.name, index)


def loosen(beside: Beside) -> Iterator[str]:
    """End the preparation, and drop every rule and index that the table has and will not have."""
    if beside.computed or beside.in_place or beside.renewed:
        yield from prepare_tables.end(beside.work.name, beside.work.name)
    if beside.unfit:
        yield f"DROP FUNCTION {quoted(unfit_name(beside))}(text)"
    for field in beside.work.fields:
        if field.named_by:
            yield from prepare_tables.end(prepare_tables.bearing_name(field), field.named_by[0].table)
    for read in beside.work.read:
        yield from prepare_tables.end(read, read)
    for index in beside.going_indexes:
        yield f"DROP INDEX {quoted(index.name)}"
    for key in beside.going_keys:
        yield drop_constraint(beside.work.name, key.name)
    for check in beside.going_checks:
        yield drop_constraint(beside.work.name, check.name)


def retire(beside: Beside, field: FieldWork) -> Iterator[str]:
    """Put the columns of a field out of sight, without NOT NULL and default."""
    table = beside.work.name
    for name, stored in field.retire.items():
        column = beside.physical.column(name)
        if stored in beside.computed:
            yield from _exchange(beside, name, stored)
            continue
        yield rename_column(table, name, stored)
        if column and column.required:
            yield f"{_alter(table, stored)} DROP NOT NULL"
        if column and column.default is not None:
            yield f"{_alter(table, stored)} DROP DEFAULT"
    if field.remembered:
        yield from remember(field.remembered)


def restore(beside: Beside, field: FieldWork) -> Iterator[str]:
    """Give the columns of a field their names back."""
    for stored, name in field.restore.items():
        yield rename_column(beside.work.name, stored, name)
    if field.forgotten:
        yield from forget(field.forgotten, beside.work.name)


def add(beside: Beside, field: FieldWork) -> Iterator[str]:
    """Add the new columns of a field, or give those that were prepared their names."""
    for column in field.add:
        if column.name in beside.columns:
            yield rename_column(beside.work.name, beside.columns[column.name].name, column.name)
        else:
            words = column_words(beside.as_added(column), beside.first_values.get(column.name))
            yield f"ALTER TABLE {quoted(beside.work.name)} ADD COLUMN {words}"


def exchange(beside: Beside) -> Iterator[str]:
    """Let what has other values than before take the place of what had the old ones."""
    if beside.renewed:
        yield f"DROP TABLE {quoted(beside.work.name)}"
        yield from prepare_tables.unveil(beside.work.desired)
    for name in beside.exchanged:
        if name not in beside.work.retired.values():
            yield from _exchange(beside, name, name)


def _exchange(beside: Beside, old: str, new: str) -> Iterator[str]:
    """Put a column aside, and note for the moment what takes its place: somebody's view may have to follow."""
    table, gone = beside.work.name, gone_name(new)
    yield rename_column(table, old, gone)
    yield rename_column(table, beside.columns[new].name, new)
    row = ", ".join(map(literal, (table, gone, new, beside.work.desired.object, "")))
    yield f"INSERT INTO crmspec_retired (table_name, stored_as, name, address, revision) VALUES ({row})"


def gone_name(name: str) -> str:
    """Return what a column is called from the moment another takes its place until it is dropped."""
    return fitted(f"{GONE_PREFIX}{name}")


def drop(beside: Beside) -> Iterator[str]:
    """Drop the columns whose values are all in others."""
    table = beside.work.name
    for column in beside.work.dropped:
        yield f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(column)}"
    for name in beside.exchanged:
        where = f"table_name = {literal(table)} AND stored_as = {literal(gone_name(name))}"
        yield f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(gone_name(name))}"
        yield f"DELETE FROM crmspec_retired WHERE {where}"


def tighten(beside: Beside) -> Iterator[str]:
    """Set defaults and NOT NULL, which was proven before, and give the new rules their names."""
    table = beside.work.name
    for column in beside.work.desired.columns:
        now = _so_far(beside, column)
        first = column.name in beside.first_values
        if first or column.default != now.default:
            words = (
                "DROP DEFAULT"
                if column.default is None
                else f"SET DEFAULT {constant(column.kind, column.default, DIALECT)}"
            )
            yield f"{_alter(table, column.name)} {words}"
        if column.required != now.required:
            yield f"{_alter(table, column.name)} {'SET' if column.required else 'DROP'} NOT NULL"
        if column.name in beside.proofs:
            yield drop_constraint(table, beside.proofs[column.name])
    for check in beside.coming_checks:
        yield rename_constraint(table, new_name(check.name), check.name)


def _so_far(beside: Beside, column: Column) -> Column:
    """Return what a column is by the time its rules are set."""
    if column.name in beside.computed or column.name in beside.work.restored.values():
        return Column(name=column.name, kind=column.kind)  # it has neither default nor NOT NULL
    if column.name in beside.work.added:
        return beside.as_added(column)
    there = beside.physical.column(column.name)
    assert there is not None
    return there


def foreign_keys(table: Table) -> Iterator[str]:
    """Add the foreign keys of a new table."""
    for key in table.foreign_keys:
        yield f"ALTER TABLE {quoted(table.name)} ADD {foreign_key_sql(key)}"


def new_foreign_keys(beside: Beside) -> Iterator[str]:
    """Give the foreign keys that were prepared their names."""
    for key in beside.coming_keys:
        yield rename_constraint(beside.work.name, new_name(key.name), key.name)
    for key in beside.late_keys:
        yield f"ALTER TABLE {quoted(beside.work.name)} ADD {foreign_key_sql(key)}"


def indexes(beside: Beside) -> Iterator[str]:
    """Give the indexes that were prepared their names."""
    for index in beside.coming_indexes:
        yield f"ALTER INDEX {quoted(new_name(index.name))} RENAME TO {quoted(index.name)}"


def rename_constraint(table: str, before: str, after: str) -> str:
    """Write the statement that renames a constraint."""
    return f"ALTER TABLE {quoted(table)} RENAME CONSTRAINT {quoted(before)} TO {quoted(after)}"


def drop_constraint(table: str, name: str) -> str:
    """Write the statement that drops a constraint."""
    return f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(name)}"


def _alter(table: str, column: str) -> str:
    return f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)}"
