"""What PostgreSQL does before the release transaction, as steps: table by table, beside what is in use.

In each table: columns, the trigger that keeps them up to date, the values of the rows that are there, rules, the proof
that they hold, indexes. So every later part can rely on the earlier ones for rows that come meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from crmspec.plan import prepare, prepare_tables
from crmspec.plan.as_now import AsNow
from crmspec.plan.beside import Beside, new_name
from crmspec.plan.change import Prepared, Step
from crmspec.plan.copies import Copy, child_copy
from crmspec.plan.pointing import Target
from crmspec.plan.search_steps import gathered_ahead, gathering, touching
from crmspec.plan.sides import Sides
from crmspec.plan.step import step
from crmspec.plan.work import TableWork
from crmspec.schema import Table

Made = tuple[str, Table]


class Beginning:
    """The work of every table that is there, with what can be prepared of it."""

    def __init__(self, sides: Sides, works: Sequence[TableWork], made: Sequence[Made]) -> None:
        self._sides = sides
        self._works = works
        self._made = {table.name: (address, table) for address, table in made}

    @cached_property
    def tables(self) -> tuple[Beside, ...]:
        """Every table that is there, in the order of the objects."""
        return tuple(self._beside(work) for work in self._works)

    def _beside(self, work: TableWork) -> Beside:
        one = self._sides.desired.objects[work.desired.object]
        now = AsNow(work, self._sides.before.objects.get(one.name), one, self._names)
        idle = work.moved.before.name.startswith("crmspec_")
        return Beside(now, idle)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """Map the name that a table will have to the one it has while things are prepared."""
        return {**self._sides.names_now} | {name: new_name(name) for name in self._made}

    @cached_property
    def targets(self) -> Mapping[str, Made]:
        """The new tables that are made before the release, empty, since a prepared foreign key points at them."""
        keys = [key for beside in self.tables for key in beside.coming_keys]
        return {key.table: self._made[key.table] for key in keys if key.table in self._made}

    @cached_property
    def copies(self) -> Mapping[str, Copy]:
        """The new tables of several values that are filled from single ones, by name."""
        sides, found = self._sides, {}
        for work in self._works:
            one = sides.desired.objects[work.desired.object]
            if work.name != one.table:
                continue
            for field in sides.new_children(one.name):
                copy = child_copy(sides.earlier(one.name).fields.get(field.name), field, one, work)
                if copy:
                    found[copy.table.name] = copy
        return found

    @cached_property
    def looked_up(self) -> tuple[Target, ...]:
        """The columns by which records of other tables are found."""
        return tuple(dict.fromkeys(one.target for beside in self.tables for one in beside.look_ups))

    @property
    def looked_at(self) -> frozenset[str]:
        """The tables of other records that are found, by the names before and after."""
        tables = {target.table for target in self.looked_up}
        works = [field for beside in self.tables for field in beside.work.fields]
        tables |= {field.named_by[0].table for field in works if field.named_by}
        return frozenset({*tables, *(self._names.get(table, table) for table in tables)})

    def steps(self) -> Iterator[Step]:
        """Yield everything that is prepared, in order."""
        for address, table in self.targets.values():
            yield prepared_step(f"make {table.name}, unseen", address, prepare.target(table))
        for target in self.looked_up:
            index = prepare.index_of_names(target, self._names)
            yield prepared_step(f"build an index of the names in {target.table}, for now", target.table, [index])
        for beside in self.tables:
            yield from self._of_made(beside)
        for beside in self.tables:
            yield from self._of_table(beside)
            for copy in self.copies.values():
                if copy.parent == beside.work.name:
                    yield from self._of_copy(beside, copy)

    def _of_made(self, beside: Beside) -> Iterator[Step]:
        for field in beside.work.fields:
            if field.makes:
                title = f"make the records of {field.makes.table} that {field.address} names"
                sql, undo = field.makes.prepared(beside.now.as_now(field.makes.name), beside.table, self._names)
                yield prepared_step(title, field.address, [prepare.change(sql, undo)])

    def _of_table(self, beside: Beside) -> Iterator[Step]:
        name, address = beside.work.name, beside.work.desired.object
        if beside.renewed:
            made = prepare_tables.make(beside.work.desired, self._names)
            yield prepared_step(f"make {name} anew, unseen", address, made)
            yield prepared_step(f"copy {name}, in batches", address, prepare_tables.renewing(beside))
            return
        yield prepared_step(f"add the new columns of {name}, unseen", address, prepare.columns(beside))
        yield prepared_step(f"keep the new values of {name} up to date", address, prepare.carrying(beside))
        for named in beside.work.fields:
            if named.named_by:
                title = f"keep the new values of {name} up to date with the names in {named.named_by[0].table}"
                yield prepared_step(title, address, prepare_tables.bearing(beside, named))
        for read in beside.work.read:
            title = f"keep the new values of {name} up to date with {self._names.get(read, read)}"
            yield prepared_step(title, address, prepare_tables.following(beside, read))
        words = tuple(gathered_ahead(self._sides, beside))
        one = self._sides.desired.objects[address]
        for field in words:
            gathered = gathering(self._sides, beside, one, field)
            yield prepared_step(f"gather the words of {field.name}, unseen", f"{address}.{field.name}", gathered)
        yield prepared_step(f"fill in the new values of {name}, in batches", address, prepare.backfill(beside))
        for field in words:
            title = f"gather the words of {field.name} of what is there, in batches"
            yield prepared_step(title, f"{address}.{field.name}", touching(beside, field))
        yield prepared_step(f"let the new rules of {name} hold for what is written", address, prepare.checks(beside))
        yield prepared_step(f"take what points at nothing from {name}", address, prepare.lost_rows(beside))
        yield prepared_step(f"prove the new rules of {name}", address, prepare.proofs(beside))
        yield prepared_step(f"build the new indexes of {name}", address, prepare.indexes(beside))
        yield prepared_step(f"look at the new values of {name}", address, prepare.statistics(beside))

    def _of_copy(self, beside: Beside, copy: Copy) -> Iterator[Step]:
        address = f"{copy.table.object}.{copy.table.columns[0].field}"
        yield prepared_step(f"make {copy.table.name}, unseen", address, prepare_tables.make(copy.table, self._names))
        yield prepared_step(f"copy {address}, in batches", address, prepare_tables.copying(beside, copy))


def prepared_step(title: str, address: str, calls: Iterable[Prepared]) -> Step:
    """Make a step of what is prepared."""
    calls = tuple(calls)
    sql = tuple(call.sql for call in calls)
    return replace(step(title, address, postgresql=sql), phase="prepare", prepared=calls)
