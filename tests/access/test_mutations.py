"""The tests of agreement notice a broken rule: mutations are made one by one, and each has to lead to a disagreement.

A few of them here; all of them with CRMSPEC_MUTATIONS=all, which `make soak` does first.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.access.agreement import Answers
from tests.access.company import Company, drawn, every_scope, every_way
from tests.access.mutations import MUTATIONS, Mutation
from tests.access.paths import compare_paths

ALL = os.environ.get("CRMSPEC_MUTATIONS") == "all"
COMPANIES = 60
# What they break is mended by another layer before anybody could see it; the reason stands with each.
HARMLESS = {
    "sharing rules are taken for granted": "what opens update opens read, and read never lies within update: its shares"
    " open more",
}
# Those that a drawn company shows soon: noticing one that goes through every path takes seconds.
SOME = MUTATIONS if ALL else [one for one in MUTATIONS if not one.paths and one.name not in HARMLESS][::24]


def test_mutations_are_many_and_each_is_one() -> None:
    """There are enough of them, no two alike, and what is called harmless is there."""
    names = [one.name for one in MUTATIONS]
    assert len(set(names)) == len(names) > 60
    assert len({(one.where, one.old, one.new) for one in MUTATIONS}) == len(MUTATIONS)
    assert set(HARMLESS) <= set(names)
    assert len(HARMLESS) <= len(names) // 20


def test_every_mutation_still_fits_the_code() -> None:
    """What a mutation replaces stands in the function it names."""
    for mutation in MUTATIONS:
        with pytest.MonkeyPatch.context() as patch:
            mutation.apply(patch)


@pytest.mark.parametrize("mutation", SOME, ids=lambda one: one.name)
def test_a_broken_rule_is_noticed(mutation: Mutation, connections: list[sa.Connection]) -> None:
    """Some drawn company, or the one with every scope, shows the difference."""
    with pytest.MonkeyPatch.context() as patch:
        mutation.apply(patch)
        noticed = _is_noticed(mutation, connections[0])
    assert noticed != (mutation.name in HARMLESS)


def _is_noticed(mutation: Mutation, connection: sa.Connection) -> bool:
    companies = [] if mutation.paths else [every_way(), every_scope()]
    return any(_differs(mutation, one, connection) for one in (*companies, *map(drawn, range(COMPANIES))))


def _differs(mutation: Mutation, company: Company, connection: sa.Connection) -> bool:
    # What was worked out for a spec before the edit is not to be remembered.
    answers = Answers(replace(company, spec=replace(company.spec)))
    try:
        if mutation.paths:
            compare_paths(connection, answers, sample=3)
        else:
            answers.compare_sql(connection)
            answers.compare_python(connection)
    except Exception:
        return True
    return False
