"""What a report answers, as frozen values: columns, records, groups with their totals, what a chart draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Literal

from crmspec.records import Condition, Record, Value
from crmspec.records.paths import Seen

Function = Literal["count", "sum", "avg", "min", "max"]
RECORDS = "records"  # the path that counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A path with its words and what it leads to."""

    path: str
    label: str
    seen: Seen

    @property
    def type(self) -> str:
        """The field type of its values; of a formula or rollup that of the result."""
        return self.seen.type

    @property
    def scale(self) -> int:
        """How many digits its numbers have after the point."""
        return self.seen.scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One total: what a function makes of a path. `type` and `scale` are those of the number that comes out."""

    path: str
    function: Function
    label: str
    type: str
    scale: int = 0
    seen: Seen | None = None  # None: the records themselves are counted

    @property
    def key(self) -> tuple[str, str]:
        """Its place in `totals`."""
        return self.path, self.function


Totals = Mapping[tuple[str, str], Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The records that have one value in common. `key` is that value as `records` speaks it: a Ref, an option's name,
    a day, `2026-Q2`, None for blank; what may not be seen is one group with a hidden Ref.

    `count` and `totals` are those of all its records, `rows` only those that were asked for and fit the limit.
    """

    path: str
    key: Value
    label: str
    count: int
    totals: Totals
    groups: tuple[Group, ...] = ()
    rows: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One bar, slice or dot. `where` are the conditions of a list that shows exactly its records, None where conditions
    cannot say it; `is_rest` marks the one that stands for all groups that are not drawn.
    """

    key: Value
    label: str
    number: Value
    where: tuple[Condition, ...] | None = None
    is_rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartData:
    """One row of numbers, in the order of the groups along `by`."""

    type: Literal["bar", "line", "pie", "funnel"]
    by: Column
    measure: Measure
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One part of a report's filter; all parts hold together. `where` says the same as conditions of a list, None where
    only the formula can say it.
    """

    formula: str
    where: tuple[Condition, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The answer to a report under one person's rights.

    `rows` are the records in the report's order, at most as many as were asked for (`truncated`: there are more);
    groups hold the same ones. `count` and `totals` are of all records. `omitted` are columns not for this reader.
    """

    report: str
    object: str
    columns: tuple[Column, ...]
    omitted: tuple[str, ...]
    group_by: tuple[Column, ...]
    measures: tuple[Measure, ...]
    groups: tuple[Group, ...]
    rows: tuple[Record, ...]
    count: int
    totals: Totals = attribute(default_factory=dict)
    chart: ChartData | None = None
    filters: tuple[Filter, ...] = ()
    truncated: bool = False
