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
from crmspec.records.paths import look, split_path
from crmspec.records.reading import Reading
from crmspec.records.sources import Source
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


def tally(connection: sa.Connection, source: Source, conditions: Sequence[Column], paths: Sequence[str] = ()) -> Tally:
    """Count and add up in one statement that ends after a thousand rows; what has more is counted about."""
    columns = [source.column(split_path(path)).label(f"s{number}") for number, path in enumerate(paths)]
    one: Any = sa.literal_column("1").label("one")
    some: Any = sa.select(one, *columns).select_from(source.from_clause).where(*conditions)
    inner = some.limit(EXACT_COUNT_MAX + 1).subquery("c")
    totals = [total_of("sum", inner.c[f"s{number}"], 0) for number in range(len(paths))]
    count, *added = connection.execute(sa.select(sa.func.count(), *totals).select_from(inner)).one()
    if count > EXACT_COUNT_MAX:
        return Tally(max(_about(connection, source, conditions), EXACT_COUNT_MAX), False, {})
    sums = {path: _scaled(source, path, number) for path, number in zip(paths, added, strict=True)}
    return Tally(count, True, sums)


def _scaled(source: Source, path: str, stored: Any) -> Decimal:
    seen = look(source.reading.spec, source.object_name, split_path(path))
    scale = seen.scale if seen is not None and seen.type in ("number", "currency") else 0
    return Decimal(stored or 0).scaleb(-scale)


def _about(connection: sa.Connection, source: Source, conditions: Sequence[Column]) -> int:
    """Ask for an estimate, and say no more of it than is known: two digits."""
    if connection.dialect.name == "postgresql":
        return _rounded(_planned(connection, source, conditions))
    last = _last_row(connection, source)
    return _rounded(_sampled(connection, source, conditions, last) if conditions else last)


def _rounded(number: int) -> int:
    size = 10 ** max(len(str(number)) - 2, 0)
    whole: int = (number + size // 2) // size * size
    return whole


class _Explained(Executable, ClauseElement):
    """EXPLAIN of a statement: the planner's estimate costs nothing but the planning."""

    inherit_cache = False

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement

    def get_children(self, **_: Any) -> tuple[sa.Select[Any]]:
        """Let whoever walks a statement see what this one is about."""
        return (self.statement,)


@compiles(_Explained)
def _explained(element: _Explained, compiler: Any, **_: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement)}"


def _planned(connection: sa.Connection, source: Source, conditions: Sequence[Column]) -> int:
    statement: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(source.from_clause).where(*conditions)
    found: Any = connection.execute(_Explained(statement)).scalar_one()
    plan = json.loads(found) if isinstance(found, str) else found
    return int(plan[0]["Plan"]["Plan Rows"])


def _last_row(connection: sa.Connection, source: Source) -> int:
    text = sa.text(f'SELECT max(rowid) FROM "{source.object_name}"')
    return int(connection.execute(passed(text, "estimated")).scalar() or 0)


def _sampled(connection: sa.Connection, source: Source, conditions: Sequence[Column], last: int) -> int:
    """Look at short stretches of rows all over the table: what share of them fits, the whole is taken to have.

    Gaps left by deleted rows are in the stretches, too, as often as in the table.
    """
    rowid: Column = sa.column("rowid", sa.Integer, _selectable=source.table)
    starts = range(1, last + 1, max(last // _WINDOWS, _WINDOW_ROWS))
    windows = sa.or_(*(rowid.between(at, at + _WINDOW_ROWS - 1) for at in starts))
    fitting = sa.select(sa.func.count()).select_from(source.from_clause).where(windows, *conditions)
    found = connection.execute(fitting).scalar_one()
    return int(found * last / (len(starts) * _WINDOW_ROWS))
