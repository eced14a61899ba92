"""Making a record: everything checked first, then row, history and search words written together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from crmspec.access import allows, is_id, may_reach, passed
from crmspec.records.drafts import Draft, Values
from crmspec.records.facts import Found
from crmspec.records.numbering import next_numbers
from crmspec.records.paths import noun
from crmspec.records.problems import Forbidden, Invalid, NotFound, Problem
from crmspec.records.reading import Reading
from crmspec.records.rules import check_required, check_stages, check_unique, check_validation, fill_defaults
from crmspec.records.storing import (
    Made,
    Stored,
    insert_records,
    new_id,
)
from crmspec.records.values import Ref
from crmspec.records.words import say
from crmspec.spec import Object, Verb


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
    table = passed(reading.object_table(one.name).alias(), "written")
    maker = connection.execute(sa.select(table.c.created_by_id).where(table.c.id == record_id)).scalar_one_or_none()
    return maker is not None and maker == reading.context.me


def writable(reading: Reading, verb: Verb, object_name: str) -> Object:
    """Return an object when the verb is granted on some of its records."""
    one = reading.spec.objects.get(object_name)
    actor = reading.actor
    if one is None or (actor is not None and not any(actor.rights.may(object_name, may) for may in ("read", verb))):
        raise Forbidden(say(reading.language, "no_object", object=object_name[:60]), "no_object")
    if actor is not None and not may_reach(actor, verb, object_name):
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
        table = passed(reading.object_table(object_name).alias(), "everybody")
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
