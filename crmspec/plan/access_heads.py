"""What changes for whom, renames followed, and how many people that is where a database says who holds what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crmspec.plan.access_changes import access_sentences
from crmspec.plan.moved import moved
from crmspec.plan.plan import Plan
from crmspec.plan.renames import Renamed, renamed_between
from crmspec.spec import Spec

if TYPE_CHECKING:
    from crmspec.access import AccessChange, Holding

_OF_RIGHTS = ("widens_access", "narrows_access")


def access_difference(
    deployed: Spec, desired: Spec, holdings: Sequence[Holding] | None = None
) -> tuple[AccessChange, ...]:
    """Return everything that changes for anybody, renames followed, with head counts where people are known by the
    deployed names.
    """
    from crmspec.access import diff_access, with_people

    renamed = renamed_between(deployed, desired)
    before = moved(deployed, desired, renamed)
    found = diff_access(before, desired)
    return found if holdings is None else with_people(found, before, desired, _under_new_names(holdings, renamed))


def with_heads(plan: Plan, holdings: Sequence[Holding]) -> Plan:
    """Return the plan with how many people each of its sentences about rights concerns."""
    from crmspec.access import with_people

    if plan.deployed is None or not any(hazard.name in _OF_RIGHTS for hazard in plan.hazards):
        return plan
    renamed = renamed_between(plan.deployed, plan.desired)
    before = moved(plan.deployed, plan.desired, renamed)
    said = access_sentences(before, plan.desired)
    counted = with_people(said, before, plan.desired, _under_new_names(holdings, renamed))
    words = {old.text: new.text for old, new in zip(said, counted, strict=True)}
    hazards = tuple(
        replace(hazard, reason=words.get(hazard.reason, hazard.reason)) if hazard.name in _OF_RIGHTS else hazard
        for hazard in plan.hazards
    )
    return replace(plan, hazards=hazards)


def _under_new_names(holdings: Iterable[Holding], renamed: Renamed) -> tuple[Holding, ...]:
    return tuple(
        replace(
            one,
            positions=tuple(renamed.name("position", name) for name in one.positions),
            roles=tuple(renamed.name("role", name) for name in one.roles),
        )
        for one in holdings
    )
