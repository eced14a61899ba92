"""The table of a report: groups as headings, records below them, totals under their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import cast

from crmspec.records import Record
from crmspec.records import Value as Found
from crmspec.records.words import say
from crmspec.reports import RECORDS, Function, Group, Measure, Result, Totals
from crmspec.server import show, views
from crmspec.server.views import Choice, Link, ReportColumn, ReportRow, Value
from crmspec.server.web import Exchange

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


def report_columns(result: Result) -> tuple[ReportColumn, ...]:
    """Return the columns of the table."""
    return tuple(ReportColumn(label=column.label, type=column.type) for column in _table(result).columns)


@dataclass(frozen=True, slots=True)
class _Column:
    """One column: a path of the records, or in a report without records a group or a total."""

    label: str
    type: str
    path: str = ""
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class _Table:
    columns: tuple[_Column, ...]
    shows_records: bool


def _table(result: Result) -> _Table:
    """Totals of what is no column get one of their own at the end, so that they have a place."""
    if result.columns:
        shown = [_Column(column.label, column.type, column.path) for column in result.columns]
        paths = {column.path for column in result.columns}
        for measure in result.measures:
            if measure.path != RECORDS and measure.path not in paths and measure.seen is not None:
                paths.add(measure.path)
                label = _label_without_function(result, measure)
                shown.append(_Column(label, measure.seen.type, measure.path))
        return _Table(tuple(shown), True)
    groups = [_Column(column.label, column.type, column.path) for column in result.group_by]
    totals = [_Column(measure.label, measure.type, measure=measure) for measure in result.measures]
    return _Table((*groups, *totals), False)


def _label_without_function(result: Result, measure: Measure) -> str:
    """Return the words of the path; when only one thing is made of it, say what."""
    same = [one for one in result.measures if one.path == measure.path]
    return measure.of_label if len(same) > 1 or measure.function == "sum" else measure.label


def lines_of(exchange: Exchange, result: Result) -> tuple[tuple[ReportRow, ...], bool]:
    """Return the lines of the table, and whether there would be more."""
    if not result.count:
        return (), False
    writer = _Writer(exchange, result, _table(result))
    lines: list[ReportRow] = []
    for line in writer.lines():
        if len(lines) == LINES_MAX:
            return (*lines, *writer.totals("total", result.totals, 0)), True
        lines.append(line)
    return (*lines, *writer.totals("total", result.totals, 0)), False


@dataclass(frozen=True, slots=True)
class _Writer:
    exchange: Exchange
    result: Result
    table: _Table

    def lines(self) -> Iterator[ReportRow]:
        if not self.table.shows_records:
            yield from self._leaves(self.result.groups, ())
        elif self.result.group_by:
            yield from self._groups(self.result.groups, 0)
        else:
            yield from (self._record(record, 0) for record in self.result.rows)

    def _groups(self, groups: Sequence[Group], level: int) -> Iterator[ReportRow]:
        for group in groups:
            yield ReportRow(kind="group", level=level, label=group.label, count=group.count)
            yield from self._groups(group.groups, level + 1)
            yield from (self._record(record, level + 1) for record in group.rows)
            yield from self.totals("subtotal", group.totals, level)

    def _record(self, record: Record, level: int) -> ReportRow:
        cells = [
            show.value(self.exchange, record.object, column.path, record.get(column.path))
            for column in self.table.columns[: len(self.result.columns)]
        ]
        blank: list[Value | None] = [None] * (len(self.table.columns) - len(cells))
        url = self.exchange.urls.record(record.object, record.id)
        return ReportRow(kind="record", level=level, cells=(*cells, *blank), url=url)

    def totals(self, kind: str, totals: Totals, level: int) -> Iterator[ReportRow]:
        """Yield one line for each function that is asked for; records are counted in the headings."""
        if not self.table.shows_records:
            yield from self._only_line(totals) if kind == "total" and self.result.group_by else ()
            return
        for function in _FUNCTIONS:
            by_path = {
                one.path: one for one in self.result.measures if one.function == function and one.path != RECORDS
            }
            if not by_path:
                continue
            cells = tuple(
                total_value(self.exchange, measure, totals[measure.key]) if measure else None
                for measure in (by_path.get(column.path) for column in self.table.columns)
            )
            label = say(self.exchange.language, function)
            yield ReportRow(kind="total" if kind == "total" else "subtotal", level=level, label=label, cells=cells)

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

    def _only_line(self, totals: Totals) -> Iterator[ReportRow]:
        blank: tuple[Value | None, ...] = (None,) * len(self.result.group_by)
        yield ReportRow(kind="total", cells=(*blank, *self._numbers(totals)))
