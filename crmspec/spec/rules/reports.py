"""Rules of reports: columns, groups, totals, sort and chart fit the object and each other."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.diagnostics import did_you_mean
from crmspec.spec.parts import Chart, Report
from crmspec.spec.rules.formulas import formula_problems
from crmspec.spec.rules.problem import Problem, dangling, last_step, path_problem, unknown_names
from crmspec.spec.rules.screens import sort_problems
from crmspec.spec.scope import ObjectScope, Step
from crmspec.spec.spec import Spec

RECORDS = "records"
GROUPS_MOST = 3
_ORDERED = frozenset({"number", "date", "datetime", "time"})


def check_report(spec: Spec, report: Report) -> Iterator[Problem]:
    """Check one report."""
    address = f"report:{report.name}"
    if report.object not in spec.objects:
        yield dangling(address, "from", "object", report.object, spec.objects, code="CRM301")
        return
    scope = ObjectScope(spec, report.object, date_parts=True)
    for key, paths in (("columns", report.columns), ("group_by", report.group_by)):
        for number, path in enumerate(paths):
            problem = path_problem(address, f"{key}.{number}", scope, path)
            if problem is not None:
                yield problem
    if report.filter:
        yield from formula_problems(address, "filter", report.filter, ObjectScope(spec, report.object))
    yield from _groups(address, scope, report)
    yield from _totals(address, scope, report)
    yield from _sort(address, scope, report)
    if report.chart is not None:
        yield from _chart(address, report, report.chart)
    if not report.columns and not report.totals:
        yield Problem(
            address,
            "",
            "CRM362",
            f"`{address}` shows nothing",
            "it has neither `columns` nor `totals`",
            "add `columns: [name]`",
        )
    yield from unknown_names(address, "roles", "role", report.roles, spec.roles, code="CRM304")


def _groups(address: str, scope: ObjectScope, report: Report) -> Iterator[Problem]:
    if len(report.group_by) > GROUPS_MOST:
        yield Problem(
            address,
            "group_by",
            "CRM363",
            f"`{address}` is grouped {len(report.group_by)} times",
            f"{GROUPS_MOST} is the most a page can show",
            "remove the last ones",
        )
    for number, path in enumerate(report.group_by):
        step = last_step(scope, path)
        if step is not None and not _groupable(step):
            assert step.field is not None
            yield Problem(
                address,
                f"group_by.{number}",
                "CRM363",
                f"`{address}` is grouped by `{path}`, a {step.field.type} field",
                "nearly every record would be a group of its own, or it has no value to group by",
                "group by a picklist, a lookup, a boolean, a short text or a date",
            )


def _groupable(step: Step) -> bool:
    if step.field is None or step.attribute:
        return True
    if step.field.row.formula == "computed":
        return step.type.kind in ("text", "boolean", "choice", "number", "date", "datetime")
    return step.field.row.groupable


def _totals(address: str, scope: ObjectScope, report: Report) -> Iterator[Problem]:
    for path, functions in report.totals.items():
        key = f"totals.{path}"
        if path == RECORDS:
            if set(functions) != {"count"}:
                yield Problem(
                    address,
                    key,
                    "CRM364",
                    f"`{address}` takes the {', '.join(functions)} of `records`",
                    "records can only be counted",
                    "write `records: count`",
                )
            continue
        problem = path_problem(address, key, scope, path)
        if problem is not None:
            yield problem
            continue
        step = last_step(scope, path)
        assert step is not None
        for function in functions:
            wrong = (function in ("sum", "avg") and step.type.kind != "number") or (
                function in ("min", "max") and step.type.kind not in _ORDERED
            )
            if wrong:
                yield Problem(
                    address,
                    key,
                    "CRM364",
                    f"`{address}` takes the {function} of `{path}`, which is {step.type}",
                    "it needs numbers" if function in ("sum", "avg") else "it needs values that have an order",
                    "write `count`",
                )


def _sort(address: str, scope: ObjectScope, report: Report) -> Iterator[Problem]:
    """A grouped report can be sorted by what it counts and adds up, too."""
    own = [path for path in report.sort if path.removeprefix("-") not in (RECORDS, *report.totals)]
    yield from sort_problems(address, scope, tuple(own))
    if RECORDS in (path.removeprefix("-") for path in report.sort) and RECORDS not in report.totals:
        yield Problem(
            address,
            "sort",
            "CRM364",
            f"`{address}` is sorted by `records`, which it does not count",
            "there is no such number",
            "add `records: count` to `totals`",
        )


def _chart(address: str, report: Report, chart: Chart) -> Iterator[Problem]:
    if not chart.by:
        if not report.group_by:
            yield Problem(
                address,
                "chart",
                "CRM365",
                f"the chart of `{address}` has no groups to draw",
                "a chart draws groups",
                "add `group_by: [stage]`",
            )
    elif chart.by not in report.group_by:
        yield Problem(
            address,
            "chart.by",
            "CRM365",
            f"the chart of `{address}` goes by `{chart.by}`, which is no group of it",
            "a chart draws groups",
            did_you_mean(chart.by, report.group_by) or f"add `group_by: [{chart.by}]`",
        )
    if chart.value != RECORDS and chart.value not in report.totals:
        yield Problem(
            address,
            "chart.value",
            "CRM365",
            f"the chart of `{address}` draws `{chart.value}`, which is no total of it",
            "heights come from totals",
            did_you_mean(chart.value, (RECORDS, *report.totals)),
        )
    elif chart.function and chart.value != RECORDS and chart.function not in report.totals[chart.value]:
        yield Problem(
            address,
            "chart.function",
            "CRM365",
            f"the chart of `{address}` draws the {chart.function} of `{chart.value}`, which is not worked out",
            "heights come from totals",
            did_you_mean(chart.function, report.totals[chart.value]),
        )
