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
    if holdings is None:
        return found
    counted = with_people(found, before, desired, _under_new_names(holdings, renamed))
    return tuple(one for one in counted if not (holdings and one.moot))


def with_heads(plan: Plan, holdings: Sequence[Holding]) -> Plan:
    """Return the plan with how many people each of its sentences about rights concerns."""
    from crmspec.access import with_people

    if plan.deployed is None or not any(hazard.name in _OF_RIGHTS for hazard in plan.hazards):
        return plan
    renamed = renamed_between(plan.deployed, plan.desired)
    before = moved(plan.deployed, plan.desired, renamed)
    said = access_sentences(before, plan.desired)
    counted = with_people(said, before, plan.desired, _under_new_names(holdings, renamed))
    # Where there are people, and none of them loses by a role that goes, roles were only rearranged. In a database
    # without people that would let through what the full one stops.
    words = {old.text: "" if holdings and new.moot else new.text for old, new in zip(said, counted, strict=True)}
    hazards = (
        replace(hazard, reason=words.get(hazard.reason, hazard.reason)) if hazard.name in _OF_RIGHTS else hazard
        for hazard in plan.hazards
    )
    return replace(plan, hazards=tuple(hazard for hazard in hazards if hazard.reason))


def _under_new_names(holdings: Iterable[Holding], renamed: Renamed) -> tuple[Holding, ...]:
    return tuple(
        replace(
            one,
            positions=tuple(renamed.name("position", name) for name in one.positions),
            roles=tuple(renamed.name("role", name) for name in one.roles),
        )
        for one in holdings
    )
