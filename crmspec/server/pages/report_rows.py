"""The table of a report: groups as headings, records below them, totals under their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Literal, cast

from crmspec.records import Record
from crmspec.records import Value as Found
from crmspec.records.words import say
from crmspec.reports import RECORDS, Function, Group, Measure, Result, Totals
from crmspec.server import show, views
from crmspec.server.views import Choice, Link, ReportColumn, ReportRow, Value
from crmspec.server.web import Exchange
from crmspec.spec import Report

LINES_MAX = 2_500
_FUNCTIONS: tuple[Function, ...] = ("sum", "avg", "min", "max", "count")
_WITH_DECIMALS = ("number", "currency", "percent")


def total_value(exchange: Exchange, measure: Measure, number: Found) -> Value:
    """Return a total as a page shows it: an average with the decimals of what it is made from, at least two for a
    plain number.
    """
    if measure.function in ("min", "max") and measure.seen is not None:
        return show.seen_value(exchange, measure.seen, number)
    if measure.type not in _WITH_DECIMALS:
        whole = None if number is None else int(Decimal(cast(int, number)).to_integral_value(ROUND_HALF_UP))
        return Value(type=measure.type, content=whole)
    decimals = measure.scale
    if measure.function == "avg" and measure.seen is not None:
        decimals = measure.seen.scale or decimals
    if isinstance(number, Decimal):
        number = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return Value(type=measure.type, content=cast(views.Content, number), decimals=decimals)


def with_totals_shown(report: Report) -> Report:
    """Return a report that shows what it adds up, too, so that every total has a column to stand under."""
    if not report.columns:
        return report
    added = (path for path in report.totals if path != RECORDS)
    return replace(report, columns=tuple(dict.fromkeys((*report.columns, *added))))


def report_columns(result: Result) -> tuple[ReportColumn, ...]:
    """Return the columns of the table; of a report without records its groups and totals."""
    if result.columns:
        return tuple(ReportColumn(label=column.label, type=column.type) for column in result.columns)
    groups = [ReportColumn(label=column.label, type=column.type) for column in result.group_by]
    return (*groups, *(ReportColumn(label=measure.label, type=measure.type) for measure in result.measures))


def lines_of(exchange: Exchange, result: Result) -> tuple[tuple[ReportRow, ...], bool]:
    """Return the lines of the table, and whether there would be more."""
    if not result.count:
        return (), False
    writer = _Writer(exchange, result)
    lines = list(islice(writer.lines(), LINES_MAX + 1))
    return (*lines[:LINES_MAX], *writer.last()), len(lines) > LINES_MAX


@dataclass(frozen=True, slots=True)
class _Writer:
    exchange: Exchange
    result: Result

    def lines(self) -> Iterator[ReportRow]:
        if not self.result.columns:
            yield from self._leaves(self.result.groups, ())
        elif self.result.group_by:
            yield from self._groups(self.result.groups, 0)
        else:
            yield from (self._record(record, 0) for record in self.result.rows)

    def last(self) -> Iterator[ReportRow]:
        """Yield the grand totals."""
        if self.result.columns:
            yield from self._totals("total", self.result.totals, 0)
        elif self.result.group_by:
            blank: tuple[Value | None, ...] = (None,) * len(self.result.group_by)
            yield ReportRow(kind="total", cells=(*blank, *self._numbers(self.result.totals)))

    def _groups(self, groups: Sequence[Group], level: int) -> Iterator[ReportRow]:
        for group in groups:
            yield ReportRow(kind="group", level=level, label=group.label, count=group.count)
            yield from self._groups(group.groups, level + 1)
            yield from (self._record(record, level + 1) for record in group.rows)
            # The total of one thing is that thing, and stands in the line above.
            if len(group.groups or group.rows) != 1 or group.count > len(group.rows) > 0:
                yield from self._totals("subtotal", group.totals, level)

    def _record(self, record: Record, level: int) -> ReportRow:
        cells = tuple(
            show.value(self.exchange, record.object, column.path, record.get(column.path))
            for column in self.result.columns
        )
        url = self.exchange.urls.record(record.object, record.id)
        return ReportRow(kind="record", level=level, cells=cells, url=url)

    def _totals(self, kind: Literal["subtotal", "total"], totals: Totals, level: int) -> Iterator[ReportRow]:
        """Yield one line for each function that is asked for; records are counted in the headings."""
        for function in _FUNCTIONS:
            by_path = {
                one.path: one for one in self.result.measures if one.function == function and one.path != RECORDS
            }
            if by_path:
                cells = tuple(
                    total_value(self.exchange, measure, totals[measure.key]) if measure else None
                    for measure in (by_path.get(column.path) for column in self.result.columns)
                )
                yield ReportRow(kind=kind, level=level, label=say(self.exchange.language, function), cells=cells)

    # --- reports without records: a line is an innermost group ---

    def _leaves(self, groups: Sequence[Group], above: tuple[Value, ...]) -> Iterator[ReportRow]:
        if not self.result.group_by:
            yield ReportRow(kind="record", cells=self._numbers(self.result.totals))
        for group in groups:
            way = (*above, self._key(group, len(above)))
            if group.groups:
                yield from self._leaves(group.groups, way)
            else:
                yield ReportRow(kind="record", cells=(*way, *self._numbers(group.totals)))

    def _key(self, group: Group, level: int) -> Value:
        """Return what a group has in common: options and links as such, the rest as the group is called."""
        shown = show.seen_value(self.exchange, self.result.group_by[level].seen, group.key)
        if group.key is None or isinstance(shown.content, (Choice, Link)):
            return shown
        return Value(type="text", content=group.label)

    def _numbers(self, totals: Totals) -> tuple[Value | None, ...]:
        return tuple(total_value(self.exchange, one, totals[one.key]) for one in self.result.measures)
