"""What one table goes through between two specs, as values: columns that go, come, come back, and what fills them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property

from crmspec.plan.change import Retired
from crmspec.plan.making import Making
from crmspec.plan.physical import Moved
from crmspec.plan.pointing import LookUp, Target
from crmspec.schema import Check, Column, Dialect, Table, TableIndex
from crmspec.schema.ddl import literal

DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql")
Both = dict[Dialect, str]


@dataclass
class FieldWork:
    """What happens to one field: its columns that go out of sight, come back, come new, and what fills them."""

    address: str
    retire: dict[str, str] = attribute(default_factory=dict)  # column → what it is called then
    restore: dict[str, str] = attribute(default_factory=dict)  # what it is called → column
    drop: tuple[str, ...] = ()  # columns whose values are all in another one
    add: tuple[Column, ...] = ()
    fill: dict[str, Both] = attribute(default_factory=dict)  # column → expression
    source: Both | None = None  # the old value, written as text, that the fill is made from
    reads: str = ""  # the table of several values, out of sight by then, that the fill is made from
    looks_up: LookUp | None = None  # how the fill finds a record by its name
    named_by: tuple[Target, str] | None = None  # whose names the fill writes, and the column that points there
    makes: Making | None = None  # records that have to be there before the fill
    unfit: Both | None = None  # which old values cannot be converted
    unfit_words: str = ""
    late: bool = False  # whether the fill has to wait, on PostgreSQL, for records that move in the release
    remembered: Retired | None = None
    forgotten: Retired | None = None


@dataclass
class TableWork:
    """One table that both sides have, and the work of each of its fields."""

    moved: Moved  # as it is deployed, and under its new name
    desired: Table
    fields: tuple[FieldWork, ...] = ()
    value_names: dict[str, dict[str, str]] = attribute(default_factory=dict)  # column → stored values that are renamed
    merges: bool = False  # whether several of them become one
    arrivals: frozenset[str] = frozenset()  # tables that get records of another object in the release

    @cached_property
    def physical(self) -> dict[Dialect, Table]:
        """The table once the renames are done."""
        return {dialect: self.moved.physical(dialect) for dialect in DIALECTS}

    @property
    def name(self) -> str:
        """The table's name, the same on both sides once renames are done."""
        return self.desired.name

    @property
    def fill(self) -> dict[str, Both]:
        """Every column that gets values from others."""
        return {column: both for work in self.fields for column, both in work.fill.items()}

    @property
    def prepared_fill(self) -> dict[str, Both]:
        """Every column that PostgreSQL can fill before the release."""
        return {column: both for work in self.fields if not work.late for column, both in work.fill.items()}

    @property
    def renamed_values(self) -> dict[str, dict[str, str]]:
        """Every column, as it is called once retired ones are out of sight, whose stored values have new names."""
        return {self.retired.get(column, column): names for column, names in self.value_names.items()}

    @property
    def retired(self) -> dict[str, str]:
        """Every column that goes out of sight."""
        return {column: stored for work in self.fields for column, stored in work.retire.items()}

    @property
    def restored(self) -> dict[str, str]:
        """Every column that comes back: what it is called → its name."""
        return {stored: column for work in self.fields for stored, column in work.restore.items()}

    @property
    def read(self) -> tuple[str, ...]:
        """Every table of several values that the fills look at."""
        return tuple(dict.fromkeys(work.reads for work in self.fields if work.reads))

    def goes(self, columns: Iterable[str]) -> bool:
        """Say whether one of the columns goes out of sight, and with it every rule and index over it."""
        return not set(columns).isdisjoint(self.retired)

    def comes(self, columns: Iterable[str]) -> bool:
        """Say whether one of the columns is new under its name, so that every rule and index over it has to be made."""
        return not (set(columns).isdisjoint(self.added) and set(columns).isdisjoint(self.restored.values()))

    def replaces(self, check: Check) -> bool:
        """Say whether a check has to go for a while although it is the same afterwards: its column or values change."""
        columns = check_columns(check)
        return self.goes(columns) or self.comes(columns) or not set(columns).isdisjoint(self.value_names)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Every column, under its name out of sight, whose values are all in another one."""
        return tuple(name for work in self.fields for name in work.drop)

    @property
    def added(self) -> dict[str, Column]:
        """Every new column."""
        return {column.name: column for work in self.fields for column in work.add}


def index_columns(index: TableIndex) -> list[str]:
    """Return the columns of an index, without their direction."""
    return [entry.removeprefix("-") for entry in index.columns]


def check_columns(check: Check) -> tuple[str, ...]:
    """Return the columns a check looks at."""
    return check.values if check.rule == "together" else (check.column,)


def going_indexes(work: TableWork, dialect: Dialect) -> list[TableIndex]:
    """Return the indexes that a table has and will not have."""
    physical, desired = work.physical[dialect].indexes, work.desired.indexes
    return [index for index in physical if index not in desired or work.goes(index_columns(index))]


def coming_indexes(work: TableWork, dialect: Dialect) -> list[TableIndex]:
    """Return the indexes that a table has not yet."""
    physical, desired = work.physical[dialect].indexes, work.desired.indexes
    return [index for index in desired if index not in physical or work.comes(index_columns(index))]


def renaming(column: str, names: Mapping[str, str]) -> str:
    """Write the expression that gives the values of a column their new names."""
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in names.items())
    return f"CASE {column} {cases} ELSE {column} END"
