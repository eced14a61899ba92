"""How large numbers and texts can get: what keeps every result inside 18 digits on each database.

Each number carries two magnitudes, as scaled integers: `most`, which its values never pass, and `reach`, which they
would pass without the cut. Wherever a result could pass 18 digits, the three back ends cut alike: a value that would is
blank, as with a zero divisor. So no 64-bit overflow can turn into a float on SQLite or an error on PostgreSQL, and no
wrong digit is ever stored. A formula that passes 18 digits for certain, or could by far, is refused by the checker.
"""

from __future__ import annotations

from dataclasses import replace

from .tree import Expression
from .types import Type

MOST = 10**18 - 1
"""The largest magnitude of a scaled number."""

REACH_MAX = 10**36
TEXT_MOST = 100_000
"""How long the text of a field is taken to be."""

TEXT_REACH_MAX = 10_000_000


def number(
    op: str, scale: int, args: tuple[Expression, ...], most: int, reach: int, value: object = None
) -> Expression:
    """Make a node that gives a number; its magnitude is cut at 18 digits."""
    kept = min(most, MOST)
    return Expression(op, Type("number", scale, digits=len(str(kept))), args, value, kept, max(reach, most))


def literal(value: int, scale: int) -> Expression:
    """Make a number that is written in the formula or comes from it."""
    return number("literal", scale, (), abs(value), abs(value), value)


def passes(node: Expression) -> bool:
    """Whether values of this very node can be cut, its operands being what they are."""
    return node.reach > MOST and all(arg.reach <= MOST for arg in node.args)


def rescaled(node: Expression, scale: int) -> Expression:
    """Give the same number with another scale; fewer decimals are rounded half away from zero."""
    power = scale - node.type.scale
    if power == 0 or node.op == "blank":
        return node if power == 0 else replace(node, type=replace(node.type, scale=scale))
    if node.op == "literal" and isinstance(node.value, int) and power > 0 and node.most * 10**power <= MOST:
        return literal(node.value * 10**power, scale)
    if power > 0:
        return number("rescale", scale, (node,), node.most * 10**power, node.reach * 10**power, power)
    unit = 10**-power
    return number("rescale", scale, (node,), node.most // unit + 1, node.reach // unit + 1, power)
