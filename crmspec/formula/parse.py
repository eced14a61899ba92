"""Formula text in, a tree that knows its positions out; nothing is looked up yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from .types import FormulaProblem

if TYPE_CHECKING:
    from lark import Lark, Token

CHARACTERS_MAX = 10_000
DEPTH_MAX = 50
NODES_MAX = 1_000
DIGITS_MAX = 18
DECIMALS_MAX = 9

# Precedence from loose to tight: or, and, not, comparison, + -, * / %, minus sign. Comparisons do not chain.
GRAMMAR = r"""
?start: disjunction
?disjunction: conjunction
    | disjunction "or" conjunction      -> either
?conjunction: negation
    | conjunction "and" negation        -> both
?negation: comparison
    | NOT negation                      -> negation
?comparison: sum
    | sum COMPARE sum                   -> compare
    | sum "in" "(" arguments CLOSE      -> in_list
    | sum NOT "in" "(" arguments CLOSE  -> in_list
    | sum "in" PATH                     -> in_field
    | sum NOT "in" PATH                 -> in_field
?sum: product
    | sum PLUS product                  -> binary
    | sum MINUS product                 -> binary
?product: unary
    | product TIMES unary               -> binary
?unary: atom
    | MINUS unary                       -> minus
?atom: NUMBER                           -> number
    | TEXT                              -> text
    | TRUE                              -> true
    | FALSE                             -> false
    | BLANK                             -> blank
    | PATH                              -> path
    | PATH "(" CLOSE                    -> call
    | PATH "(" arguments CLOSE          -> call
    | OPEN disjunction CLOSE            -> group
arguments: disjunction ("," disjunction)*

NOT: "not"
TRUE: "true"
FALSE: "false"
BLANK: "blank"
COMPARE: "==" | "!=" | "<=" | ">=" | "<" | ">"
PLUS: "+"
MINUS: "-"
TIMES: "*" | "/" | "%"
OPEN: "("
CLOSE: ")"
NUMBER: /[0-9]+(\.[0-9]+)?(?![\w.])/
TEXT: /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/s
PATH: /[^\W\d]\w*(\.[^\W\d]\w*)*/
%ignore /[ \t\r\n]+/
"""


class Raw:
    """One node as written: what it is, its value (a path, a literal, a sign), its parts, and where it stands."""

    __slots__ = ("args", "depth", "end", "kind", "size", "start", "value")

    def __init__(self, kind: str, value: object, args: tuple[Raw, ...], start: int, end: int) -> None:
        self.kind, self.value, self.args, self.start, self.end = kind, value, args, start, end
        self.depth = self.size = 1
        for part in args:
            self.size += part.size
            if part.depth >= self.depth:
                self.depth = part.depth + 1
        if self.depth > DEPTH_MAX or self.size > NODES_MAX:
            raise TooLarge(self)

    @property
    def number(self) -> tuple[int, int]:
        """A number as written: its digits as one integer, and how many of them are decimals."""
        return self.value  # type: ignore[return-value]

    @property
    def path(self) -> tuple[str, ...]:
        """A path, by its segments."""
        return self.value  # type: ignore[return-value]

    def walk(self) -> list[Raw]:
        """Return this node and all below it, in the order they are written."""
        found, waiting = [], [self]
        while waiting:
            node = waiting.pop()
            found.append(node)
            waiting.extend(reversed(node.args))
        return found


class Mistake(Exception):
    """A formula that cannot be read: carries the one problem to show."""

    def __init__(self, problem: FormulaProblem) -> None:
        super().__init__(problem.what)
        self.problem = problem


class TooLarge(Exception):
    """A formula nested too deep or with too many parts; raised while the tree is built, before memory is spent."""

    def __init__(self, node: Raw) -> None:
        super().__init__()
        self.node = node


@dataclass(frozen=True)
class Parsed:
    """A formula as written. `root` is None exactly when there are problems."""

    text: str
    root: Raw | None
    problems: tuple[FormulaProblem, ...] = ()

    @cached_property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """Every path the text names, whether it exists or not."""
        nodes = self.root.walk() if self.root else []
        return frozenset(n.value for n in nodes if n.kind == "path" and isinstance(n.value, tuple))


_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class _Build:
    """Makes nodes while the parser reduces: a method per alternative of the grammar, no second pass over a tree."""

    def number(self, parts: list[Token]) -> Raw:
        token = parts[0]
        whole, _, decimals = token.partition(".")
        digits = (whole + decimals).lstrip("0")
        if len(digits) > DIGITS_MAX or len(decimals) > DECIMALS_MAX:
            raise Mistake(
                _at(
                    token,
                    f"the number `{token[:30]}` has too many digits",
                    why=f"numbers have at most {DIGITS_MAX} digits, {DECIMALS_MAX} of them decimals",
                )
            )
        return _leaf("number", (int(digits or "0"), len(decimals)), token)

    def text(self, parts: list[Token]) -> Raw:
        token = parts[0]
        content = token[1:-1]
        if "\\" in content:
            for match in _ESCAPE.finditer(content):
                if match[1] not in _ESCAPES:
                    raise Mistake(_at(token, f"`\\{match[1]}` is not an escape", help="write `\\\\` for a backslash"))
            content = _ESCAPE.sub(lambda match: _ESCAPES[match[1]], content)
        return _leaf("text", content, token)

    def path(self, parts: list[Token]) -> Raw:
        return _leaf("path", tuple(parts[0].split(".")), parts[0])

    def true(self, parts: list[Token]) -> Raw:
        return _leaf("boolean", True, parts[0])

    def false(self, parts: list[Token]) -> Raw:
        return _leaf("boolean", False, parts[0])

    def blank(self, parts: list[Token]) -> Raw:
        return _leaf("blank", None, parts[0])

    def arguments(self, parts: list[Raw | Token]) -> tuple[Raw, ...]:
        return tuple(part for part in parts if isinstance(part, Raw))

    def call(self, parts: list[Token | tuple[Raw, ...]]) -> Raw:
        name, close = parts[0], parts[-1]
        args = next((part for part in parts if isinstance(part, tuple)), ())
        return Raw("call", str(name), args, _start(name), _end(close))

    def group(self, parts: list[Raw | Token]) -> Raw:
        inner = next(part for part in parts if isinstance(part, Raw))
        inner.depth += 1
        if inner.depth > DEPTH_MAX:
            raise TooLarge(inner)
        return inner

    def minus(self, parts: list[Raw | Token]) -> Raw:
        sign, operand = parts[0], _nodes(parts)[0]
        return Raw("minus", None, (operand,), _start(sign), operand.end)

    def binary(self, parts: list[Raw | Token]) -> Raw:
        left, right = _nodes(parts)
        return Raw("binary", str(parts[1]), (left, right), left.start, right.end)

    def compare(self, parts: list[Raw | Token]) -> Raw:
        left, right = _nodes(parts)
        return Raw("compare", str(parts[1]), (left, right), left.start, right.end)

    def in_list(self, parts: list[Raw | Token | tuple[Raw, ...]]) -> Raw:
        left, close = parts[0], parts[-1]
        assert isinstance(left, Raw)
        items = next(part for part in parts if isinstance(part, tuple))
        node = Raw("in", None, (left, *items), left.start, _end(close))
        return self._unless(parts[1], node)

    def in_field(self, parts: list[Raw | Token]) -> Raw:
        left, field = parts[0], self.path([parts[-1]])  # type: ignore[list-item]
        assert isinstance(left, Raw)
        node = Raw("in_field", None, (left, field), left.start, field.end)
        return self._unless(parts[1], node)

    def _unless(self, part: object, node: Raw) -> Raw:
        """Wrap `x not in …`, where the second word is `not`."""
        return Raw("not", None, (node,), node.start, node.end) if getattr(part, "type", "") == "NOT" else node

    def negation(self, parts: list[Raw | Token]) -> Raw:
        operand = _nodes(parts)[0]
        return Raw("not", None, (operand,), _start(parts[0]), operand.end)

    def either(self, parts: list[Raw | Token]) -> Raw:
        return self._chain("or", parts)

    def both(self, parts: list[Raw | Token]) -> Raw:
        return self._chain("and", parts)

    def _chain(self, kind: str, parts: list[Raw | Token]) -> Raw:
        """Join `a or b or c` into one node, so that a long row is not a deep one."""
        left, right = _nodes(parts)
        before = left.args if left.kind == kind else (left,)
        return Raw(kind, None, (*before, right), left.start, right.end)


def _nodes(parts: list[Raw | Token]) -> list[Raw]:
    return [part for part in parts if isinstance(part, Raw)]


def _leaf(kind: str, value: object, token: Token) -> Raw:
    return Raw(kind, value, (), _start(token), _end(token))


def _start(token: object) -> int:
    return int(token.start_pos) + 1  # type: ignore[attr-defined]


def _end(token: object) -> int:
    return int(token.end_pos) + 1  # type: ignore[attr-defined]


def _at(token: Token, what: str, why: str = "", help: str = "") -> FormulaProblem:
    return FormulaProblem(_start(token), _end(token), what, why, help)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    """Build the parser at first use; importing lark takes longer than parsing a hundred formulas."""
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", lexer="contextual", transformer=_Build(), maybe_placeholders=False)


def parse(text: str) -> Parsed:
    """Read a formula. Never raises for what is in the text; the same text is read once."""
    if len(text) > CHARACTERS_MAX:
        what = f"the formula has {len(text):,} characters"
        problem = FormulaProblem(
            1, 2, what, f"a formula has at most {CHARACTERS_MAX:,} characters", "split it into formula fields"
        )
        return Parsed(text, None, (problem,))
    return _parse(text)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Parsed:
    from lark.exceptions import UnexpectedInput

    problem = unreadable(text)
    if problem:
        return Parsed(text, None, (problem,))
    try:
        root = _parser().parse(text)
    except Mistake as mistake:
        return Parsed(text, None, (mistake.problem,))
    except TooLarge as large:
        return Parsed(text, None, (_too_large(large.node),))
    except UnexpectedInput as error:
        from .syntax import explain

        return Parsed(text, None, (explain(text, error),))
    assert isinstance(root, Raw)
    return Parsed(text, root)


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def unreadable(text: str) -> FormulaProblem | None:
    """Find what stops a text before its grammar matters: nothing in it, or a character no database stores."""
    if not text.strip():
        return FormulaProblem(1, 2, "the formula is empty", help="write an expression, such as `amount * 2`")
    match = _UNSTORABLE.search(text)
    if match:
        place = match.start() + 1
        return FormulaProblem(
            place,
            place + 1,
            f"the character U+{ord(match[0]):04X} cannot be used in a formula",
            "it is not text, and no database stores it",
        )
    return None


def _too_large(node: Raw) -> FormulaProblem:
    if node.size > NODES_MAX:
        why = f"a formula has at most {NODES_MAX:,} values and operations"
        return FormulaProblem(node.start, node.end, "the formula is too long", why, "split it into formula fields")
    why = f"a formula is at most {DEPTH_MAX} levels deep; each sign, call and pair of parentheses is one"
    return FormulaProblem(node.start, node.end, "the formula is nested too deep", why, "split it into formula fields")
