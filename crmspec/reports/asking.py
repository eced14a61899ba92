"""A report of the spec becomes a question that one person may ask: every path looked up, every level held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from crmspec.access import Actor, path_level, readable
from crmspec.formula import parse
from crmspec.records import BadQuestion, Forbidden, NotFound
from crmspec.records.fetching import shown_columns
from crmspec.records.pages import may_read
from crmspec.records.paths import Seen, label_of, look, split_path
from crmspec.records.reading import Reading
from crmspec.records.words import say
from crmspec.reports.result import RECORDS, Column, Function, Measure
from crmspec.reports.words import measure_label
from crmspec.spec import Report, Spec, Verb

AVERAGE_DIGITS = 2  # an average has so many more than what it is made from
_WITH_DECIMALS = ("number", "currency", "percent")
_COUNTED: tuple[Function, ...] = ("count",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A report as one person may ask it. `sort` orders records; `group_sort`, a total, orders groups instead of their
    own order (`-` before it in the spec: `descending`).
    """

    report: Report
    verb: Verb
    columns: tuple[Column, ...]
    omitted: tuple[str, ...]
    group_by: tuple[Column, ...]
    measures: tuple[Measure, ...]
    sort: tuple[str, ...]
    group_sort: Measure | None = None
    descending: bool = False


def has_report(actor: Actor, report: Report) -> bool:
    """Say whether a report is meant for this person: their roles, and that they may read any of its records."""
    return _for_roles_of(actor, report) and actor.rights.opens(report.object, "read")


def _for_roles_of(actor: Actor, report: Report) -> bool:
    """crmspec itself has every right and no role."""
    return actor.system or not report.roles or not set(report.roles).isdisjoint(actor.roles)


def reports_of(spec: Spec, actor: Actor) -> tuple[Report, ...]:
    """Return the reports that this person may run, in the order of the spec."""
    meant = (report for report in spec.reports.values() if has_report(actor, report))
    return tuple(report for report in meant if not hidden_fields(spec, actor, report))


def hidden_fields(spec: Spec, actor: Actor, report: Report) -> tuple[str, ...]:
    """Return the paths that a report cannot do without and that this person may not read."""
    filtered = sorted(parse(report.filter).paths) if report.filter else ()
    paths = dict.fromkeys((*map(split_path, _needed(report)), *filtered))
    return tuple(".".join(path) for path in paths if not readable(path_level(actor.rights, spec, report.object, path)))


def _needed(report: Report) -> tuple[str, ...]:
    """Return what a report groups, adds up and sorts by; what its chart draws is among that."""
    totals = (path for path in report.totals if path != RECORDS)
    return (*report.group_by, *totals, *(entry.removeprefix("-") for entry in _sorts(report)[0]))


def asked(reading: Reading, report: Report, verb: Verb) -> Asked:
    """Look everything up. A column that may not be read is left out; anything else refuses the whole report, since its
    numbers would tell of what it hides.
    """
    if reading.actor is not None and not _for_roles_of(reading.actor, report):
        raise NotFound(say(reading.language, "no_report", label=report.name), "no_report")
    may_read(reading, report.object)
    may_read(reading, report.object, verb)
    sort, group_sort = _sorts(report)
    _refuse_unknown(reading, report)
    hidden = hidden_fields(reading.spec, reading.actor, report) if reading.actor is not None else ()
    if hidden:
        raise Forbidden(say(reading.language, "may_not_use", label=", ".join(hidden)), "hidden_field", hidden)
    shown, omitted = shown_columns(reading, report.object, report.columns)
    measures = tuple(measures_of(reading, report))
    return Asked(
        report=report,
        verb=verb,
        columns=tuple(column(reading, report.object, path) for path in shown),
        omitted=omitted,
        group_by=tuple(column(reading, report.object, path) for path in report.group_by),
        measures=measures,
        sort=sort,
        group_sort=next((one for one in measures if one.path == group_sort.removeprefix("-")), None),
        descending=group_sort.startswith("-"),
    )


def _refuse_unknown(reading: Reading, report: Report) -> None:
    for path in _needed(report):
        if look(reading.spec, report.object, split_path(path)) is None:
            raise BadQuestion(say(reading.language, "unknown_field", label=path[:60]), "unknown_field")


def _sorts(report: Report) -> tuple[tuple[str, ...], str]:
    """Split `sort` into what orders records and what orders groups: the count does, and in a report that shows no
    records so does any total.
    """
    records: list[str] = []
    groups = ""
    for entry in report.sort:
        path = entry.removeprefix("-")
        of_groups = path == RECORDS or (not report.columns and path in report.totals)
        if not of_groups:
            records.append(entry)
        elif not groups:
            groups = entry
    return tuple(records), groups


def column(reading: Reading, object_name: str, path: str) -> Column:
    """Return a path with its words."""
    seen = look(reading.spec, object_name, split_path(path))
    assert seen is not None, "every path was looked up before"
    return Column(path=path, label=label_of(reading.spec, object_name, path, reading.language), seen=seen)


def measures_of(reading: Reading, report: Report) -> Sequence[Measure]:
    """Return the totals of a report in the order of the spec."""
    found = []
    for path, functions in report.totals.items():
        if path == RECORDS:
            found.append(count_of_records(reading))
            continue
        of = column(reading, report.object, path)
        found.extend(_measure(reading, of, cast(Function, function)) for function in functions or _COUNTED)
    return found


def count_of_records(reading: Reading) -> Measure:
    """Return the total that counts the records themselves."""
    return Measure(path=RECORDS, function="count", label=say(reading.language, "records"), type="integer")


def _measure(reading: Reading, of: Column, function: Function) -> Measure:
    type_name, scale = _type_of(of.seen, function)
    label = measure_label(reading.language, of.label, function)
    return Measure(path=of.path, function=function, label=label, type=type_name, scale=scale, seen=of.seen)


def _type_of(seen: Seen, function: Function) -> tuple[str, int]:
    """Return the type of a total: three stars and four make seven, which is no rating any more."""
    scale = seen.scale if seen.type in _WITH_DECIMALS else 0
    match function:
        case "count":
            return "integer", 0
        case "avg":
            return (seen.type if seen.type in (*_WITH_DECIMALS, "duration") else "number"), scale + AVERAGE_DIGITS
        case "sum":
            return (seen.type if seen.type in (*_WITH_DECIMALS, "duration") else "integer"), scale
    return seen.type, scale
