"""Whole tables that go out of sight, and that come back: those of objects, and those of fields with several values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmspec.plan import sqlite
from crmspec.plan.change import Retired, Step
from crmspec.plan.physical import Moved
from crmspec.plan.retire import forget, remember, rename_table, stored_name
from crmspec.plan.sides import Sides, out_of_sight
from crmspec.plan.step import step
from crmspec.schema import Table, child_table
from crmspec.schema.ddl import literal, primary_key_name, quoted
from crmspec.schema.stored_names import renames_sql
from crmspec.spec import Field


def leaving_children(sides: Sides, name: str) -> Iterator[tuple[Retired, Step]]:
    """Yield what is remembered of each field's table that goes, and the step that puts it out of sight."""
    for field, moved in sides.leaving_children(name):
        table = moved.after.name
        earlier = sides.kept_before(f"{name}.{field.name}", (table,))
        kept = earlier or Retired(
            address=f"{name}.{field.name}",
            kind="child",
            table=table,
            names=(table,),
            part=field,
            stored_as=(stored_name(sides.revision, table),),
            revision=sides.revision,
        )
        yield kept, _leaving(kept, [moved])


def leaving_object(sides: Sides, name: str) -> tuple[Retired, Step]:
    """Return what is remembered of an object that goes, and the step that puts its tables out of sight."""
    pairs, one = list(sides.tables(name)), sides.unmapped.objects[name]
    names = tuple(pair.after.name for pair in pairs)
    kept = Retired(
        address=name,
        kind="object",
        table=one.table,
        names=names,
        revision=sides.revision,
        part=one,
        stored_as=tuple(stored_name(sides.revision, table) for table in names),
    )
    kept = sides.kept_before(name, names) or kept
    return kept, _leaving(kept, pairs)


def _leaving(kept: Retired, pairs: Sequence[Moved]) -> Step:
    """Rename tables out of sight, without indexes, whose names are the database's, and without foreign keys: a record
    nobody sees must not keep another from being deleted, nor go with it.
    """
    on_sqlite: list[str] = []
    on_postgresql: list[str] = []
    for pair, stored in zip(pairs, kept.stored_as, strict=True):
        name = pair.after.name
        on_sqlite += [f"DROP INDEX {quoted(index.name)}" for index in pair.physical("sqlite").indexes]
        there = pair.physical("postgresql")
        on_postgresql += [f"DROP INDEX {quoted(index.name)}" for index in there.indexes]
        on_postgresql += [
            f"ALTER TABLE {quoted(name)} DROP CONSTRAINT {quoted(key.name)}" for key in there.foreign_keys
        ]
        on_sqlite.append(rename_table(name, stored))
        on_postgresql += [rename_table(name, stored), _rename_key(stored, name, stored)]
        bare = out_of_sight(pair.after, stored).before
        on_sqlite += sqlite.rebuild(bare, {column.name: quoted(column.name) for column in bare.columns})
    rest = [*remember(kept)]
    if kept.kind == "object":
        rest += _belongings(kept.names[0], kept.stored_as[0])
    return step(f"retire {kept.address}", kept.address, sqlite=(*on_sqlite, *rest), postgresql=(*on_postgresql, *rest))


def returning_object(kept: Retired) -> Step:
    """Give the tables of an object their names back; what they lack comes with the other changes."""
    pairs = list(zip(kept.names, kept.stored_as, strict=True))
    renames = [rename_table(stored, name) for name, stored in pairs]
    keys = [_rename_key(name, stored, name) for name, stored in pairs]
    rest = (*forget(kept), *_belongings(kept.stored_as[0], kept.names[0]))
    return step(
        f"bring {kept.address} back", kept.address, sqlite=(*renames, *rest), postgresql=(*renames, *keys, *rest)
    )


def returning_children(sides: Sides, name: str) -> Iterator[Step]:
    """Give the tables of fields their names back, without the rows of records that are gone since."""
    for field, kept in sides.returning_children(name):
        (table,), (stored,) = kept.names, kept.stored_as
        statements = (rename_table(stored, table), *forget(kept))
        rows = tuple(lost_rows(child_table(sides.desired.objects[name], field)))
        yield step(
            f"bring {kept.address} back",
            kept.address,
            sqlite=(*statements, *rows),
            postgresql=(*statements, _rename_key(table, stored, table)),  # the rows have gone before
        )


def lost_rows(table: Table) -> Iterator[str]:
    """Write the statements that take away rows of a returning table which point at nothing."""
    for key in table.foreign_keys:
        yield (
            f"DELETE FROM {quoted(table.name)} WHERE NOT EXISTS "
            f"(SELECT 1 FROM {quoted(key.table)} AS there WHERE there.id = {quoted(key.column)})"
        )


def restored_part(kept: Retired) -> Field:
    """Return the field that a retired table of values belongs to."""
    assert isinstance(kept.part, Field)
    return kept.part


def _belongings(before: str, after: str) -> tuple[str, ...]:
    """Let what is known of an object follow its table: its retired columns, its history, what search finds it by."""
    return (
        f"UPDATE crmspec_retired SET table_name = {literal(after)} WHERE table_name = {literal(before)}",
        *renames_sql("", {before: after}, holds=True),
    )


def _rename_key(table: str, before: str, after: str) -> str:
    return (
        f"ALTER TABLE {quoted(table)} RENAME CONSTRAINT {quoted(primary_key_name(before))} "
        f"TO {quoted(primary_key_name(after))}"
    )
