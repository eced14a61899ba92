"""Whoever would see or do more after a deploy: there is a hazard to allow, whatever brings it about."""

from __future__ import annotations

import pytest

from crmspec.plan import access_difference, make_plan
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
