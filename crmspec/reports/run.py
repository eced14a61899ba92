"""One report, one person, one answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crmspec.access import Actor
from crmspec.records import Records
from crmspec.reports.asking import asked
from crmspec.reports.charting import chart_data
from crmspec.reports.drilling import filters_of
from crmspec.reports.grouping import Tree, identity, key_of, merged, totals_of
from crmspec.reports.querying import Leaf, Query
from crmspec.reports.result import Column, Result
from crmspec.spec import Report, Spec, Verb

ROWS_MAX = 500
_NO_GROUP = object()


def run(
    spec: Spec,
    connection: sa.Connection,
    actor: Actor,
    report: Report,
    *,
    now: datetime,
    language: str = "",
    limit: int = ROWS_MAX,
    verb: Verb = "read",
) -> Result:
    """Answer a report as one person may see it, in at most two statements (and one more for each column of several
    values). `limit` is how many records are shown at most, 0 for none; totals are always of all. With `verb="export"`
    the answer holds only what they may also export.

    `NotFound` when the report is for other roles, `Forbidden` when it filters, groups, sorts, adds up or draws by a
    field that they may not read.
    """
    reading = Records(spec, connection, actor, now=lambda: now, language=language).reading
    question = asked(reading, report, verb)
    query = Query(reading, question)
    leaves = query.leaves(connection)
    count, sums = merged(leaves)
    wants_records = bool(question.columns) and limit > 0 and count > 0
    found = query.records(connection, limit) if wants_records else []
    filters = filters_of(reading, report)
    ways = _ways(question.group_by, leaves if found else ())
    tree = Tree(
        reading,
        question.group_by,
        question.measures,
        tuple((record, ways(stored)) for record, stored in found),
        question.group_sort,
        question.descending,
    )
    drawn = chart_data(reading, report.chart, question.group_by, question.measures, leaves, filters)
    return Result(
        report=report.name,
        object=report.object,
        columns=question.columns,
        omitted=question.omitted,
        group_by=question.group_by,
        measures=question.measures,
        groups=tree.groups(leaves),
        rows=tuple(record for record, _ in found),
        count=count,
        totals=totals_of(question.measures, count, sums),
        chart=drawn,
        filters=filters,
        truncated=bool(question.columns) and count > len(found),
    )


def _ways(group_by: Sequence[Column], leaves: Sequence[Leaf]) -> Callable[[tuple[Any, ...]], tuple[object, ...]]:
    """Return how the stored values of a record's groups become the way to its group. Only the leaves know which
    records behind a lookup may be seen; one that came in between the two statements is in no group.
    """
    known = [
        {leaf.cells[level].stored: identity(key_of(column, leaf.cells[level])) for leaf in leaves}
        for level, column in enumerate(group_by)
    ]
    return lambda stored: tuple(at.get(value, _NO_GROUP) for at, value in zip(known, stored, strict=True))
