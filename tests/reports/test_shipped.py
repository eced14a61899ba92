"""Every report of the standard CRM and of the templates runs, and its numbers are those of its records."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from crmspec.records import Records, Ref, Value
from crmspec.reports import RECORDS, Group, Measure, Result
from tests.reports.filled import NOW
from tests.reports.office import STARTERS, office, spec_of

_NINE = {
    "active_accounts", "account_owners", "lead_lifetime", "lead_sources", "opportunity_pipeline", "stuck_opportunities",
    "closed_opportunities", "quarterly_forecast", "contact_roles",
}  # fmt: skip


def test_the_nine_standard_reports_are_there() -> None:
    """The reports that every CRM begins with are in the standard package."""
    assert _NINE - set(spec_of("standard").reports) == set()


@pytest.mark.parametrize("starter", STARTERS)
def test_every_total_is_that_of_the_records(starter: str, database_url: str) -> None:
    """What the database adds up is what Python adds up from the records themselves, group by group."""
    with office(database_url, starter) as crm:
        for report in crm.spec.reports.values():
            inputs = [path for path in report.totals if path != RECORDS]
            wide = replace(report, columns=tuple(dict.fromkeys((*report.columns, *inputs))))
            result = crm.run(wide, limit=10_000)
            assert (result.truncated, result.omitted) == (False, ()), report.name
            assert len(result.rows) == result.count, report.name
            _check(result.measures, result.rows, result.totals, result.count)
            _check_groups(result.measures, result.groups)
            if report.group_by:
                assert sum(group.count for group in result.groups) == result.count, report.name


def test_enough_is_asked(sqlite_url: str) -> None:
    """The made-up records reach most reports, so that the comparison above compares something."""
    with office(sqlite_url, "templates/printing") as crm:
        counts = {report.name: crm.run(report, limit=0).count for report in crm.spec.reports.values()}
        assert len([name for name, count in counts.items() if count > 1]) > len(counts) * 0.8, counts


def _check_groups(measures: tuple[Measure, ...], groups: tuple[Group, ...]) -> None:
    for group in groups:
        _check(measures, _rows_of(group), group.totals, group.count)
        _check_groups(measures, group.groups)
        if group.groups:
            assert sum(one.count for one in group.groups) == group.count


def _rows_of(group: Group) -> tuple[Any, ...]:
    return group.rows or tuple(row for inner in group.groups for row in _rows_of(inner))


def _check(measures: tuple[Measure, ...], rows: tuple[Any, ...], totals: Any, count: int) -> None:
    assert len(rows) == count
    for measure in measures:
        expected: Value = count
        if measure.path != RECORDS:
            values = [row[measure.path] for row in rows if row[measure.path] is not None]
            expected = _total(measure, values)
        assert totals[measure.key] == expected, (measure, totals)


def _total(measure: Measure, values: list[Any]) -> Any:
    match measure.function:
        case "count":
            return len(values)
        case "sum":
            return sum(values)
        case "avg":
            step = Decimal(1).scaleb(-measure.scale)
            exact = sum(map(Decimal, values), Decimal(0)) / max(len(values), 1)
            return exact.quantize(step, ROUND_HALF_UP) if values else None
        case "min":
            return min(values, default=None)
    return max(values, default=None)


@pytest.mark.parametrize("starter", STARTERS)
def test_both_databases_answer_alike(starter: str, sqlite_url: str, postgres_url: str) -> None:
    """Columns, records, groups, labels, totals, charts and their order are equal on SQLite and PostgreSQL."""
    answers: dict[str, dict[str, Result]] = {}
    for url in (sqlite_url, postgres_url):
        with office(url, starter) as crm:
            answers[url] = {report.name: crm.run(report, language="zh-CN") for report in crm.spec.reports.values()}
    for name in answers[sqlite_url]:
        assert answers[sqlite_url][name] == answers[postgres_url][name], name


@pytest.mark.parametrize("starter", STARTERS)
def test_a_point_leads_to_its_records(starter: str, sqlite_url: str) -> None:
    """Where a point has conditions, the list that they ask for has as many records as the point stands for."""
    with office(sqlite_url, starter) as crm:
        records = Records(crm.spec, crm.connection, crm.actor, now=lambda: NOW)
        followed = 0
        for report in crm.spec.reports.values():
            if report.chart is None:
                continue
            counting = replace(report, chart=replace(report.chart, value=RECORDS, function=""))
            chart = crm.run(counting, limit=0).chart
            assert chart is not None
            for point in chart.points:
                if point.where is not None:
                    page = records.page(report.object, where=point.where, limit=1)
                    assert page.count == point.number, (report.name, point)
                    followed += 1
        assert followed > 30


def test_a_group_of_people_has_their_names(sqlite_url: str) -> None:
    """Owners are sorted as they sound, Latin letters first, nobody last."""
    with office(sqlite_url, "standard") as crm:
        result = crm.run(crm.spec.reports["account_owners"])
        assert [group.label for group in result.groups] == ["Anna", "bob", "北方 经理", "张伟", "(blank)"]
        assert isinstance(result.groups[0].key, Ref)
