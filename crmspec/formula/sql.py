"""A typed tree in, one SQLAlchemy expression out: the same answers on SQLite and PostgreSQL.

The two databases differ in words (`SQLITE`, `POSTGRESQL` below); what the words build is written once. Rules:
1. Every piece is complete in itself: parenthesised, a call, or a single column or bound value.
2. What an operation needs twice is written twice only when it is short, else named in a sub-select; so a formula of
   nested divisions does not double with each.
3. Whatever could pass 18 digits is cut before it does, never after (see `magnitude`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Uuid, bindparam
from sqlalchemy.sql.selectable import ScalarSelect
from sqlalchemy.types import TypeEngine

from .fragment import POSTGRESQL_TYPES, SQLITE_TYPES, Formula, Sql, is_heavy
from .magnitude import MOST
from .operators import DAYS_MOST
from .tree import Expression
from .types import Context, Dialect, Kind, Type

Columns = Callable[[tuple[str, ...], Type], ColumnElement[Any]]


def to_sql(expression: Expression, columns: Columns, *, dialect: Dialect, context: Context) -> ColumnElement[Any]:
    """Write a formula as one SQL expression; `columns` gives the column, or scalar sub-select, of each path."""
    writer = Writer(columns, POSTGRESQL if dialect == "postgresql" else SQLITE, context)
    pieces = writer.write(expression)
    kind = expression.type.kind
    if kind in ("text", "choice") and expression.op != "path" and writer.words.collate:
        pieces = join("(", pieces, writer.words.collate, ")")
    return Formula(pieces, kind, writer.words.types[kind])


def join(*parts: str | Sql) -> Sql:
    """Put text and pieces in a row."""
    found: list[str | ColumnElement[Any]] = []
    for part in parts:
        if isinstance(part, str):
            found.append(part)
        else:
            found.extend(part)
    return tuple(found)


def listed(parts: Sequence[Sql], between: str = ", ") -> Sql:
    """Put pieces in a row with a word between them."""
    found: list[str | ColumnElement[Any]] = []
    for at, part in enumerate(parts):
        if at:
            found.append(between)
        found.extend(part)
    return tuple(found)


@dataclass(frozen=True)
class Words:
    """What one database calls things. The functions for smaller and larger give blank when one side is blank."""

    types: dict[Kind, TypeEngine[Any]]
    casts: dict[Kind, str]
    true: str
    false: str
    collate: str
    keep_apart: str
    smaller: dict[str, str]
    larger: dict[str, str]
    find: str
    rest: Callable[[Sql, Sql], Sql]
    size: Callable[[Sql], Sql]
    whole: Callable[[Sql], Sql]
    part: Callable[[str, Sql, Kind], Sql]
    day_number: Callable[[Sql], Sql]
    day_of_number: Callable[[Sql], Sql]
    made_day: Callable[[Sql, Sql, Sql], Sql]
    day: Callable[[Sql], Sql]
    midnight: Callable[[Sql], Sql]
    day_text: Callable[[Sql], Sql]


_PLACES = {"year": "1, 4", "month": "6, 2", "day": "9, 2"}

SQLITE = Words(
    types=SQLITE_TYPES, casts={}, true="1", false="0", collate="", keep_apart="",
    smaller=dict.fromkeys(("number", "date", "datetime"), "min"),
    larger=dict.fromkeys(("number", "date", "datetime"), "max"),
    find="instr",
    rest=lambda a, b: join("(", a, " % ", b, ")"),
    size=lambda text: join("length(", text, ")"),
    whole=lambda number: number,
    part=lambda name, day, kind: join("CAST(substr(", day, f", {_PLACES[name]}) AS INTEGER)"),
    # Day 0 is 0001-01-01. Julian days are exact halves, so that these floats lose nothing.
    day_number=lambda day: join("CAST(julianday(", day, ") - 1721425.5 AS INTEGER)"),
    day_of_number=lambda number: join("date(", number, " + 1721425.5)"),
    made_day=lambda year, month, day: join("printf('%04d-%02d-%02d', ", year, ", ", month, ", ", day, ")"),
    day=lambda moment: join("substr(", moment, ", 1, 10)"),
    midnight=lambda day: join("(", day, " || 'T00:00:00.000000Z')"),
    day_text=lambda day: day,
)  # fmt: skip

POSTGRESQL = Words(
    types=POSTGRESQL_TYPES,
    casts={"text": "TEXT", "choice": "TEXT", "reference": "TEXT", "number": "BIGINT", "boolean": "BOOLEAN", "date": "DATE",
           "datetime": "TIMESTAMP WITH TIME ZONE", "time": "TIME"},
    true="TRUE", false="FALSE", collate=' COLLATE "C"',
    # Without it the planner would write the inner expression back into each place it is used.
    keep_apart=" OFFSET 0",
    smaller={"number": "int8smaller", "date": "date_smaller", "datetime": "timestamptz_smaller"},
    larger={"number": "int8larger", "date": "date_larger", "datetime": "timestamptz_larger"},
    find="strpos",
    rest=lambda a, b: join("mod(", a, ", nullif(", b, ", 0))"),
    size=lambda text: join("CAST(length(", text, ") AS BIGINT)"),
    whole=lambda number: join("CAST(", number, " AS INTEGER)"),
    part=lambda name, day, kind: join(
        f"CAST(extract({name} FROM ", day, " AT TIME ZONE 'UTC'" if kind == "datetime" else "", ") AS BIGINT)"),
    day_number=lambda day: join("CAST(", day, " - DATE '0001-01-01' AS BIGINT)"),
    day_of_number=lambda number: join("(DATE '0001-01-01' + CAST(", number, " AS INTEGER))"),
    made_day=lambda year, month, day: join(
        "make_date(CAST(", year, " AS INTEGER), CAST(", month, " AS INTEGER), CAST(", day, " AS INTEGER))"),
    day=lambda moment: join("CAST(", moment, " AT TIME ZONE 'UTC' AS DATE)"),
    midnight=lambda day: join("(CAST(", day, " AS TIMESTAMP) AT TIME ZONE 'UTC')"),
    day_text=lambda day: join("to_char(", day, ", 'YYYY-MM-DD')"),
)  # fmt: skip


class Writer:
    """Writes one formula for one database."""

    def __init__(self, columns: Columns, words: Words, context: Context) -> None:
        self.columns, self.words, self.context = columns, words, context
        self.named = 0

    def write(self, node: Expression) -> Sql:
        """Write a node and all below it."""
        from .sql_operations import WRITE

        return WRITE[node.op](self, node)

    def all(self, node: Expression) -> list[Sql]:
        """Write the operands of a node."""
        return [self.write(part) for part in node.args]

    def bound(self, value: object, kind: Kind, type_: TypeEngine[Any] | None = None) -> Sql:
        """Bind a value; PostgreSQL is told its type, as it could mean several."""
        if value is None:
            return self.null(kind)
        pieces: Sql = (bindparam(None, value, type_=type_ or self.words.types[kind], unique=True),)
        return pieces if type_ is not None else self.cast(pieces, kind)

    def null(self, kind: Kind) -> Sql:
        """Write a blank of a kind."""
        return self.cast(("NULL",), kind)

    def cast(self, pieces: Sql, kind: Kind) -> Sql:
        """Say the type of what could mean several, where the database asks for it."""
        name = self.words.casts.get(kind)
        return join("CAST(", pieces, f" AS {name})") if name else pieces

    def column(self, node: Expression) -> ColumnElement[Any]:
        """Give the column of a path."""
        assert isinstance(node.value, tuple)
        found = self.columns(node.value, node.type)
        return found.scalar_subquery() if isinstance(found, Select) else found

    def named_once(self, value: Sql, body: Callable[[Sql], Sql]) -> Sql:
        """Write `body`, which needs `value` several times, with the value worked out once."""
        if not is_heavy(value):
            return body(value)
        self.named += 1
        name = f"crmspec_{self.named}"
        inner = body((f"{name}.crmspec_v",))
        return join("(SELECT ", inner, " FROM (SELECT ", value, f" AS crmspec_v{self.words.keep_apart}) AS {name})")

    def clamped(self, number: Sql, low: int, high: int) -> Sql:
        """Move a number that lies outside the bounds onto the nearer one."""
        smaller, larger = self.words.smaller["number"], self.words.larger["number"]
        return join(f"{smaller}({larger}(", number, f", {low}), {high})")

    def within(self, number: Sql, low: int, high: int) -> Sql:
        """Give blank for a number outside the bounds."""
        return join("nullif(nullif(", self.clamped(number, low - 1, high + 1), f", {low - 1}), {high + 1})")

    def grown(self, number: Sql, most: int, power: int) -> Sql:
        """Multiply by a power of ten; blank where the result would pass 18 digits."""
        limit = MOST // 10**power
        kept = self.within(number, -limit, limit) if most > limit else number
        return join("(", kept, f" * {10**power})")

    def divided(self, top: Sql, bottom: Sql) -> Sql:
        """Divide, half away from zero: both databases cut towards zero, and twice the quotient less its half is that."""
        return self.named_once(top, lambda a: self.named_once(bottom, lambda b: join(
            "(2 * ", a, " / ", b, " - 2 * ", a, " / ", b, " / 2)")))  # fmt: skip

    def aligned(self, a: Expression, b: Expression, one: Sql, other: Sql) -> tuple[Sql, Sql]:
        """Bring two numbers to one scale to compare them; what would pass 18 digits stays larger than all that do not."""
        if a.type.kind != "number" or a.type.scale == b.type.scale:
            return one, other
        if a.type.scale > b.type.scale:
            second, first = self.aligned(b, a, other, one)
            return first, second
        power = b.type.scale - a.type.scale
        limit = MOST // 10**power + 1
        kept = self.clamped(one, -limit, limit) if a.most >= limit else one
        return join("(", kept, f" * {10**power})"), other

    def comparable(self, a: Expression, b: Expression, one: Sql, other: Sql) -> tuple[Sql, Sql]:
        """Make two sides fit for `=` and `<`."""
        if a.type.kind == "reference":
            return self._references(a, b, one, other)
        one, other = self.aligned(a, b, one, other)
        return self.by_bytes(a, b, one), other

    def by_bytes(self, a: Expression, b: Expression, text: Sql) -> Sql:
        """Let texts be compared byte by byte. A plain field beside a literal needs no word, so that its index is used."""
        if not self.words.collate or a.type.kind not in ("text", "choice") or {a.op, b.op} == {"path", "literal"}:
            return text
        return join("(", text, self.words.collate, ")")

    def _references(self, a: Expression, b: Expression, one: Sql, other: Sql) -> tuple[Sql, Sql]:
        """Compare ids as they are stored: a value beside an id column takes the column's own type."""
        columns = [self.column(node) if node.op == "path" else None for node in (a, b)]
        values = [self._id(node) for node in (a, b)]
        if columns[0] is not None and columns[1] is not None and _same_storage(*columns):
            return (columns[0],), (columns[1],)
        if columns[0] is not None and values[1] is not None:
            return (columns[0],), self.bound(values[1], "reference", columns[0].type)
        if columns[1] is not None and values[0] is not None:
            return self.bound(values[0], "reference", columns[1].type), (columns[1],)
        return one, other

    def _id(self, node: Expression) -> object:
        return node.value if node.op == "literal" else self.context.me if node.op == "me" else None


def _same_storage(*columns: ColumnElement[Any] | None) -> bool:
    return len({isinstance(column.type, Uuid) for column in columns if column is not None}) == 1


def is_stored_uuid(column: ColumnElement[Any]) -> bool:
    """Whether a column keeps ids in the database's own type for them."""
    return isinstance(column.type, Uuid)


__all__ = ["DAYS_MOST", "ScalarSelect", "Writer", "date", "datetime", "is_stored_uuid", "join", "listed", "to_sql"]
