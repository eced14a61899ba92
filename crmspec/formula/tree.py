"""The typed tree: what the checker makes and the three back ends read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .types import FormulaProblem, Type


@dataclass(frozen=True)
class Expression:
    """One typed node: an operation of the table in `evaluate` and `sql`, its operands, and what it gives.

    `value` is what the operation needs besides operands: a literal, a path, a comparison sign, a power of ten.
    `most` is the largest magnitude of a number (as scaled integer) or the most characters of a text; `reach` is how far
    it would go if nothing were cut at 18 digits.
    """

    op: str
    type: Type
    args: tuple[Expression, ...] = ()
    value: object = None
    most: int = 0
    reach: int = 0

    def walk(self) -> Iterator[Expression]:
        """Give every node of the tree once."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(node.args)

    @cached_property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """Every path that is read."""
        return frozenset(node.value for node in self.walk() if node.op == "path" and isinstance(node.value, tuple))

    @cached_property
    def functions(self) -> frozenset[str]:
        """The functions the text calls that depend on more than the record: `today`, `now`, `me`, and all others."""
        from .functions import FUNCTIONS

        return frozenset(node.op for node in self.walk() if node.op in FUNCTIONS)


Typed = Expression | None
"""A node, or None when a problem with it is already noted."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A formula after checking: its tree, or the problems why there is none; notes do not stop it."""

    expression: Expression | None
    problems: tuple[FormulaProblem, ...] = ()
    notes: tuple[FormulaProblem, ...] = ()
