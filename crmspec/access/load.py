"""The Actor of a person, read from the database: roles, positions, whom they stand in for, what is shared with them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crmspec.access.actor import BY_POSITION, Actor, in_front, roles_held
from crmspec.access.organization import graph_of
from crmspec.access.principals import positions_meant, sharing_for
from crmspec.access.rights import rights_of
from crmspec.access.system_tables import system_table
from crmspec.formula import Dialect
from crmspec.spec import SCOPES, Access, Principal, Scope, Spec

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


class UnknownPerson(LookupError):
    """There is no such person, or they may not log in any more."""


@dataclass(slots=True)
class _Held:
    """What the tables say of one person."""

    positions: list[str] = attribute(default_factory=list)
    roles: list[str] = attribute(default_factory=list)
    shares: dict[str, dict[str, Access]] = attribute(default_factory=dict)


def load_actor(connection: sa.Connection, spec: Spec, person_id: str, now: datetime) -> Actor:
    """Read a person, and whoever they stand in for now. A few small queries, nothing remembered: who changes chairs has
    other rights with the next request.
    """
    if not is_id(person_id):
        raise UnknownPerson(person_id)
    people = _people(connection, person_id, now)
    if person_id not in people:
        raise UnknownPerson(person_id)
    held = _held(connection, list(people), now)
    actors = {who: _alone(connection, spec, row, held[who], now) for who, row in people.items()}
    actors = _with_owners(connection, spec, actors, now)
    person = actors.pop(person_id)
    return in_front(person, actors.values())


def _people(connection: sa.Connection, person_id: str, now: datetime) -> dict[str, Any]:
    """Return the person and everybody they stand in for now, the person first. Nobody stands in for a stand-in."""
    person, away = system_table("crmspec_person"), system_table("crmspec_delegation")
    in_stead = sa.select(away.c.person_id).where(
        away.c.stand_in_id == person_id, away.c.since <= now, sa.or_(away.c.until.is_(None), away.c.until > now)
    )
    rows = connection.execute(
        sa.select(person.c.id, person.c.login, person.c.name, person.c.language, person.c.time_zone, person.c.kind)
        .where(person.c.active, sa.or_(person.c.id == person_id, person.c.id.in_(in_stead)))
        .order_by(person.c.id != person_id, person.c.id)
    )
    return {row.id: row for row in rows}


def _held(connection: sa.Connection, people: list[str], now: datetime) -> dict[str, _Held]:
    """Return the positions, direct roles and shares of several people, in one query."""
    chairs, roles = system_table("crmspec_person_position"), system_table("crmspec_person_role")
    share = system_table("crmspec_share")
    nothing = sa.cast(sa.null(), share.c.record_id.type)
    found = {who: _Held() for who in people}
    rows = connection.execute(
        sa.union_all(
            sa.select(
                sa.literal("position").label("what"), chairs.c.person_id, chairs.c.position, nothing, sa.literal("")
            ).where(chairs.c.person_id.in_(people), ~chairs.c.former),
            sa.select(sa.literal("role"), roles.c.person_id, roles.c.role, nothing, sa.literal("")).where(
                roles.c.person_id.in_(people), sa.or_(roles.c.until.is_(None), roles.c.until > now)
            ),
            sa.select(sa.literal("share"), share.c.person_id, share.c.object, share.c.record_id, share.c.access).where(
                share.c.person_id.in_(people), sa.or_(share.c.until.is_(None), share.c.until > now)
            ),
        )
    )
    for what, who, name, record_id, access in rows:
        match what:
            case "position":
                found[who].positions.append(name)
            case "role":
                found[who].roles.append(name)
            case _:
                found[who].shares.setdefault(name, {})[record_id] = access
    return found


def _alone(connection: sa.Connection, spec: Spec, row: Any, held: _Held, now: datetime) -> Actor:
    """Make the actor of one person, without the owners that need other people's positions."""
    positions = tuple(name for name in sorted(held.positions) if name in spec.organization.positions)
    direct_roles = tuple(sorted(held.roles))
    dialect: Dialect = "sqlite" if connection.dialect.name == "sqlite" else "postgresql"
    return Actor(
        spec=spec,
        person_id=row.id,
        login=row.login,
        name=row.name,
        language=row.language or "",
        time_zone=row.time_zone or "",
        kind=row.kind,
        positions=positions,
        direct_roles=direct_roles,
        rights=rights_of(spec, roles_held(spec, positions, direct_roles)),
        shares=held.shares,
        now=now,
        dialect=dialect,
    )


def _with_owners(connection: sa.Connection, spec: Spec, actors: dict[str, Actor], now: datetime) -> dict[str, Actor]:
    """Fill in whose records each scope and each sharing rule reaches: one query for all, two with roles of owners.

    Only granted scopes are asked for, since most people's rights name one or two. Who held a position last and holds
    none now counts as its holder, so that the records of somebody who left stay where they were.
    """
    reached = {who: _reached(spec, actor) for who, actor in actors.items()}
    meant = {who: {one for rule in sharing_for(actor) for one in rule.owned_by} for who, actor in actors.items()}
    entries = frozenset[Principal]().union(*meant.values())
    chairs = {one: positions_meant(spec, one) for one in entries}
    every = frozenset[str]().union(
        *chairs.values(), *(names for scopes in reached.values() for names in scopes.values())
    )
    holders = _holders(connection, every)
    by_role = _role_holders(connection, spec, [one.role for one in entries if one.role], now)

    def sitting(names: Iterable[str]) -> frozenset[str]:
        return frozenset(who for chair in names for who in holders.get(chair, ()))

    owned_by = {one: sitting(chairs[one]) | by_role.get(one.role, frozenset()) for one in entries}
    filled = {}
    for who, actor in actors.items():
        owners: dict[Scope, frozenset[str]] = {"own": frozenset({who})}
        owners |= {scope: frozenset({who}) | sitting(names) for scope, names in reached[who].items()}
        filled[who] = replace(actor, owners=owners, owned_by={one: owned_by[one] for one in meant[who]})
    return filled


def _reached(spec: Spec, actor: Actor) -> dict[Scope, frozenset[str]]:
    """Return the positions that each granted scope of a person reaches."""
    granted = {scope for verbs in actor.rights.grants.values() for scopes in verbs.values() for scope in scopes}
    wanted = [scope for scope in SCOPES if scope in granted and scope in BY_POSITION]
    return {scope: graph_of(spec).positions(actor.positions, scope) for scope in wanted}


def _holders(connection: sa.Connection, positions: Iterable[str]) -> dict[str, list[str]]:
    every = sorted(positions)
    table = system_table("crmspec_person_position")
    holders: dict[str, list[str]] = {}
    if every:
        wanted = sa.select(table.c.position, table.c.person_id).where(table.c.position.in_(every))
        for position, holder in connection.execute(wanted):
            holders.setdefault(position, []).append(holder)
    return holders


def _role_holders(connection: sa.Connection, spec: Spec, roles: list[str], now: datetime) -> dict[str, frozenset[str]]:
    """Return who has a role directly, or one that includes it; positions that bring it are looked at elsewhere."""
    if not roles:
        return {}
    bring = {name: [one for one in spec.roles if name in rights_of(spec, (one,)).roles] for name in roles}
    table = system_table("crmspec_person_role")
    every = sorted({one for names in bring.values() for one in names})
    rows = connection.execute(
        sa.select(table.c.role, table.c.person_id).where(
            table.c.role.in_(every), sa.or_(table.c.until.is_(None), table.c.until > now)
        )
    ).all()
    return {name: frozenset(row.person_id for row in rows if row.role in names) for name, names in bring.items()}


def is_id(text: str) -> bool:
    """Say whether a text is an id in its one written form. PostgreSQL refuses to compare a uuid with anything else."""
    return bool(_ID.match(text))
