"""What a question about one record needs of a database: who asks, the record, those it hangs on, and people's names.

For administrators' questions (`crmspec can`, the set-up pages): it reads a record whoever may see it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from crmspec.access.actor import Actor, actor_from
from crmspec.access.load import UnknownPerson, is_id, load_actor
from crmspec.access.oracle import FindRow, Row
from crmspec.access.passing import passed
from crmspec.access.people import find_person
from crmspec.access.system_tables import metadata_for, system_table
from crmspec.formula import Dialect
from crmspec.spec import Spec

NOBODY = "00000000-0000-7000-8000-000000000000"  # who a position or a role is by itself: owns nothing
_TITLES = ("text", "auto_number", "email", "phone")


def load_person(connection: sa.Connection, spec: Spec, login: str, now: datetime) -> Actor | None:
    """Return somebody by log-in; None when nobody active has it."""
    person_id = find_person(connection, login)
    try:
        return load_actor(connection, spec, person_id, now) if person_id else None
    except UnknownPerson:
        return None


def load_actor_for(connection: sa.Connection, spec: Spec, name: str, now: datetime) -> Actor | None:
    """Return whoever sits on a position, has a role alone, or logs in by a name, in this order; positions reach the
    records of the people who really sit below them.
    """
    if name not in spec.organization.positions and name not in spec.roles:
        return load_person(connection, spec, name, now)
    table = system_table("crmspec_person_position")
    holders: dict[str, list[str]] = {}
    for position, person_id in connection.execute(sa.select(table.c.position, table.c.person_id)):
        holders.setdefault(position, []).append(person_id)
    seats, roles = ((name,), ()) if name in spec.organization.positions else ((), (name,))
    dialect: Dialect = "sqlite" if connection.dialect.name == "sqlite" else "postgresql"
    return replace(actor_from(spec, NOBODY, seats, roles, holders), name=name, now=now, dialect=dialect)


def find_record(connection: sa.Connection, spec: Spec, object_name: str, wanted: str) -> tuple[Row, ...]:
    """Return the record with an id, or the first two with a title."""
    one = spec.objects[object_name]
    table = passed(metadata_for(spec).tables[one.table].alias(), "explained")
    query = sa.select(table)
    title = one.fields.get(one.title_field)
    if is_id(wanted):
        query = query.where(table.c.id == wanted)
    elif title is not None and title.type in _TITLES:
        query = query.where(table.c[title.base_column] == wanted)
    else:
        return ()
    return tuple(dict(row) for row in connection.execute(query.limit(2)).mappings())


def finder_of(connection: sa.Connection, spec: Spec) -> FindRow:
    """Return a way to the records that one hangs on."""

    def find(object_name: str, record_id: str) -> Row | None:
        found = find_record(connection, spec, object_name, record_id)
        return found[0] if found else None

    return find


def people_by_id(connection: sa.Connection) -> dict[str, str]:
    """Return everybody's log-in by id."""
    person = system_table("crmspec_person")
    return {row.id: row.login for row in connection.execute(sa.select(person.c.id, person.c.login))}
