"""Opening one record to one colleague: who may, for what, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crmspec.access import Share, UnknownPerson, is_id, load_actor, parent_lookup, share, shares_of, unshare
from crmspec.audit import Entry, note
from crmspec.records.changing import draft_of
from crmspec.records.paths import noun
from crmspec.records.problems import Invalid, Problem
from crmspec.records.reading import Reading
from crmspec.records.words import say
from crmspec.records.writing import refuse, writable
from crmspec.spec import ACCESSES, Access, Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks for: a colleague, and what they may do; a role on the record's team says the latter itself."""

    person_id: str
    access: str = "read"
    team_role: str = ""
    until: datetime | None = None


def is_shareable(one: Object) -> bool:
    """Say whether single records can be shared: what follows a parent is shared with it."""
    return parent_lookup(one) is None


def share_record(
    connection: sa.Connection, reading: Reading, object_name: str, record_id: str, wanted: Wanted, time_zone: str
) -> None:
    """Open a record to a colleague, or change how. Nobody gives away more than they have themselves."""
    one = writable(reading, "share", object_name)
    draft_of(connection, reading, one, record_id, "share", time_zone)
    access = _access(reading, one, wanted)
    if not is_shareable(one):
        raise refuse(reading, "share", object_name)
    _refuse_useless(connection, reading, one, wanted, access)
    if access == "edit":
        draft_of(connection, reading, writable(reading, "update", object_name), record_id, "update", time_zone)
    share(
        connection,
        object_name=object_name,
        record_id=record_id,
        person_id=wanted.person_id,
        access=access,
        team_role=wanted.team_role,
        until=wanted.until,
        now=reading.context.now,
        by=reading.context.me,
    )
    detail = {"to": wanted.person_id, "access": access, "until": wanted.until.isoformat() if wanted.until else ""}
    _noted(connection, reading, "shared", object_name, record_id, detail)


def unshare_record(
    connection: sa.Connection, reading: Reading, object_name: str, record_id: str, person_id: str, time_zone: str
) -> None:
    """Close a record to a colleague again. Everybody may leave a record by themselves."""
    one = writable(reading, "read", object_name)
    verb = "read" if person_id == reading.context.me else "share"
    draft_of(connection, reading, one, record_id, verb, time_zone)  # type: ignore[arg-type]
    gone = is_id(person_id) and unshare(connection, object_name=object_name, record_id=record_id, person_id=person_id)
    if gone:
        _noted(connection, reading, "unshared", object_name, record_id, {"to": person_id})


def shares_of_record(
    connection: sa.Connection, reading: Reading, object_name: str, record_id: str, time_zone: str
) -> tuple[Share, ...]:
    """Return with whom a record is shared, to whoever may read it."""
    one = writable(reading, "read", object_name)
    draft_of(connection, reading, one, record_id, "read", time_zone)
    return shares_of(connection, object_name, record_id)


def _access(reading: Reading, one: Object, wanted: Wanted) -> Access:
    roles = one.record_team.roles if one.record_team is not None else {}
    if wanted.team_role in roles:
        return roles[wanted.team_role].access
    if wanted.team_role or wanted.access not in ACCESSES:
        raise Invalid([Problem("access", "bad_access", say(reading.language, "bad_access"))])
    return wanted.access


def _refuse_useless(connection: sa.Connection, reading: Reading, one: Object, wanted: Wanted, access: Access) -> None:
    """Refuse a share that would open nothing: it grants no verb, and one that is over is none."""
    problems = []
    try:
        colleague = load_actor(connection, reading.spec, wanted.person_id, reading.context.now)
    except UnknownPerson:
        colleague = None
    verb = "update" if access == "edit" else "read"
    fits = colleague is not None and colleague.rights.may(one.name, "read") and colleague.rights.may(one.name, verb)  # type: ignore[arg-type]
    if not fits:
        words = say(reading.language, "not_colleague", object=noun(reading.spec, one.name, reading.language))
        problems.append(Problem("person", "not_colleague", words))
    if wanted.until is not None and wanted.until <= reading.context.now:
        problems.append(Problem("until", "over_already", say(reading.language, "over_already")))
    if problems:
        raise Invalid(problems)


def _noted(
    connection: sa.Connection, reading: Reading, event: str, object_name: str, record_id: str, detail: dict[str, str]
) -> None:
    actor = reading.actor
    note(
        connection,
        Entry(
            event=event,
            at=reading.context.now,
            person_id=reading.context.me,
            who=actor.login if actor else "",
            object=object_name,
            record_id=record_id,
            detail={key: text for key, text in detail.items() if text},
        ),
    )
