"""Whom sharing rules and restrictions name: a person's own answer, and the positions whose holders are meant. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmspec.access.once import once_per_spec
from crmspec.access.organization import graph_of
from crmspec.access.rights import rights_of
from crmspec.spec import Principal, Restriction, Sharing, Spec

if TYPE_CHECKING:
    from crmspec.access.actor import Actor


def is_one_of(actor: Actor, people: Iterable[Principal]) -> bool:
    """Say whether one of several entries names the actor: by a role in effect, or by a position they hold."""
    held = frozenset(actor.positions)
    return any(
        one.role in actor.rights.roles if one.kind == "role" else not held.isdisjoint(positions_meant(actor.spec, one))
        for one in people
    )


def positions_meant(spec: Spec, one: Principal) -> frozenset[str]:
    """Return the positions whose holders an entry names; of a role those that bring it."""
    found = _meant(spec)
    if one not in found:
        found[one] = _positions(spec, one)
    return found[one]


@once_per_spec
def _meant(spec: Spec) -> dict[Principal, frozenset[str]]:
    return {}


def _positions(spec: Spec, one: Principal) -> frozenset[str]:
    chairs, graph = spec.organization.positions, graph_of(spec)
    match one.kind:
        case "role":
            return frozenset(name for name, chair in chairs.items() if one.name in rights_of(spec, chair.roles).roles)
        case "department":
            under = graph.departments_below.get(one.name, frozenset()) if one.below else frozenset({one.name})
            inside = {name for name, chair in chairs.items() if chair.department in under}
            managers = {unit.manager for name, unit in spec.organization.departments.items() if name in under}
            return frozenset(inside | (managers & set(chairs)))
        case "team_of":
            return graph.positions((one.name,), "team")
    lower = graph.positions((one.name,), "subordinates") if one.below else frozenset()
    return frozenset({one.name} | lower) & frozenset(chairs)


@once_per_spec
def sharing_by_object(spec: Spec) -> dict[str, tuple[Sharing, ...]]:
    """Return the sharing rules of each object."""
    found: dict[str, tuple[Sharing, ...]] = {}
    for rule in spec.sharing.values():
        found[rule.object] = (*found.get(rule.object, ()), rule)
    return found


@once_per_spec
def restrictions_by_object(spec: Spec) -> dict[str, tuple[Restriction, ...]]:
    """Return the restrictions of each object."""
    found: dict[str, tuple[Restriction, ...]] = {}
    for rule in spec.restrictions.values():
        found[rule.object] = (*found.get(rule.object, ()), rule)
    return found


def sharing_for(actor: Actor) -> tuple[Sharing, ...]:
    """Return the sharing rules that reach the actor."""
    return tuple(rule for rule in actor.spec.sharing.values() if is_one_of(actor, rule.to))


@dataclass(frozen=True, slots=True)
class Held:
    """A restriction that holds for an identity; `me` is who is meant by `me()` in it."""

    rule: Restriction
    me: str | None


def restrictions_for(identity: Actor, object_name: str) -> tuple[Held, ...]:
    """Return the restrictions of an object that hold for an identity: those that name it and, where somebody stands in
    under it, those that name this somebody. crmspec itself is named by none.
    """
    rules = restrictions_by_object(identity.spec).get(object_name, ())
    if not rules or identity.system:
        return ()
    people = (identity, *identity.narrowed_by)
    return tuple(Held(rule, one.me) for one in people for rule in rules if is_one_of(one, rule.principals))
