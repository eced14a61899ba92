"""Raw tree in, typed tree out, or everything that is wrong with the formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from . import calls, operators
from .literals import as_moment, literal_as
from .magnitude import MOST, REACH_MAX, TEXT_MOST, literal, passes, rescaled
from .parse import Raw, parse
from .tree import Checked, Expression, Typed
from .types import BOOLEAN, KIND_WORDS, FormulaProblem, Kind, Scope, Type, Unknown


def check(
    text: str, scope: Scope, *, expects: Kind | None = None, scale: int | None = None, stored: bool = False
) -> Checked:
    """Give the formula its types, or every problem found in it. Never raises for what is in the text.

    `expects` is the kind the result must have; `scale` rounds a number to so many decimals. `stored` says that the
    result is kept, so that `today()`, `now()` and `me()` are refused.
    """
    parsed = parse(text)
    if parsed.root is None:
        return Checked(None, parsed.problems)
    checker = Checker(text, scope, stored=stored)
    root = checker.typed(parsed.root)
    if root is not None and expects is not None:
        root = checker.expected(parsed.root, root, expects)
    if root is not None and root.type.kind == "choices":
        checker.problem(
            parsed.root, "the options of a multi-picklist are not a result", help="ask for one: `'option' in field`"
        )
    if root is not None and scale is not None and root.type.kind == "number":
        root = checker.sized(parsed.root, rescaled(root, scale))
    problems = tuple(sorted(dict.fromkeys(checker.problems), key=lambda problem: (problem.start, problem.end)))
    return Checked(None if problems else root, problems, tuple(dict.fromkeys(checker.notes)))


class Checker:
    """Walks one raw tree; collects problems instead of stopping at the first."""

    def __init__(self, text: str, scope: Scope, *, stored: bool) -> None:
        self.text, self.scope, self.stored = text, scope, stored
        self.problems: list[FormulaProblem] = []
        self.notes: list[FormulaProblem] = []

    def typed(self, raw: Raw) -> Typed:
        """Give a node its type, and those below it."""
        return _KINDS[raw.kind](self, raw)

    def problem(self, raw: Raw, what: str, why: str = "", help: str = "") -> None:
        """Note what is wrong with a node."""
        self.problems.append(FormulaProblem(raw.start, raw.end, what, why, help))

    def shown(self, raw: Raw) -> str:
        """Give the node as it is written, shortened, in backticks."""
        text = " ".join(self.text[raw.start - 1 : raw.end - 1].split())
        return f"`{text[:37]}…`" if len(text) > 40 else f"`{text}`"

    def sized(self, raw: Raw, node: Expression) -> Typed:
        """Refuse a number that is too large for certain or by far; note one that may be cut."""
        if not passes(node) and node.reach <= REACH_MAX:
            return node
        constant = all(part.op != "path" for part in node.walk())
        if constant or node.reach > REACH_MAX:
            digits = len(str(node.reach))
            self.problem(
                raw,
                f"{self.shown(raw)} may exceed 18 digits",
                f"it can have {digits}, decimals included",
                "round what it is made of, or give its fields a smaller `max`",
            )
            return None
        what = f"{self.shown(raw)} is blank where it would exceed 18 digits"
        self.notes.append(FormulaProblem(raw.start, raw.end, what, "numbers have at most 18 digits, decimals included"))
        return node

    def expected(self, raw: Raw, node: Expression, kind: Kind) -> Typed:
        """Fit the result to the kind that is wanted."""
        node = self.coerced(raw, node, Type(kind)) or node
        if node.op == "blank":
            return replace(node, type=Type(kind))
        if kind == "datetime":
            node = as_moment(node)
        if node.type.kind == kind or {node.type.kind, kind} == {"text", "choice"}:
            return node
        if not self.problems:
            self.problem(raw, f"the formula gives {node.type}, not {KIND_WORDS[kind]}")
        return None

    def coerced(self, raw: Raw, node: Expression, target: Type) -> Typed:
        """Read a quoted text as what its other side is; anything else stays as it is."""
        if node.op != "literal" or node.type.kind != "text" or target.kind == "text":
            return node
        found = literal_as(str(node.value), target, raw.start, raw.end)
        if isinstance(found, FormulaProblem):
            self.problems.append(found)
            return None
        return found

    def paired(self, left: Raw, right: Raw, a: Expression, b: Expression) -> tuple[Expression, Expression] | None:
        """Make two sides comparable: quoted texts read as the other side, dates as midnights."""
        first, second = self.coerced(left, a, b.type), self.coerced(right, b, a.type)
        if first is None or second is None:
            return None
        kinds = {first.type.kind, second.type.kind}
        if kinds == {"date", "datetime"}:
            first, second = as_moment(first), as_moment(second)
        elif (len(kinds) > 1 and kinds != {"text", "choice"}) or kinds & {"choices", "none"}:
            help = "ask `'option' in field`" if "choices" in kinds else ""
            self.differ(left, right, first, second, help)
            return None
        elif kinds == {"reference"} and _apart(first.type.to, second.type.to):
            self.differ(left, right, first, second, "compare records of one object")
            return None
        return _plain_literals(first, second)

    def differ(self, left: Raw, right: Raw, a: Expression, b: Expression, help: str = "") -> None:
        """Say that two sides do not go together, naming both."""
        whole = Raw("pair", None, (), left.start, right.end)
        what = f"{self.shown(left)} is {_described(a.type)}, {self.shown(right)} is {_described(b.type)}"
        self.problem(whole, what, "values of different kinds do not go together", help)

    def unified(self, raws: Sequence[Raw], nodes: Sequence[Expression]) -> list[Expression] | None:
        """Make the branches of `if`, `coalesce`, `min`, `max` one kind: the common scale, text for text and option."""
        known = [(raw, node) for raw, node in zip(raws, nodes, strict=True) if node.op != "blank"]
        if not known:
            return list(nodes)
        firm = [pair for pair in known if not (pair[1].op == "literal" and pair[1].type.kind == "text")]
        first_raw, first = (firm or known)[0]
        result = first.type
        made: list[Expression] = []
        for raw, node in zip(raws, nodes, strict=True):
            if node.op == "blank":
                made.append(node)
                continue
            # Beside options, any other text is a text: `coalesce(kind, 'not known')`.
            lenient = first.type.kind == "choice" and node.value not in (first.type.options or ())
            fitted = node if lenient else self.coerced(raw, node, first.type)
            if fitted is None:
                return None
            common = _common(result, fitted.type)
            if common is None:
                self.differ(first_raw, raw, first, fitted)
                return None
            result = common
            made.append(fitted)
        return [self._as(raw, node, result) for raw, node in zip(raws, made, strict=True)]

    def _as(self, raw: Raw, node: Expression, target: Type) -> Expression:
        if node.op == "blank":
            return replace(node, type=target)
        if target.kind == "number":
            return self.sized(raw, rescaled(node, target.scale)) or node
        return as_moment(node) if target.kind == "datetime" else node


def _described(type: Type) -> str:
    return f"{type} of {' or '.join(type.to)}" if type.to else str(type)


def _apart(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return bool(one and other and not set(one) & set(other))


def _common(one: Type, other: Type) -> Type | None:
    """Return the type both fit into, if there is one."""
    kinds = {one.kind, other.kind}
    if kinds == {"number"}:
        return Type("number", max(one.scale, other.scale))
    if kinds == {"date", "datetime"}:
        return Type("datetime")
    if kinds == {"text", "choice"}:
        return Type("text")
    if kinds == {"choice"} and one.options is not None and other.options is not None:
        return Type("choice", options=tuple(dict.fromkeys((*one.options, *other.options))))
    if kinds == {"reference"}:
        return Type("reference", to=tuple(dict.fromkeys((*one.to, *other.to))) if one.to and other.to else ())
    return one if one.kind == other.kind and one.kind not in ("choices", "none") else None


def _plain_literals(a: Expression, b: Expression) -> tuple[Expression, Expression]:
    """Give a written number the scale of its other side where it loses nothing, so that a plain column is compared."""
    if a.type.kind != "number" or a.type.scale == b.type.scale:
        return a, b
    if b.op == "literal":
        return a, _fitted(b, a.type.scale)
    if a.op == "literal":
        return _fitted(a, b.type.scale), b
    return a, b


def _fitted(node: Expression, scale: int) -> Expression:
    value, power = node.value, scale - node.type.scale
    assert isinstance(value, int)
    if power > 0:
        return literal(value * 10**power, scale) if abs(value) * 10**power <= MOST else node
    return literal(value // 10**-power, scale) if value % 10**-power == 0 else node


def _number(self: Checker, raw: Raw) -> Typed:
    value, scale = raw.number
    return literal(value, scale)


def _text(self: Checker, raw: Raw) -> Typed:
    return Expression("literal", Type("text"), value=raw.value, most=len(str(raw.value)))


def _truth(self: Checker, raw: Raw) -> Typed:
    return Expression("literal", BOOLEAN, value=raw.value)


def _blank(self: Checker, raw: Raw) -> Typed:
    return Expression("blank", Type("text"))


def _path(self: Checker, raw: Raw) -> Typed:
    path: tuple[str, ...] = raw.value  # type: ignore[assignment]
    found = self.scope.resolve(path)
    if isinstance(found, Unknown):
        self.problems.append(_unknown(raw, path, found))
        return None
    if found.kind == "none":
        self.problem(
            raw, f"{self.shown(raw)} cannot be used in a formula", "its values are not texts, numbers or dates"
        )
        return None
    if found.kind == "number":
        most = 10 ** min(found.digits, 18) - 1
        return Expression("path", found, value=path, most=most, reach=most)
    most = max(map(len, found.options), default=0) if found.options is not None else TEXT_MOST
    return Expression("path", found, value=path, most=most)


def _unknown(raw: Raw, path: tuple[str, ...], found: Unknown) -> FormulaProblem:
    """Point at the segment that is not known, and at the word that was probably meant."""
    from crmspec.diagnostics import near

    at = min(max(found.at, 0), len(path) - 1)
    start = raw.start + sum(len(segment) + 1 for segment in path[:at])
    word = path[at]
    what = f"`{'.'.join(path[:at])}` has no field `{word}`" if at else f"there is no field `{word}`"
    match = near(word, found.candidates)
    shown = ", ".join(f"`{name}`" for name in sorted(found.candidates)[:8]) + (
        " …" if len(found.candidates) > 8 else ""
    )
    help = f"did you mean `{match}`?" if match else f"there is {shown}" if found.candidates else ""
    return FormulaProblem(start, start + len(word), what, found.reason or "", help)


_KINDS: dict[str, Callable[[Checker, Raw], Typed]] = {
    "number": _number, "text": _text, "boolean": _truth, "blank": _blank, "path": _path, "call": calls.call,
    "and": operators.logic, "or": operators.logic, "not": operators.logic, "compare": operators.compare,
    "in": operators.in_list, "in_field": operators.in_field, "binary": operators.binary, "minus": operators.minus,
}  # fmt: skip
