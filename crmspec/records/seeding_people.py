"""People among the seeds: found again by login, seated on their positions; nobody gets a password here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crmspec.access import add_person, find_person, grant_role, set_positions, system_table
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.spec import Seed, Spec

_PLAIN = ("name", "email", "language")


@dataclass(frozen=True, slots=True)
class People:
    """Who there is: by login, and by position in the order they came."""

    by_login: Mapping[str, str]
    on_position: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, connection: sa.Connection) -> People:
        """Read everybody who may log in."""
        person, chairs = system_table("crmspec_person"), system_table("crmspec_person_position")
        rows = connection.execute(sa.select(person.c.login, person.c.id).where(person.c.active))
        by_login = dict(rows.all())
        on_position: dict[str, list[str]] = {}
        seated = (
            sa.select(chairs.c.position, person.c.id)
            .join(person, person.c.id == chairs.c.person_id)
            .where(person.c.active, ~chairs.c.former)
        )
        for position, person_id in connection.execute(seated.order_by(person.c.created_at, person.c.id)):
            on_position.setdefault(position, []).append(person_id)
        return cls(by_login, {name: tuple(ids) for name, ids in on_position.items()})


def seed_people(connection: sa.Connection, spec: Spec, seed: Seed, now: datetime, wrong: list[Diagnostic]) -> int:
    """Add the people of a seed, or bring them up to date; return how many rows did something."""
    written = 0
    for row in seed.rows:
        try:
            written += _one(connection, spec, row, now)
        except Refused as refused:
            wrong.extend(refused.diagnostics)
    return written


def _one(connection: sa.Connection, spec: Spec, row: Mapping[str, Any], now: datetime) -> int:
    login = str(row.get("login", ""))
    positions, roles = _names(row.get("positions")), _names(row.get("roles"))
    person_id = find_person(connection, login)
    if person_id is None:
        add_person(
            connection,
            spec,
            login=login,
            name=str(row.get("name", login)),
            now=now,
            email=str(row.get("email", "")),
            language=str(row.get("language", "")),
            positions=positions,
            roles=roles,
        )
        return 1
    person = system_table("crmspec_person")
    given = {name: str(row[name]) for name in _PLAIN if name in row}
    if given:
        connection.execute(sa.update(person).where(person.c.id == person_id).values(given))
    if "positions" in row:
        set_positions(connection, spec, person_id, positions)
    for role in roles:
        grant_role(connection, spec, person_id, role)
    return 1


def _names(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    return tuple(str(one) for one in value) if isinstance(value, tuple) else (str(value),)
