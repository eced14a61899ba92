"""Calls of functions: how many arguments, of which kinds, giving what."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import operators
from .functions import FUNCTIONS, Function, Parameter
from .literals import as_moment, literal_as
from .magnitude import TEXT_REACH_MAX, number, rescaled
from .parse import DECIMALS_MAX
from .tree import Expression, Typed
from .types import BOOLEAN, KIND_WORDS, FormulaProblem, Type

if TYPE_CHECKING:
    from .check import Checker
    from .parse import Raw

Nodes = tuple[Expression, ...]

# Names from other languages, and what to do here.
_ELSEWHERE = {
    "lower": "databases change the case of letters differently; compare texts as they are",
    "upper": "databases change the case of letters differently; compare texts as they are",
    "iif": "write `if(condition, then, else)`",
    "case": "write `if(condition, then, else)`",
    "ifnull": "write `coalesce(value, instead)`",
    "nvl": "write `coalesce(value, instead)`",
    "isnull": "write `isblank(value)`",
    "is_blank": "write `isblank(value)`",
    "len": "write `length(text)`",
    "left": "write `substring(text, 1, length)`",
    "mid": "write `substring(text, start, length)`",
    "floor": "write `round(number)`",
    "not": "write `not (…)`",
    "and": "write `a and b`",
    "or": "write `a or b`",
    "sum": "add a field of type rollup",
    "count": "add a field of type rollup",
}


def call(check: Checker, raw: Raw) -> Typed:
    """Check a call against its row in the table, then make its node."""
    name = str(raw.value)
    function = FUNCTIONS.get(name)
    nodes = [check.typed(part) for part in raw.args]
    if function is None:
        _unknown(check, raw, name)
        return None
    if check.stored and not function.stored:
        check.problem(
            raw,
            f"`{name}()` cannot be used where the result is stored",
            "the stored value would not follow it",
            "use it in filters, conditions and formula fields that are not stored",
        )
        return None
    if not _counted(check, raw, function) or any(node is None for node in nodes):
        return None
    args = tuple(node for node in nodes if node is not None)
    if name == "date":
        return _date(check, raw, args)
    before = len(check.problems)
    args = tuple(
        _fitted(check, part, node, function, at) for at, (part, node) in enumerate(zip(raw.args, args, strict=True))
    )
    if len(check.problems) > before:
        return None
    return _MAKE[name](check, raw, args)


def _unknown(check: Checker, raw: Raw, name: str) -> None:
    from crmspec.diagnostics import near

    match = near(name, FUNCTIONS)
    help = _ELSEWHERE.get(name.lower()) or (f"did you mean `{match}`?" if match else f"there is {', '.join(FUNCTIONS)}")
    end = raw.start + len(name)
    check.problems.append(FormulaProblem(raw.start, end, f"there is no function `{name[:40]}`", help=help))


def _counted(check: Checker, raw: Raw, function: Function) -> bool:
    parameters = function.parameters
    least = sum(not p.optional for p in parameters)
    if len(raw.args) < least or (len(raw.args) > len(parameters) and not (parameters and parameters[-1].repeats)):
        count = len(raw.args)
        what = f"`{function.name}` has {count} argument{'' if count == 1 else 's'}"
        check.problem(raw, what, help=f"write `{function.signature}`")
        return False
    return True


def _fitted(check: Checker, part: Raw, node: Expression, function: Function, at: int) -> Expression:
    """Read one argument as its parameter wants it; what does not fit is a problem, and the node is given back."""
    parameter: Parameter = function.parameters[min(at, len(function.parameters) - 1)]
    if node.op == "blank":
        if function.result != "same":
            check.problem(part, f"`{function.name}` of blank is always the same", help="write a value")
        return node
    if node.type.kind == "text" and node.op == "literal" and "text" not in parameter.kinds:
        target = next((kind for kind in parameter.kinds if kind in ("date", "datetime", "time")), None)
        # `between` and `min` find out from their other arguments whether a day or a moment is meant.
        if target and "number" not in parameter.kinds:
            return check.coerced(part, node, Type(target)) or node
        return node
    if node.type.kind not in parameter.kinds:
        *others, last = (KIND_WORDS[kind] for kind in parameter.kinds)
        wanted = f"{', '.join(others)} or {last}" if others else last
        what = f"{check.shown(part)} is {node.type}, `{parameter.name}` of `{function.name}` is {wanted}"
        check.problem(part, what, help="take its day: `date(…)`" if node.type.kind == "datetime" else "")
    return node


def _if(check: Checker, raw: Raw, args: Nodes) -> Typed:
    branches = check.unified(raw.args[1:], args[1:])
    if branches is None:
        return None
    condition = Expression("blank", BOOLEAN) if args[0].op == "blank" else args[0]
    return _same("if", branches, (condition, *branches))


def _coalesce(check: Checker, raw: Raw, args: Nodes) -> Typed:
    branches = check.unified(raw.args, args)
    return _same("coalesce", branches, tuple(branches)) if branches else None


def _same(op: str, branches: list[Expression], args: Nodes) -> Expression:
    """Make a node of the branches' common type and largest magnitude."""
    kind = next((node.type for node in branches if node.op != "blank"), branches[0].type)
    most, reach = max(node.most for node in branches), max(node.reach for node in branches)
    if kind.kind == "number":
        return number(op, kind.scale, args, most, reach)
    if kind.kind in ("text", "choice") and len({node.type for node in branches if node.op != "blank"}) > 1:
        kind = _texts([node.type for node in branches if node.op != "blank"])
    elif kind.kind == "reference":
        lists = [node.type.to for node in branches if node.op != "blank"]
        kind = Type("reference", to=tuple(dict.fromkeys(name for to in lists for name in to)) if all(lists) else ())
    return Expression(op, kind, args, most=most)


def _texts(types: list[Type]) -> Type:
    if any(type.kind != "choice" or type.options is None for type in types):
        return Type("text")
    return Type("choice", options=tuple(dict.fromkeys(option for type in types for option in type.options or ())))


def _isblank(check: Checker, raw: Raw, args: Nodes) -> Typed:
    return Expression("isblank", BOOLEAN, args)


def _abs(check: Checker, raw: Raw, args: Nodes) -> Typed:
    return number("abs", args[0].type.scale, args, args[0].most, args[0].reach)


def _round(check: Checker, raw: Raw, args: Nodes) -> Typed:
    decimals = args[1] if len(args) > 1 else None
    if decimals is None:
        return rescaled(args[0], 0)
    if (
        decimals.op != "literal"
        or not isinstance(decimals.value, int)
        or decimals.type.scale
        or not (0 <= decimals.value <= DECIMALS_MAX)
    ):
        check.problem(
            raw.args[1],
            f"{check.shown(raw.args[1])} is not a number of decimals",
            "how many decimals a result has must be known beforehand",
            f"write a number from 0 to {DECIMALS_MAX}",
        )
        return None
    return check.sized(raw, rescaled(args[0], decimals.value)) if decimals.value < args[0].type.scale else args[0]


def _extreme(check: Checker, raw: Raw, args: Nodes) -> Typed:
    if any(node.op == "blank" for node in args):
        check.problem(raw, f"{check.shown(raw)} is always blank", help="write a value")
        return None
    branches = check.unified(raw.args, args)
    if branches is None:
        return None
    if branches[0].type.kind not in ("number", "date", "datetime"):
        check.problem(raw, f"`{raw.value}` of {branches[0].type}", "numbers and dates have an order")
        return None
    return _same(str(raw.value), branches, tuple(branches))


def _length(check: Checker, raw: Raw, args: Nodes) -> Typed:
    return number("length", 0, args, 10**9, 10**9)


def _starts_with(check: Checker, raw: Raw, args: Nodes) -> Typed:
    return Expression("starts_with", BOOLEAN, args)


def _contains(check: Checker, raw: Raw, args: Nodes) -> Typed:
    if args[0].type.kind == "choices":
        return operators.option_in(check, raw.args[1], args[1], raw.args[0], args[0])
    return Expression("contains", BOOLEAN, args)


def _substring(check: Checker, raw: Raw, args: Nodes) -> Typed:
    for part, node in zip(raw.args[1:], args[1:], strict=True):
        if node.type.scale:
            check.problem(part, f"{check.shown(part)} is not a whole number", help="write `round(…)` around it")
            return None
    return Expression("substring", Type("text"), args, most=args[0].most)


def _replace(check: Checker, raw: Raw, args: Nodes) -> Typed:
    return _bounded(check, raw, Expression("replace", Type("text"), args, most=args[0].most * max(1, args[2].most)))


def _concat(check: Checker, raw: Raw, args: Nodes) -> Typed:
    return _bounded(check, raw, operators.joined(args))


def _bounded(check: Checker, raw: Raw, node: Expression) -> Typed:
    if node.most <= TEXT_REACH_MAX:
        return node
    check.problem(
        raw,
        f"{check.shown(raw)} can give a text of {node.most:,} characters",
        f"a text has at most {TEXT_REACH_MAX:,}",
        "cut its parts with `substring(text, 1, 100)`",
    )
    return None


def _part(check: Checker, raw: Raw, args: Nodes) -> Typed:
    return number(str(raw.value), 0, args, 9999, 9999)


def _date(check: Checker, raw: Raw, args: Nodes) -> Typed:
    node, part = args[0], raw.args[0]
    if node.op == "literal" and node.type.kind == "text":
        found = literal_as(str(node.value), Type("date"), part.start, part.end)
        if isinstance(found, FormulaProblem):
            check.problems.append(found)
            return None
        return found
    if node.type.kind not in ("date", "datetime"):
        check.problem(
            part,
            f"{check.shown(part)} is {node.type}, `date` takes a day in quotes or a date with time",
            help="write `date('2026-01-31')`",
        )
        return None
    return operators.as_day(node)


def _add_days(check: Checker, raw: Raw, args: Nodes) -> Typed:
    return operators.add_days(check, raw.args[1], *args)


def _add_months(check: Checker, raw: Raw, args: Nodes) -> Typed:
    if args[1].type.scale:
        check.problem(raw.args[1], f"{check.shown(raw.args[1])} is not a whole number of months")
        return None
    return Expression("add_months", Type("date"), args)


def _days_between(check: Checker, raw: Raw, args: Nodes) -> Typed:
    return operators.days_between(*args)


def _between(check: Checker, raw: Raw, args: Nodes) -> Typed:
    value, low, high = args
    first = check.paired(raw.args[0], raw.args[1], value, low)
    second = check.paired(raw.args[0], raw.args[2], first[0], high) if first else None
    if first is None or second is None:
        return None
    value, low, high = second[0], first[1], second[1]
    if value.type.kind == "datetime":
        low = as_moment(low)
    if value.type.kind not in ("number", "date", "datetime", "time"):
        check.problem(raw, f"`between` of {value.type}", "numbers, dates and times have an order")
        return None
    return Expression("between", BOOLEAN, (value, low, high))


def _constant(check: Checker, raw: Raw, args: Nodes) -> Typed:
    name = str(raw.value)
    return Expression(name, Type({"today": "date", "now": "datetime"}.get(name, "reference")))  # type: ignore[arg-type]


_MAKE: dict[str, Callable[[Checker, Raw, Nodes], Typed]] = {
    "if": _if, "coalesce": _coalesce, "isblank": _isblank, "abs": _abs, "round": _round, "min": _extreme,
    "max": _extreme, "length": _length, "starts_with": _starts_with, "contains": _contains, "substring": _substring,
    "replace": _replace, "concat": _concat, "year": _part, "month": _part, "day": _part, "add_days": _add_days,
    "add_months": _add_months, "days_between": _days_between, "between": _between, "today": _constant,
    "now": _constant, "me": _constant,
}  # fmt: skip
