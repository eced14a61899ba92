"""A project is deployed as a whole, or not at all, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmspec.deploy.database import open_database
from crmspec.deploy.drift import find_drift
from crmspec.deploy.releases import deployed_release, entries
from crmspec.spec import Field
from tests.deploy.project import Checkout
from tests.deploy.specs import BASE, with_field, without_field


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An empty database."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A project with one revision, for `BASE`."""
    checkout = Checkout(tmp_path)
    checkout.generate(BASE)
    return checkout


def test_a_first_deploy_makes_what_a_fresh_build_has(engine: sa.Engine, checkout: Checkout) -> None:
    """Tables, release and artifacts are there together."""
    outcome = checkout.deploy(engine)
    assert (outcome.changed, outcome.release.number, outcome.applied) == (True, 1, ("0001",))
    with engine.connect() as connection:
        assert find_drift(connection, BASE) == ()
        release = deployed_release(connection)
    assert release is not None
    assert (release.spec, release.artifacts) == (BASE, {"generated/objects.txt": "account\ncontact"})


def test_a_second_deploy_has_nothing_to_do_and_writes_nothing(engine: sa.Engine, checkout: Checkout) -> None:
    """Nothing to do is said, and no release is made of it."""
    checkout.deploy(engine)
    outcome = checkout.deploy(engine)
    assert (outcome.changed, outcome.release.number) == (False, 1)
    with engine.connect() as connection:
        assert [entry.number for entry in entries(connection)] == [1]


def test_a_change_becomes_the_next_release(engine: sa.Engine, checkout: Checkout) -> None:
    """The tables follow, the chain goes on, and what was removed is only out of sight."""
    checkout.deploy(engine)
    nickname = Field(name="nickname", type="text", max_length=20)
    desired = without_field(with_field(BASE, "contact", nickname), "contact", "fax")
    checkout.generate(desired)
    outcome = checkout.deploy(engine)
    assert (outcome.release.number, outcome.undo) == (2, "crmspec rollback --to 1")
    with engine.connect() as connection:
        assert find_drift(connection, desired) == ()
