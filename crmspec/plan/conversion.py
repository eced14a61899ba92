"""One way from a type of values to another, as every kind of it is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crmspec.plan.pointing import LookUp, Target
from crmspec.schema import Dialect

Expression = Callable[[str, Dialect], str]
DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Conversion:
    """One way from type to type. `in_place`: the new values say all that the old ones did, in the same column."""

    expression: Expression
    unfit: Expression | None = None
    what: str = ""
    in_place: bool = False
    identity: bool = False
    looks_up: Callable[[str], LookUp] | None = None  # how the expression finds a record by its name
    bearer: Target | None = None  # whose names it writes
