"""A typed tree and one record in, a value out: what a formula means, in plain Python.

Deliberately written apart from `sql`: the tests compare the two, so neither may borrow the other's thinking.
Numbers are scaled integers, a blank is None.
"""

from __future__ import annotations

import operator
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta

from .magnitude import MOST
from .tree import Expression
from .types import Context
from .zones import local, midnight

Values = Callable[[tuple[str, ...]], object]


def evaluate(expression: Expression, values: Values, context: Context) -> object:
    """Work out a formula for one record; `values` gives the value of each path, None where it is blank."""
    return _Row(values, context).value(expression)


class _Row:
    """One record while its formula is worked out."""

    __slots__ = ("context", "values")

    def __init__(self, values: Values, context: Context) -> None:
        self.values, self.context = values, context

    def value(self, node: Expression) -> object:
        special = _SPECIAL.get(node.op)
        if special is not None:
            return special(self, node)
        operands = []
        for part in node.args:
            operand = self.value(part)
            if operand is None:
                return None
            operands.append(operand)
        return _STRICT[node.op](node, *operands)


def _kept(value: int) -> int | None:
    """Give blank for a number that does not fit 18 digits."""
    return value if -MOST <= value <= MOST else None


def _divided(top: int, bottom: int) -> int | None:
    """Divide whole numbers, rounding half away from zero."""
    if bottom == 0:
        return None
    quotient, rest = divmod(abs(top), abs(bottom))
    if 2 * rest >= abs(bottom):
        quotient += 1
    return quotient if (top < 0) == (bottom < 0) else -quotient


def _rest(a: int, b: int) -> int | None:
    """Give the rest with the sign of the dividend, as both databases do."""
    if b == 0:
        return None
    return abs(a) % abs(b) * (1 if a >= 0 else -1)


def _rescaled(node: Expression, number: int) -> int | None:
    power = node.value
    assert isinstance(power, int)
    return _kept(number * 10**power) if power > 0 else _divided(number, 10**-power)


_SIGNS: dict[object, Callable[..., bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def _alike(a: Expression, b: Expression, one: object, other: object) -> tuple[object, object]:
    """Bring two numbers to one scale; anything else is as it is."""
    if a.type.kind == "number" and isinstance(one, int) and isinstance(other, int):
        scale = max(a.type.scale, b.type.scale)
        return one * 10 ** (scale - a.type.scale), other * 10 ** (scale - b.type.scale)
    return one, other


def _compared(node: Expression, one: object, other: object) -> bool:
    a, b = node.args
    return _SIGNS[node.value](*_alike(a, b, one, other))


def _moved_days(node: Expression, day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def _moved_months(node: Expression, day: date, months: int) -> date | None:
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        return None
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _substring(node: Expression, text: str, start: int, length: int | None = None) -> str:
    first = max(start, 1) - 1
    return text[first:] if length is None else text[first : first + max(length, 0)]


def _replaced(node: Expression, text: str, old: str, new: str) -> str:
    return text.replace(old, new) if old else text


def _local(row: _Row, value: datetime | date) -> datetime | date:
    """Give a moment as the clocks of the project show it; a day stays."""
    return local(value, row.context.zone) if isinstance(value, datetime) else value


def _of_moment(part: Callable[[datetime | date], object]) -> Callable[[_Row, Expression], object]:
    def work_out(row: _Row, node: Expression) -> object:
        value = row.value(node.args[0])
        return None if value is None else part(_local(row, value))  # type: ignore[arg-type]

    return work_out


def _midnight(row: _Row, node: Expression) -> datetime | None:
    day = row.value(node.args[0])
    assert day is None or isinstance(day, date)
    return None if day is None else midnight(datetime(day.year, day.month, day.day), row.context.zone)


# Blank as soon as one operand is.
_STRICT: dict[str, Callable[..., object]] = {
    "add": lambda node, a, b: _kept(a + b),
    "sub": lambda node, a, b: _kept(a - b),
    "mul": lambda node, a, b: _kept(a * b),
    "div": lambda node, a, b: _divided(a, b),
    "mod": lambda node, a, b: _rest(a, b),
    "neg": lambda node, a: -a,
    "abs": lambda node, a: abs(a),
    "moved": lambda node, a: a,
    "rescale": _rescaled,
    "compare": _compared,
    "min": lambda node, *values: min(values),
    "max": lambda node, *values: max(values),
    "length": lambda node, text: len(text),
    "starts_with": lambda node, text, start: text.startswith(start),
    "contains": lambda node, text, part: part in text,
    "substring": _substring,
    "replace": _replaced,
    "days_between": lambda node, start, end: (end - start).days,
    "add_days": _moved_days,
    "add_months": _moved_months,
}


def _and(row: _Row, node: Expression) -> bool | None:
    result: bool | None = True
    for part in node.args:
        value = row.value(part)
        if value is None:
            result = None
        elif not value:
            return False
    return result


def _or(row: _Row, node: Expression) -> bool | None:
    result: bool | None = False
    for part in node.args:
        value = row.value(part)
        if value is None:
            result = None
        elif value:
            return True
    return result


def _not(row: _Row, node: Expression) -> bool | None:
    value = row.value(node.args[0])
    return None if value is None else not value


def _if(row: _Row, node: Expression) -> object:
    condition, then, otherwise = node.args
    return row.value(then if row.value(condition) else otherwise)


def _coalesce(row: _Row, node: Expression) -> object:
    *firsts, last = node.args
    for part in firsts:
        value = row.value(part)
        if value is not None and value != "":
            return value
    return row.value(last)


def _isblank(row: _Row, node: Expression) -> bool:
    value = row.value(node.args[0])
    return value is None or value == "" or value == frozenset()


def _in(row: _Row, node: Expression) -> bool | None:
    first, *items = node.args
    value = row.value(first)
    if value is None:
        return None
    seen_blank = False
    for item in items:
        other = row.value(item)
        if other is None:
            seen_blank = True
            continue
        one, other = _alike(first, item, value, other)
        if one == other:
            return True
    return None if seen_blank else False


def _in_choices(row: _Row, node: Expression) -> bool | None:
    option, chosen = row.value(node.args[0]), row.value(node.args[1])
    if not chosen:
        return False
    return None if option is None else option in chosen  # type: ignore[operator]


def _between(row: _Row, node: Expression) -> bool | None:
    """Both comparisons, joined as `and` joins: one that is false decides, whatever the other is."""
    value, *bounds = node.args
    middle = row.value(value)
    if middle is None:
        return None
    low, high = (row.value(bound) for bound in bounds)
    above = None if low is None else _SIGNS[">="](*_alike(value, bounds[0], middle, low))
    below = None if high is None else _SIGNS["<="](*_alike(value, bounds[1], middle, high))
    if above is False or below is False:
        return False
    return None if above is None or below is None else True


def _concat(row: _Row, node: Expression) -> str:
    return "".join(_written(part, row.value(part)) for part in node.args)


def _written(node: Expression, value: object) -> str:
    """Write a value inside a joined text."""
    if value is None:
        return ""
    if isinstance(value, int) and node.type.scale:
        whole, decimals = divmod(abs(value), 10**node.type.scale)
        return f"{'-' if value < 0 else ''}{whole}.{decimals:0{node.type.scale}}"
    return value.isoformat() if isinstance(value, date) else str(value)


# These look at blanks themselves, or at the record.
_SPECIAL: dict[str, Callable[[_Row, Expression], object]] = {
    "literal": lambda row, node: node.value,
    "blank": lambda row, node: None,
    "path": lambda row, node: row.values(node.value),  # type: ignore[arg-type]
    "today": lambda row, node: row.context.today,
    "now": lambda row, node: row.context.now,
    "me": lambda row, node: row.context.me,
    "and": _and, "or": _or, "not": _not, "if": _if, "coalesce": _coalesce, "isblank": _isblank, "in": _in,
    "in_choices": _in_choices, "between": _between, "concat": _concat, "midnight": _midnight,
    "year": _of_moment(lambda day: day.year), "month": _of_moment(lambda day: day.month),
    "day": _of_moment(lambda day: day.day), "date": _of_moment(lambda day: date(day.year, day.month, day.day)),
}  # fmt: skip
