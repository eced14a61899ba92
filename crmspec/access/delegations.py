"""Standing in: while somebody is away, a colleague has what they have beside what is their own, each kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from uuid_utils import uuid7

from crmspec.access.system_tables import system_table
from crmspec.diagnostics import Diagnostic, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """One time in which `stand_in` has what `away` has. Both are log-ins."""

    id: str
    away_id: str
    away: str
    away_name: str
    stand_in_id: str
    stand_in: str
    stand_in_name: str
    since: datetime
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        """Say whether it is in effect."""
        return self.since <= now and (self.until is None or self.until > now)


def delegate(
    connection: sa.Connection,
    *,
    away_id: str,
    stand_in_id: str,
    since: datetime,
    until: datetime | None,
    now: datetime,
    by: str | None = None,
) -> str:
    """Let somebody stand in for somebody else, and return the id of that. `Refused` where it would mean nothing."""
    problem = _problem(connection, away_id, stand_in_id, since, until, now)
    if problem is not None:
        raise Refused(problem)
    made = str(uuid7())
    connection.execute(
        sa.insert(system_table("crmspec_delegation")).values(
            id=made,
            person_id=away_id,
            stand_in_id=stand_in_id,
            since=since,
            until=until,
            created_at=now,
            created_by_id=by,
        )
    )
    return made


def _problem(
    connection: sa.Connection,
    away_id: str,
    stand_in_id: str,
    since: datetime,
    until: datetime | None,
    now: datetime,
) -> Diagnostic | None:
    if away_id == stand_in_id:
        return Diagnostic(
            "CRM617", "nobody can stand in for themselves", why="it would give nothing", help="name a colleague"
        )
    if until is not None and until <= max(since, now):
        return Diagnostic(
            "CRM617",
            "the time of standing in would be over before it began",
            why=f"it is from {since:%Y-%m-%d %H:%M} until {until:%Y-%m-%d %H:%M}",
            help="give an end that is later, and in the future",
        )
    person = system_table("crmspec_person")
    kinds = {
        row.id: row.kind
        for row in connection.execute(
            sa.select(person.c.id, person.c.kind).where(person.c.id.in_((away_id, stand_in_id)), person.c.active)
        )
    }
    for who, word in ((away_id, "away"), (stand_in_id, "standing in")):
        if kinds.get(who) != "person":
            kind = kinds.get(who)
            return Diagnostic(
                "CRM617",
                f"the one {word} is {f'of the kind {kind}' if kind else 'not somebody who may log in'}",
                why="people stand in for people, and integrations and guests for nobody",
                help="name somebody who logs in as a person",
            )
    return None


def end_delegations(
    connection: sa.Connection, *, away_id: str, now: datetime, stand_in_id: str | None = None, id: str | None = None
) -> int:
    """End what is in effect or still to come, of one stand-in or of all; return how many that were.

    What has been stays in the table: who stood in for whom is part of the story.
    """
    table = system_table("crmspec_delegation")
    meant = [table.c.person_id == away_id, sa.or_(table.c.until.is_(None), table.c.until > now)]
    if stand_in_id is not None:
        meant.append(table.c.stand_in_id == stand_in_id)
    if id is not None:
        meant.append(table.c.id == id)
    return connection.execute(sa.update(table).where(*meant).values(until=now)).rowcount


def list_delegations(
    connection: sa.Connection, now: datetime, *, person_id: str | None = None
) -> tuple[Delegation, ...]:
    """Return what is in effect or still to come, soonest first: of everybody, or where one person is on either side."""
    table, away, stand_in = (
        system_table("crmspec_delegation"),
        system_table("crmspec_person").alias("away"),
        system_table("crmspec_person").alias("stand_in"),
    )
    wanted = (
        sa.select(
            table.c.id,
            away.c.id.label("away_id"),
            away.c.login.label("away"),
            away.c.name.label("away_name"),
            stand_in.c.id.label("stand_in_id"),
            stand_in.c.login.label("stand_in"),
            stand_in.c.name.label("stand_in_name"),
            table.c.since,
            table.c.until,
        )
        .join(away, away.c.id == table.c.person_id)
        .join(stand_in, stand_in.c.id == table.c.stand_in_id)
        .where(sa.or_(table.c.until.is_(None), table.c.until > now))
        .order_by(table.c.since, table.c.id)
    )
    if person_id is not None:
        wanted = wanted.where(sa.or_(table.c.person_id == person_id, table.c.stand_in_id == person_id))
    return tuple(Delegation(**row) for row in connection.execute(wanted).mappings())
