"""Whoever would see or do more after a deploy: there is a hazard to allow, whatever brings it about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmspec.access import Holding
from crmspec.plan import access_difference, make_plan, with_heads
from crmspec.spec import Spec
from tests.access.test_difference import BIG, OWN, WAYS, with_role, with_rules
from tests.records.crm import SPEC

MORE = {
    **WAYS,
    "mute removed": (with_role("sales_manager", mute={"contact": {"create": ("all",)}}), SPEC),
    "sharing added": (SPEC, with_rules(BIG)),
    "restriction removed": (with_rules(OWN), SPEC),
}


@pytest.mark.parametrize(("before", "after"), MORE.values(), ids=MORE)
def test_more_has_to_be_allowed(before: Spec, after: Spec) -> None:
    """The hazard says what the difference says."""
    said = {one.text for one in access_difference(before, after) if one.widens}
    hazards = [one for one in make_plan(before, after).hazards if one.name == "widens_access"]
    assert said
    assert {one.reason for one in hazards} == said


def test_what_is_no_right_poses_nothing() -> None:
    """A label, a longer text and a new field open nothing that was closed."""
    assert not make_plan(SPEC, with_role("auditor", label={"en": "Watcher"})).hazards


def test_a_role_that_is_split_takes_from_nobody() -> None:
    """Two roles take the place of one on every position: who holds only positions loses nothing, and nothing is asked;
    whoever held the role directly does.
    """
    rep = SPEC.roles["sales_rep"]
    half, rest = dict(list(rep.grants.items())[:3]), dict(list(rep.grants.items())[3:])
    roles = {name: role for name, role in SPEC.roles.items() if name != "sales_rep"}
    roles |= {
        "seller": replace(rep, name="seller", grants=half),
        "quoter": replace(rep, name="quoter", grants=rest, include=(), fields={}),
        "sales_manager": replace(SPEC.roles["sales_manager"], include=("seller", "quoter")),
    }
    seats = {
        name: replace(chair, roles=("seller", "quoter")) if chair.roles == ("sales_rep",) else chair
        for name, chair in SPEC.organization.positions.items()
    }
    after = replace(SPEC, roles=roles, organization=replace(SPEC.organization, positions=seats))
    plan = make_plan(SPEC, after)
    [gone] = [one.reason for one in plan.hazards]
    assert gone == "takes from the role `sales_rep` everything it gave: the role goes"
    seated = Holding(("rep_east",), (), people=7)
    assert with_heads(plan, (seated,)).hazards == ()
    assert access_difference(SPEC, after, (seated,)) == ()
    [asked] = with_heads(plan, (seated, Holding((), ("sales_rep",), people=2))).hazards
    assert asked.reason == "takes from 2 people (role `sales_rep`) everything it gave: the role goes"
    [unknown] = with_heads(plan, ()).hazards
    assert unknown.reason.startswith("takes from nobody")
