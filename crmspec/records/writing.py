"""Create, change, transfer: each checks everything first, then writes row, history and search words together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from crmspec.access import allows, is_id, reach
from crmspec.records.drafts import Draft, Values
from crmspec.records.facts import Found
from crmspec.records.numbering import next_numbers
from crmspec.records.paths import noun
from crmspec.records.problems import Conflict, Forbidden, Invalid, NotFound, Problem
from crmspec.records.reading import Reading
from crmspec.records.rules import check_required, check_stages, check_unique, check_validation, fill_defaults
from crmspec.records.storing import (
    Made,
    Stored,
    history_row,
    history_text,
    insert_records,
    new_id,
    refresh_search,
    replace_several,
)
from crmspec.records.values import Record, Ref
from crmspec.records.words import say
from crmspec.spec import Field, Object, Verb

ReadBack = Callable[[str, str], Record]


def refuse(reading: Reading, verb: Verb, object_name: str) -> Forbidden:
    """Return the refusal of a verb in the person's language."""
    return Forbidden(
        say(reading.language, f"may_not_{verb}", object=noun(reading.spec, object_name, reading.language)),
        f"may_not_{verb}",
    )


def not_found(reading: Reading, object_name: str) -> NotFound:
    """Return the one answer for what is not there and what may not be seen."""
    return NotFound(
        say(reading.language, "not_found", object=noun(reading.spec, object_name, reading.language)), "not_found"
    )


@contextmanager
def all_or_nothing(connection: sa.Connection, reading: Reading, one: Object) -> Iterator[None]:
    """Write inside a savepoint; what the database itself refuses becomes a problem of the record."""
    try:
        with connection.begin_nested():
            yield
    except IntegrityError as error:
        raise Invalid([_constraint_problem(reading, one, str(error.orig))]) from None


def _constraint_problem(reading: Reading, one: Object, text: str) -> Problem:
    """Find the field a constraint belongs to: two people saved the same value in the same moment."""
    for field in one.fields.values():
        named = f"uq_{one.table}_{field.base_column}" in text
        if named or any(f"UNIQUE constraint failed: {one.table}.{name}" in text for name in field.column_names):
            return Problem(
                field.name,
                "taken",
                say(reading.language, "taken", label=field.label.get(reading.language) or field.name),
            )
    rule = next((word for word in text.replace('"', " ").split() if word.startswith(("ck_", "fk_", "uq_"))), one.name)
    return Problem("", "constraint", say(reading.language, "constraint", rule=rule))


def draft_new(
    connection: sa.Connection,
    reading: Reading,
    one: Object,
    values: Values,
    time_zone: str,
    *,
    preset: Stored | None = None,
    found: Found | None = None,
) -> Draft:
    """Return a new record with everything checked but what is unique and what only writing gives (its numbers).

    `preset` are columns that only crmspec itself may write: when and by whom a record of a seed or an import was made.
    """
    actor, now = reading.actor, reading.context.now
    me = actor.me if actor else None
    row: Stored = {
        "id": new_id(),
        "owner_id": me,
        "created_at": now,
        "created_by_id": me,
        "updated_at": now,
        "updated_by_id": me,
        "version": 1,
    }
    for field in one.fields.values():
        row.update(dict.fromkeys(field.column_names))
        if field.pipeline:
            row[f"{field.base_column}_since"] = None
    draft = Draft(connection, reading, one, row, None, time_zone, {} if found is None else found)
    system = actor is None or actor.system
    draft.take({name: value for name, value in values.items() if name != "owner"}, system=system)
    if "owner" in values:
        _give_owner(draft, values["owner"])
    fill_defaults(draft)
    draft.row.update(preset or {})
    check_required(draft)
    if not draft.problems:
        check_stages(draft)
        check_validation(draft)
    return draft


def _give_owner(draft: Draft, value: object) -> None:
    owner = value.id if isinstance(value, Ref) else value
    if owner is None or owner == "":
        return
    person = draft.reading.table("crmspec_person")
    found = (
        is_id(str(owner))
        and draft.connection.execute(
            sa.select(person.c.id).where(person.c.id == str(owner), person.c.active)
        ).scalar_one_or_none()
    )
    if not found:
        label = say(draft.reading.language, "owner")
        words = say(
            draft.reading.language,
            "not_owner",
            label=label,
            object=noun(draft.reading.spec, draft.one.name, draft.reading.language),
        )
        draft.problems.append(Problem("owner", "not_owner", words))
    else:
        draft.row["owner_id"] = found


def create(
    connection: sa.Connection, reading: Reading, object_name: str, values: Values, time_zone: str, once: str = ""
) -> str:
    """Make a record and return its id. With an id in `once`, the same form sent again returns the same record."""
    one = writable(reading, "create", object_name)
    if is_id(once) and _made_before(connection, reading, one, once):
        return once
    draft = draft_new(connection, reading, one, values, time_zone)
    if is_id(once):
        draft.row["id"] = once
    check_unique(draft)
    if draft.problems:
        raise Invalid(draft.problems)
    may_be_made(draft)
    with all_or_nothing(connection, reading, one):
        number(draft)
        insert_records(connection, reading, [made_of(draft)], reading.context.now, draft.row["created_by_id"])
    record_id: str = draft.row["id"]
    return record_id


def _made_before(connection: sa.Connection, reading: Reading, one: Object, record_id: str) -> bool:
    """Say whether this very person has made the record of this id: anybody else's is nobody's business."""
    table = reading.object_table(one.name)
    maker = connection.execute(sa.select(table.c.created_by_id).where(table.c.id == record_id)).scalar_one_or_none()
    return maker is not None and maker == reading.context.me


def reveal(connection: sa.Connection, reading: Reading, object_name: str, record_id: str, field_name: str) -> str:
    """Return a secret in clear, once its reader is written down."""
    one = writable(reading, "read", object_name)
    draft = draft_of(connection, reading, one, record_id, "read", "UTC")
    field = one.fields.get(field_name)
    if field is None or field.type != "secret" or not reading.reads(object_name, field_name):
        raise Forbidden(say(reading.language, "may_not_use", label=field_name[:60]), "hidden_field")
    connection.execute(
        sa.insert(reading.table("crmspec_audit")).values(
            id=new_id(),
            at=reading.context.now,
            person_id=reading.context.me,
            event="reveal",
            object=object_name,
            record_id=record_id,
            detail={"field": field_name},
        )
    )
    stored = draft.row[field.base_column]
    return (reading.secrets.opened(stored) or "") if stored and reading.secrets else ""


def writable(reading: Reading, verb: Verb, object_name: str) -> Object:
    """Return an object when the verb is granted on some of its records."""
    one = reading.spec.objects.get(object_name)
    actor = reading.actor
    if one is None or (actor is not None and not any(actor.rights.may(object_name, may) for may in ("read", verb))):
        raise Forbidden(say(reading.language, "no_object", object=object_name[:60]), "no_object")
    if actor is not None and not reach(actor, verb, object_name).granted:
        raise refuse(reading, verb, object_name)
    return one


def may_be_made(draft: Draft) -> None:
    """Refuse a new row that the person's own rights do not reach: for an owner, or under a parent, out of scope."""
    actor = draft.reading.actor
    if actor is not None and not allows(
        actor, "create", draft.one.name, draft.row, finder(draft.connection, draft.reading)
    ):
        name = noun(draft.reading.spec, draft.one.name, draft.reading.language)
        raise Forbidden(say(draft.reading.language, "may_not_give", object=name), "may_not_give")


def finder(connection: sa.Connection, reading: Reading) -> Callable[[str, str], Stored | None]:
    """Return a way to fetch the parent rows that a rule asks for."""

    def find(object_name: str, record_id: str) -> Stored | None:
        table = reading.object_table(object_name)
        row = connection.execute(sa.select(table).where(table.c.id == record_id)).mappings().one_or_none()
        return dict(row) if row is not None else None

    return find


def number(draft: Draft) -> None:
    """Give the record its numbers, last of all: a refused record takes none."""
    for field in draft.one.fields.values():
        if field.type == "auto_number" and draft.row.get(field.base_column) is None:
            today = draft.reading.context.today
            draft.row[field.base_column] = next_numbers(draft.connection, draft.one.name, field, today)[0]


def made_of(draft: Draft) -> Made:
    """Return a checked draft as what is written."""
    return Made(draft.one.name, draft.row, draft.several)


def draft_of(
    connection: sa.Connection, reading: Reading, one: Object, record_id: str, verb: Verb, time_zone: str
) -> Draft:
    """Return a stored record for changing it: not found when it may not be read, else forbidden without the verb."""
    table = reading.object_table(one.name)
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
    _may_stay(draft)
    with all_or_nothing(connection, reading, one):
        if not write_draft(draft, changed, action):
            raise conflict(reading, one, draft.row, values, read_back)


def _may_stay(draft: Draft) -> None:
    """The new row passes the rule as the old one did: nobody moves a record under a parent they may not change."""
    actor = draft.reading.actor
    if actor is not None and not allows(
        actor, "update", draft.one.name, draft.row, finder(draft.connection, draft.reading)
    ):
        raise refuse(draft.reading, "update", draft.one.name)


def write_draft(draft: Draft, changed: list[Field], action: str) -> bool:
    """Write a changed draft; False when somebody else was first."""
    reading, row = draft.reading, draft.row
    assert draft.before is not None
    row["updated_at"], row["updated_by_id"] = reading.context.now, reading.context.me
    row["version"] = draft.before["version"] + 1
    table = reading.object_table(draft.one.name)
    altered = {name: value for name, value in row.items() if value != draft.before.get(name)}
    done = draft.connection.execute(
        sa.update(table).where(table.c.id == row["id"], table.c.version == draft.before["version"]).values(altered)
    )
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
    if rows:
        draft.connection.execute(sa.insert(draft.reading.table("crmspec_history")), rows)


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
    with all_or_nothing(connection, reading, one):
        if not write_draft(draft, [], "transferred"):
            raise conflict(reading, one, draft.row, {"owner": owner_id}, read_back)
        connection.execute(
            sa.insert(reading.table("crmspec_history")).values(
                history_row(
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
            )
        )


def _person(person_id: str | None) -> str | None:
    return f"person:{person_id}" if person_id else None
