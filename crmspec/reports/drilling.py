"""From a number to its records: a report's filter and a group's value, said as conditions of a list where they can be.

A link must lead to exactly the records that were counted, or there is none. So a comparison becomes a condition only
when the list would answer it alike: a field on one side, on the other something that no record has a part in, such as
`add_days(today(), -90)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from crmspec.formula import Expression, evaluate, parse
from crmspec.records import Condition, Ref, Value
from crmspec.records.conditions import SEARCH_MAX
from crmspec.records.paths import Seen, look
from crmspec.records.reading import Reading
from crmspec.records.texts import plain
from crmspec.reports.result import Column, Filter
from crmspec.spec import Report

_TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ONE_DAY = timedelta(days=1)
Conditions = tuple[Condition, ...]


def filters_of(reading: Reading, report: Report) -> tuple[Filter, ...]:
    """Return the parts of a report's filter that hold together, each with its conditions."""
    if not report.filter:
        return ()
    tree = reading.formula(report.object, report.filter, "boolean")
    texts = _parts_of(report.filter)
    parts = tree.args if tree.op == "and" else (tree,)
    if len(texts) != len(parts):
        texts, parts = (report.filter,), (tree,)
    found = tuple(
        Filter(formula=text, where=_conditions(reading, report.object, part))
        for text, part in zip(texts, parts, strict=True)
    )
    return found if said_once([one.where for one in found]) else tuple(Filter(formula=one.formula) for one in found)


def said_once(conditions: Iterable[Conditions | None]) -> bool:
    """Say whether no field is asked twice for what it is: a list takes several `is` of one field as alternatives."""
    fields = [name for one in conditions if one for name in {part.field for part in one if part.operator == "is"}]
    return len(fields) == len(set(fields))


def _parts_of(text: str) -> tuple[str, ...]:
    """Split a formula at its outermost `and`; whole when a part would not stand alone."""
    root = parse(text).root
    if root is None or root.kind != "and":
        return (text,)
    parts = tuple(text[part.start - 1 : part.end - 1] for part in root.args)
    return parts if all(parse(part).root is not None for part in parts) else (text,)


def _conditions(reading: Reading, object_name: str, node: Expression) -> Conditions | None:
    """Return the conditions that say the same as a part of a formula, None when there are none."""
    if node.op == "compare":
        return _comparison(reading, object_name, node)
    if node.op == "in" and node.args[0].op == "path":
        return _alternatives(reading, object_name, node)
    if node.op in ("isblank", "not"):
        return _blank(reading, object_name, node)
    return None


def _seen(reading: Reading, object_name: str, node: Expression) -> tuple[str, Seen] | None:
    """Return a field of the object itself, or a kind of stage; what lies behind a lookup may be hidden there."""
    if node.op != "path":
        return None
    path = cast(tuple[str, ...], node.value)
    seen = look(reading.spec, object_name, path)
    return (".".join(path), seen) if seen is not None else None


def _blank(reading: Reading, object_name: str, node: Expression) -> Conditions | None:
    inner = node.args[0] if node.op == "not" else node
    if inner.op != "isblank":
        return None
    found = _seen(reading, object_name, inner.args[0])
    if found is None or found[1].kind in ("boolean", "choices"):
        return None
    return (Condition(found[0], "is_not_empty" if node.op == "not" else "is_empty"),)


def _comparison(reading: Reading, object_name: str, node: Expression) -> Conditions | None:
    left, right = node.args
    sign = str(node.value)
    if left.op != "path":
        left, right, sign = right, left, _TURNED[sign]
    found = _seen(reading, object_name, left)
    if found is None or right.paths:
        return None
    path, seen = found
    value = evaluate(right, lambda _: None, reading.context)
    if value is None:
        return None
    match seen.kind:
        case "choice":
            return _of_options(path, seen, sign, str(value))
        case "number" if isinstance(value, int):
            return _of_number(path, sign, value, left.type.scale, right.type.scale)
        case "date" if isinstance(value, date):
            return _of_day(path, sign, value)
        case "reference" | "text" if sign == "==":
            return (Condition(path, "is", str(value)),)
        case "boolean" if sign == "==" and value is True:
            return (Condition(path, "is", "true"),)
    return None


def _of_options(path: str, seen: Seen, sign: str, value: str) -> Conditions | None:
    """Not being one option is being one of the others: blank is neither."""
    options = seen.options or ()
    if value not in options or sign not in ("==", "!="):
        return None
    chosen = (value,) if sign == "==" else tuple(name for name in options if name != value)
    return tuple(Condition(path, "is", name) for name in chosen)


def _of_number(path: str, sign: str, value: int, scale: int, value_scale: int) -> Conditions | None:
    """Numbers have steps: more than 5 with two decimals is at least 5.01."""
    exact = Decimal(value).scaleb(-value_scale)
    step = Decimal(1).scaleb(-scale)
    if exact % step:
        return None
    operator, moved = {
        "==": ("is", exact), ">=": ("at_least", exact), "<=": ("at_most", exact),
        ">": ("at_least", exact + step), "<": ("at_most", exact - step),
    }.get(sign, ("", exact))  # fmt: skip
    return (Condition(path, operator, plain(moved)),) if operator else None


def _of_day(path: str, sign: str, day: date) -> Conditions | None:
    try:
        operator, moved = {
            "==": ("is", day), ">=": ("from", day), "<=": ("until", day), ">": ("from", day + _ONE_DAY),
            "<": ("until", day - _ONE_DAY),
        }.get(sign, ("", day))  # fmt: skip
    except OverflowError:
        return None
    return (Condition(path, operator, moved.isoformat()),) if operator else None


def _alternatives(reading: Reading, object_name: str, node: Expression) -> Conditions | None:
    found = _seen(reading, object_name, node.args[0])
    if found is None or found[1].kind != "choice" or any(item.op != "literal" for item in node.args[1:]):
        return None
    path, seen = found
    names = tuple(str(item.value) for item in node.args[1:])
    return tuple(Condition(path, "is", name) for name in names) if set(names) <= set(seen.options or ()) else None


# --- a group's value ---


def of_key(column: Column, key: Value) -> Conditions | None:
    """Return the conditions that a record is in the group of a value."""
    seen, path = column.seen, column.path
    if isinstance(key, Ref) and key.hidden:
        return None
    if seen.part in ("year", "quarter", "month", "week", "day"):
        # A moment falls on another day in another time zone, so only days have an address.
        return _period(path, key) if seen.field is not None and seen.field.type == "date" else None
    if key is None:
        return None if seen.kind in ("boolean", "choices") else (Condition(path, "is_empty"),)
    match seen.kind:
        case "choice" if key not in (seen.options or ()):
            return None
        case "text" if len(str(key)) > SEARCH_MAX:
            return None
        case "choice" | "text":
            return (Condition(path, "is", str(key)),)
        case "reference" if isinstance(key, Ref):
            return (Condition(path, "is", key.id),)
        case "boolean" if key is True:
            return (Condition(path, "is", "true"),)
        case "date" if isinstance(key, date):
            return (Condition(path, "is", key.isoformat()),)
        case "number":
            return (Condition(path, "is", str(key)),)
    return None


def _period(path: str, key: Value) -> Conditions | None:
    field, _, part = path.rpartition(".")
    if key is None:
        return (Condition(field, "is_empty"),)
    try:
        first, last = days_of(part, key)
    except (ValueError, OverflowError):
        return None
    return (Condition(field, "from", first.isoformat()), Condition(field, "until", last.isoformat()))


def days_of(part: str, key: Value) -> tuple[date, date]:
    """Return the first and the last day of `2026`, `2026-Q2`, `2026-05`, `2026-W21` or of a day."""
    text = str(key)
    match part:
        case "year":
            return date(int(text), 1, 1), date(int(text), 12, 31)
        case "quarter":
            month = int(text[-1]) * 3
            return date(int(text[:4]), month - 2, 1), _last_of(int(text[:4]), month)
        case "month":
            return date(int(text[:4]), int(text[5:]), 1), _last_of(int(text[:4]), int(text[5:]))
        case "week":
            monday = date.fromisocalendar(int(text[:4]), int(text[-2:]), 1)
            return monday, monday + timedelta(days=6)
    day = date.fromisoformat(text)
    return day, day


def _last_of(year: int, month: int) -> date:
    first_after = date(year + month // 12, month % 12 + 1, 1) if (year, month) != (9999, 12) else date.max
    return first_after - _ONE_DAY if first_after != date.max else date.max


def following(part: str, key: Value) -> str | int:
    """Return the period after one: what a chart of time needs where nothing happened."""
    day = days_of(part, key)[1] + _ONE_DAY
    match part:
        case "year":
            return day.year
        case "quarter":
            return f"{day.year:04}-Q{(day.month + 2) // 3}"
        case "month":
            return f"{day.year:04}-{day.month:02}"
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"
