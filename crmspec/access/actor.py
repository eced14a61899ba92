"""A person as the rule sees them: roles, rights, whose records each scope reaches. Pure; `load` asks the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime
from typing import Literal

from crmspec.access.organization import graph_of
from crmspec.access.rights import Rights, everything, rights_of
from crmspec.formula import Dialect
from crmspec.spec import Access, Principal, Scope, Spec

SYSTEM_PERSON = "00000000-0000-0000-0000-000000000000"
BY_POSITION: tuple[Scope, ...] = ("team", "subordinates", "department", "department_below")
PersonKind = Literal["person", "integration", "guest"]
PERSON_KINDS: tuple[PersonKind, ...] = ("person", "integration", "guest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks. `owners` holds, for each scope but `all`, the ids of the people whose records it reaches.

    `owned_by` holds, for each entry of a sharing rule, the people it means as owners. `shares` is object → record →
    what a share of it with this person says.
    `stands_in` are the people this one stands in for now, each an identity with its own rights and owners; `rights` of
    the person in front count theirs in, where the question is only what there is at all (`identities` keeps apart).
    """

    spec: Spec = attribute(repr=False, compare=False)
    person_id: str
    login: str = ""
    name: str = ""
    language: str = ""
    time_zone: str = ""
    kind: PersonKind = "person"
    positions: tuple[str, ...] = ()
    direct_roles: tuple[str, ...] = ()
    rights: Rights = attribute(default_factory=Rights, repr=False)
    owners: Mapping[Scope, frozenset[str]] = attribute(default_factory=dict, repr=False)
    owned_by: Mapping[Principal, frozenset[str]] = attribute(default_factory=dict, repr=False)
    shares: Mapping[str, Mapping[str, Access]] = attribute(default_factory=dict, repr=False)
    stands_in: tuple[Actor, ...] = attribute(default=(), repr=False)
    narrowed_by: tuple[Actor, ...] = attribute(default=(), repr=False)  # restrictions of these hold as well
    within: Actor | None = attribute(default=None, repr=False)  # looks on: nothing is shown beyond what this one sees
    now: datetime | None = attribute(default=None, compare=False)
    dialect: Dialect = attribute(default="sqlite", compare=False)
    system: bool = False

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role in effect, included ones too: what `roles:` of layouts, list views and reports asks for."""
        return tuple(dict.fromkeys(role for one in self.rights.each for role in one.roles))

    @property
    def me(self) -> str | None:
        """The id that goes into `owner` and `created_by`; crmspec itself has none."""
        return None if self.system else self.person_id

    @property
    def identities(self) -> tuple[Actor, ...]:
        """The person alone, then each one they stand in for: what is decided about records is decided for one of them
        at a time, so that one's role never meets another's scope.
        """
        if not self.stands_in:
            return (self,)
        alone = replace(self, stands_in=(), rights=replace(self.rights, beside=()))
        return (alone, *(replace(one, narrowed_by=(alone,)) for one in self.stands_in))


def in_front(person: Actor, stands_in: Iterable[Actor]) -> Actor:
    """Return a person who stands in for others. Set-up is nobody's but one's own."""
    others = tuple(replace(one, rights=replace(one.rights, setup=False)) for one in stands_in)
    if not others:
        return person
    return replace(person, stands_in=others, rights=replace(person.rights, beside=tuple(one.rights for one in others)))


def roles_held(spec: Spec, positions: Iterable[str], direct_roles: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the roles that positions bring, then those held directly."""
    chairs = spec.organization.positions
    found = [role for name in positions if name in chairs for role in chairs[name].roles]
    return tuple(dict.fromkeys((*found, *direct_roles)))


def system_actor(spec: Spec) -> Actor:
    """Return crmspec itself: seeds and imports of a release write under it. Nobody can log in as it."""
    return Actor(
        spec=spec, person_id=SYSTEM_PERSON, login="crmspec", name="crmspec", rights=everything(spec), system=True
    )


def actor_from(
    spec: Spec,
    person_id: str,
    positions: tuple[str, ...],
    direct_roles: tuple[str, ...],
    holders: Mapping[str, Iterable[str]],
) -> Actor:
    """Make an actor from plain values: `holders` is position → ids of the people who sit there.

    Sharing rules by the owner's role know the owners by the positions that bring it.
    """
    from crmspec.access.principals import positions_meant

    rights = rights_of(spec, roles_held(spec, positions, direct_roles))
    owners: dict[Scope, frozenset[str]] = {"own": frozenset({person_id})}
    for scope in BY_POSITION:
        reached = graph_of(spec).positions(positions, scope)
        owners[scope] = frozenset({person_id, *(one for chair in reached for one in holders.get(chair, ()))})
    meant = {one for rule in spec.sharing.values() for one in rule.owned_by}
    owned_by = {
        one: frozenset(who for chair in positions_meant(spec, one) for who in holders.get(chair, ())) for one in meant
    }
    return Actor(
        spec=spec,
        person_id=person_id,
        positions=positions,
        direct_roles=direct_roles,
        rights=rights,
        owners=owners,
        owned_by=owned_by,
    )
