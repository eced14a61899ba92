"""Changes → ordered steps, found by comparing the tables that both sides ask for.

1. Names: tables, columns, constraints and indexes take their new names; so do rows that name them.
2. What was retired and is declared again comes back; new tables are made.
3. In each table that changes: rules that will not hold are dropped, columns are retired, restored, added.
4. Values are filled in: converted, merged, copied.
5. Rules that are to hold are set. On SQLite this writes a table anew where it must be, once.
6. PostgreSQL's foreign keys, when every table is there; indexes.
7. Tables of removed objects go out of sight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from crmspec.plan import postgresql, sqlite
from crmspec.plan.change import Retired, Step
from crmspec.plan.copies import child_copy
from crmspec.plan.merge import merge_fills
from crmspec.plan.name_steps import name_steps
from crmspec.plan.physical import Moved, stripped
from crmspec.plan.renames import Renamed
from crmspec.plan.retire import after_release, forget, newest, remember, rename_table, stored_name
from crmspec.plan.work import DIALECTS, FieldWork, Sides, TableWork, field_works, restorable
from crmspec.schema import Dialect, Table, child_table, child_table_name, object_tables
from crmspec.schema.ddl import literal, primary_key_name, quoted
from crmspec.spec import Field, Object, Spec


def planned_steps(
    deployed: Spec, before: Spec, desired: Spec, renamed: Renamed, retired: Sequence[Retired], revision: str
) -> tuple[tuple[Step, ...], tuple[Retired, ...]]:
    """Return the steps from the deployed spec, which stands under its new names in `before`, and what is retired then."""
    planner = _Planner(deployed, before, desired, renamed, retired, revision)
    steps = tuple(step for step in planner.steps() if any(step.sql.values()))
    return steps, after_release(retired, planner.remembered, planner.forgotten, renamed)


def step(title: str, address: str, **sql: Sequence[str] | Iterator[str]) -> Step:
    """Make a step from the statements of each database."""
    return Step(title=title, address=address, sql={dialect: tuple(sql.get(dialect, ())) for dialect in DIALECTS})


def alike(title: str, address: str, *statements: str) -> Step:
    """Make a step whose statements are the same in both databases."""
    return step(title, address, sqlite=statements, postgresql=statements)


class _Planner:
    def __init__(
        self, deployed: Spec, before: Spec, desired: Spec, renamed: Renamed, retired: Sequence[Retired], revision: str
    ) -> None:
        self._deployed, self._before, self._desired, self._renamed = deployed, before, desired, renamed
        self._retired, self._revision = retired, revision
        self._sides = Sides(before, desired, retired, revision)
        self._old_names = {renamed.name("object", name): name for name in deployed.objects}
        self._restored_objects = self._objects_that_return()
        self.remembered: list[Retired] = []
        self.forgotten: list[Retired] = list(self._restored_objects)

    def steps(self) -> Iterator[Step]:
        """Yield every step in order; the docstring of this file tells it in words."""
        kept = [name for name in self._desired.objects if name in self._before.objects and self._differs(name)]
        moved = [pair for name in self._before.objects if self._differs(name) for pair in self._moved(name)]
        yield from name_steps(self._deployed, self._before, self._renamed, moved)
        works = [work for name in kept for work in self._works(name)]
        yield from self._returning_objects()
        works += [work for kept_object in self._restored_objects for work in self._works_of_restored(kept_object)]
        for work in works:
            self.remembered += [field.remembered for field in work.fields if field.remembered]
            self.forgotten += [field.forgotten for field in work.fields if field.forgotten]
        self.forgotten += [one for name in kept for _, one in self._child_tables_that_return(name)]
        made = list(self._made_tables(kept))
        yield from self._making(made)
        yield from self._changing(works)
        yield from self._filling(kept, works)
        for work in works:
            yield step(
                f"set the rules of {work.name}",
                work.desired.object,
                sqlite=sqlite.tighten(work),
                postgresql=postgresql.tighten(work),
            )
        yield from self._pointing(made, works)
        yield from self._retiring_tables(kept)

    # --- which tables ---

    def _differs(self, name: str) -> bool:
        before = self._before.objects[name]
        return self._desired.objects.get(name) != before or self._deployed.objects[self._old_names[name]] != before

    def _moved(self, name: str) -> Iterator[Moved]:
        old, new = self._deployed.objects[self._old_names[name]], self._before.objects[name]
        for before, after in zip(object_tables(self._deployed, old), object_tables(self._before, new), strict=True):
            yield Moved(before, after)

    def _works(self, name: str) -> Iterator[TableWork]:
        one, before = self._desired.objects[name], self._before.objects[name]
        desired = {table.name: table for table in object_tables(self._desired, one)}
        fields = (*field_works(self._sides, before, one), *merge_fills(self._sides, before, one))
        for moved in self._moved(name):
            table = desired.get(moved.after.name)
            if table is not None:
                yield self._work(moved, table, fields if table.name == one.table else ())
        for address, kept in self._child_tables_that_return(name):
            table = desired[child_table_name(one, one.fields[address.partition(".")[2]])]
            bare = stripped(table)
            yield TableWork({"sqlite": replace(bare, name=kept.stored_as[0]), "postgresql": bare}, table)

    def _work(self, moved: Moved, desired: Table, fields: tuple[FieldWork, ...]) -> TableWork:
        return TableWork(
            {dialect: moved.physical(dialect) for dialect in DIALECTS}, desired, fields, dict(moved.renamed_values())
        )

    def _made_tables(self, kept: Sequence[str]) -> Iterator[tuple[str, Table]]:
        """Yield (address, table) of every table that is new."""
        back = {one.address for one in self._restored_objects}
        for name, one in self._desired.objects.items():
            if name not in self._before.objects and name not in back:
                for table in object_tables(self._desired, one):
                    yield name, table
        for name in kept:
            one, before = self._desired.objects[name], self._before.objects[name]
            for field in one.fields.values():
                if field.row.child and self._needs_child(name, before.fields.get(field.name), field):
                    yield f"{name}.{field.name}", child_table(one, field)

    def _needs_child(self, name: str, before: Field | None, after: Field) -> bool:
        if before is not None and before.row.child:
            return False
        return restorable(self._retired, f"{name}.{after.name}", after) is None

    # --- what was retired and comes back ---

    def _objects_that_return(self) -> list[Retired]:
        found = []
        for name in self._desired.objects:
            kept = newest(self._retired, name) if name not in self._before.objects else None
            if kept and isinstance(kept.part, Object):
                found.append(kept)
        return found

    def _child_tables_that_return(self, name: str) -> Iterator[tuple[str, Retired]]:
        before = self._before.objects[name]
        for field in self._desired.objects[name].fields.values():
            address = f"{name}.{field.name}"
            old = before.fields.get(field.name)
            kept = (
                restorable(self._retired, address, field) if field.row.child and not (old and old.row.child) else None
            )
            if kept:
                yield address, kept

    def _returning_objects(self) -> Iterator[Step]:
        for kept in self._restored_objects:
            renames = [rename_table(stored, name) for stored, name in zip(kept.stored_as, kept.names, strict=True)]
            keys = [_rename_key(name, stored, name) for stored, name in zip(kept.stored_as, kept.names, strict=True)]
            columns = f"UPDATE crmspec_retired SET table_name = {literal(kept.names[0])} WHERE table_name = {literal(kept.stored_as[0])}"
            rest = (*forget(kept), columns, *_seen_as(kept.stored_as[0], kept.address))
            yield step(
                f"bring {kept.address} back",
                kept.address,
                sqlite=(*renames, *rest),
                postgresql=(*renames, *keys, *rest),
            )
        for name in self._desired.objects:
            if name in self._before.objects:
                for address, kept in self._child_tables_that_return(name):
                    statements = (rename_table(kept.stored_as[0], kept.names[0]), *forget(kept))
                    yield step(
                        f"bring {address} back",
                        address,
                        sqlite=statements,
                        postgresql=(*statements, _rename_key(kept.names[0], kept.stored_as[0], kept.names[0])),
                    )

    def _works_of_restored(self, kept: Retired) -> Iterator[TableWork]:
        one, before = self._desired.objects[kept.address], kept.part
        assert isinstance(before, Object)
        old = {table.name: table for table in object_tables(self._desired, before)}
        stored = dict(zip(kept.names, kept.stored_as, strict=True))
        fields = tuple(field_works(self._sides, before, one))
        for table in object_tables(self._desired, one):
            if table.name in old:
                bare = stripped(old[table.name])
                yield TableWork(
                    {"sqlite": replace(bare, name=stored[table.name]), "postgresql": bare},
                    table,
                    fields if table.name == one.table else (),
                )

    # --- steps ---

    def _making(self, made: Sequence[tuple[str, Table]]) -> Iterator[Step]:
        for address, table in made:
            yield step(f"make {table.name}", address, sqlite=sqlite.create(table), postgresql=postgresql.create(table))

    def _changing(self, works: Sequence[TableWork]) -> Iterator[Step]:
        for work in works:
            yield step(
                f"drop what {work.name} will not have",
                work.desired.object,
                sqlite=sqlite.loosen(work),
                postgresql=postgresql.loosen(work),
            )
            for field in work.fields:
                if field.retire:
                    verb = "set aside the old values of" if field.add or field.restore else "retire"
                    yield step(
                        f"{verb} {field.address}",
                        field.address,
                        sqlite=sqlite.retire(work, field),
                        postgresql=postgresql.retire(work, field),
                    )
            for field in work.fields:
                if field.restore:
                    yield step(
                        f"bring {field.address} back",
                        field.address,
                        sqlite=sqlite.restore(work, field),
                        postgresql=postgresql.restore(work, field),
                    )
                if field.add:
                    yield step(
                        f"add {field.address}",
                        field.address,
                        sqlite=sqlite.add(work, field),
                        postgresql=postgresql.add(work, field),
                    )

    def _filling(self, kept: Sequence[str], works: Sequence[TableWork]) -> Iterator[Step]:
        for work in works:
            yield step(
                f"fill in values of {work.name}",
                work.desired.object,
                sqlite=sqlite.fill(work),
                postgresql=postgresql.fill(work),
            )
        for name in kept:
            one, before = self._desired.objects[name], self._before.objects[name]
            for field in one.fields.values():
                statement = child_copy(before.fields.get(field.name), field, one, self._revision)
                if statement and self._needs_child(name, before.fields.get(field.name), field):
                    yield alike(f"copy {name}.{field.name}", f"{name}.{field.name}", statement)

    def _pointing(self, made: Sequence[tuple[str, Table]], works: Sequence[TableWork]) -> Iterator[Step]:
        for address, table in made:
            yield step(f"tie {table.name} to what it points at", address, postgresql=postgresql.foreign_keys(table))
        for work in works:
            there = work.physical["postgresql"]
            back = set(work.restored.values())
            there = replace(there, foreign_keys=tuple(key for key in there.foreign_keys if key.column not in back))
            yield step(
                f"tie {work.name} to what it points at",
                work.desired.object,
                postgresql=postgresql.foreign_keys(work.desired, there=there),
            )
            yield step(
                f"index {work.name}",
                work.desired.object,
                sqlite=sqlite.indexes(work),
                postgresql=postgresql.indexes(work),
            )

    def _retiring_tables(self, kept: Sequence[str]) -> Iterator[Step]:
        for name in kept:
            one, before = self._desired.objects[name], self._before.objects[name]
            moved = {pair.after.name: pair for pair in self._moved(name)}
            for field in before.fields.values():
                after = one.fields.get(field.name)
                if field.row.child and not (after and after.row.child):
                    pair = moved[child_table_name(before, field)]
                    address = f"{name}.{field.name}"
                    remembered = Retired(
                        address=address,
                        kind="child",
                        table=pair.after.name,
                        names=(pair.after.name,),
                        stored_as=(stored_name(self._revision, pair.after.name),),
                        revision=self._revision,
                        part=field,
                    )
                    yield self._retire_tables(address, [pair], remembered)
        for name, one in self._before.objects.items():
            if name not in self._desired.objects:
                pairs = list(self._moved(name))
                names = tuple(pair.after.name for pair in pairs)
                remembered = Retired(
                    address=name,
                    kind="object",
                    table=one.table,
                    names=names,
                    revision=self._revision,
                    part=one,
                    stored_as=tuple(stored_name(self._revision, table) for table in names),
                )
                yield self._retire_tables(name, pairs, remembered)

    def _retire_tables(self, address: str, pairs: Sequence[Moved], remembered: Retired) -> Step:
        self.remembered.append(remembered)
        sql: dict[Dialect, list[str]] = {"sqlite": [], "postgresql": []}
        # What points at a table goes before it, on PostgreSQL all keys go first: objects may point at one another.
        for pair, stored in zip(pairs, remembered.stored_as, strict=True):
            there = {dialect: pair.physical(dialect) for dialect in DIALECTS}
            for dialect in DIALECTS:
                sql[dialect] += [f"DROP INDEX {quoted(index.name)}" for index in there[dialect].indexes]
                if dialect == "postgresql":
                    table = quoted(pair.after.name)
                    sql[dialect] += [
                        f"ALTER TABLE {table} DROP CONSTRAINT {quoted(key.name)}" for key in there[dialect].foreign_keys
                    ]
                sql[dialect].append(rename_table(pair.after.name, stored))
            sql["postgresql"].append(_rename_key(stored, pair.after.name, stored))
            bare = replace(stripped(pair.after), name=stored)
            sql["sqlite"] += sqlite.rebuild(bare, {column.name: quoted(column.name) for column in bare.columns})
        rest = [*remember(remembered)]
        if remembered.kind == "object":
            rest.append(
                f"UPDATE crmspec_retired SET table_name = {literal(remembered.stored_as[0])} "
                f"WHERE table_name = {literal(remembered.names[0])}"
            )
            rest += _seen_as(remembered.address, remembered.stored_as[0])
        return step(
            f"retire {address}", address, sqlite=(*sql["sqlite"], *rest), postgresql=(*sql["postgresql"], *rest)
        )


def _rename_key(table: str, before: str, after: str) -> str:
    return (
        f"ALTER TABLE {quoted(table)} RENAME CONSTRAINT {quoted(primary_key_name(before))} "
        f"TO {quoted(primary_key_name(after))}"
    )


def _seen_as(before: str, after: str) -> tuple[str, ...]:
    """Keep what search knows of an object under another name: found only while the object is there."""
    return (f"UPDATE crmspec_search SET object = {literal(after)} WHERE object = {literal(before)}",)
