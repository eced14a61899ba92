"""Deleting a record: what follows it, what lets go of it, and what keeps it from going.

1. From the record outwards, every lookup that points at what goes says what happens: `cascade` goes too, `set_empty`
   lets go, `restrict` refuses, with counts, unless it goes itself.
2. Children go before their parents; what lets go gets a new version and a line of history, as by anybody's hand.
   The database has the same rules as constraints: it never decides here, it only makes sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

import sqlalchemy as sa

from crmspec.access import passed
from crmspec.records.changing import ReadBack, conflict, draft_of
from crmspec.records.paths import noun
from crmspec.records.problems import Reference, Referred
from crmspec.records.reading import Reading
from crmspec.records.storing import history_row, new_id, write_history
from crmspec.records.words import field_label, say
from crmspec.records.writing import all_or_nothing, writable
from crmspec.spec import Field, Object

_CHUNK = 500


@dataclass
class Consequences:
    """What one deletion brings with it: what goes, level by level, lookups that let go, records that refuse."""

    going: list[tuple[str, list[str]]] = attribute(default_factory=list)
    letting_go: list[tuple[Object, Field, str, list[str]]] = attribute(default_factory=list)
    refusing: list[tuple[Object, Field, list[str]]] = attribute(default_factory=list)

    @property
    def gone(self) -> dict[str, set[str]]:
        """Return the ids of everything that goes, by object."""
        found: dict[str, set[str]] = {}
        for object_name, ids in self.going:
            found.setdefault(object_name, set()).update(ids)
        return found


def delete(
    connection: sa.Connection,
    reading: Reading,
    object_name: str,
    record_id: str,
    version: int | None,
    time_zone: str,
    read_back: ReadBack,
) -> None:
    """Delete a record with everything that cannot be without it; `Referred` names what keeps it."""
    one = writable(reading, "delete", object_name)
    draft = draft_of(connection, reading, one, record_id, "delete", time_zone)
    if version is not None and draft.row["version"] != version:
        raise conflict(reading, one, draft.row, {}, read_back)
    found = consequences(connection, reading, object_name, record_id)
    if found.refusing:
        raise _referred(connection, reading, one, found)
    with all_or_nothing(connection, reading, one):
        for other, field, target, ids in found.letting_go:
            _let_go(connection, reading, other, field, target, ids)
        for name, ids in reversed(found.going):
            _remove(connection, reading, name, ids)


def consequences(connection: sa.Connection, reading: Reading, object_name: str, record_id: str) -> Consequences:
    """Work out what a deletion brings with it, whoever asks: the rules are the object's, not the person's."""
    found = Consequences(going=[(object_name, [record_id])])
    seen = {(object_name, record_id)}
    at = 0
    while at < len(found.going):
        name, ids = found.going[at]
        at += 1
        for other, field in _pointing(reading, name):
            pointing = _ids_pointing(connection, reading, other, field, name, ids)
            match field.on_delete or ("restrict" if field.required else "set_empty"):
                case "cascade":
                    fresh = [one for one in pointing if (other.name, one) not in seen]
                    seen.update((other.name, one) for one in fresh)
                    if fresh:
                        found.going.append((other.name, fresh))
                case "set_empty" if pointing:
                    found.letting_go.append((other, field, name, pointing))
                case "restrict" if pointing:
                    found.refusing.append((other, field, pointing))
    gone = found.gone
    found.refusing = [
        (other, field, left)
        for other, field, ids in found.refusing
        if (left := [one for one in ids if one not in gone.get(other.name, ())])
    ]
    found.letting_go = [
        (other, field, target, left)
        for other, field, target, ids in found.letting_go
        if (left := [one for one in ids if one not in gone.get(other.name, ())])
    ]
    return found


def _pointing(reading: Reading, object_name: str) -> Iterator[tuple[Object, Field]]:
    for other in reading.spec.objects.values():
        for field in other.fields.values():
            if field.type == "lookup" and object_name in field.to:
                yield other, field


def _ids_pointing(
    connection: sa.Connection, reading: Reading, other: Object, field: Field, target: str, ids: Sequence[str]
) -> list[str]:
    # Whatever points at the record has to be known: it goes with it, lets go of it, or keeps it.
    table = passed(reading.object_table(other.name).alias(), "everybody")
    found: list[str] = []
    for start in range(0, len(ids), _CHUNK):
        wanted: list[sa.ColumnElement[bool]] = [table.c[f"{field.base_column}_id"].in_(ids[start : start + _CHUNK])]
        if len(field.to) > 1:
            wanted.append(table.c[f"{field.base_column}_object"] == target)
        found.extend(connection.execute(sa.select(table.c.id).where(*wanted).order_by(table.c.id)).scalars())
    return found


def _let_go(
    connection: sa.Connection, reading: Reading, other: Object, field: Field, target: str, ids: Sequence[str]
) -> None:
    table = reading.object_table(other.name)
    now, me = reading.context.now, reading.context.me
    column = table.c[f"{field.base_column}_id"]
    history: list[dict[str, Any]] = []
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        if field.history:
            held = passed(sa.select(table.c.id, column).where(table.c.id.in_(chunk)), "written")
            for record_id, before in connection.execute(held):
                history.append(
                    history_row(other.name, record_id, new_id(), now, me, "updated", field.name, f"{target}:{before}")
                )
        empty = {
            **dict.fromkeys(field.column_names),
            "version": table.c.version + 1,
            "updated_at": now,
            "updated_by_id": me,
        }
        connection.execute(passed(sa.update(table).where(table.c.id.in_(chunk)).values(empty), "written"))
    write_history(connection, reading, other, history)


def _remove(connection: sa.Connection, reading: Reading, object_name: str, ids: Sequence[str]) -> None:
    table, search = reading.object_table(object_name), reading.table("crmspec_search")
    share = reading.table("crmspec_share")
    now, me = reading.context.now, reading.context.me
    one, stored = reading.object(object_name), reading.stored_names.as_stored("", object_name)
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        words = sa.delete(search).where(search.c.object == stored, search.c.record_id.in_(chunk))
        connection.execute(passed(words, "written"))
        connection.execute(sa.delete(share).where(share.c.object == object_name, share.c.record_id.in_(chunk)))
        connection.execute(passed(sa.delete(table).where(table.c.id.in_(chunk)), "written"))
        gone = [history_row(object_name, record_id, new_id(), now, me, "deleted") for record_id in chunk]
        write_history(connection, reading, one, gone)


def _referred(connection: sa.Connection, reading: Reading, one: Object, found: Consequences) -> Referred:
    """Say what keeps a record: what the person may see with its number, of everything else only that it is there."""
    language = reading.language
    counted = [(other, field, _seen(connection, reading, other, ids), len(ids)) for other, field, ids in found.refusing]
    references = [Reference(other.name, field.name, seen) for other, field, seen, _ in counted if seen]
    uses = [
        say(
            language,
            "use",
            count=seen,
            object=noun(reading.spec, other.name, language),
            label=field_label(field, language),
        )
        for other, field, seen, _ in counted
        if seen
    ]
    if any(seen < count for _, _, seen, count in counted):
        uses.append(say(language, "use_hidden"))
    words = say(language, "referred", object=noun(reading.spec, one.name, language), uses=", ".join(uses))
    return Referred(words, references)


def _seen(connection: sa.Connection, reading: Reading, other: Object, ids: Sequence[str]) -> int:
    """Count how many of these records the person may see."""
    table = reading.object_table(other.name)
    rule = reading.rule("read", other.name, table)
    if rule is None:
        return len(ids)
    chunks = (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
    statements = (sa.select(sa.func.count()).where(table.c.id.in_(chunk), rule) for chunk in chunks)
    return sum(connection.execute(statement).scalar_one() for statement in statements)
