"""Single records opened to single people: rows, and nothing of who may make them (`records` asks that)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crmspec.access.system_tables import system_table
from crmspec.spec import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One person's access to one record."""

    person_id: str
    login: str
    name: str
    active: bool
    access: Access
    team_role: str
    until: datetime | None
    created_at: datetime
    created_by_id: str | None


def shares_of(connection: sa.Connection, object_name: str, record_id: str) -> tuple[Share, ...]:
    """Return with whom a record is shared, by name; shares that are over too, until somebody takes them away."""
    share, person = system_table("crmspec_share"), system_table("crmspec_person")
    rows = connection.execute(
        sa.select(
            share.c.person_id,
            person.c.login,
            person.c.name,
            person.c.active,
            share.c.access,
            sa.func.coalesce(share.c.team_role, "").label("team_role"),
            share.c.until,
            share.c.created_at,
            share.c.created_by_id,
        )
        .join(person, person.c.id == share.c.person_id)
        .where(share.c.object == object_name, share.c.record_id == record_id)
        .order_by(person.c.name, person.c.id)
    )
    return tuple(Share(**row) for row in rows.mappings())


def share(
    connection: sa.Connection,
    *,
    object_name: str,
    record_id: str,
    person_id: str,
    access: Access,
    now: datetime,
    team_role: str = "",
    until: datetime | None = None,
    by: str | None = None,
) -> None:
    """Open a record to a person; a second time replaces the first."""
    unshare(connection, object_name=object_name, record_id=record_id, person_id=person_id)
    connection.execute(
        sa.insert(system_table("crmspec_share")).values(
            object=object_name,
            record_id=record_id,
            person_id=person_id,
            access=access,
            team_role=team_role or None,
            until=until,
            created_at=now,
            created_by_id=by,
        )
    )


def unshare(connection: sa.Connection, *, object_name: str, record_id: str, person_id: str) -> bool:
    """Close a record to a person again; False when it was not shared."""
    table = system_table("crmspec_share")
    meant = (table.c.object == object_name, table.c.record_id == record_id, table.c.person_id == person_id)
    return connection.execute(sa.delete(table).where(*meant)).rowcount == 1
