"""What of a table's work is prepared on PostgreSQL beside what is in use, and what it is called meanwhile.

The release transaction has to be over in a moment, so everything that looks at the rows of a table happens before it:

- A column whose values are worked out from others is **computed**: made as `crmspec_new_…`, kept up to date by a
  trigger, filled in batches; the release gives it its name. The old column goes, or is out of sight already.
- A blank that takes a constant is filled where it is, **in place**; so are columns that nobody sees yet.
- A new column with a constant for every row costs nothing and waits for the release, unless a rule or an index is to
  be over it.
- Checks, foreign keys and indexes are made under names that begin with `crmspec_new_` and proven there; that a column
  has no blanks is proven by a check, which the release needs to believe SET NOT NULL without looking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from crmspec.plan.as_now import AsNow
from crmspec.plan.pointing import LookUp
from crmspec.plan.work import FieldWork, TableWork, check_columns, index_columns
from crmspec.schema import Check, Column, ForeignKey, Table, TableIndex, fitted
from crmspec.schema.ddl import quoted
from crmspec.spec import ColumnKind

DIALECT: Final = "postgresql"
PREFIX = "crmspec_new_"
_TEXT = re.compile(r"'(?:[^']|'')*'")


def new_name(name: str) -> str:
    """Return what something is called until the release gives it its name."""
    return fitted(PREFIX + name)


@dataclass(frozen=True)
class Beside:
    """One table that is there, and what is prepared beside it. Columns are known by the names they will have."""

    now: AsNow
    idle: bool = False  # nobody reads or writes the table yet: it was out of sight

    @property
    def work(self) -> TableWork:
        """What the table goes through."""
        return self.now.work

    @property
    def table(self) -> str:
        """The deployed name of the table."""
        return self.now.name

    @cached_property
    def renewed(self) -> bool:
        """Say whether the whole table is written anew beside: stored values that are part of its key change."""
        return not self.work.value_names.keys().isdisjoint(self.work.desired.primary_key)

    @property
    def physical(self) -> Table:
        """The table once the renames are done."""
        return self.work.physical[DIALECT]

    def as_now(self, expression: str) -> str:
        """Write an expression over the deployed table. What a batch or a trigger looks up, it looks up row by row."""
        for field in self.work.fields:
            if field.looks_up:
                expression = expression.replace(field.looks_up.at_once, field.looks_up.one_by_one)
        return self.now.as_now(expression)

    @property
    def look_ups(self) -> tuple[LookUp, ...]:
        """What is looked up while new values are worked out."""
        return tuple(
            field.looks_up
            for field in self.work.fields
            if field.looks_up and not (self.computed.keys() | self.in_place.keys()).isdisjoint(field.fill)
        )

    # --- columns ---

    @cached_property
    def computed(self) -> Mapping[str, str]:
        """Every column whose values are worked out from others, with the expression over the deployed table."""
        found: dict[str, str] = {}
        for column, both in self.work.prepared_fill.items():
            new = column in self.work.added
            if column not in self.in_place and not (new and not refers(both[DIALECT])):
                found[column] = self.as_now(both[DIALECT])
        for column in self.work.renamed_values:
            if column not in found and column not in self.work.dropped and column not in self.work.desired.primary_key:
                found[column] = self.as_now(quoted(column))
        return found

    @property
    def exchanged(self) -> tuple[str, ...]:
        """The computed columns that take the place of one that is dropped: all of its values are in them."""
        return tuple(name for name in self.computed if name not in self.work.added)

    @cached_property
    def in_place(self) -> Mapping[str, str]:
        """Every column that is filled where it is, with the expression over the deployed table."""
        back = set(self.work.restored.values())
        found: dict[str, str] = {}
        for column, both in self.work.prepared_fill.items():
            if column in self.work.added or column in self.work.renamed_values:
                continue
            if column in back or self.idle or fills_blanks(column, both[DIALECT]):
                found[column] = self.as_now(both[DIALECT])
        return found

    @cached_property
    def first_values(self) -> Mapping[str, str]:
        """Every new column with what each row gets that is there already: the same for all, so it costs nothing."""
        return {
            column: both[DIALECT]
            for column, both in self.work.prepared_fill.items()
            if column in self.work.added and column not in self.computed
        }

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """Every column that is prepared, as it is made: the computed ones, and new ones that something is over."""
        found = {name: Column(name=new_name(name), kind=self._kind(name)) for name in self.computed}
        for name, column in self.work.added.items():
            if name not in found and self._is_needed(name):
                found[name] = replace(column, name=new_name(name), required=False)
        return found

    def as_added(self, column: Column) -> Column:
        """Return a new column as it is once it is added: NOT NULL only where every row has a value at once."""
        prepared = self.columns.get(column.name)
        return replace(prepared or column, name=column.name, required=self._is_sure(column) and not prepared)

    def _is_sure(self, column: Column) -> bool:
        """Say whether a new column has a value in every row, whoever writes it."""
        return column.required and (column.default is not None or column.name in self.first_values)

    def place(self, column: str) -> str:
        """Return what a column is called while things are prepared."""
        prepared = self.columns.get(column)
        return prepared.name if prepared else self._names[column]

    def place_of_source(self, column: str) -> str:
        """Return what a column that is out of sight afterwards, or kept, is called while things are prepared."""
        return self._names[column]

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return self.now.names_now()

    def _kind(self, name: str) -> ColumnKind:
        column = self.work.desired.column(name) or self.physical.column(self._sight(name))
        assert column is not None
        return column.kind

    def _sight(self, stored: str) -> str:
        """Return the name that a column had before it went out of sight."""
        return next((name for name, kept in self.work.retired.items() if kept == stored), stored)

    def _is_needed(self, name: str) -> bool:
        desired = self.work.desired
        return (
            any(name in check_columns(check) for check in desired.checks)
            or any(name == key.column for key in desired.foreign_keys)
            or any(name in index_columns(index) for index in desired.indexes)
        )

    @cached_property
    def unfit(self) -> tuple[FieldWork, ...]:
        """The fields with values that cannot be converted, where they are converted by the trigger."""
        converted = {*self.computed, *(name for name in self.in_place if name in self.work.restored.values())}
        return tuple(field for field in self.work.fields if field.unfit and converted & set(field.fill))

    # --- rules and indexes ---

    def remade(self, columns: Iterable[str]) -> bool:
        """Say whether one of the columns is another one afterwards, and with it every rule and index over it."""
        columns = tuple(columns)
        return self.work.goes(columns) or self.work.comes(columns) or not set(columns).isdisjoint(self.computed)

    @cached_property
    def coming_checks(self) -> tuple[Check, ...]:
        """The checks that the table does not have yet."""
        if self.renewed:
            return ()
        return tuple(check for check in self.work.desired.checks if check not in self._kept_checks)

    @cached_property
    def going_checks(self) -> tuple[Check, ...]:
        """The checks that the table has and will not have."""
        if self.renewed:
            return ()
        return tuple(check for check in self.physical.checks if check not in self._kept_checks)

    @cached_property
    def _kept_checks(self) -> frozenset[Check]:
        both = set(self.physical.checks) & set(self.work.desired.checks)
        return frozenset(
            check for check in both if not (self.work.replaces(check) or self.remade(check_columns(check)))
        )

    @cached_property
    def coming_keys(self) -> tuple[ForeignKey, ...]:
        """The foreign keys that the table does not have yet."""
        if self.renewed:
            return ()
        return tuple(key for key in self._missing_keys if key.table not in self.work.arrivals)

    @cached_property
    def late_keys(self) -> tuple[ForeignKey, ...]:
        """The foreign keys that can only be made in the release, when what they point at has arrived."""
        return tuple(key for key in self._missing_keys if key.table in self.work.arrivals)

    @property
    def _missing_keys(self) -> tuple[ForeignKey, ...]:
        physical = self.physical.foreign_keys
        return tuple(key for key in self.work.desired.foreign_keys if key not in physical or self.remade([key.column]))

    @cached_property
    def going_keys(self) -> tuple[ForeignKey, ...]:
        """The foreign keys that the table has and will not have."""
        if self.renewed:
            return ()
        desired = self.work.desired.foreign_keys
        return tuple(key for key in self.physical.foreign_keys if key not in desired or self.remade([key.column]))

    @cached_property
    def coming_indexes(self) -> tuple[TableIndex, ...]:
        """The indexes that the table does not have yet."""
        if self.renewed:
            return ()
        physical = self.physical.indexes
        return tuple(
            index for index in self.work.desired.indexes if index not in physical or self.remade(index_columns(index))
        )

    @cached_property
    def going_indexes(self) -> tuple[TableIndex, ...]:
        """The indexes that the table has and will not have."""
        if self.renewed:
            return ()
        desired = self.work.desired.indexes
        return tuple(
            index for index in self.physical.indexes if index not in desired or self.remade(index_columns(index))
        )

    @cached_property
    def proofs(self) -> Mapping[str, str]:
        """Every column that must be filled from now on and can be proven so before, with the name of its proof.

        Not among them is what the running release leaves blank in every new row: a column that it does not know.
        """
        return {
            column.name: new_name(f"nn_{self.work.name}_{column.name}")
            for column in self.work.desired.columns
            if column.required and self._is_provable(column) and not self.renewed
        }

    def _is_provable(self, column: Column) -> bool:
        name = column.name
        if name in self.computed:
            return True
        if name in self.work.added:
            return name in self.columns and self._is_sure(column)
        if name in self.work.restored.values():
            return self.idle or self.in_place.get(name, "").startswith("coalesce(")
        kept = self.physical.column(name)
        return kept is not None and not kept.required


def refers(expression: str) -> bool:
    """Say whether an expression looks at a column or a table."""
    return '"' in _TEXT.sub("", expression)


def fills_blanks(column: str, expression: str) -> bool:
    """Say whether an expression keeps what a column has, and gives the rest one and the same value."""
    beginning = f"coalesce({quoted(column)}, "
    return expression.startswith(beginning) and not refers(expression.removeprefix(beginning))
