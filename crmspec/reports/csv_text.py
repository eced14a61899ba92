"""A report as a CSV file for people: labels instead of names, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from crmspec.records import Masked, Record, Ref, Value
from crmspec.records.outputs import text_of_composite
from crmspec.records.paths import Seen, option_label
from crmspec.records.texts import text_of, zone_of
from crmspec.records.words import say
from crmspec.reports.result import Group, Result
from crmspec.spec import Spec

# What spreadsheets take for the beginning of a formula (OWASP: CSV injection), full-width signs included.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def csv_of(spec: Spec, result: Result, language: str, time_zone: str) -> str:
    """Return a report's records, the values of their groups in front; without columns its innermost groups."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    sheet = _Sheet(spec, result, language, time_zone)
    writer.writerow([harmless(word) for word in sheet.head()])
    writer.writerows(sheet.lines())
    return stream.getvalue()


def harmless(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run; it shows the text without."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


class _Sheet:
    """What goes into the lines of one file."""

    def __init__(self, spec: Spec, result: Result, language: str, time_zone: str) -> None:
        self.spec, self.result, self.language, self.time_zone = spec, result, language, time_zone
        shown = {column.path for column in result.columns}
        self.groups_shown = [at for at, column in enumerate(result.group_by) if column.path not in shown]

    def head(self) -> list[str]:
        result = self.result
        groups = [result.group_by[at].label for at in self.groups_shown]
        return [*groups, *(one.label for one in result.columns or result.measures)]

    def lines(self) -> Iterator[list[str]]:
        result = self.result
        if result.group_by:
            yield from self._of_groups(result.groups, ())
        elif result.columns:
            yield from (self._of_record(record, ()) for record in result.rows)
        else:
            yield [self.cell(None, result.totals[measure.key]) for measure in result.measures]

    def _of_groups(self, groups: Sequence[Group], above: tuple[str, ...]) -> Iterator[list[str]]:
        for group in groups:
            way = (*above, group.label)
            if group.groups:
                yield from self._of_groups(group.groups, way)
            elif self.result.columns:
                yield from (self._of_record(record, way) for record in group.rows)
            else:
                totals = [self.cell(None, group.totals[measure.key]) for measure in self.result.measures]
                yield [*map(harmless, way), *totals]

    def _of_record(self, record: Record, way: tuple[str, ...]) -> list[str]:
        cells = [self.cell(column.seen, record.get(column.path)) for column in self.result.columns]
        return [*(harmless(way[at]) for at in self.groups_shown), *cells]

    def cell(self, seen: Seen | None, value: Value) -> str:
        """Return the text of a value. Numbers are left alone, or a negative one could not be added up."""
        if isinstance(value, bool):
            return say(self.language, "true" if value else "false")
        if value is None or isinstance(value, (int, float, Decimal)):
            return text_of(seen.field if seen else None, value, seen.type if seen else "")
        return harmless(self._words(seen, value))

    def _words(self, seen: Seen | None, value: Value) -> str:
        match value:
            case Ref() | Masked():
                return str(value)
            case datetime():
                return value.astimezone(zone_of(self.time_zone)).strftime("%Y-%m-%d %H:%M")
            case tuple():
                return "; ".join(self._words(seen, one) for one in value)
            case str() if seen is not None and seen.type in ("picklist", "multi_picklist"):
                return option_label(self.spec, seen, value, self.language)
            case dict() if seen is not None and seen.field is not None and seen.type != "json":
                return text_of_composite(seen.field, value)
        return text_of(seen.field if seen else None, value, seen.type if seen else "")
