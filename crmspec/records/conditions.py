"""A person's own filters: field, operator, value; each allowed by a table, each value bound; in and-or groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import sqlalchemy as sa

from crmspec.access import is_id, passed
from crmspec.records.paths import Seen, label_of, look, split_path
from crmspec.records.periods import is_period, period
from crmspec.records.problems import BadQuestion
from crmspec.records.sources import NoSuchPath, Source
from crmspec.records.texts import Unfit, day, duration, number, zone_of
from crmspec.records.wording import Column, by_bytes, is_true
from crmspec.records.words import say
from crmspec.schema import child_table_name

SEARCH_MAX = 200
DEPTH_MAX = 4
MEMBERS_MAX = 100
_BEYOND = 10**18
_RELATIVE_LENGTH_MAX = 6


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` is a path, `operator` one of `OPERATORS` for its kind, `value` text as it stands in an address."""

    field: str
    operator: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions and further groups, of which all must hold, or any one. A group of nothing holds always."""

    members: tuple[Condition | Group, ...]
    any: bool = False


# By the kind that formulas see. Outside of groups several `is` of one field are alternatives, all else must hold
# together. `between` takes `least..most`, `any_of` and `none_of` names or ids with commas between them; a day may be
# counted from today (`today-30`).
OPERATORS: dict[str, tuple[str, ...]] = {
    "text": (
        "contains", "not_contains", "is", "is_not", "starts_with", "ends_with", "is_empty", "is_not_empty",
    ),
    "number": (
        "is", "is_not", "at_least", "at_most", "more_than", "less_than", "between", "is_empty", "is_not_empty",
    ),
    "boolean": ("is",),
    "date": ("in", "is", "before", "after", "from", "until", "between", "is_empty", "is_not_empty"),
    "datetime": ("in", "is", "before", "after", "from", "until", "between", "is_empty", "is_not_empty"),
    "time": ("from", "until", "is_empty", "is_not_empty"),
    "choice": ("is", "is_not", "any_of", "none_of", "is_empty", "is_not_empty"),
    "choices": ("is", "is_not", "any_of", "none_of", "is_empty", "is_not_empty"),
    "reference": ("is", "is_not", "any_of", "none_of", "is_empty", "is_not_empty"),
}  # fmt: skip


def condition_columns(source: Source, conditions: Iterable[Condition | Group], time_zone: str) -> list[Column]:
    """Return the conditions as SQL, to be held together. `BadQuestion` names the first that makes no sense."""
    alternatives: dict[str, list[Column]] = {}
    found: list[Column] = []
    for condition in conditions:
        column = _member(source, condition, time_zone, DEPTH_MAX)
        if isinstance(condition, Condition) and condition.operator == "is":
            alternatives.setdefault(condition.field, []).append(column)
        else:
            found.append(column)
    return [*(sa.or_(*group) for group in alternatives.values()), *found]


def conditions_in(members: Iterable[Condition | Group]) -> Iterator[Condition]:
    """Give every single condition, whatever group it stands in."""
    for member in members:
        if isinstance(member, Group):
            yield from conditions_in(member.members)
        else:
            yield member


def _member(source: Source, member: Condition | Group, time_zone: str, depth: int) -> Column:
    if isinstance(member, Condition):
        return _column(source, member, time_zone)
    if depth == 0 or len(member.members) > MEMBERS_MAX:
        raise BadQuestion(say(source.reading.language, "too_many_conditions"), "too_many_conditions")
    if not member.members:
        return sa.true()
    columns = [_member(source, one, time_zone, depth - 1) for one in member.members]
    return sa.or_(*columns) if member.any else sa.and_(*columns)


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
    searchable(asked.value)
    match asked.operator:
        case "contains":
            return lowered(asked.column).like(f"%{escaped(lower_ascii(asked.value))}%", escape="\\")
        case "not_contains":
            has = lowered(asked.column).like(f"%{escaped(lower_ascii(asked.value))}%", escape="\\")
            return sa.or_(sa.not_(has), asked.column.is_(None))
        case "starts_with":
            return lowered(asked.column).like(f"{escaped(lower_ascii(asked.value))}%", escape="\\")
        case "ends_with":
            return lowered(asked.column).like(f"%{escaped(lower_ascii(asked.value))}", escape="\\")
        case "is_not":
            return sa.or_(asked.column != asked.value, asked.column.is_(None))
    return asked.column == asked.value


def searchable(text: str) -> None:
    """Refuse a text that no database can be asked for."""
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
    if asked.operator == "between":
        least, most = _two(asked.value)
        return sa.and_(_compared(asked, "at_least", least), _compared(asked, "at_most", most))
    if asked.operator == "is_not":
        return sa.or_(sa.not_(_compared(asked, "is", asked.value)), asked.column.is_(None))
    return _compared(asked, asked.operator, asked.value)


def _two(text: str) -> tuple[str, str]:
    """Split `least..most`."""
    least, mark, most = text.partition("..")
    if not mark:
        raise Unfit("bad_value")
    return least.strip(), most.strip()


def _compared(asked: _Asked, operator: str, text: str) -> Column:
    column = asked.column
    if asked.seen.type == "duration" and not text.strip().lstrip("-").isdigit():
        exact = Decimal(duration(text))
    else:
        exact = number(text.strip().removesuffix("%"), asked.source.reading.language).scaleb(asked.seen.scale)
    # No stored number is beyond; a larger one would not fit what the databases compare with. With more decimals than
    # the field has, nothing is equal to it and the rest compares as numbers do.
    exact = max(Decimal(-_BEYOND), min(exact, Decimal(_BEYOND)))
    below, above = (int(exact.to_integral_value(rounding=way)) for way in ("ROUND_FLOOR", "ROUND_CEILING"))
    match operator:
        case "at_least":
            return column >= above
        case "more_than":
            return column > below
        case "at_most":
            return column <= below
        case "less_than":
            return column < above
    return column == below if below == above else sa.false()


def _boolean(asked: _Asked) -> Column:
    if asked.value not in ("true", "false"):
        raise Unfit("not_boolean")
    return is_true(asked.column) if asked.value == "true" else sa.not_(is_true(asked.column))


def _date(asked: _Asked) -> Column:
    today = asked.source.reading.context.today
    start, end = _days(asked, today)
    column = asked.column
    return sa.and_(*([column >= start] if start is not None else []), *([column < end] if end is not None else []))


def _datetime(asked: _Asked) -> Column:
    """Days are those of the reader's time zone."""
    now = asked.source.reading.context.now

    def begins(on: date) -> datetime:
        try:
            return datetime.combine(on, time(), zone_of(asked.time_zone))
        except OverflowError:
            raise Unfit("not_date") from None

    start, end = _days(asked, now.astimezone(zone_of(asked.time_zone)).date())
    column = asked.column
    after = [column >= begins(start)] if start is not None else []
    return sa.and_(*after, *([column < begins(end)] if end is not None else []))


def _days(asked: _Asked, today: date) -> tuple[date | None, date | None]:
    """Return the first day that is meant and the first day after; None where there is no such bound."""
    if asked.operator == "in":
        return _period(asked.value, today)
    if asked.operator == "between":
        first, last = (_day(text, today) for text in _two(asked.value))
        return first, _next(last)
    wanted = _day(asked.value, today)
    match asked.operator:
        case "from":
            return wanted, None
        case "after":
            return _next(wanted), None
        case "until":
            return None, _next(wanted)
        case "before":
            return None, wanted
    return wanted, _next(wanted)


def _day(text: str, today: date) -> date:
    """Read a day, or one counted from today: `today`, `today-30`, `today+7`."""
    if not text.strip().startswith("today"):
        return day(text)
    rest = text.strip().removeprefix("today").replace(" ", "")
    if rest and not (rest[0] in "+-" and rest[1:].isdecimal() and len(rest) <= _RELATIVE_LENGTH_MAX):
        raise Unfit("not_date")
    try:
        return today + timedelta(days=int(rest or "0"))
    except OverflowError:
        raise Unfit("not_date") from None


def _next(on: date) -> date:
    try:
        return on + timedelta(days=1)
    except OverflowError:
        raise Unfit("not_date") from None


def _period(name: str, today: date) -> tuple[date, date]:
    if not is_period(name):
        raise Unfit("bad_value")
    try:
        return period(name, today)
    except (OverflowError, ValueError):
        raise Unfit("not_date") from None


def _time(asked: _Asked) -> Column:
    from crmspec.records.texts import clock

    wanted = clock(asked.value)
    return asked.column >= wanted if asked.operator == "from" else asked.column <= wanted


def _choice(asked: _Asked) -> Column:
    names = _listed(asked)
    if not names or not set(names) <= set(asked.seen.options or ()):
        raise Unfit("not_option")
    return _among(asked, names)


def _listed(asked: _Asked) -> list[str]:
    """Return the values that a condition names: several of `any_of` and `none_of`, one of anything else."""
    if asked.operator in ("any_of", "none_of"):
        return [name for name in dict.fromkeys(asked.value.split(",")) if name]
    return [asked.value]


def _among(asked: _Asked, values: list[str]) -> Column:
    found: Column = asked.column == values[0] if len(values) == 1 else asked.column.in_(values)
    if asked.operator in ("is_not", "none_of"):
        return sa.or_(sa.not_(found), asked.column.is_(None))
    return found


def _reference(asked: _Asked) -> Column:
    actor = asked.source.reading.actor
    me = actor.me if actor else None
    values = [me if value == "me" else value for value in _listed(asked)]
    ids = [value for value in values if value is not None and is_id(value)]
    if not ids or len(ids) != len(values) or len(ids) > MEMBERS_MAX:
        raise Unfit("bad_value")
    # A record that may not be seen stands in no row for its reader: an id from elsewhere must not tell what is hidden.
    return _among(asked, _seen_by_reader(asked, ids))


def _seen_by_reader(asked: _Asked, ids: list[str]) -> list[str]:
    """Return those of the records that are looked for which the reader may see."""
    reading = asked.source.reading
    if reading.connection is None:
        return ids
    seen: set[str] = set()
    for target in asked.seen.to:
        table = reading.object_table(target).alias()
        rule = reading.rule("read", target, table)
        if rule is None:
            return ids
        wanted = sa.select(table.c.id).where(table.c.id.in_(ids), rule)
        seen.update(reading.connection.execute(wanted).scalars())
    return [one for one in ids if one in seen]


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
    names = _listed(_Asked(source, seen, source.table.c.id, condition.operator, condition.value, ""))
    if not names or not set(names) <= set(seen.options or ()):
        raise Unfit("not_option")
    found = source.table.c.id.in_(inner.where(child.c.value.in_(names)))
    return found if condition.operator in ("is", "any_of") else sa.not_(found)


_BY_KIND: dict[str, Callable[[_Asked], Column]] = {
    "text": _text, "number": _number, "boolean": _boolean, "date": _date, "datetime": _datetime, "time": _time,
    "choice": _choice, "reference": _reference,
}  # fmt: skip
