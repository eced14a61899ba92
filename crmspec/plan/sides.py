"""Both sides of a plan with everything that its steps are made from, and the tables that stand side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from crmspec.plan.change import Retired
from crmspec.plan.likeness import holds
from crmspec.plan.moving import Moving
from crmspec.plan.moving import same_child as same_child
from crmspec.plan.physical import Moved, stripped
from crmspec.plan.renames import Renamed
from crmspec.plan.retire import newest, restorable, stored_name
from crmspec.schema import Table, child_table_name, object_tables
from crmspec.spec import Field, Object, Spec, differing


@dataclass(frozen=True)
class Sides:
    """The deployed spec, the same under its new names (`before`), the desired one, and what is out of sight."""

    deployed: Spec
    before: Spec
    desired: Spec
    renamed: Renamed
    retired: Sequence[Retired]
    revision: str
    again: Sequence[Retired] = ()
    moves: Sequence[Moving] = ()
    named: Spec | None = None  # the deployed spec under its new names, lookups to merged objects as they are

    @property
    def unmapped(self) -> Spec:
        """The deployed spec under its new names, where lookups still point at objects that are merged."""
        return self.named or self.before

    @property
    def arrivals(self) -> frozenset[str]:
        """The tables that get records of another object."""
        return frozenset(move.target.table for move in self.moves)

    def kept_before(self, address: str, names: tuple[str, ...], became: Field | None = None) -> Retired | None:
        """Return how a part was kept before the revision that is undone brought it back, or None.

        The revision that retired it will look for it under the names that it gave.
        """
        kept = newest(self.again, address)
        if kept is None or kept.names != names:
            return None
        return kept if (kept.became.type if kept.became else "") == (became.type if became else "") else None

    @cached_property
    def old_names(self) -> dict[str, str]:
        """Map the name of every object of `before` to its deployed one."""
        return {self.renamed.name("object", name): name for name in self.deployed.objects}

    @cached_property
    def naming(self) -> Spec:
        """The deployed spec under its new names, with the objects that are new: records of them may be made."""
        return with_new_objects(self.before, self.desired)

    @cached_property
    def names_now(self) -> Mapping[str, str]:
        """Map the name of every table, once the work on it has begun, to the deployed one, where they differ; and the
        name of every column that is renamed, both with the name of the table then.
        """
        found = {new: old for new, old in self.old_names.items() if new != old}
        found |= {name: kept.stored_as[0] for name, kept in self.returning.items()}
        for name in self.changing:
            if name in self.before.objects:
                for moved in self.tables(name):
                    found |= {f"{moved.after.name}.{new}": old for old, new in moved.columns()}
                for field, moved in self.leaving_children(name):
                    found[self.stored_child(name, field, moved.after.name)] = moved.before.name
        return found

    def stored_child(self, name: str, field: Field, table: str) -> str:
        """Return what the table of a field with several values is called once it is out of sight."""
        kept = self.kept_before(f"{name}.{field.name}", (table,))
        return kept.stored_as[0] if kept else stored_name(self.revision, table)

    @cached_property
    def returning(self) -> dict[str, Retired]:
        """Objects that were retired and are declared again, and not others that only bear their names."""
        found = {}
        for name in self.desired.objects:
            kept = newest(self.retired, name) if self.retired and name not in self.before.objects else None
            if kept and isinstance(kept.part, Object) and holds(kept.part, self.desired.objects[name]):
                found[name] = kept
        return found

    @cached_property
    def moving(self) -> tuple[str, ...]:
        """Objects of `before` that are not the same in the deployed spec or in the desired one."""
        changed = set(differing(self.before.objects, self.desired.objects))
        changed |= {move.target.name for move in self.moves if move.target.name in self.before.objects}
        changed |= {move.source.name for move in self.moves}
        if self.before is not self.deployed:
            changed |= {
                name
                for name, one in self.before.objects.items()
                if self.deployed.objects[self.old_names[name]] != one
            }
        return tuple(name for name in self.before.objects if name in changed)

    @cached_property
    def changing(self) -> tuple[str, ...]:
        """Objects whose tables are there, in sight or not, and are to be there."""
        moving = set(self.moving)
        return tuple(name for name in self.desired.objects if name in moving or name in self.returning)

    def earlier(self, name: str) -> Object:
        """Return an object of `changing` as it was."""
        one = self.before.objects.get(name)
        part = one or self.returning[name].part
        assert isinstance(part, Object)
        return part

    @cached_property
    def _pairs(self) -> dict[str, tuple[Moved, ...]]:
        return {}

    def tables(self, name: str) -> tuple[Moved, ...]:
        """Return the tables of an object that is there: as they are, and under their new names."""
        if name not in self._pairs:
            self._pairs[name] = tuple(self._tables(name))
        return self._pairs[name]

    def _tables(self, name: str) -> Iterator[Moved]:
        if name in self.before.objects:
            old, new = self.deployed.objects[self.old_names[name]], self.unmapped.objects[name]
            for was, now in zip(object_tables(self.deployed, old), object_tables(self.unmapped, new), strict=True):
                yield Moved(was, now)
            return
        kept = self.returning[name]
        tables = {table.name: table for table in object_tables(self.desired, self.earlier(name))}
        for table_name, stored in zip(kept.names, kept.stored_as, strict=True):
            yield out_of_sight(tables[table_name], stored)

    def returning_children(self, name: str) -> Iterator[tuple[Field, Retired]]:
        """Yield the fields of an object whose tables were retired and are asked for again."""
        before = self.earlier(name)
        for field in self.desired.objects[name].fields.values():
            if field.row.child and not same_child(before.fields.get(field.name), field):
                kept = restorable(self.retired, f"{name}.{field.name}", field)
                if kept and kept.kind == "child":
                    yield field, kept

    def new_children(self, name: str) -> Iterator[Field]:
        """Yield the fields of an object that ask for a table which is nowhere."""
        before = self.earlier(name)
        back = {field.name for field, _ in self.returning_children(name)}
        for field in self.desired.objects[name].fields.values():
            if field.row.child and field.name not in back and not same_child(before.fields.get(field.name), field):
                yield field

    def leaving_children(self, name: str) -> Iterator[tuple[Field, Moved]]:
        """Yield the fields of an object whose tables go out of sight."""
        before, after = self.earlier(name), self.desired.objects[name]
        tables = {moved.after.name: moved for moved in self.tables(name)}
        for field in before.fields.values():
            if field.row.child and not same_child(field, after.fields.get(field.name)):
                yield field, tables[child_table_name(before, field)]


def with_new_objects(before: Spec, desired: Spec) -> Spec:
    """Return the spec of before with the objects that are new."""
    new = {name: desired.objects[name] for name in desired.objects if name not in before.objects}
    return replace(before, objects={**new, **before.objects})


def out_of_sight(table: Table, stored: str) -> Moved:
    """Return a retired table beside itself in sight: it has neither foreign keys nor indexes."""
    bare = stripped(table)
    return Moved(replace(bare, name=stored), bare)
