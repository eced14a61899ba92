"""A person's own filters: field, operator, value; each allowed by a table, each value bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import sqlalchemy as sa

from crmspec.access import is_id, passed
from crmspec.records.paths import Seen, label_of, look, split_path
from crmspec.records.periods import PERIODS, period
from crmspec.records.problems import BadQuestion
from crmspec.records.sources import NoSuchPath, Source
from crmspec.records.texts import Unfit, day, duration, number, zone_of
from crmspec.records.wording import Column, by_bytes, is_true
from crmspec.records.words import say
from crmspec.schema import child_table_name

SEARCH_MAX = 200
_BEYOND = 10**18


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` is a path, `operator` one of `OPERATORS` for its kind, `value` text as it stands in an address."""

    field: str
    operator: str
    value: str = ""


# By the kind that formulas see. Several `is` of one field are alternatives, all else must hold together.
OPERATORS: dict[str, tuple[str, ...]] = {
    "text": ("contains", "is", "is_not", "starts_with", "is_empty", "is_not_empty"),
    "number": ("is", "at_least", "at_most", "is_empty", "is_not_empty"),
    "boolean": ("is",),
    "date": ("in", "is", "from", "until", "is_empty", "is_not_empty"),
    "datetime": ("in", "from", "until", "is_empty", "is_not_empty"),
    "time": ("from", "until", "is_empty", "is_not_empty"),
    "choice": ("is", "is_not", "is_empty", "is_not_empty"),
    "choices": ("is", "is_not", "is_empty", "is_not_empty"),
    "reference": ("is", "is_not", "is_empty", "is_not_empty"),
}


def condition_columns(source: Source, conditions: Iterable[Condition], time_zone: str) -> list[Column]:
    """Return the conditions as SQL, to be held together. `BadQuestion` names the first that makes no sense."""
    groups: dict[str, list[Column]] = {}
    found: list[Column] = []
    for condition in conditions:
        column = _column(source, condition, time_zone)
        if condition.operator == "is":
            groups.setdefault(condition.field, []).append(column)
        else:
            found.append(column)
    return [*(sa.or_(*group) for group in groups.values()), *found]


def _column(source: Source, condition: Condition, time_zone: str) -> Column:
    reading = source.reading
    seen = look(reading.spec, source.object_name, split_path(condition.field))
    if seen is None or not reading.reads(source.object_name, condition.field):
        raise BadQuestion(say(reading.language, "may_not_use", label=condition.field[:60]), "unknown_field")
    label = label_of(reading.spec, source.object_name, condition.field, reading.language)
    if condition.operator not in OPERATORS.get(str(seen.kind), ()):
        raise BadQuestion(
            say(reading.language, "bad_operator", label=label, operator=condition.operator[:40]), "bad_operator"
        )
    try:
        if seen.kind == "choices":
            return _choices(source, seen, condition)
        column = source.column(split_path(condition.field))
        if condition.operator in ("is_empty", "is_not_empty"):
            return _empty(seen, column, condition.operator == "is_empty")
        return _BY_KIND[str(seen.kind)](_Asked(source, seen, column, condition.operator, condition.value, time_zone))
    except (Unfit, NoSuchPath):
        raise BadQuestion(
            say(reading.language, "bad_value", label=label, value=condition.value[:60]), "bad_value"
        ) from None


@dataclass(frozen=True, slots=True)
class _Asked:
    source: Source
    seen: Seen
    column: Column
    operator: str
    value: str
    time_zone: str


def _empty(seen: Seen, column: Column, is_empty: bool) -> Column:
    blank: Column = column.is_(None)
    if seen.kind == "text":
        blank = sa.or_(blank, column == "")
    return blank if is_empty else sa.not_(blank)


def _text(asked: _Asked) -> Column:
    _searchable(asked.value)
    match asked.operator:
        case "contains":
            return lowered(asked.column).like(f"%{escaped(lower_ascii(asked.value))}%", escape="\\")
        case "starts_with":
            return lowered(asked.column).like(f"{escaped(lower_ascii(asked.value))}%", escape="\\")
        case "is_not":
            return sa.or_(asked.column != asked.value, asked.column.is_(None))
    return asked.column == asked.value


def _searchable(text: str) -> None:
    if len(text) > SEARCH_MAX or "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise Unfit("bad_value")


def lowered(column: Column) -> Column:
    """Return a text with A to Z in small letters, on both databases exactly those."""
    return sa.func.lower(by_bytes(column))


def lower_ascii(text: str) -> str:
    """Make A to Z small and leave every other letter alone, as `lowered` does."""
    return text.translate(_SMALL)


_SMALL = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}


def escaped(text: str) -> str:
    """Let the signs that LIKE reads as wildcards stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _number(asked: _Asked) -> Column:
    text = asked.value
    if asked.seen.type == "duration" and not text.strip().lstrip("-").isdigit():
        stored = duration(text)
    else:
        exact = number(text.strip().removesuffix("%"), asked.source.reading.language).scaleb(asked.seen.scale)
        stored = int(exact.to_integral_value())
        if exact != stored:
            return _between_steps(asked, exact)
    # No stored number is beyond; a larger one would not fit what the databases compare with.
    stored = max(-_BEYOND, min(stored, _BEYOND))
    match asked.operator:
        case "at_least":
            return asked.column >= stored
        case "at_most":
            return asked.column <= stored
    return asked.column == stored


def _between_steps(asked: _Asked, exact: Decimal) -> Column:
    """A number with more decimals than the field has: nothing is equal to it, the rest compares as numbers do."""
    below = int(exact.to_integral_value(rounding="ROUND_FLOOR"))
    match asked.operator:
        case "at_least":
            return asked.column > below
        case "at_most":
            return asked.column <= below
    return sa.false()


def _boolean(asked: _Asked) -> Column:
    if asked.value not in ("true", "false"):
        raise Unfit("not_boolean")
    return is_true(asked.column) if asked.value == "true" else sa.not_(is_true(asked.column))


def _date(asked: _Asked) -> Column:
    today = asked.source.reading.context.today
    if asked.operator == "in":
        start, end = _period(asked.value, today)
        return sa.and_(asked.column >= start, asked.column < end)
    wanted = day(asked.value)
    match asked.operator:
        case "from":
            return asked.column >= wanted
        case "until":
            return asked.column <= wanted
    return asked.column == wanted


def _datetime(asked: _Asked) -> Column:
    """Days are those of the reader's time zone."""
    now = asked.source.reading.context.now

    def begins(on: date) -> datetime:
        try:
            return datetime.combine(on, time(), zone_of(asked.time_zone))
        except OverflowError:
            raise Unfit("not_date") from None

    if asked.operator == "in":
        start, end = _period(asked.value, now.astimezone(zone_of(asked.time_zone)).date())
        return sa.and_(asked.column >= begins(start), asked.column < begins(end))
    wanted = day(asked.value)
    return asked.column >= begins(wanted) if asked.operator == "from" else asked.column < begins(_next(wanted))


def _next(on: date) -> date:
    try:
        return on + timedelta(days=1)
    except OverflowError:
        raise Unfit("not_date") from None


def _period(name: str, today: date) -> tuple[date, date]:
    if name not in PERIODS:
        raise Unfit("bad_value")
    return period(name, today)


def _time(asked: _Asked) -> Column:
    from crmspec.records.texts import clock

    wanted = clock(asked.value)
    return asked.column >= wanted if asked.operator == "from" else asked.column <= wanted


def _choice(asked: _Asked) -> Column:
    if asked.value not in (asked.seen.options or ()):
        raise Unfit("not_option")
    if asked.operator == "is_not":
        return sa.or_(asked.column != asked.value, asked.column.is_(None))
    return asked.column == asked.value


def _reference(asked: _Asked) -> Column:
    actor = asked.source.reading.actor
    value = (actor.me if actor else None) if asked.value == "me" else asked.value
    if value is None or not is_id(value):
        raise Unfit("bad_value")
    found: Column = asked.column == value
    if not _may_be_seen(asked, value):
        found = sa.false()
    if asked.operator == "is_not":
        return sa.or_(sa.not_(found), asked.column.is_(None))
    return found


def _may_be_seen(asked: _Asked, record_id: str) -> bool:
    """Say whether the reader may see the record that is looked for; one they may not see stands in no row for them, so
    that nobody finds out by an id from elsewhere what a hidden name hides.
    """
    reading = asked.source.reading
    hidden = False
    for target in asked.seen.to:
        table = reading.object_table(target)
        rule = reading.rule("read", target, table)
        if rule is None or reading.connection is None:
            return True
        hidden = True
        wanted: sa.Select[tuple[str]] = sa.select(sa.literal_column("1")).where(table.c.id == record_id, rule)
        if reading.connection.execute(wanted).first() is not None:
            return True
    return not hidden


def _choices(source: Source, seen: Seen, condition: Condition) -> Column:
    assert seen.field is not None
    path = split_path(condition.field)
    if len(path) != 1:
        raise NoSuchPath(condition.field)
    name = child_table_name(source.reading.object(source.object_name), seen.field)
    child = passed(source.reading.table(name).alias(), "picked")
    inner = sa.select(child.c.record_id)
    if condition.operator in ("is_empty", "is_not_empty"):
        found = source.table.c.id.in_(inner)
        return sa.not_(found) if condition.operator == "is_empty" else found
    if condition.value not in (seen.options or ()):
        raise Unfit("not_option")
    found = source.table.c.id.in_(inner.where(child.c.value == condition.value))
    return found if condition.operator == "is" else sa.not_(found)


_BY_KIND: dict[str, Callable[[_Asked], Column]] = {
    "text": _text, "number": _number, "boolean": _boolean, "date": _date, "datetime": _datetime, "time": _time,
    "choice": _choice, "reference": _reference,
}  # fmt: skip
