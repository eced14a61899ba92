"""The rule is written three times, and all say the same: for every person, verb, record and field of many companies."""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.access.agreement import Answers
from tests.access.company import Company, drawn, every_scope, every_way

COMPANIES = int(os.environ.get("CRMSPEC_COMPANIES", "14"))
SEED = int(os.environ.get("CRMSPEC_SEED", "0"))


def test_all_answers_agree(connections: list[sa.Connection]) -> None:
    """Truth, Python, SQLite and PostgreSQL differ in no decision about any drawn company."""
    compared = 0

    @settings(
        max_examples=COMPANIES,
        deadline=None,
        derandomize=SEED == 0,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(st.integers(0, 2**32))
    def compare(seed: int) -> None:
        nonlocal compared
        compared += held_against(drawn.__wrapped__(seed + SEED), connections)

    compare()
    assert compared > COMPANIES * 2_000


def test_every_scope_agrees_for_every_relation(connections: list[sa.Connection]) -> None:
    """Each scope on each position, against owners beside, below, above, elsewhere, gone, switched off and none."""
    assert held_against(every_scope(), connections) > 30_000
    assert held_against(every_way(), connections) > 15_000


def test_many_shares_are_asked_for_by_the_query(
    connections: list[sa.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has more shares than a query should list sees the same by a sub-select, on both databases."""
    monkeypatch.setattr("crmspec.access.in_sql.SHARES_MOST", 0)
    answers = Answers(every_way())
    assert all(answers.compare_sql(connection) > 5_000 for connection in connections)


def held_against(company: Company, connections: list[sa.Connection]) -> int:
    """Compare everything about one company; return how many decisions there were."""
    answers = Answers(company)
    compared = sum(answers.compare_sql(connection) for connection in connections)
    return compared + answers.compare_python(connections[0])
