"""Changes → ordered steps, found by comparing the tables that both sides ask for.

On PostgreSQL everything that looks at the rows of a table comes first, beside what is in use (`prepare_steps`); there
the steps below only change names, and what people see, in a moment. SQLite does it all in these steps.

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

from crmspec.plan import moving_steps, out_of_sight, postgresql, prepare, prepare_tables, sqlite
from crmspec.plan.change import Retired, Step
from crmspec.plan.field_work import field_works, returned_lookups
from crmspec.plan.merge import merge_fills
from crmspec.plan.moving_values import all_go
from crmspec.plan.name_steps import name_steps
from crmspec.plan.physical import Moved, in_order
from crmspec.plan.prepare_steps import Beginning
from crmspec.plan.retire import after_release
from crmspec.plan.search_steps import search_steps
from crmspec.plan.several_merged import keeping_options, merged_options, parting_options
from crmspec.plan.sides import Sides
from crmspec.plan.sides import out_of_sight as out_of_sight_pair
from crmspec.plan.split import split_fills
from crmspec.plan.step import step
from crmspec.plan.work import FieldWork, TableWork
from crmspec.schema import Table, child_table, child_table_name, object_tables
from crmspec.schema.ddl import quoted
from crmspec.spec import Object

Made = tuple[str, Table]  # address, and the table that is new


@dataclass(frozen=True, slots=True)
class Planned:
    """The steps of a plan, the work of tables behind them, and what is out of sight, or back, after them.

    `tables` are all tables that the steps touch, by the names they have before and after.
    """

    steps: tuple[Step, ...]
    works: tuple[TableWork, ...]
    tables: tuple[str, ...]
    retired: tuple[Retired, ...]
    returned: tuple[Retired, ...]


def planned_steps(sides: Sides) -> Planned:
    """Find what each table goes through, and put it in order."""
    gone = [name for name in sides.before.objects if name not in sides.desired.objects]
    leaving = [pair for name in sides.changing for pair in out_of_sight.leaving_children(sides, name)]
    leaving_objects = [out_of_sight.leaving_object(sides, name) for name in gone]
    works = [work for name in sides.changing for work in table_works(sides, name)]
    made, options = tuple(_made(sides)), merged_options(sides)
    beginning = Beginning(sides, works, made)
    steps = [
        *beginning.steps(),
        *name_steps(sides.renamed, [pair for name in sides.moving for pair in sides.tables(name)]),
        *(one for _, one in leaving),
        *_coming(sides, made, beginning),
        *moving_steps.keeping(sides),
        *keeping_options(options),
        *_changing(beginning),
        *_making(beginning),
        *_filling(beginning),
        *moving_steps.arriving(sides, works, "postgresql"),
        *moving_steps.late_fills(works),
        *moving_steps.leaving(sides, "postgresql"),
        *_tightening(beginning),
        *moving_steps.arriving(sides, works, "sqlite"),
        *moving_steps.leaving(sides, "sqlite"),
        *parting_options(options),
        *search_steps(sides, beginning.tables),
        *_pointing(made, beginning),
        *(one for _, one in leaving_objects),
        *_dropping(beginning),
    ]
    remembered = [kept for kept, _ in (*leaving, *leaving_objects)]
    remembered += [one.kept for one in options if not one.back]
    remembered += [move.kept for move in sides.moves if move.kept and not move.returns]
    remembered += [field.remembered for work in works for field in work.fields if field.remembered]
    forgotten = [field.forgotten for work in works for field in work.fields if field.forgotten]
    forgotten += [
        *sides.returning.values(),
        *(move.kept for move in sides.moves if move.kept and move.returns),
        *(one.kept for one in options if one.back),
        *(kept for name in sides.changing for _, kept in sides.returning_children(name)),
    ]
    left = after_release(sides.retired, remembered, forgotten)
    found = tuple(one for one in steps if any(one.sql.values()))
    touched = {*touched_tables(sides, made), *beginning.looked_at, *_let_go(sides, beginning, gone)}
    tables = tuple(sorted(touched)) if found else ()
    return Planned(found, tuple(works), tables, left, tuple(forgotten))


def touched_tables(sides: Sides, made: Sequence[Made]) -> tuple[str, ...]:
    """Return the names, before and after, of every table that is made, changed, renamed, retired or pointed at."""
    pairs = [pair for name in sides.moving for pair in sides.tables(name)]
    pairs += [pair for name in sides.returning for pair in sides.tables(name)]
    found = {table.name for pair in pairs for table in (pair.before, pair.after)} | {table.name for _, table in made}
    found |= {table for move in sides.moves for table in (move.source.table, move.target.table)}
    for name in sides.changing:
        found |= {table.name for table in object_tables(sides.desired, sides.desired.objects[name])}
    return tuple(sorted(found))


def _let_go(sides: Sides, beginning: Beginning, gone: Sequence[str]) -> Iterator[str]:
    """Yield the tables, before and after, that foreign keys will not point at any more: dropping one locks both ends.

    Those of crmspec's own are left out: everybody needs them all the time, and they are locked for a moment only.
    """
    keys = {key.table for beside in beginning.tables for key in beside.going_keys}
    leaving = [pair for name in gone for pair in sides.tables(name)]
    leaving += [pair for name in sides.changing for _, pair in sides.leaving_children(name)]
    keys |= {key.table for pair in leaving for key in pair.after.foreign_keys}
    for table in sorted(keys):
        if not table.startswith("crmspec_"):
            yield table
            yield sides.names_now.get(table, table)


def table_works(sides: Sides, name: str) -> Iterator[TableWork]:
    """Yield the work of every table of an object that is there and stays."""
    one, before = sides.desired.objects[name], sides.earlier(name)
    desired = {table.name: table for table in object_tables(sides.desired, one)}
    fields = [*field_works(sides, before, one)]
    fields += merge_fills(sides, before, one, fields)
    fields += split_fills(sides, before, one, fields)
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
                sides,
            )
    for field, kept in sides.returning_children(name):
        table = child_table(one, out_of_sight.restored_part(kept))
        yield _work(out_of_sight_pair(table, kept.stored_as[0]), desired[child_table_name(one, field)], (), {}, sides)


def _work(
    moved: Moved, desired: Table, fields: Sequence[FieldWork], merged: Mapping[str, str], sides: Sides
) -> TableWork:
    names = {column: dict(values) for column, values in moved.renamed_values()}
    if merged:
        names.setdefault("value", {}).update(merged)
    into = {move.source.name: move.target.name for move in sides.moves if all_go(move)}
    for check in moved.after.checks if into else ():
        gone = {name: into[name] for name in check.values if name in into}
        if check.rule == "one_of" and gone and check.column.endswith("_object"):
            names.setdefault(check.column, {}).update(gone)
    return TableWork(moved, in_order(desired), tuple(fields), names, bool(merged), sides.arrivals)


def _merged_values(one: Object, moved: Moved) -> Mapping[str, str]:
    """Return what a field's `convert` makes of values that stand in a table of their own."""
    column = moved.after.column("value")
    field = one.fields.get(column.field) if column and moved.after.name != one.table else None
    if field is None or field.convert is None:
        return {}
    there = {value for check in moved.after.checks for value in check.values}
    return {old: new for old, new in field.convert.map.items() if old in there and old not in field.option_names}


def _coming(sides: Sides, made: Sequence[Made], beginning: Beginning) -> Iterator[Step]:
    for kept in sides.returning.values():
        yield out_of_sight.returning_object(kept)
    for name in sides.changing:
        yield from out_of_sight.returning_children(sides, name)
    for address, table in made:
        yield step(
            f"make {table.name}", address, sqlite=sqlite.create(table), postgresql=_made_on_postgresql(table, beginning)
        )


def _made_on_postgresql(table: Table, beginning: Beginning) -> Iterator[str]:
    if table.name in beginning.copies:
        yield from prepare_tables.end(table.name, beginning.copies[table.name].parent)
        yield from prepare_tables.unveil(table)
    elif table.name in beginning.targets:
        yield from postgresql.unveil(table)
    else:
        yield from postgresql.create(table)


def _made(sides: Sides) -> Iterable[Made]:
    """Yield (address, table) of every table that is new."""
    for name in sides.desired.objects:
        if name not in sides.before.objects and name not in sides.returning:
            for table in object_tables(sides.desired, sides.desired.objects[name]):
                yield name, table
    for name in sides.changing:
        for field in sides.new_children(name):
            yield f"{name}.{field.name}", child_table(sides.desired.objects[name], field)


def _changing(beginning: Beginning) -> Iterator[Step]:
    for target in beginning.looked_up:
        name = quoted(prepare.name_of_index(target))
        yield step(f"drop the index of the names in {target.table}", target.table, postgresql=[f"DROP INDEX {name}"])
    for beside in beginning.tables:
        work = beside.work
        yield step(
            f"drop what {work.name} will not have",
            work.desired.object,
            sqlite=sqlite.loosen(work),
            postgresql=postgresql.loosen(beside),
        )
        for field in work.fields:
            verb = "set aside the old values of" if field.add or field.restore else "retire"
            yield step(
                f"{verb} {field.address}",
                field.address,
                sqlite=sqlite.retire(work, field),
                postgresql=postgresql.retire(beside, field),
            )
        for field in work.fields:
            yield step(
                f"bring {field.address} back",
                field.address,
                sqlite=sqlite.restore(work, field),
                postgresql=postgresql.restore(beside, field),
            )
            yield step(
                f"add {field.address}",
                field.address,
                sqlite=sqlite.add(work, field),
                postgresql=postgresql.add(beside, field),
            )


def _making(beginning: Beginning) -> Iterator[Step]:
    for beside in beginning.tables:
        for field in beside.work.fields:
            if field.makes:
                title = f"make the records of {field.makes.table} that {field.address} names"
                yield step(title, field.address, sqlite=field.makes.statements())


def _filling(beginning: Beginning) -> Iterator[Step]:
    for beside in beginning.tables:
        work = beside.work
        filled = [field.address for field in work.fields if field.fill] or [work.name]
        yield step(
            f"fill in {', '.join(filled)}",
            work.desired.object,
            sqlite=sqlite.fill(work),
        )
        yield step(
            f"take the new values of {work.name} in use",
            work.desired.object,
            postgresql=postgresql.exchange(beside),
        )
    for copy in beginning.copies.values():
        address = f"{copy.table.object}.{copy.table.columns[0].field}"
        yield step(f"copy {address}", address, sqlite=[copy.statement])


def _dropping(beginning: Beginning) -> Iterator[Step]:
    """Last, when people's views over them read what took their place."""
    for beside in beginning.tables:
        work = beside.work
        yield step(f"drop what {work.name} had before", work.desired.object, postgresql=postgresql.drop(beside))


def _tightening(beginning: Beginning) -> Iterator[Step]:
    for beside in beginning.tables:
        yield step(
            f"set the rules of {beside.work.name}",
            beside.work.desired.object,
            sqlite=sqlite.tighten(beside.work),
            postgresql=postgresql.tighten(beside),
        )


def _pointing(made: Sequence[Made], beginning: Beginning) -> Iterator[Step]:
    for address, table in made:
        if table.name not in beginning.copies:
            yield step(f"tie {table.name} to what it points at", address, postgresql=postgresql.foreign_keys(table))
    for beside in beginning.tables:
        work = beside.work
        yield step(
            f"tie {work.name} to what it points at", work.desired.object, postgresql=postgresql.new_foreign_keys(beside)
        )
        on_postgresql = postgresql.indexes(beside)
        yield step(f"index {work.name}", work.desired.object, sqlite=sqlite.indexes(work), postgresql=on_postgresql)
