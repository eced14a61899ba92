"""A project is deployed as a whole, or not at all, and says so."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from crmspec.deploy.drift import find_drift
from crmspec.deploy.generated import read_artifacts
from crmspec.deploy.releases import deployed_release, entries
from crmspec.deploy.seeded import mark_seeded
from crmspec.spec import Field, Seed
from tests.deploy.project import Checkout
from tests.deploy.specs import BASE, with_field, without_field


def test_a_first_deploy_makes_what_a_fresh_build_has(engine: sa.Engine, checkout: Checkout) -> None:
    """Tables, release and artifacts are there together."""
    outcome = checkout.deploy(engine, BASE)
    assert (outcome.changed, outcome.release.number, len(outcome.applied)) == (True, 1, 1)
    with engine.connect() as connection:
        assert find_drift(connection, BASE) == ()
        release = deployed_release(connection)
    assert release is not None
    assert release.spec == BASE
    assert release.artifacts == read_artifacts(checkout.folder)


def test_a_second_deploy_has_nothing_to_do_and_writes_nothing(engine: sa.Engine, checkout: Checkout) -> None:
    """Nothing to do is said, and no release is made of it."""
    checkout.deploy(engine, BASE)
    outcome = checkout.deploy(engine, BASE)
    assert (outcome.changed, outcome.release.number) == (False, 1)
    with engine.connect() as connection:
        assert [entry.number for entry in entries(connection)] == [1]


def test_a_change_becomes_the_next_release(engine: sa.Engine, checkout: Checkout) -> None:
    """The tables follow, the chain goes on, and what was removed is only out of sight."""
    checkout.deploy(engine, BASE)
    desired = without_field(with_field(BASE, "contact", Field(name="vip", type="boolean")), "contact", "fax")
    outcome = checkout.deploy(engine, desired)
    assert (outcome.release.number, outcome.undo) == (2, "crmspec rollback --to 1")
    with engine.connect() as connection:
        assert find_drift(connection, desired) == ()


def test_records_of_a_release_are_due_until_they_are_written(engine: sa.Engine, checkout: Checkout) -> None:
    """A run that was cut off between the release and its records is made up for by the next."""
    seed = Seed(name="accounts", object="account", rows=({"name": "ACME"},))
    sample = Seed(name="more", object="account", rows=({"name": "Sample"},), sample=True)
    spec = replace(BASE, seeds={"accounts": seed, "more": sample})
    assert not checkout.deploy(engine, BASE).seeds_changed
    assert checkout.deploy(engine, spec).seeds_changed
    outcome = checkout.deploy(engine, spec)
    assert (outcome.changed, outcome.seeds_changed) == (False, True)
    with engine.begin() as connection:
        mark_seeded(connection, spec)
    assert not checkout.deploy(engine, spec).seeds_changed
    assert not checkout.deploy(engine, with_field(spec, "contact", Field(name="vip", type="boolean"))).seeds_changed
