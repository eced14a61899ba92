"""Leaves become a tree: each group with its label, its place among its siblings, its totals.

Order of groups: options, stages, departments and positions as the spec has them; days and numbers as time and numbers
go; the rest by label, Chinese by sound; then what may not be seen, then blank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

from crmspec.records import Record, Ref, Value
from crmspec.records.paths import Seen, noun, option_label
from crmspec.records.reading import Reading
from crmspec.records.texts import plain, zone_of
from crmspec.records.values import HIDDEN
from crmspec.records.words import say
from crmspec.reports.querying import Cell, Leaf, Sums
from crmspec.reports.result import RECORDS, Column, Group, Measure, Totals
from crmspec.spec.scope import PERSON

_LAST_OF_ALL = (3,)
_HIDDEN_KEY = (HIDDEN,)
SortKey = tuple[Any, ...]


def decoded(seen: Seen, stored: Any) -> Value:
    """Return a stored value as `records` speaks it."""
    if stored is None or stored == "":
        return None
    scaled = (seen.type in ("number", "currency", "percent") and not seen.part) or seen.part in (
        "latitude",
        "longitude",
    )
    if scaled:
        return Decimal(stored).scaleb(-seen.scale)
    return Decimal(stored) if seen.part == "probability" else cast(Value, stored)


def key_of(column: Column, cell: Cell) -> Value:
    """Return the value that a group's records have in common."""
    if column.seen.kind != "reference" or cell.stored is None:
        return decoded(column.seen, cell.stored)
    if not cell.found:
        return Ref(cell.object, "", HIDDEN, hidden=True)
    return Ref(cell.object, cell.stored, cell.title)


def identity(key: Value) -> object:
    """Return what tells one group from another: references by id, so that two people of one name stay two; all that
    may not be seen is one.
    """
    if isinstance(key, Ref):
        return _HIDDEN_KEY if key.hidden else (key.object, key.id)
    return key


def label_of_key(reading: Reading, column: Column, key: Value) -> str:
    """Return the words for a group."""
    match key:
        case None:
            return say(reading.language, "blank")
        case Ref():
            return str(key) or noun(reading.spec, key.object, reading.language)
        case bool():
            return say(reading.language, "true" if key else "false")
        case Decimal():
            return plain(key)
        case datetime():
            return key.astimezone(zone_of(reading.spec.project.time_zone)).strftime("%Y-%m-%d %H:%M")
        case date() | time():
            return key.isoformat()
        case str() if column.type == "picklist":
            return option_label(reading.spec, column.seen, key, reading.language)
    return str(key)


def order_of(reading: Reading, column: Column) -> Callable[[Value], SortKey]:
    """Return the order of a path's groups."""
    places = {name: at for at, name in enumerate(_in_order(reading, column.seen))}

    def place(key: Value) -> SortKey:
        if key is None:
            return _LAST_OF_ALL
        if isinstance(key, Ref) and key.hidden:
            return (2,)
        if isinstance(key, str) and key in places:
            return (0, places[key])
        if column.seen.kind in ("number", "date", "datetime", "time") or column.seen.part in _PARTS_OF_TIME:
            return (0, key)
        if isinstance(key, bool):
            return (0, not key)
        return (1, by_sound(label_of_key(reading, column, key)), str(identity(key)))

    return place


_PARTS_OF_TIME = ("year", "quarter", "month", "week", "day")


def _in_order(reading: Reading, seen: Seen) -> Sequence[str]:
    """Return the values of a path that have an order of their own."""
    if seen.object == PERSON and seen.name in ("department", "position"):
        chairs = reading.spec.organization
        return tuple(chairs.departments if seen.name == "department" else chairs.positions)
    if seen.part == "label" and seen.field is not None and seen.field.pipeline:
        stages = reading.spec.pipelines[seen.field.pipeline].stages
        return tuple(stage.label.get(reading.language) or name for name, stage in stages.items())
    return seen.options or ()


def by_sound(text: str) -> bytes:
    """Return a key that sorts letters without their case and Chinese by pinyin.

    GB 2312 lists its 3,755 common characters by sound, so its bytes are an order that needs no dictionary; rarer ones
    come after them.
    """
    small = text.casefold()
    try:
        return small.encode("gb2312")
    except UnicodeEncodeError:
        return b"".join(map(_sound_of, small))


def _sound_of(sign: str) -> bytes:
    try:
        return sign.encode("gb2312")
    except UnicodeEncodeError:
        return b"\xff" + sign.encode("utf-32-be", "surrogatepass")


# --- totals ---


def merged(leaves: Iterable[Leaf]) -> tuple[int, dict[str, Sums]]:
    """Add up several leaves."""
    count = 0
    sums: dict[str, Sums] = {}
    for leaf in leaves:
        count += leaf.count
        for path, more in leaf.sums.items():
            sums[path] = _both(sums[path], more) if path in sums else more
    return count, sums


def _both(one: Sums, other: Sums) -> Sums:
    return Sums(
        count=one.count + other.count,
        sum=one.sum if other.sum is None else other.sum if one.sum is None else one.sum + other.sum,
        least=_first_known(min, one.least, other.least),
        greatest=_first_known(max, one.greatest, other.greatest),
    )


def _first_known(pick: Callable[..., Any], one: Any, other: Any) -> Any:
    known = [value for value in (one, other) if value is not None]
    return pick(known) if known else None


def totals_of(measures: Sequence[Measure], count: int, sums: Mapping[str, Sums]) -> Totals:
    """Return every total of some records as people read it."""
    return {measure.key: total(measure, count, sums.get(measure.path, Sums())) for measure in measures}


def total(measure: Measure, count: int, sums: Sums) -> Value:
    """Return one total. The sum of nothing is nought; the average, least and greatest of nothing are blank."""
    if measure.path == RECORDS:
        return count
    assert measure.seen is not None
    match measure.function:
        case "count":
            return sums.count
        case "sum":
            return _as_number(measure, sums.sum or 0)
        case "avg":
            return average(sums.sum, sums.count, measure.seen.scale, measure.scale)
        case "min":
            return decoded(measure.seen, sums.least)
    return decoded(measure.seen, sums.greatest)


def _as_number(measure: Measure, stored: int) -> int | Decimal:
    return Decimal(stored).scaleb(-measure.scale) if measure.scale or measure.type in _DECIMAL else stored


_DECIMAL = ("number", "currency", "percent")


def average(sum_: int | None, count: int, stored_scale: int, scale: int) -> Decimal | None:
    """Divide in whole numbers, rounding half away from zero."""
    if not count or sum_ is None:
        return None
    doubled = (2 * abs(sum_) * 10 ** (scale - stored_scale) + count) // (2 * count)
    return Decimal(-doubled if sum_ < 0 else doubled).scaleb(-scale)


# --- the tree ---


@dataclass(frozen=True)
class Tree:
    """What the groups of one report are made with. `rows` has for each record the identities of its groups."""

    reading: Reading
    group_by: tuple[Column, ...]
    measures: tuple[Measure, ...]
    rows: Sequence[tuple[Record, tuple[object, ...]]]
    group_sort: Measure | None = None
    descending: bool = False

    def groups(self, leaves: Sequence[Leaf], level: int = 0, way: tuple[object, ...] = ()) -> tuple[Group, ...]:
        """Return the groups of one level below a way from the root, in order."""
        if level == len(self.group_by):
            return ()
        column = self.group_by[level]
        found = [
            self._group(column, key, members, level, (*way, identity(key)))
            for key, members in by_key(column, leaves, level)
        ]
        place = order_of(self.reading, column)
        found.sort(key=lambda group: place(group.key))
        if self.group_sort is not None:
            _sort_by(found, self.group_sort, descending=self.descending)
        return tuple(found)

    def _group(self, column: Column, key: Value, leaves: Sequence[Leaf], level: int, way: tuple[object, ...]) -> Group:
        count, sums = merged(leaves)
        last = level + 1 == len(self.group_by)
        return Group(
            path=column.path,
            key=key,
            label=label_of_key(self.reading, column, key),
            count=count,
            totals=totals_of(self.measures, count, sums),
            groups=() if last else self.groups(leaves, level + 1, way),
            rows=tuple(self._rows_by_way.get(way, ())) if last else (),
        )

    @cached_property
    def _rows_by_way(self) -> Mapping[tuple[object, ...], list[Record]]:
        found: dict[tuple[object, ...], list[Record]] = {}
        for record, way in self.rows:
            found.setdefault(way, []).append(record)
        return found


def by_key(column: Column, leaves: Iterable[Leaf], level: int) -> list[tuple[Value, list[Leaf]]]:
    """Put together the leaves that have one value in common."""
    found: dict[object, tuple[Value, list[Leaf]]] = {}
    for leaf in leaves:
        key = key_of(column, leaf.cells[level])
        found.setdefault(identity(key), (key, []))[1].append(leaf)
    return list(found.values())


def _sort_by(groups: list[Group], measure: Measure, *, descending: bool) -> None:
    """Sort by a total, blank last; what is equal stays in the order of its keys."""

    def place(group: Group) -> Any:
        return group.totals[measure.key]

    known = [group for group in groups if place(group) is not None]
    blank = [group for group in groups if place(group) is None]
    known.sort(key=place, reverse=descending)
    groups[:] = [*known, *blank]
