"""A record's history under its reader's field levels: saves in order, newest first, each with what it changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from crmspec.access import passed
from crmspec.records.outputs import MASK
from crmspec.records.reading import Reading
from crmspec.records.sources import Source
from crmspec.records.stored_names import history_as_named
from crmspec.records.texts import Unfit, parse_text
from crmspec.records.values import HIDDEN, Change, Event, Masked, Ref, Value
from crmspec.spec import Field
from crmspec.spec.scope import PERSON

_ROWS_PER_EVENT = 40


def history_of(
    connection: sa.Connection, reading: Reading, object_name: str, record_id: str, limit: int
) -> tuple[Event, ...]:
    """Return the newest events of a record that may be read (the caller has seen to that)."""
    table, names = passed(reading.table("crmspec_history").alias(), "picked"), reading.stored_names
    statement = (
        sa.select(table)
        .where(table.c.object == names.as_stored("", object_name), table.c.record_id == record_id)
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(limit * _ROWS_PER_EVENT)
    )
    rows = history_as_named(names, reading.object(object_name), connection.execute(statement).mappings().all())
    batches: dict[str, list[Any]] = {}
    for row in rows:
        batches.setdefault(row["batch"], []).append(row)
    fields = reading.object(object_name).fields
    titles = _titles(connection, reading, _references(rows, fields))
    people = _titles(connection, reading, {PERSON: {row["by_id"] for row in rows if row["by_id"]}})
    events = [_event(reading, object_name, batch, fields, titles, people) for batch in list(batches.values())[:limit]]
    return tuple(event for event in events if event is not None)


Titles = dict[tuple[str, str], str]


def _event(
    reading: Reading, object_name: str, rows: list[Any], fields: Any, titles: Titles, people: Titles
) -> Event | None:
    changes = [
        change
        for row in reversed(rows)
        if row["field"] and (change := _change(reading, object_name, row, fields, titles))
    ]
    first = rows[0]
    # A save of which this reader may see nothing is not shown at all.
    if not changes and any(row["field"] for row in rows):
        return None
    who = Ref(PERSON, first["by_id"], people.get((PERSON, first["by_id"]), "")) if first["by_id"] else None
    return Event(at=first["at"], who=who, action=first["action"], changes=tuple(changes))


def _change(reading: Reading, object_name: str, row: Any, fields: Any, titles: Titles) -> Change | None:
    name = row["field"]
    field: Field | None = fields.get(name)
    if field is None and name != "owner":
        return None  # retired since; its history comes back with it
    level = reading.level(object_name, name)
    if level == "none":
        return None
    if level == "masked" or (field is not None and field.type == "secret"):
        return Change(field=name, before=_masked(row["before"]), after=_masked(row["after"]))
    return Change(field=name, before=_value(field, row["before"], titles), after=_value(field, row["after"], titles))


def _masked(text: str | None) -> Value:
    return None if text is None else Masked(MASK)


def _value(field: Field | None, text: str | None, titles: Titles) -> Value:
    if text is None:
        return None
    if field is None or field.type in ("lookup", "many_to_many"):
        refs = [_ref(field, part, titles) for part in text.split("; ")]
        return refs[0] if field is None or field.type == "lookup" else tuple(refs)
    try:
        return parse_text(field, text)
    except Unfit:
        return text  # an option that is gone, a number from before the field had fewer digits


def _ref(field: Field | None, text: str, titles: Titles) -> Ref:
    target, _, record_id = text.rpartition(":")
    target = target or (field.to[0] if field is not None and field.to else PERSON)
    title = titles.get((target, record_id))
    return Ref(target, "", HIDDEN, hidden=True) if title is None else Ref(target, record_id, title)


def _references(rows: Iterable[Any], fields: Any) -> dict[str, set[str]]:
    """Gather the records that histories speak of, by object."""
    found: dict[str, set[str]] = {}
    for row in rows:
        field = fields.get(row["field"])
        if row["field"] != "owner" and (field is None or field.type not in ("lookup", "many_to_many")):
            continue
        for text in (row["before"], row["after"]):
            for part in (text or "").split("; "):
                target, _, record_id = part.rpartition(":")
                target = target or (field.to[0] if field is not None else PERSON)
                if record_id:
                    found.setdefault(target, set()).add(record_id)
    return found


def _titles(connection: sa.Connection, reading: Reading, wanted: dict[str, set[str]]) -> Titles:
    """Return the titles of records that this reader may see, one statement an object."""
    found: Titles = {}
    for target, ids in wanted.items():
        if not ids or target not in (*reading.spec.objects, PERSON):
            continue
        source = Source(reading, target, reading.object_table(target).alias())
        title = source.title()
        statement = (
            sa.select(source.table.c.id, title)
            .select_from(source.from_clause)
            .where(source.table.c.id.in_(sorted(ids)))
        )
        rule = reading.rule("read", target, source.table)
        for record_id, words in connection.execute(statement if rule is None else statement.where(rule)):
            found[(target, record_id)] = words or ""
    return found
