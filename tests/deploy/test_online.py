"""What PostgreSQL prepares before a release: journalled, resumed, taken back, and seen by nobody."""

from __future__ import annotations

import sqlalchemy as sa

from crmspec.deploy import find_drift
from tests.deploy.online_case import AFTER, deployed, left_in_preparation, sizes
from tests.deploy.project import Checkout


def test_first(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    deployed(checkout, postgres_engine, 2000)
    said: list[str] = []
    outcome = checkout.deploy(postgres_engine, AFTER, online_above=0, say=said.append)
    print(said)
    assert outcome.release.number == 2
    with postgres_engine.connect() as connection:
        assert find_drift(connection, AFTER) == ()
        assert left_in_preparation(connection) == set()
        assert sizes(connection) == (1800, 200, 2000)
