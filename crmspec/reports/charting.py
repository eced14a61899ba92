"""What a chart draws: the leaves put together along one group, in order, with no gap in time and no end of bars."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from crmspec.records import Condition, Value
from crmspec.records.reading import Reading
from crmspec.reports.asking import count_of_records
from crmspec.reports.drilling import following, of_key, said_once
from crmspec.reports.grouping import by_key, label_of_key, merged, order_of, total
from crmspec.reports.querying import Leaf, Sums
from crmspec.reports.result import RECORDS, ChartData, Column, Filter, Measure, Point
from crmspec.reports.words import say
from crmspec.spec import Chart

POINTS_MAX = 40
_GAPS_MAX = 120  # a longer row than this is drawn as it is
_PERIODS = ("year", "quarter", "month", "week")


def chart_data(
    reading: Reading,
    chart: Chart | None,
    group_by: Sequence[Column],
    measures: Sequence[Measure],
    leaves: Sequence[Leaf],
    filters: Sequence[Filter],
) -> ChartData | None:
    """Return the numbers of a report's chart; None where there is none or no groups to draw."""
    if chart is None or not group_by:
        return None
    level = next((at for at, column in enumerate(group_by) if column.path == chart.by), 0)
    by, measure = group_by[level], _measure(reading, chart, measures)
    drawn = [(key, _number(measure, members), members) for key, members in by_key(by, leaves, level)]
    place = order_of(reading, by)
    drawn.sort(key=lambda one: place(one[0]))
    kept, rest = (drawn, []) if by.seen.part in _PERIODS else _largest(measure, drawn)
    points = [
        Point(key=key, label=label_of_key(reading, by, key), number=number, where=_where(by, key, filters))
        for key, number, _ in kept
    ]
    if by.seen.part in _PERIODS:
        points = _without_gaps(by, measure, points, filters)
    elif rest:
        number = _number(measure, [leaf for _, _, members in rest for leaf in members])
        points.append(Point(key=None, label=say(reading.language, "rest"), number=number, is_rest=True))
    return ChartData(type=chart.type, by=by, measure=measure, points=tuple(points))


def _measure(reading: Reading, chart: Chart, measures: Sequence[Measure]) -> Measure:
    for measure in measures:
        if measure.path == chart.value and chart.function in ("", measure.function):
            return measure
    return count_of_records(reading)


def _number(measure: Measure, leaves: Sequence[Leaf]) -> Value:
    count, sums = merged(leaves)
    return total(measure, count, sums.get(measure.path, Sums()))


_Drawn = tuple[Value, Value, list[Leaf]]


def _largest(measure: Measure, drawn: list[_Drawn]) -> tuple[list[_Drawn], list[_Drawn]]:
    """Keep the groups with the largest numbers where there are more than a picture can show, in their order."""
    if len(drawn) <= POINTS_MAX:
        return drawn, []

    def size(at: int) -> Decimal:
        number = drawn[at][1]
        return Decimal(number) if isinstance(number, (int, Decimal)) else Decimal("-Infinity")

    kept = set(sorted(range(len(drawn)), key=size, reverse=True)[: POINTS_MAX - 1])
    return (
        [one for at, one in enumerate(drawn) if at in kept],
        [one for at, one in enumerate(drawn) if at not in kept],
    )


def _without_gaps(by: Column, measure: Measure, points: list[Point], filters: Sequence[Filter]) -> list[Point]:
    """Add the periods in which there was nothing: nought where things are counted or added up, else no number."""
    dated = [point for point in points if point.key is not None]
    nothing = 0 if measure.path == RECORDS or measure.function in ("count", "sum") else None
    found: list[Point] = []
    for point in dated:
        key = following(by.seen.part, found[-1].key) if found else point.key
        while key != point.key and len(found) < _GAPS_MAX:
            found.append(Point(key=key, label=str(key), number=nothing, where=_where(by, key, filters)))
            key = following(by.seen.part, key)
        if len(found) >= _GAPS_MAX:
            return points
        found.append(point)
    return [*found, *points[len(dated) :]]


def _where(by: Column, key: Value, filters: Sequence[Filter]) -> tuple[Condition, ...] | None:
    """Return the conditions of a point's records: the filter's and its own; None when either cannot be said."""
    own = of_key(by, key)
    parts = [*(one.where for one in filters), own]
    if any(part is None for part in parts) or not said_once(parts):
        return None
    return tuple(condition for part in parts if part is not None for condition in part)
