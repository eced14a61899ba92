"""The access tests of a spec, answered by the model: `validate` and `deploy` fail when one does not hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crmspec.diagnostics import Diagnostic, Position, did_you_mean
from crmspec.spec import AccessTest, Spec, split_field

if TYPE_CHECKING:
    from crmspec.access.actor import Actor
    from crmspec.access.explain import Explanation

_STRANGER = "person:somebody else"


def check_access_tests(spec: Spec, origins: Mapping[str, Position] | None = None) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for every access test that does not hold. `origins` gives addresses their places."""
    places = origins or {}
    found = [
        _check(spec, test, places.get(f"access_test:{number}"), places) for number, test in enumerate(spec.access_tests)
    ]
    return tuple(one for one in found if one is not None)


def sentence(test: AccessTest) -> str:
    """Write a test as people say it: `rep_east cannot read opportunity.margin`."""
    owner = f" owned by {test.owned_by}" if test.owned_by else ""
    return f"{test.as_} {'can' if test.allowed else 'cannot'} {test.verb} {test.on}{owner}"


def _check(spec: Spec, test: AccessTest, place: Position | None, places: Mapping[str, Position]) -> Diagnostic | None:
    missing = _missing(spec, test, place)
    if missing is not None:
        return missing
    answer = answer_of(spec, test)
    if answer.allowed == test.allowed:
        return None
    related = tuple((places[step.address], step.text) for step in answer.steps if step.address in places)
    return Diagnostic(
        "CRM601",
        f"access test does not hold: `{sentence(test)}`",
        place,
        why="; ".join(step.text for step in answer.steps),
        help="change the roles, or the test when this is what you want now",
        related=related,
    )


def _missing(spec: Spec, test: AccessTest, place: Position | None) -> Diagnostic | None:
    """Name what a test speaks of and the spec has not: only where no earlier rule has said it already."""
    object_name, field_name = split_field(test.on)
    positions, roles = spec.organization.positions, spec.roles
    wanted = [(test.as_, (*positions, *roles), "position or role"), (object_name, tuple(spec.objects), "object")]
    if test.owned_by:
        wanted.append((test.owned_by, tuple(positions), "position"))
    if field_name and object_name in spec.objects:
        wanted.append((field_name, tuple(spec.objects[object_name].fields), f"field of `{object_name}`"))
    for name, known, kind in wanted:
        if name not in known:
            return Diagnostic(
                "CRM602",
                f"access test speaks of `{name}`, which is no {kind}",
                place,
                why=f"the test says `{sentence(test)}`",
                help=did_you_mean(name, known),
            )
    return None


def answer_of(spec: Spec, test: AccessTest) -> Explanation:
    """Answer a test by the model: one person on each position, and somebody whom no scope but `all` reaches."""
    from crmspec.access.explain import explain

    actor = _person_on(spec, test.as_)
    _, field_name = split_field(test.on)
    if field_name and not test.owned_by:
        return explain(actor, test.verb, test.on)
    if test.owned_by == test.as_ or (test.verb == "create" and not test.owned_by):
        owner = actor.person_id
    else:
        owner = f"position:{test.owned_by}" if test.owned_by else _STRANGER
    parentless = {"owner_id": owner}
    return explain(actor, test.verb, test.on, parentless)


def _person_on(spec: Spec, name: str) -> Actor:
    from crmspec.access.actor import actor_from

    positions = spec.organization.positions
    holders = {chair: (f"position:{chair}",) for chair in positions}
    if name in positions:
        return actor_from(spec, f"position:{name}", (name,), (), holders)
    return actor_from(spec, f"role:{name}", (), (name,), holders)
