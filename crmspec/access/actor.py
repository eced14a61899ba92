"""A person as the rule sees them: roles, rights, whose records each scope reaches. Pure; `load` asks the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute

from crmspec.access.organization import graph_of
from crmspec.access.rights import Rights, everything, rights_of
from crmspec.spec import Scope, Spec

SYSTEM_PERSON = "00000000-0000-0000-0000-000000000000"
BY_POSITION: tuple[Scope, ...] = ("team", "subordinates", "department", "department_below")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks. `owners` holds, for each scope but `all`, the ids of the people whose records it reaches.

    `from_position` says which roles come from which position; roles held directly are not in it.
    """

    spec: Spec = attribute(repr=False, compare=False)
    person_id: str
    login: str = ""
    name: str = ""
    language: str = ""
    time_zone: str = ""
    positions: tuple[str, ...] = ()
    direct_roles: tuple[str, ...] = ()
    rights: Rights = attribute(default_factory=Rights, repr=False)
    owners: Mapping[Scope, frozenset[str]] = attribute(default_factory=dict, repr=False)
    system: bool = False

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role in effect, included ones too: what `roles:` of layouts, list views and reports asks for."""
        return self.rights.roles

    @property
    def me(self) -> str | None:
        """The id that goes into `owner` and `created_by`; crmspec itself has none."""
        return None if self.system else self.person_id


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
    """Make an actor from plain values: `holders` is position → ids of the people who sit there."""
    rights = rights_of(spec, roles_held(spec, positions, direct_roles))
    owners: dict[Scope, frozenset[str]] = {"own": frozenset({person_id})}
    for scope in BY_POSITION:
        reached = graph_of(spec).positions(positions, scope)
        owners[scope] = frozenset({person_id, *(one for chair in reached for one in holders.get(chair, ()))})
    return Actor(
        spec=spec, person_id=person_id, positions=positions, direct_roles=direct_roles, rights=rights, owners=owners
    )
