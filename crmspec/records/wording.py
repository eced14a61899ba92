"""What both databases must say alike and SQLAlchemy has no word for: byte order, parts of days, names, exact totals."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from crmspec.formula import Dialect
from crmspec.formula.sql import shown_in_zone
from crmspec.spec import Field

Column = sa.ColumnElement[Any]
_LAST_LATIN = "\u024f"  # a family name beyond it is written before the given name, without a space


def total_of(function: str, value: Column, more_digits: int = 0) -> Column:
    """Return an aggregate, the same whole number on both databases; `more_digits` widens the scale of an average."""
    match function:
        case "count":
            return sa.func.count(value)
        case "sum":
            return sa.func.coalesce(sa.cast(sa.func.sum(value), sa.BigInteger), 0)
        case "min":
            return sa.func.min(value, type_=value.type)
        case "max":
            return sa.func.max(value, type_=value.type)
    total = sa.cast(sa.func.sum(value), sa.BigInteger) * 10**more_digits
    count = sa.func.count(value)
    # Half away from zero: whole numbers all the way, since an average in floats is not the same everywhere.
    doubled = (sa.func.abs(total) * 2 + count).op("/", precedence=8)(sa.func.nullif(count * 2, 0))
    return sa.cast(sa.case((total < 0, -doubled), else_=doubled), sa.BigInteger)


def is_true(condition: Column) -> Column:
    """Return a condition in which blank counts as false."""
    return sa.func.coalesce(condition, sa.false())


def full_name(table: sa.FromClause, field: Field) -> Column:
    """Return a person's name: family before given in scripts beyond Latin, given before family in Latin ones."""
    family = sa.func.coalesce(table.c[f"{field.base_column}_family"], "")
    given = sa.func.coalesce(table.c[f"{field.base_column}_given"], "")
    joined = sa.case((by_bytes(family) > _LAST_LATIN, family.concat(given)), else_=given.concat(" ").concat(family))
    return sa.func.nullif(sa.func.trim(joined), "")


def name_of(family: str | None, given: str | None) -> str:
    """Return a person's name as `full_name` puts it together."""
    first, last = given or "", family or ""
    return last + first if last > _LAST_LATIN else f"{first} {last}".strip()


class _ByBytes(sa.sql.functions.FunctionElement[str]):
    """A text that is compared byte by byte on both databases."""

    name = "by_bytes"
    inherit_cache = True
    type = sa.Text()


def by_bytes(text: Column) -> Column:
    """Return a text so that it compares and sorts byte by byte: as SQLite does by itself, and PostgreSQL when told."""
    return _ByBytes(text)


@compiles(_ByBytes)
def _by_bytes(element: _ByBytes, compiler: Any, **options: Any) -> str:
    inner: str = compiler.process(element.clauses, **options)
    return f'({inner} COLLATE "C")' if compiler.dialect.name == "postgresql" else f"({inner})"


class _DayPart(sa.sql.functions.FunctionElement[str]):
    """A part of a day as text that sorts as time does: 2026, 2026-Q2, 2026-05, 2026-W21; `day` stays a day."""

    name = "day_part"
    inherit_cache = True

    def __init__(self, day: Column, part: str, zone: str) -> None:
        super().__init__(day, sa.literal_column(part), sa.literal_column(zone or "''"))
        self.type = _PART_TYPES.get(part, sa.Text())


def day_part(day: Column, part: str, zone: str = "") -> Column:
    """Return a part of a day: `year`, `quarter`, `month`, `week` or `day`; of a moment, that of the day in its zone."""
    return _DayPart(day, part, zone)


_PART_TYPES: dict[str, Any] = {"day": sa.Date(), "year": sa.BigInteger()}
# The ISO week of a day is that of its Thursday.
_THURSDAY = "date(substr({day}, 1, 10), '-3 days', 'weekday 4')"
_PARTS: dict[str, dict[str, str]] = {
    "postgresql": {
        "year": "CAST(extract(year FROM {day}) AS BIGINT)",
        "quarter": "to_char({day}, 'YYYY-\"Q\"Q')",
        "month": "to_char({day}, 'YYYY-MM')",
        "week": "to_char({day}, 'IYYY-\"W\"IW')",
        "day": "CAST({day} AS DATE)",
    },
    "sqlite": {
        "year": "CAST(substr({day}, 1, 4) AS INTEGER)",
        "quarter": "(substr({day}, 1, 4) || '-Q' || ((CAST(substr({day}, 6, 2) AS INTEGER) + 2) / 3))",
        "month": "substr({day}, 1, 7)",
        "week": f"strftime('%Y', {_THURSDAY}) || '-W' || printf('%02d', (strftime('%j', {_THURSDAY}) - 1) / 7 + 1)",
        "day": "substr({day}, 1, 10)",
    },
}


@compiles(_DayPart)
def _write_day_part(element: _DayPart, compiler: Any, **options: Any) -> str:
    day, part, zone = (compiler.process(clause, **options) for clause in element.clauses)
    dialect: Dialect = "postgresql" if compiler.dialect.name == "postgresql" else "sqlite"
    shown = day if zone == "''" else "".join(map(str, shown_in_zone((day,), zone, dialect)))
    return _PARTS[dialect][part].format(day=shown)
