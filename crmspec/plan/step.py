"""Short ways to make steps."""

from __future__ import annotations

from collections.abc import Iterable

from crmspec.plan.change import Step
from crmspec.plan.work import DIALECTS


def step(title: str, address: str, *, sqlite: Iterable[str] = (), postgresql: Iterable[str] = ()) -> Step:
    """Make a step from the statements of each database."""
    return Step(title=title, address=address, sql={"sqlite": tuple(sqlite), "postgresql": tuple(postgresql)})


def alike(title: str, address: str, *statements: str) -> Step:
    """Make a step whose statements are the same in both databases."""
    return Step(title=title, address=address, sql=dict.fromkeys(DIALECTS, statements))
