"""Changing a stored record, or giving it to somebody else: checked whole, then written with its history and words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from crmspec.access import is_id, may_become, passed
from crmspec.audit import Entry, note
from crmspec.records.drafts import Draft, Values
from crmspec.records.paths import noun
from crmspec.records.problems import Conflict, Forbidden, Invalid, Problem
from crmspec.records.reading import Reading
from crmspec.records.rules import check_required, check_stages, check_unique, check_validation
from crmspec.records.storing import (
    Stored,
    history_row,
    history_text,
    new_id,
    refresh_search,
    replace_several,
    write_history,
)
from crmspec.records.values import Record, Ref
from crmspec.records.words import say
from crmspec.records.writing import all_or_nothing, finder, not_found, refuse, writable
from crmspec.spec import Field, Object, Verb

ReadBack = Callable[[str, str], Record]


def draft_of(
    connection: sa.Connection, reading: Reading, one: Object, record_id: str, verb: Verb, time_zone: str
) -> Draft:
    """Return a stored record for changing it: not found when it may not be read, else forbidden without the verb."""
    table = reading.object_table(one.name).alias()
    readable, doable = (reading.rule(what, one.name, table) for what in ("read", verb))
    if not is_id(record_id):
        raise not_found(reading, one.name)
    allowed = sa.true() if doable is None else doable
    statement = sa.select(table, sa.case((allowed, 1), else_=0).label("crmspec_allowed")).where(table.c.id == record_id)
    row = connection.execute(statement if readable is None else statement.where(readable)).mappings().one_or_none()
    if row is None:
        raise not_found(reading, one.name)
    if not row["crmspec_allowed"]:
        raise refuse(reading, verb, one.name)
    before = {name: value for name, value in row.items() if name != "crmspec_allowed"}
    draft = Draft(connection, reading, one, dict(before), before, time_zone)
    draft.load_several()
    return draft


def update(
    connection: sa.Connection,
    reading: Reading,
    object_name: str,
    record_id: str,
    values: Values,
    version: int | None,
    time_zone: str,
    read_back: ReadBack,
    *,
    action: str = "updated",
    whole: bool = True,
) -> None:
    """Change a record. `version` is the one the person saw; None skips the lock. `whole`: every required field."""
    one = writable(reading, "update", object_name)
    draft = draft_of(connection, reading, one, record_id, "update", time_zone)
    if version is not None and draft.row["version"] != version:
        raise conflict(reading, one, draft.row, values, read_back)
    draft.take(values)
    changed = draft.changed()
    if whole:
        check_required(draft)
    if not draft.problems:
        check_stages(draft)
        check_validation(draft)
        check_unique(draft, [field.name for field in changed])
    if draft.problems:
        raise Invalid(draft.problems)
    if not changed:
        return
    _may_stay(draft, "update")
    with all_or_nothing(connection, reading, one):
        if not write_draft(draft, changed, action):
            raise conflict(reading, one, draft.row, values, read_back)


def _may_stay(draft: Draft, verb: Verb) -> None:
    """The new row passes the rule as the old one did: nobody moves a record under a parent they may not change."""
    actor = draft.reading.actor
    assert draft.before is not None
    if actor is not None and not may_become(
        actor, verb, draft.one.name, draft.before, draft.row, finder(draft.connection, draft.reading)
    ):
        raise refuse(draft.reading, verb, draft.one.name)


def write_draft(draft: Draft, changed: list[Field], action: str) -> bool:
    """Write a changed draft; False when somebody else was first."""
    reading, row = draft.reading, draft.row
    assert draft.before is not None
    row["updated_at"], row["updated_by_id"] = reading.context.now, reading.context.me
    row["version"] = draft.before["version"] + 1
    table = reading.object_table(draft.one.name)
    altered = {name: value for name, value in row.items() if value != draft.before.get(name)}
    stands = sa.update(table).where(table.c.id == row["id"], table.c.version == draft.before["version"])
    done = draft.connection.execute(passed(stands.values(altered), "written"))
    if done.rowcount != 1:
        return False
    for field in changed:
        if field.row.child:
            replace_several(draft.connection, reading, draft.one, field, row["id"], draft.several.get(field.name, ()))
    refresh_search(draft.connection, reading, draft.one, row, [field.name for field in changed])
    _write_history(draft, changed, action)
    return True


def _write_history(draft: Draft, changed: list[Field], action: str) -> None:
    batch, now = new_id(), draft.reading.context.now
    rows = [
        history_row(
            draft.one.name,
            draft.row["id"],
            batch,
            now,
            draft.reading.context.me,
            action,
            field.name,
            history_text(field, draft.value_of(field, before=True)),
            history_text(field, draft.value_of(field)),
        )
        for field in changed
        if field.history
    ]
    write_history(draft.connection, draft.reading, draft.one, rows)


def conflict(reading: Reading, one: Object, row: Stored, values: Values, read_back: ReadBack) -> Conflict:
    """Return both versions of a record that somebody else saved first."""
    theirs = read_back(one.name, row["id"])
    who, at = theirs.get("updated_by"), theirs.get("updated_at")
    words = say(reading.language, "conflict", object=noun(reading.spec, one.name, reading.language))
    return Conflict(
        words, theirs, dict(values), who if isinstance(who, Ref) else None, at if isinstance(at, datetime) else None
    )


def transfer(
    connection: sa.Connection,
    reading: Reading,
    object_name: str,
    record_id: str,
    owner_id: str | None,
    version: int | None,
    time_zone: str,
    read_back: ReadBack,
    may_own: Callable[[str], bool],
) -> None:
    """Give a record to somebody else, or to nobody. The new owner must be somebody who may read such records."""
    one = writable(reading, "transfer", object_name)
    draft = draft_of(connection, reading, one, record_id, "transfer", time_zone)
    if version is not None and draft.row["version"] != version:
        raise conflict(reading, one, draft.row, {"owner": owner_id}, read_back)
    assert draft.before is not None
    if owner_id == draft.before["owner_id"]:
        return
    if owner_id is not None and not (is_id(owner_id) and may_own(owner_id)):
        name = noun(reading.spec, one.name, reading.language)
        label = say(reading.language, "owner")
        raise Invalid([Problem("owner", "not_owner", say(reading.language, "not_owner", label=label, object=name))])
    draft.row["owner_id"] = owner_id
    _may_stay(draft, "transfer")
    with all_or_nothing(connection, reading, one):
        if not write_draft(draft, [], "transferred"):
            raise conflict(reading, one, draft.row, {"owner": owner_id}, read_back)
        row = history_row(
            one.name,
            record_id,
            new_id(),
            reading.context.now,
            reading.context.me,
            "transferred",
            "owner",
            _person(draft.before["owner_id"]),
            _person(owner_id),
        )
        write_history(connection, reading, one, [row])


def _person(person_id: str | None) -> str | None:
    return f"person:{person_id}" if person_id else None


def reveal(connection: sa.Connection, reading: Reading, object_name: str, record_id: str, field_name: str) -> str:
    """Return a secret in clear, once its reader is written down."""
    one = writable(reading, "read", object_name)
    draft = draft_of(connection, reading, one, record_id, "read", "UTC")
    field = one.fields.get(field_name)
    if field is None or field.type != "secret" or not reading.reads(object_name, field_name):
        raise Forbidden(say(reading.language, "may_not_use", label=field_name[:60]), "hidden_field")
    actor = reading.actor
    note(
        connection,
        Entry(
            event="reveal",
            at=reading.context.now,
            person_id=reading.context.me,
            who=actor.login if actor else "",
            object=object_name,
            record_id=record_id,
            detail={"field": field_name},
        ),
    )
    stored = draft.row[field.base_column]
    return (reading.secrets.opened(stored) or "") if stored and reading.secrets else ""
