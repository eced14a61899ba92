"""A person's actor, read from the database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crmspec.access import UnknownPerson, grant_role, load_actor, set_active, set_positions
from tests.records.crm import NOW, SPEC, Crm, statements


def test_positions_bring_roles_and_owner_sets(crm: Crm) -> None:
    """A director reaches the people below; a representative only themselves."""
    with crm.connection() as connection:
        director, east = crm.actor(connection, "sales_director"), crm.actor(connection, "rep_east")
    assert director.roles == ("sales_manager", "sales_rep", "everyone")
    assert director.owners["subordinates"] == {crm.people[who] for who in ("sales_director", "rep_east", "rep_west")}
    assert east.owners["subordinates"] == {crm.people["rep_east"]}
    assert east.me == crm.people["rep_east"]


def test_a_direct_role_ends_at_its_moment(crm: Crm) -> None:
    """A role given until a moment is gone the moment after."""
    with crm.connection() as connection:
        grant_role(connection, SPEC, crm.people["rep_east"], "auditor", until=NOW + timedelta(hours=1))
        before = load_actor(connection, SPEC, crm.people["rep_east"], NOW)
        after = load_actor(connection, SPEC, crm.people["rep_east"], NOW + timedelta(hours=1))
    assert ("auditor" in before.roles, "auditor" in after.roles) == (True, False)


def test_whoever_is_disabled_is_nobody(crm: Crm) -> None:
    """A disabled person has no actor; neither has an id that is none."""
    with crm.connection() as connection:
        set_active(connection, crm.people["rep_east"], active=False)
        for person_id in (crm.people["rep_east"], "not an id", "00000000-0000-0000-0000-000000000000"):
            with pytest.raises(UnknownPerson):
                load_actor(connection, SPEC, person_id, NOW)


def test_records_of_the_disabled_stay_with_their_chair(crm: Crm) -> None:
    """A manager still reaches what somebody who left owns, as long as they hold the position."""
    with crm.connection() as connection:
        set_active(connection, crm.people["rep_east"], active=False)
        assert crm.people["rep_east"] in crm.actor(connection, "sales_director").owners["subordinates"]


def test_changing_chairs_counts_at_once(crm: Crm) -> None:
    """Nothing is remembered from one request to the next; positions that are gone from the spec give nothing."""
    with crm.connection() as connection:
        set_positions(connection, SPEC, crm.people["rep_east"], ["rep_east", "rep_west"])
        actor = crm.actor(connection, "rep_west")
        assert actor.owners["department"] == {crm.people["rep_east"], crm.people["rep_west"]}


def test_an_actor_costs_few_statements(crm: Crm) -> None:
    """The person and whom they stand in for, what they hold, and one for whoever the scopes reach."""
    with crm.connection() as connection, statements(crm.engine) as sent:
        crm.actor(connection, "sales_director")
    assert len(sent) == 3
