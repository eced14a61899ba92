"""The Actor of a person, read from the database."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa

from crmspec.access.actor import BY_POSITION, Actor, roles_held
from crmspec.access.organization import graph_of
from crmspec.access.rights import Rights, rights_of
from crmspec.access.system_tables import system_table
from crmspec.spec import SCOPES, Scope, Spec

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


class UnknownPerson(LookupError):
    """There is no such person, or they may not log in any more."""


def load_actor(connection: sa.Connection, spec: Spec, person_id: str, now: datetime) -> Actor:
    """Read a person's positions and roles, and whose records they reach. Three small queries, nothing remembered:
    who changes chairs has other rights with the next request.
    """
    if not is_id(person_id):
        raise UnknownPerson(person_id)
    person, positions, roles = (system_table(f"crmspec_person{tail}") for tail in ("", "_position", "_role"))
    row = connection.execute(
        sa.select(person.c.login, person.c.name, person.c.language, person.c.time_zone).where(
            person.c.id == person_id, person.c.active
        )
    ).one_or_none()
    if row is None:
        raise UnknownPerson(person_id)
    held = connection.execute(sa.select(positions.c.position).where(positions.c.person_id == person_id)).scalars()
    chairs = tuple(name for name in sorted(held) if name in spec.organization.positions)
    direct = connection.execute(
        sa.select(roles.c.role).where(
            roles.c.person_id == person_id, sa.or_(roles.c.until.is_(None), roles.c.until > now)
        )
    ).scalars()
    direct_roles = tuple(sorted(direct))
    rights = rights_of(spec, roles_held(spec, chairs, direct_roles))
    return Actor(
        spec=spec,
        person_id=person_id,
        login=row.login,
        name=row.name,
        language=row.language or "",
        time_zone=row.time_zone or "",
        positions=chairs,
        direct_roles=direct_roles,
        rights=rights,
        owners=_owners(connection, spec, person_id, chairs, rights),
    )


def _owners(
    connection: sa.Connection, spec: Spec, person_id: str, positions: tuple[str, ...], rights: Rights
) -> dict[Scope, frozenset[str]]:
    """Ask only for the people whom a granted scope reaches: most people's rights name one or two scopes."""
    granted = {scope for verbs in rights.grants.values() for scopes in verbs.values() for scope in scopes}
    wanted = [scope for scope in SCOPES if scope in granted and scope in BY_POSITION]
    chairs = {scope: graph_of(spec).positions(positions, scope) for scope in wanted}
    every = sorted(frozenset().union(*chairs.values()))
    table = system_table("crmspec_person_position")
    holders: dict[str, list[str]] = {}
    if every:
        wanted_rows = sa.select(table.c.position, table.c.person_id).where(table.c.position.in_(every))
        for position, holder in connection.execute(wanted_rows):
            holders.setdefault(position, []).append(holder)
    owners: dict[Scope, frozenset[str]] = {"own": frozenset({person_id})}
    for scope, reached in chairs.items():
        owners[scope] = frozenset({person_id, *(one for chair in reached for one in holders.get(chair, ()))})
    return owners


def is_id(text: str) -> bool:
    """Say whether a text is an id in its one written form. PostgreSQL refuses to compare a uuid with anything else."""
    return bool(_ID.match(text))
