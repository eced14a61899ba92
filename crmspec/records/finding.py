"""Search over everything, and the records a look-up offers while it is typed in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crmspec.access import passed
from crmspec.records.conditions import escaped, lower_ascii, lowered
from crmspec.records.reading import Reading
from crmspec.records.searching import found_records, is_common, match, searchable_fields, words_of
from crmspec.records.sources import Source
from crmspec.records.values import Hit, Ref
from crmspec.spec.scope import PERSON

_ROUND = 30  # characters of what was found on either side


def search(connection: sa.Connection, reading: Reading, text: str, per_object: int) -> tuple[Hit, ...]:
    """Return the records that have all the words, best first: in the title, at its beginning, then anywhere else.

    One statement: for each object this reader may read, some of its records under its rule.
    """
    # Rare words first: the first one gives the records, the others are looked for in those.
    words = tuple(sorted(words_of(text), key=lambda word: (is_common(reading, word), -len(word))))
    if not words or reading.actor is None:
        return ()
    parts = [
        _of_object(reading, name, words, per_object)
        for name in reading.spec.objects
        if reading.actor.rights.opens(name, "read") and _readable_search(reading, name)
    ]
    if not parts:
        return ()
    hits: dict[tuple[str, str], tuple[int, Hit]] = {}
    for row in connection.execute(sa.union_all(*parts)):
        rank, hit = _hit(reading, row, words)
        key = (row.object, row.record_id)
        if key not in hits or rank < hits[key][0]:
            hits[key] = (rank, hit)
    ordered = sorted(hits.values(), key=lambda entry: (entry[0], entry[1].ref.title, entry[1].ref.id))
    return tuple(hit for _, hit in ordered)


def _readable_search(reading: Reading, object_name: str) -> bool:
    return any(reading.reads(object_name, field.name) for field in searchable_fields(reading.object(object_name)))


def _of_object(reading: Reading, name: str, words: tuple[str, ...], limit: int) -> sa.Select[Any]:
    found = passed(reading.table("crmspec_search").alias(), "picked")
    source = Source(reading, name, reading.object_table(name).alias())
    title = source.title()
    common = is_common(reading, words[0])
    conditions = [*match(reading, found, (name,), words[0], by_trigrams=not common)]
    for word in words[1:]:
        conditions.extend(found_records(reading, name, source.table.c.id, word))
    rule = reading.rule("read", name, source.table)
    if rule is not None:
        conditions.append(rule)
    inner = (
        sa.select(
            sa.literal(name).label("object"),
            source.table.c.id.label("record_id"),
            title.label("title"),
            found.c.field.label("field"),
            found.c.content.label("content"),
        )
        .select_from(source.joined_to(found.join(source.table, source.table.c.id == found.c.record_id)))
        .where(*conditions)
        .limit(limit)
    )
    if not common:
        in_title = found.c.field == reading.stored_names.as_stored(name, reading.object(name).title_field)
        inner = inner.order_by(in_title.desc(), source.table.c.created_at.desc(), source.table.c.id.desc())
    return sa.select(inner.subquery())


def _hit(reading: Reading, row: Any, words: tuple[str, ...]) -> tuple[int, Hit]:
    field = reading.stored_names.as_named(row.object, row.field)
    in_title = field == reading.object(row.object).title_field
    content: str = row.content
    rank = (0 if content.startswith(words[0]) else 1) if in_title else 2
    found = "" if in_title else _around(content, words[0])
    return rank, Hit(ref=Ref(row.object, row.record_id, row.title or ""), field=field, found=found)


def _around(content: str, word: str) -> str:
    """Return the words around what was found."""
    at = max(content.find(word), 0)
    start, end = max(0, at - _ROUND), at + len(word) + _ROUND
    return ("…" if start else "") + " ".join(content[start:end].split()) + ("…" if end < len(content) else "")


def offered(
    connection: sa.Connection, reading: Reading, targets: tuple[str, ...], text: str, limit: int
) -> tuple[Ref, ...]:
    """Return records of some objects whose title fits what is typed; the newest when nothing is."""
    found: list[Ref] = []
    for target in targets:
        if target == PERSON:
            found.extend(_people(connection, reading, text, limit))
        elif reading.actor is None or reading.actor.rights.opens(target, "read"):
            found.extend(_records(connection, reading, target, text, limit))
    small = text.strip().lower()
    if small:
        found.sort(key=lambda ref: (not ref.title.lower().startswith(small), ref.title.lower() != small))
    return tuple(found[:limit])


def _records(connection: sa.Connection, reading: Reading, target: str, text: str, limit: int) -> list[Ref]:
    source = Source(reading, target, reading.object_table(target).alias())
    title = source.title()
    conditions: list[Any] = []
    rule = reading.rule("read", target, source.table)
    if rule is not None:
        conditions.append(rule)
    if text.strip():
        if _readable_search(reading, target):
            conditions.extend(found_records(reading, target, source.table.c.id, text))
        else:
            conditions.append(lowered(title).like(f"%{escaped(lower_ascii(text.strip()))}%", escape="\\"))
    newest = (source.table.c.created_at.desc(), source.table.c.id.desc())
    statement = sa.select(source.table.c.id, title).select_from(source.from_clause).where(*conditions).order_by(*newest)
    # More than asked for, so that the best by title are among them; the order itself comes from an index.
    rows = connection.execute(statement.limit(limit * 3 if text.strip() else limit))
    return [Ref(target, record_id, words or "") for record_id, words in rows]


def _people(connection: sa.Connection, reading: Reading, text: str, limit: int) -> list[Ref]:
    table = reading.object_table(PERSON)
    statement = (
        sa.select(table.c.id, table.c.name).where(table.c.active).order_by(table.c.name, table.c.id).limit(limit)
    )
    for word in words_of(text):
        pattern = f"%{escaped(lower_ascii(word))}%"
        statement = statement.where(
            sa.or_(lowered(table.c.name).like(pattern, escape="\\"), lowered(table.c.login).like(pattern, escape="\\"))
        )
    return [Ref(PERSON, person_id, name) for person_id, name in connection.execute(statement)]
