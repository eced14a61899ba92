"""What the signs and words between values do, and to what they can be applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .magnitude import literal, number, rescaled
from .tree import Expression, Typed
from .types import BOOLEAN, ORDERED, Type

if TYPE_CHECKING:
    from .check import Checker
    from .parse import Raw

QUOTIENT_SCALE = 4
SCALE_MAX = 12
DAYS_MOST = 3_652_058
"""Days from 0001-01-01 to 9999-12-31."""

_VERBS = {"+": "added to", "-": "subtracted from", "*": "multiplied by", "/": "divided by", "%": "divided by"}


def logic(check: Checker, raw: Raw) -> Typed:
    """`and`, `or`, `not`: all operands are true, false or blank."""
    nodes = [check.typed(part) for part in raw.args]
    good: list[Expression] = []
    for part, node in zip(raw.args, nodes, strict=True):
        if node is None:
            continue
        if node.op == "blank":
            node = Expression("blank", BOOLEAN)
        if node.type.kind != "boolean":
            help = f"compare it: `{raw.kind} {part.value[-1]} == …`" if isinstance(part.value, tuple) else ""
            check.problem(part, f"{check.shown(part)} is {node.type}, `{raw.kind}` takes true or false", help=help)
        good.append(node)
    return Expression(raw.kind, BOOLEAN, tuple(good)) if len(good) == len(nodes) else None


def compare(check: Checker, raw: Raw) -> Typed:
    """Six comparisons. `x == blank` asks whether x is blank, since a comparison with blank would only give blank."""
    left, right = raw.args
    a, b = check.typed(left), check.typed(right)
    if a is None or b is None:
        return None
    sign = str(raw.value)
    if a.op == "blank" or b.op == "blank":
        return _compare_blank(check, raw, sign, b if a.op == "blank" else a)
    pair = check.paired(left, right, a, b)
    if pair is None:
        return None
    if sign not in ("==", "!=") and (kind := pair[0].type.kind) not in ORDERED:
        names = f"{check.shown(left)} is {pair[0].type}, {check.shown(right)} is {pair[1].type}"
        words = "records" if kind == "reference" else "true and false" if kind == "boolean" else "texts"
        check.problem(
            raw,
            f"`{sign}` cannot order {words}: {names}",
            "numbers, dates and times have an order",
            "use `==`, `!=` or `in`",
        )
        return None
    return Expression("compare", BOOLEAN, pair, sign)


def _compare_blank(check: Checker, raw: Raw, sign: str, node: Expression) -> Typed:
    if sign not in ("==", "!="):
        check.problem(
            raw,
            f"{check.shown(raw)} compares with blank",
            "no value is smaller or larger than blank",
            "use `isblank(…)`",
        )
        return None
    asked = Expression("isblank", BOOLEAN, (node,))
    return asked if sign == "==" else Expression("not", BOOLEAN, (asked,))


def in_list(check: Checker, raw: Raw) -> Typed:
    """`x in (a, b)`: equal to one of them; each item is read as `==` reads it."""
    left, *items = raw.args
    a = check.typed(left)
    found: list[Expression] = []
    whole = True
    for item in items:
        b = check.typed(item)
        if b is not None and b.op == "blank":
            check.problem(item, "`blank` in a list is equal to nothing", help="add `or isblank(…)`")
            b = None
        pair = check.paired(left, item, a, b) if a is not None and b is not None else None
        if pair is None:
            whole = False
        else:
            a = pair[0]
            found.append(pair[1])
    if a is None or not whole:
        return None
    if a.type.kind == "datetime":
        # A later item can turn a date into its midnight; the earlier ones follow.
        pairs = [check.paired(left, item, a, b) for item, b in zip(items, found, strict=True)]
        found = [pair[1] for pair in pairs if pair is not None]
    return Expression("in", BOOLEAN, (a, *found))


def in_field(check: Checker, raw: Raw) -> Typed:
    """`'option' in field`, where field is a multi-picklist."""
    left, right = raw.args
    a, b = check.typed(left), check.typed(right)
    if a is None or b is None:
        return None
    if b.type.kind != "choices":
        help = f"write `contains({right.value[-1]}, …)`" if b.type.kind == "text" else "write a list: `in (a, b)`"  # type: ignore[index]
        check.problem(right, f"{check.shown(right)} is {b.type}, not a multi-picklist", help=help)
        return None
    return option_in(check, left, a, right, b)


def option_in(check: Checker, left: Raw, a: Expression, right: Raw, b: Expression) -> Typed:
    """Ask whether an option is among those of a multi-picklist field."""
    option = check.coerced(left, a, b.type)
    if option is None:
        return None
    if option.type.kind not in ("text", "choice") or option.op == "blank" or b.op != "path":
        check.problem(
            left,
            f"{check.shown(left)} is {option.type}, {check.shown(right)} has options of a picklist",
            help="write an option in quotes",
        )
        return None
    return Expression("in_choices", BOOLEAN, (option, b))


def minus(check: Checker, raw: Raw) -> Typed:
    """The minus sign before a number."""
    node = check.typed(raw.args[0])
    if node is None:
        return None
    if node.type.kind != "number":
        check.problem(raw, f"{check.shown(raw.args[0])} is {node.type}, a minus sign stands before numbers")
        return None
    if node.op == "literal" and isinstance(node.value, int):
        return literal(-node.value, node.type.scale)
    return number("neg", node.type.scale, (node,), node.most, node.reach)


def binary(check: Checker, raw: Raw) -> Typed:
    """`+ - * / %` between numbers, dates and days; `+` joins two texts."""
    left, right = raw.args
    a, b = check.typed(left), check.typed(right)
    if a is None or b is None:
        return None
    sign = str(raw.value)
    if "blank" in (a.op, b.op):
        check.problem(raw, f"{check.shown(raw)} is always blank", "nothing is known of a blank", "write a value")
        return None
    if sign == "-" and "date" in (a.type.kind, b.type.kind):
        a, b = check.coerced(left, a, b.type) or a, check.coerced(right, b, a.type) or b
    kinds = (a.type.kind, b.type.kind)
    if kinds == ("number", "number"):
        return _arithmetic(check, raw, sign, a, b)
    if sign == "-" and kinds in (
        ("date", "date"),
        ("date", "datetime"),
        ("datetime", "date"),
        ("datetime", "datetime"),
    ):
        return days_between(b, a)
    if sign == "+" and kinds == ("date", "number"):
        return add_days(check, right, a, b)
    if sign == "+" and kinds == ("number", "date"):
        return add_days(check, left, b, a)
    if sign == "-" and kinds == ("date", "number"):
        return add_days(check, right, a, number("neg", b.type.scale, (b,), b.most, b.reach))
    if sign == "+" and set(kinds) <= {"text", "choice"}:
        return joined((a, b))
    _refuse(check, raw, sign, a, b)
    return None


def _refuse(check: Checker, raw: Raw, sign: str, a: Expression, b: Expression) -> None:
    left, right = raw.args
    why = f"{check.shown(left)} is {a.type}, {check.shown(right)} is {b.type}"
    help = ""
    if "datetime" in (a.type.kind, b.type.kind):
        help = "take its day: `date(…)`"
    elif sign == "+" and "text" in (a.type.kind, b.type.kind):
        help = "join texts with `concat(a, b)`"
    one, other = (right, left) if sign == "-" else (left, right)
    check.problem(raw, f"{check.shown(one)} cannot be {_VERBS[sign]} {check.shown(other)}", why, help)


def _arithmetic(check: Checker, raw: Raw, sign: str, a: Expression, b: Expression) -> Typed:
    if sign in "/%" and b.op == "literal" and b.value == 0:
        check.problem(raw, f"{check.shown(raw)} is always blank", "nothing can be divided by zero")
        return None
    if sign == "/":
        return quotient(check, raw, a, b)
    if sign == "%":
        if a.type.scale or b.type.scale:
            check.problem(
                raw,
                f"`%` takes whole numbers: {check.shown(raw)}",
                "the rest of a division has no decimals",
                "for a percentage, write `/ 100`",
            )
            return None
        most = min(a.most, b.most - 1) if b.most else 0
        return check.sized(raw, number("mod", 0, (a, b), most, max(a.reach, b.reach)))
    if sign == "*":
        scale = a.type.scale + b.type.scale
        if scale > SCALE_MAX:
            check.problem(
                raw,
                f"{check.shown(raw)} has {scale} decimals",
                f"a product has at most {SCALE_MAX}",
                "round what is multiplied: `round(…, 2)`",
            )
            return None
        return check.sized(raw, number("mul", scale, (a, b), a.most * b.most, a.reach * b.reach))
    scale = max(a.type.scale, b.type.scale)
    left, right = check.sized(raw, rescaled(a, scale)), check.sized(raw, rescaled(b, scale))
    if left is None or right is None:
        return None
    op = "add" if sign == "+" else "sub"
    return check.sized(raw, number(op, scale, (left, right), left.most + right.most, left.reach + right.reach))


def quotient(check: Checker, raw: Raw, a: Expression, b: Expression) -> Typed:
    """Divide to four decimals. A written divisor is reduced first, so that `x / 100` of two decimals costs nothing."""
    power = QUOTIENT_SCALE - a.type.scale + b.type.scale
    if b.op == "literal" and isinstance(b.value, int):
        while power > 0 and b.value % 10 == 0:
            b, power = literal(b.value // 10, b.type.scale), power - 1
    top, bottom = check.sized(raw, _grown(a, max(power, 0))), check.sized(raw, _grown(b, max(-power, 0)))
    if top is None or bottom is None:
        return None
    if bottom.op == "literal" and bottom.value == 1:
        return top if top.type.scale == QUOTIENT_SCALE else _called(top, QUOTIENT_SCALE)
    return number("div", QUOTIENT_SCALE, (top, bottom), top.most, top.reach)


def _grown(node: Expression, power: int) -> Expression:
    """Multiply the scaled integer by a power of ten."""
    return rescaled(node, node.type.scale + power)


def _called(node: Expression, scale: int) -> Expression:
    """Take the same scaled integer as a number of another scale: the point moves, no digit does."""
    return Expression("moved", Type("number", scale, digits=node.type.digits), (node,), None, node.most, node.reach)


def days_between(start: Expression, end: Expression) -> Expression:
    """Count days; a date with time counts by its day in the project's time zone."""
    return number("days_between", 0, (as_day(start), as_day(end)), DAYS_MOST, DAYS_MOST)


def as_day(node: Expression) -> Expression:
    """Take the day of a date with time; a date stays."""
    return Expression("date", Type("date"), (node,)) if node.type.kind == "datetime" else node


def add_days(check: Checker, place: Raw, day: Expression, days: Expression) -> Typed:
    """Move a date by whole days."""
    if days.type.scale:
        check.problem(place, f"{check.shown(place)} is not a whole number of days", help="write `round(…)` around it")
        return None
    return Expression("add_days", Type("date"), (day, days))


def joined(nodes: tuple[Expression, ...]) -> Expression:
    """Join values as one text."""
    most = sum(node.most if node.type.kind != "number" else 20 for node in nodes) + 10
    return Expression("concat", Type("text"), nodes, most=most)
