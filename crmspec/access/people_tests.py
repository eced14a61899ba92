"""Access tests held against the people who are there, with everything each of them holds together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from crmspec.access.access_tests import Breach, Holder, breaches_of, reported
from crmspec.access.actor import Actor, in_front, roles_held
from crmspec.access.difference import Holding
from crmspec.access.rights import rights_held
from crmspec.access.system_tables import system_table
from crmspec.diagnostics import Diagnostic, Position, Refused
from crmspec.spec import AccessTest, Spec

_SEAT = "give somebody another position or role, or change the roles or the test: crmspec can LOGIN VERB TARGET"


def check_people(
    connection: sa.Connection, spec: Spec, now: datetime, origins: Mapping[str, Position] | None = None
) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for every sentence about everybody that somebody who can log in breaks."""
    found = breaches_of(spec, _sentences(spec), holders_in(connection, spec, now))
    return tuple(problem for _, problem in reported(found, origins or {}, _SEAT))


@contextmanager
def keeping_apart(connection: sa.Connection, spec: Spec, now: datetime, *person_ids: str) -> Iterator[None]:
    """Refuse what is done inside when afterwards somebody breaks a sentence that held for them before.

    Whoever calls rolls back. Without ids the change is about everybody. Whoever stands in for one of the ids is
    concerned as they are, and a delegation that is only to begin counts already: nobody is asked when its day comes.
    """
    tests = _sentences(spec)
    if not tests:
        yield
        return
    before = {_mark(one) for one in _breaches(connection, spec, tests, now, person_ids)}
    yield
    broken = [one for one in _breaches(connection, spec, tests, now, person_ids) if _mark(one) not in before]
    if broken:
        raise Refused(*(problem for _, problem in reported(broken, {}, _SEAT)))


def _breaches(
    connection: sa.Connection, spec: Spec, tests: Mapping[int, AccessTest], now: datetime, ids: Collection[str]
) -> Iterator[Breach]:
    return breaches_of(spec, tests, holders_in(connection, spec, now, ids, ahead=True))


def _mark(breach: Breach) -> tuple[int, str]:
    return breach.number, breach.holder.actor.person_id


def _sentences(spec: Spec) -> dict[int, AccessTest]:
    return {number: test for number, test in enumerate(spec.access_tests) if not test.speaks_of_one}


def holders_in(
    connection: sa.Connection, spec: Spec, now: datetime, ids: Collection[str] = (), *, ahead: bool = False
) -> tuple[Holder, ...]:
    """Return everybody who can log in with whom they stand in for, or those of the ids and who stands in for one of
    them: four queries, however many they are. `ahead` counts what is only to begin.
    """
    away = _stand_ins(connection, now, ahead=ahead)
    about = {*ids, *(one for one, others in away.items() if not others.isdisjoint(ids))}
    wanted = about.union(*(away[one] for one in about if one in away))
    alone = {one.person_id: one for one in _people(connection, spec, now, wanted)}
    found = []
    for actor in alone.values():
        if not ids or actor.person_id in about:
            others = [alone[one] for one in sorted(away.get(actor.person_id, ())) if one in alone]
            # Who holds nothing, and stands in for nobody, can do nothing.
            if actor.positions or actor.direct_roles or others:
                words = f"`{actor.login}`" if actor.name == actor.login else f"{actor.name} (`{actor.login}`)"
                found.append(Holder(words, in_front(actor, others)))
    return tuple(found)


def _stand_ins(connection: sa.Connection, now: datetime, *, ahead: bool) -> dict[str, set[str]]:
    """Return stand-in → the people they stand in for. Few are away at a time."""
    table = system_table("crmspec_delegation")
    query = sa.select(table.c.stand_in_id, table.c.person_id).where(
        sa.true() if ahead else table.c.since <= now, sa.or_(table.c.until.is_(None), table.c.until > now)
    )
    found: dict[str, set[str]] = {}
    for stand_in, person_id in connection.execute(query):
        found.setdefault(stand_in, set()).add(person_id)
    return found


def _people(connection: sa.Connection, spec: Spec, now: datetime, ids: Collection[str]) -> Iterator[Actor]:
    """Yield people who can log in with what they hold themselves."""
    person, chairs, roles = (system_table(f"crmspec_person{tail}") for tail in ("", "_position", "_role"))

    def asked(column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        return column.in_(sorted(ids)) if ids else sa.true()

    held: dict[str, tuple[list[str], list[str]]] = {}
    seats = sa.select(chairs.c.person_id, chairs.c.position).where(~chairs.c.former, asked(chairs.c.person_id))
    for person_id, position in connection.execute(seats.order_by(chairs.c.position)):
        held.setdefault(person_id, ([], []))[0].append(position)
    in_time = sa.or_(roles.c.until.is_(None), roles.c.until > now)
    direct = sa.select(roles.c.person_id, roles.c.role).where(in_time, asked(roles.c.person_id))
    for person_id, role in connection.execute(direct.order_by(roles.c.role)):
        held.setdefault(person_id, ([], []))[1].append(role)
    rows = sa.select(person.c.id, person.c.login, person.c.name).where(person.c.active, asked(person.c.id))
    for person_id, login, name in connection.execute(rows.order_by(person.c.login)):
        positions, own = held.get(person_id, ([], []))
        seated = tuple(one for one in positions if one in spec.organization.positions)
        yield Actor(
            spec=spec,
            person_id=person_id,
            login=login,
            name=name,
            positions=seated,
            direct_roles=tuple(own),
            rights=rights_held(spec, roles_held(spec, seated, own)),
        )


def holdings(connection: sa.Connection, spec: Spec, now: datetime) -> tuple[Holding, ...]:
    """Return what people who can log in hold, of their own or for somebody else, and how many hold the same."""
    everybody = (one.actor.identities for one in holders_in(connection, spec, now))
    same = Counter(
        (
            tuple(dict.fromkeys(seat for one in identities for seat in one.positions)),
            tuple(dict.fromkeys(role for one in identities for role in one.direct_roles)),
        )
        for identities in everybody
    )
    return tuple(Holding(positions, roles, people) for (positions, roles), people in same.items())
