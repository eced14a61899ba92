"""A typed tree in, one SQLAlchemy expression out: the same answers on SQLite and PostgreSQL.

The two databases differ in words (`SQLITE`, `POSTGRESQL` below); what the words build is written once. Rules:
1. Every piece is complete in itself: parenthesised, a call, or a single column or bound value.
2. What an operation needs twice is written twice only when it is short, else it is named: `(WITH crmspec_1(v) AS
   (SELECT …) SELECT … FROM crmspec_1)`. So a formula of nested divisions does not double with each. What is nested too
   deep for SQLite, whose parser stops at a hundred open symbols, is named as well. Naming is harmless because no
   operation can fail: what is worked out beforehand, perhaps in vain, is at worst blank.
3. Whatever could pass 18 digits is cut before it does, never after (see `magnitude`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Uuid, bindparam
from sqlalchemy.types import TypeEngine

from .fragment import POSTGRESQL_TYPES, SQLITE_TYPES, Formula, Named, Sql, is_heavy, nesting
from .magnitude import MOST
from .tree import Expression
from .types import Context, Dialect, Kind, Type
from .zones import LOCAL, MIDNIGHT, unchanging, zone_of

Columns = Callable[[tuple[str, ...], Type], ColumnElement[Any]]


def to_sql(expression: Expression, columns: Columns, *, dialect: Dialect, context: Context) -> ColumnElement[Any]:
    """Write a formula as one SQL expression; `columns` gives the column, or scalar sub-select, of each path."""
    writer = Writer(columns, POSTGRESQL if dialect == "postgresql" else SQLITE, context)
    pieces = writer.write(expression)
    kind = expression.type.kind
    pieces = writer.with_names(pieces)
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


def alike(one: Sql, other: Sql) -> bool:
    """Whether two pieces are the same text around the same columns."""
    return len(one) == len(other) and all(
        a == b if isinstance(a, str) and isinstance(b, str) else a is b for a, b in zip(one, other, strict=True)
    )


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
    named_as: str
    nesting_max: int
    smaller: dict[str, str]
    larger: dict[str, str]
    find: str
    rest: Callable[[Sql, Sql], Sql]
    size: Callable[[Sql], Sql]
    whole: Callable[[Sql], Sql]
    part: Callable[[str, Sql], Sql]
    day_number: Callable[[Sql], Sql]
    day_of_number: Callable[[Sql], Sql]
    made_day: Callable[[Sql, Sql, Sql], Sql]
    day: Callable[[Sql], Sql]
    local: Callable[[Sql, str], Sql]
    midnight: Callable[[Sql, str], Sql]
    day_text: Callable[[Sql], Sql]


_JOINED_MAX = 50
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLACES = {"year": "1, 4", "month": "6, 2", "day": "9, 2"}


def _sqlite_local(moment: Sql, zone: str) -> Sql:
    """Write a moment as clocks show it: in SQL since a zone has one offset for good, before that by the function."""
    if zone == "UTC":
        return moment
    asked = join(f"{LOCAL}(", moment, f", '{zone}')")
    known = unchanging(zone)
    if known is None:
        return asked
    since, minutes = known
    shown = join("strftime('%Y-%m-%dT%H:%M:%f', ", moment, f", '{minutes:+d} minutes')")
    return join("(CASE WHEN ", moment, f" >= '{since}' THEN ", shown, " ELSE ", asked, " END)")


SQLITE = Words(
    types=SQLITE_TYPES, casts={}, true="1", false="0", collate="", named_as="AS", nesting_max=6,
    smaller=dict.fromkeys(("number", "date", "datetime"), "min"),
    larger=dict.fromkeys(("number", "date", "datetime"), "max"),
    find="instr",
    rest=lambda a, b: join("(", a, " % ", b, ")"),
    size=lambda text: join("length(", text, ")"),
    whole=lambda number: number,
    part=lambda name, day: join("CAST(substr(", day, f", {_PLACES[name]}) AS INTEGER)"),
    # Day 0 is 0001-01-01. Julian days are exact halves, so that these floats lose nothing.
    day_number=lambda day: join("CAST(julianday(", day, ") - 1721425.5 AS INTEGER)"),
    day_of_number=lambda number: join("date(", number, " + 1721425.5)"),
    made_day=lambda year, month, day: join("printf('%04d-%02d-%02d', ", year, ", ", month, ", ", day, ")"),
    day=lambda shown: join("substr(", shown, ", 1, 10)"),
    local=_sqlite_local,
    midnight=lambda day, zone: join(
        "(", day, " || 'T00:00:00.000000Z')") if zone == "UTC" else join(f"{MIDNIGHT}(", day, f", '{zone}')"),
    day_text=lambda day: day,
)  # fmt: skip

POSTGRESQL = Words(
    types=POSTGRESQL_TYPES,
    casts={"text": "TEXT", "choice": "TEXT", "reference": "TEXT", "number": "BIGINT", "boolean": "BOOLEAN",
           "date": "DATE", "datetime": "TIMESTAMP WITH TIME ZONE", "time": "TIME"},
    true="TRUE", false="FALSE", collate=' COLLATE "C"',
    # Without this word the planner would write the inner expression back into the place where it is used.
    named_as="AS MATERIALIZED", nesting_max=1_000,
    smaller={"number": "int8smaller", "date": "date_smaller", "datetime": "timestamptz_smaller"},
    larger={"number": "int8larger", "date": "date_larger", "datetime": "timestamptz_larger"},
    find="strpos",
    rest=lambda a, b: join("mod(", a, ", nullif(", b, ", 0))"),
    size=lambda text: join("CAST(length(", text, ") AS BIGINT)"),
    whole=lambda number: join("CAST(", number, " AS INTEGER)"),
    part=lambda name, day: join(f"CAST(extract({name} FROM ", day, ") AS BIGINT)"),
    day_number=lambda day: join("CAST(", day, " - DATE '0001-01-01' AS BIGINT)"),
    day_of_number=lambda number: join("(DATE '0001-01-01' + CAST(", number, " AS INTEGER))"),
    made_day=lambda year, month, day: join(
        "make_date(CAST(", year, " AS INTEGER), CAST(", month, " AS INTEGER), CAST(", day, " AS INTEGER))"),
    day=lambda shown: join("CAST(", shown, " AS DATE)"),
    # Before the year 1 Python has nothing: its first day, which begins later in the west, is shown as in UTC.
    local=lambda moment, zone: join(
        "(", moment, " AT TIME ZONE CASE WHEN ", moment, " < TIMESTAMPTZ '0001-01-02 00:00:00+00' THEN 'UTC' ",
        f"ELSE '{zone}' END)"),
    # In the east the year 1 begins before it does in UTC, where Python has nothing: its first day begins everywhere.
    midnight=lambda day, zone: join(
        "(CASE WHEN ", day, " = DATE '0001-01-01' THEN TIMESTAMPTZ '0001-01-01 00:00:00+00' ELSE CAST(", day,
        f" AS TIMESTAMP) AT TIME ZONE '{zone}' END)"),
    day_text=lambda day: join("to_char(", day, ", 'YYYY-MM-DD')"),
)  # fmt: skip


def shown_in_zone(moment: Sql, zone: str, dialect: Dialect) -> Sql:
    """Write a moment as the clocks of a zone show it, for what is written beside formulas."""
    return (SQLITE if dialect == "sqlite" else POSTGRESQL).local(moment, zone_of(zone).key)


class Writer:
    """Writes one formula for one database."""

    def __init__(self, columns: Columns, words: Words, context: Context) -> None:
        self.columns, self.words, self.context = columns, words, context
        self.named: list[tuple[Named, Sql]] = []
        self._known: dict[tuple[str, ...], ColumnElement[Any]] = {}

    def write(self, node: Expression) -> Sql:
        """Write a node and all below it."""
        from .sql_operations import WRITE

        pieces = WRITE[node.op](self, node)
        return self._name(pieces) if nesting(pieces) > self.words.nesting_max else pieces

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
        """Give the column of a path; asked for once, so that it is bound and written once."""
        path = node.value
        assert isinstance(path, tuple)
        if path not in self._known:
            found = self.columns(path, node.type)
            self._known[path] = found.scalar_subquery() if isinstance(found, Select) else found
        return self._known[path]

    @property
    def zone(self) -> str:
        """The time zone whose days count; a name and nothing else, since it is written into the text."""
        return zone_of(self.context.zone).key

    def shown(self, moment: Sql, body: Callable[[Sql], Sql]) -> Sql:
        """Write `body` of a moment as the clocks of the zone show it."""
        return self.named_once(moment, lambda value: body(self.words.local(value, self.zone)))

    def named_once(self, value: Sql, body: Callable[[Sql], Sql]) -> Sql:
        """Write `body`, which needs `value` several times, with the value worked out once."""
        return body(self._name(value) if is_heavy(value) else value)

    def _name(self, value: Sql) -> Sql:
        name = Named(f"crmspec_{len(self.named) + 1}.v")
        self.named.append((name, value))
        return (name,)

    def with_names(self, pieces: Sql) -> Sql:
        """Put the named values before what uses them."""
        if not self.named:
            return pieces
        before = [
            join(f"{name.source}(v) {self.words.named_as} (SELECT ", *self._with_sources(value), ")")
            for name, value in self.named
        ]
        return join("(WITH ", listed(before), " SELECT ", *self._with_sources(pieces), ")")

    def _with_sources(self, pieces: Sql) -> tuple[Sql, str]:
        """Name the relations that pieces read; SQLite joins at most 64, so more are read one by one."""
        sources = list(dict.fromkeys(piece.source for piece in pieces if isinstance(piece, Named)))
        if len(sources) <= _JOINED_MAX:
            return pieces, f" FROM {', '.join(sources)}" if sources else ""
        alone = [f"(SELECT v FROM {piece.source})" if isinstance(piece, Named) else piece for piece in pieces]
        return tuple(alone), ""

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
        """Divide, half away from zero: twice the quotient, cut towards zero as databases do, less its half."""
        return self.named_once(top, lambda a: self.named_once(bottom, lambda b: join(
            "(2 * ", a, " / ", b, " - 2 * ", a, " / ", b, " / 2)")))  # fmt: skip

    def aligned(self, a: Expression, b: Expression, one: Sql, other: Sql) -> tuple[Sql, Sql]:
        """Bring two numbers to one scale to compare them; what would pass 18 digits stays larger than what does not."""
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
        """Let texts be compared byte by byte. A plain field beside a literal needs no word: its index is used."""
        if not self.words.collate or a.type.kind not in ("text", "choice") or {a.op, b.op} == {"path", "literal"}:
            return text
        return join("(", text, self.words.collate, ")")

    def _references(self, a: Expression, b: Expression, one: Sql, other: Sql) -> tuple[Sql, Sql]:
        """Compare ids as they are stored, so that their index is used; what is no id is compared as text."""
        first, second = (self.column(node) if node.op == "path" else None for node in (a, b))
        if first is not None and second is not None and is_uuid(first) and is_uuid(second):
            return (first,), (second,)
        if first is not None and is_uuid(first) and (known := self._id(b)):
            return (first,), self.bound(known, "reference", first.type)
        if second is not None and is_uuid(second) and (known := self._id(a)):
            return self.bound(known, "reference", second.type), (second,)
        return one, other

    def _id(self, node: Expression) -> str | None:
        """Give the id that a literal or `me()` is, if it is written as ids are."""
        value = node.value if node.op == "literal" else self.context.me if node.op == "me" else None
        return value if isinstance(value, str) and _ID.fullmatch(value) else None


def is_uuid(column: ColumnElement[Any]) -> bool:
    """Whether a column keeps ids in the database's own type for them."""
    return isinstance(column.type, Uuid)
