"""How many records a list has, and what they come to: exactly when that is cheap, else about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement, Executable

from crmspec.access import passed
from crmspec.records.paths import Seen, look, split_path
from crmspec.records.reading import Reading
from crmspec.records.sources import Source
from crmspec.records.values import GroupTotal
from crmspec.records.wording import Column, total_of

EXACT_COUNT_MAX = 1_000
_WINDOWS = 24  # places of a table that are looked at to say about how many
_WINDOW_ROWS = 100
# Types whose values can be added up. A percentage has no sum, and a rating is an opinion.
SUMMED = ("currency", "integer", "number", "duration")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are, exactly or about, and the sums by path; without sums where nobody added them up."""

    count: int
    exact: bool
    sums: Mapping[str, Decimal]


def summable(reading: Reading, object_name: str, paths: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that can be added up: numbers of the object's own rows that this reader may read."""
    found = []
    for path in paths:
        seen = look(reading.spec, object_name, split_path(path))
        if seen is None or "." in path or seen.type not in SUMMED or seen.field is None or seen.part:
            continue
        if reading.reads(object_name, path) and seen.field.type not in ("rollup", "formula"):
            found.append(path)
    return tuple(found)


def tally(
    connection: sa.Connection,
    source: Source,
    conditions: Sequence[Column],
    paths: Sequence[str] = (),
    *,
    whole: bool = False,
) -> Tally:
    """Count and add up in one statement that ends after a thousand rows; what has more is counted about.

    `whole` counts and adds up however many there are: somebody has asked for it.
    """
    columns = [source.column(split_path(path)).label(f"s{number}") for number, path in enumerate(paths)]
    one: Any = sa.literal_column("1").label("one")
    some: Any = sa.select(one, *columns).select_from(source.from_clause).where(*conditions)
    inner = (some if whole else some.limit(EXACT_COUNT_MAX + 1)).subquery("c")
    totals = [total_of("sum", inner.c[f"s{number}"], 0) for number in range(len(paths))]
    count, *added = connection.execute(sa.select(sa.func.count(), *totals).select_from(inner)).one()
    if count > EXACT_COUNT_MAX and not whole:
        return Tally(max(_about(connection, source, conditions), EXACT_COUNT_MAX), False, {})
    sums = {path: _scaled(source, path, number) for path, number in zip(paths, added, strict=True)}
    return Tally(count, True, sums)


def by_group(
    connection: sa.Connection, source: Source, conditions: Sequence[Column], path: str, paths: Sequence[str]
) -> tuple[GroupTotal, ...]:
    """Count and add up by the values of a path. For lists that were counted exactly: it looks at every record."""
    seen = look(source.reading.spec, source.object_name, split_path(path))
    assert seen is not None
    key = key_column(source, path, seen)
    values = [total_of("sum", source.column(split_path(one)), 0) for one in paths]
    statement = sa.select(key.label("key"), sa.func.count(), *values).select_from(source.from_clause)
    rows = connection.execute(statement.where(*conditions).group_by(key))
    return tuple(
        GroupTotal(value, count, {one: _scaled(source, one, added) for one, added in zip(paths, sums, strict=True)})
        for value, count, *sums in rows
    )


def key_column(source: Source, path: str, seen: Seen) -> Column:
    """Return what tells groups apart: of a look-up the record behind it, as far as it may be seen."""
    segments = split_path(path)
    if seen.kind != "reference":
        return source.column(segments)
    home = source
    for segment in segments[:-1]:
        inner = look(source.reading.spec, home.object_name, (segment,))
        assert inner is not None
        home = home.beyond(segment, inner.to[0])
    return home.found_behind(segments[-1], seen.to)


def _scaled(source: Source, path: str, stored: Any) -> Decimal:
    seen = look(source.reading.spec, source.object_name, split_path(path))
    scale = seen.scale if seen is not None and seen.type in ("number", "currency") else 0
    return Decimal(stored or 0).scaleb(-scale)


def _about(connection: sa.Connection, source: Source, conditions: Sequence[Column]) -> int:
    """Ask for an estimate, and say no more of it than is known: two digits."""
    if connection.dialect.name == "postgresql":
        found = _planned(connection, source, conditions)
    elif conditions:
        found = _sampled(connection, source, conditions)
    else:
        found = _last_row(connection, source)
    return _rounded(found)


def _rounded(number: int) -> int:
    size = 10 ** max(len(str(number)) - 2, 0)
    whole: int = (number + size // 2) // size * size
    return whole


class _Explained(Executable, ClauseElement):
    """EXPLAIN of a statement: the planner's estimate costs nothing but the planning."""

    inherit_cache = False

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement

    def get_children(self, **_: Any) -> tuple[sa.Select[Any], ...]:
        """Let the statement be looked at as if it were carried out itself."""
        return (self.statement,)


@compiles(_Explained)
def _explained(element: _Explained, compiler: Any, **named: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **named)}"


def _planned(connection: sa.Connection, source: Source, conditions: Sequence[Column]) -> int:
    statement: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(source.from_clause).where(*conditions)
    found: Any = connection.execute(_Explained(statement)).scalar_one()
    plan = json.loads(found) if isinstance(found, str) else found
    return int(plan[0]["Plan"]["Plan Rows"])


def _last_row(connection: sa.Connection, source: Source) -> int:
    name = source.reading.object_table(source.object_name).name
    statement = passed(sa.text(f'SELECT max(rowid) FROM "{name}"'), "estimated")
    return int(connection.execute(statement).scalar() or 0)


def _sampled(connection: sa.Connection, source: Source, conditions: Sequence[Column]) -> int:
    """Look at short stretches of rows all over the table: what share of them fits, the whole is taken to have."""
    last = _last_row(connection, source)
    step = max(last // _WINDOWS, _WINDOW_ROWS)
    starts = range(1, last + 1, step)
    rowid = _rowid(source.table)
    windows = sa.or_(sa.false(), *(rowid.between(at, at + _WINDOW_ROWS - 1) for at in starts))
    fitting = sa.select(sa.func.count()).select_from(source.from_clause).where(*conditions, windows)
    found: int = connection.execute(fitting).scalar_one()
    return found * last // max(len(starts) * _WINDOW_ROWS, 1)


def _rowid(table: sa.FromClause) -> Column:
    return sa.column("rowid", sa.Integer, _selectable=table)
