"""What a database holds once the renames are done: desired names, deployed rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from crmspec.schema import Dialect, Table, fitted
from crmspec.schema.ddl import primary_key_name


@dataclass(frozen=True, slots=True)
class Moved:
    """One table on both sides of the renames. Columns, checks, keys and indexes stand beside one another, in order."""

    before: Table
    after: Table

    def columns(self) -> Iterator[tuple[str, str]]:
        """Yield (old, new) of every column that is renamed."""
        for old, new in zip(self.before.columns, self.after.columns, strict=True):
            if old.name != new.name:
                yield old.name, new.name

    def constraints(self) -> Iterator[tuple[str, str]]:
        """Yield (old, new) of every check and foreign key that is renamed."""
        for old, new in zip(_rule_names(self.before), _rule_names(self.after), strict=True):
            if old != new:
                yield old, new

    def indexes(self) -> Iterator[tuple[str, str]]:
        """Yield (old, new) of every index that is renamed, the primary key's among them."""
        if self.before.name != self.after.name:
            yield primary_key_name(self.before.name), primary_key_name(self.after.name)
        for old, new in zip(self.before.indexes, self.after.indexes, strict=True):
            if old.name != new.name:
                yield old.name, new.name

    def physical(self, dialect: Dialect) -> Table:
        """Return the table as it is then. SQLite cannot rename a constraint or an index, so they (and by the table's
        name its primary key) are called what they were."""
        here = dialect == "sqlite"
        checks = tuple(
            replace(
                new, name=old.name if here else new.name, values=new.values if new.rule == "together" else old.values
            )
            for old, new in zip(self.before.checks, self.after.checks, strict=True)
        )
        keys = tuple(
            replace(new, name=old.name if here else new.name, on_delete=old.on_delete)
            for old, new in zip(self.before.foreign_keys, self.after.foreign_keys, strict=True)
        )
        indexes = tuple(
            replace(new, name=old.name if here else new.name)
            for old, new in zip(self.before.indexes, self.after.indexes, strict=True)
        )
        columns = tuple(
            replace(new, default=old.default) for old, new in zip(self.before.columns, self.after.columns, strict=True)
        )
        name = self.before.name if here else self.after.name
        return in_order(
            replace(self.after, name=name, columns=columns, checks=checks, foreign_keys=keys, indexes=indexes)
        )

    def renamed_values(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield (column, old → new) for columns whose values are names: of options, of the objects of a lookup."""
        for old, new in zip(self.before.checks, self.after.checks, strict=True):
            if new.rule == "one_of" and old.values != new.values:
                yield new.column, {a: b for a, b in zip(old.values, new.values, strict=True) if a != b}


def _rule_names(table: Table) -> list[str]:
    return [*(check.name for check in table.checks), *(key.name for key in table.foreign_keys)]


def in_order(table: Table) -> Table:
    """Return a table whose lists of values are sorted, since their order is nothing that a table keeps."""
    checks = tuple(
        replace(check, values=tuple(sorted(check.values))) if check.rule == "one_of" else check
        for check in table.checks
    )
    return replace(table, checks=checks)


def stripped(table: Table) -> Table:
    """Return a table as it is while it is retired: without foreign keys and indexes."""
    return replace(table, foreign_keys=(), indexes=())


def in_turn(renames: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield renames in an order in which every target is free, with one temporary name for each circle."""
    left = {old: new for old, new in renames.items() if old != new}
    occupied = set(left)
    while left:
        free = [old for old, new in left.items() if new not in occupied]
        if free:
            for old in free:
                if left[old] in occupied:
                    continue
                new = left.pop(old)
                yield old, new
                occupied = (occupied - {old}) | {new}
            continue
        old = next(iter(left))
        aside = fitted(f"crmspec_aside_{old}")
        yield old, aside
        occupied = (occupied - {old}) | {aside}
        left = {aside if name == old else name: new for name, new in left.items()}
