"""Changes → ordered steps, found by comparing the tables that both sides ask for.

1. Names: tables, columns, constraints and indexes take their new names; so do rows that name them.
2. Tables of fields that are gone go out of sight; what is declared again comes back; new tables are made.
3. In each table that changes: rules that will not hold are dropped, columns are retired, restored, added.
4. Values are filled in: converted, merged, copied.
5. Rules that are to hold are set. On SQLite this writes a table anew where it must be, once.
6. PostgreSQL's foreign keys, when every table is there; indexes.
7. Tables of removed objects go out of sight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from crmspec.plan import out_of_sight, postgresql, sqlite
from crmspec.plan.change import Retired, Step
from crmspec.plan.copies import child_copy
from crmspec.plan.field_work import field_works, returned_lookups
from crmspec.plan.merge import merge_fills
from crmspec.plan.name_steps import name_steps
from crmspec.plan.physical import Moved, in_order
from crmspec.plan.retire import after_release
from crmspec.plan.search_steps import search_steps
from crmspec.plan.sides import Sides
from crmspec.plan.sides import out_of_sight as out_of_sight_pair
from crmspec.plan.step import alike, step
from crmspec.plan.work import FieldWork, TableWork
from crmspec.schema import Table, child_table, child_table_name, object_tables
from crmspec.spec import Object

Made = tuple[str, Table]  # address, and the table that is new


@dataclass(frozen=True, slots=True)
class Planned:
    """The steps of a plan, the work of tables behind them, and what is out of sight, or back, after them."""

    steps: tuple[Step, ...]
    works: tuple[TableWork, ...]
    retired: tuple[Retired, ...]
    returned: tuple[Retired, ...]


def planned_steps(sides: Sides) -> Planned:
    """Find what each table goes through, and put it in order."""
    gone = [name for name in sides.before.objects if name not in sides.desired.objects]
    leaving = [pair for name in sides.changing for pair in out_of_sight.leaving_children(sides, name)]
    leaving_objects = [out_of_sight.leaving_object(sides, name) for name in gone]
    works = [work for name in sides.changing for work in table_works(sides, name)]
    steps = [
        *name_steps(sides.deployed, sides.renamed, [pair for name in sides.moving for pair in sides.tables(name)]),
        *(one for _, one in leaving),
        *_coming(sides),
        *_changing(works),
        *_filling(sides, works),
        *_tightening(works),
        *search_steps(sides, works),
        *_pointing(sides, works),
        *(one for _, one in leaving_objects),
    ]
    remembered = [kept for kept, _ in (*leaving, *leaving_objects)]
    remembered += [field.remembered for work in works for field in work.fields if field.remembered]
    forgotten = [field.forgotten for work in works for field in work.fields if field.forgotten]
    forgotten += [
        *sides.returning.values(),
        *(kept for name in sides.changing for _, kept in sides.returning_children(name)),
    ]
    left = after_release(sides.retired, remembered, forgotten)
    return Planned(tuple(one for one in steps if any(one.sql.values())), tuple(works), left, tuple(forgotten))


def table_works(sides: Sides, name: str) -> Iterator[TableWork]:
    """Yield the work of every table of an object that is there and stays."""
    one, before = sides.desired.objects[name], sides.earlier(name)
    desired = {table.name: table for table in object_tables(sides.desired, one)}
    fields = [*field_works(sides, before, one)]
    fields += merge_fills(sides, before, one, fields)
    if name in sides.returning:
        fields += returned_lookups(before, one)
    leaving = {moved.after.name for _, moved in sides.leaving_children(name)}
    for moved in sides.tables(name):
        if moved.after.name in desired and moved.after.name not in leaving:
            yield _work(
                moved,
                desired[moved.after.name],
                fields if moved.after.name == one.table else (),
                _merged_values(one, moved),
            )
    for field, kept in sides.returning_children(name):
        table = child_table(one, out_of_sight.restored_part(kept))
        yield _work(out_of_sight_pair(table, kept.stored_as[0]), desired[child_table_name(one, field)], ())


def _work(
    moved: Moved, desired: Table, fields: Sequence[FieldWork], merged: Mapping[str, str] = MappingProxyType({})
) -> TableWork:
    names = {column: dict(values) for column, values in moved.renamed_values()}
    if merged:
        names.setdefault("value", {}).update(merged)
    return TableWork(moved, in_order(desired), tuple(fields), names, merges=bool(merged))


def _merged_values(one: Object, moved: Moved) -> Mapping[str, str]:
    """Return what a field's `convert` makes of values that stand in a table of their own."""
    column = moved.after.column("value")
    field = one.fields.get(column.field) if column and moved.after.name != one.table else None
    if field is None or field.convert is None:
        return {}
    there = {value for check in moved.after.checks for value in check.values}
    return {old: new for old, new in field.convert.map.items() if old in there and old not in field.option_names}


def _coming(sides: Sides) -> Iterator[Step]:
    for kept in sides.returning.values():
        yield out_of_sight.returning_object(kept)
    for name in sides.changing:
        yield from out_of_sight.returning_children(sides, name)
    for address, table in _made(sides):
        yield step(f"make {table.name}", address, sqlite=sqlite.create(table), postgresql=postgresql.create(table))


def _made(sides: Sides) -> Iterable[Made]:
    """Yield (address, table) of every table that is new."""
    for name, one in sides.desired.objects.items():
        if name not in sides.before.objects and name not in sides.returning:
            for table in object_tables(sides.desired, one):
                yield name, table
    for name in sides.changing:
        for field in sides.new_children(name):
            yield f"{name}.{field.name}", child_table(sides.desired.objects[name], field)


def _changing(works: Sequence[TableWork]) -> Iterator[Step]:
    for work in works:
        yield step(
            f"drop what {work.name} will not have",
            work.desired.object,
            sqlite=sqlite.loosen(work),
            postgresql=postgresql.loosen(work),
        )
        for field in work.fields:
            verb = "set aside the old values of" if field.add or field.restore else "retire"
            yield step(
                f"{verb} {field.address}",
                field.address,
                sqlite=sqlite.retire(work, field),
                postgresql=postgresql.retire(work, field),
            )
        for field in work.fields:
            yield step(
                f"bring {field.address} back",
                field.address,
                sqlite=sqlite.restore(work, field),
                postgresql=postgresql.restore(work, field),
            )
            yield step(
                f"add {field.address}",
                field.address,
                sqlite=sqlite.add(work, field),
                postgresql=postgresql.add(work, field),
            )


def _filling(sides: Sides, works: Sequence[TableWork]) -> Iterator[Step]:
    for work in works:
        filled = [field.address for field in work.fields if field.fill] or [work.name]
        yield step(
            f"fill in {', '.join(filled)}",
            work.desired.object,
            sqlite=sqlite.fill(work),
            postgresql=postgresql.fill(work),
        )
    for name in sides.changing:
        before, after = sides.earlier(name), sides.desired.objects[name]
        own = next(work for work in works if work.name == after.table)
        for field in sides.new_children(name):
            statement = child_copy(before.fields.get(field.name), field, after, own)
            if statement:
                yield alike(f"copy {name}.{field.name}", f"{name}.{field.name}", statement)


def _tightening(works: Sequence[TableWork]) -> Iterator[Step]:
    for work in works:
        yield step(
            f"set the rules of {work.name}",
            work.desired.object,
            sqlite=sqlite.tighten(work),
            postgresql=postgresql.tighten(work),
        )


def _pointing(sides: Sides, works: Sequence[TableWork]) -> Iterator[Step]:
    for address, table in _made(sides):
        yield step(f"tie {table.name} to what it points at", address, postgresql=postgresql.foreign_keys(table))
    for work in works:
        yield step(
            f"tie {work.name} to what it points at", work.desired.object, postgresql=postgresql.new_foreign_keys(work)
        )
        yield step(
            f"index {work.name}", work.desired.object, sqlite=sqlite.indexes(work), postgresql=postgresql.indexes(work)
        )
