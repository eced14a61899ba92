"""Search: words anywhere in a record's searchable fields, by trigrams where the database can, else by looking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from crmspec.access import passed
from crmspec.records.conditions import escaped
from crmspec.records.reading import Reading
from crmspec.records.wording import Column
from crmspec.spec import Field, Object

WORDS_MAX = 8
COMMON = 5_000
_TRIGRAM = 3


def searchable_fields(one: Object) -> tuple[Field, ...]:
    """Return the fields that are searched: those that say so, numbers given once, and the title."""
    return tuple(
        field
        for field in one.fields.values()
        if field.row.searchable and (field.search or field.type == "auto_number" or field.name == one.title_field)
    )


def content_of(field: Field, row: Mapping[str, object]) -> str:
    """Return what is searched of a field, in small letters; empty when there is nothing."""
    parts = [str(row[name]) for name in field.column_names if row.get(name) not in (None, "")]
    if field.type == "phone" and parts:
        # Written 021-6888 1234, looked for as 68881234.
        parts.append("".join(sign for sign in parts[0] if sign.isdigit() or sign == "+"))
    if field.type == "person_name":
        parts = ["".join(parts), " ".join(reversed(parts))]
    return " ".join(dict.fromkeys(parts)).lower()


def words_of(text: str) -> tuple[str, ...]:
    """Split what was typed into the words that must all be found."""
    clean = "".join(sign for sign in text if sign >= " " and not "\ud800" <= sign <= "\udfff")
    return tuple(dict.fromkeys(clean.lower().split()))[:WORDS_MAX]


def found_records(reading: Reading, object_name: str, record_id: Column, text: str) -> Iterable[Column]:
    """Yield a condition a word: the record has it in one of the fields this reader may read.

    A rare word gives the records to look at; a common one is looked for in each record that is looked at anyway, since
    to gather what nearly every record has would cost more than to find the first fifty.
    """
    words = words_of(text)
    if not words:
        yield sa.false()
    for word in words:
        table = passed(reading.table("crmspec_search").alias(), "picked")
        found = sa.select(table.c.record_id)
        if is_common(reading, word):
            here = match(reading, table, (object_name,), word, by_trigrams=False)
            yield found.where(table.c.record_id == record_id, *here).correlate_except(table).exists()
        else:
            yield record_id.in_(found.where(*match(reading, table, (object_name,), word)))


def is_common(reading: Reading, word: str) -> bool:
    """Say whether a word stands in so many places that gathering them all would be slow; asked once a question."""
    if reading.connection is None:
        return False
    if word not in reading.common_words:
        table = passed(reading.table("crmspec_search").alias(), "estimated")
        some: sa.Select[Any] = (
            sa.select(sa.literal_column("1")).where(_contains(reading, table, word)).limit(COMMON + 1)
        )
        count = reading.connection.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()
        reading.common_words[word] = count > COMMON
    return reading.common_words[word]


def match(
    reading: Reading, table: sa.FromClause, object_names: Iterable[str], word: str, *, by_trigrams: bool = True
) -> list[Column]:
    """Return the conditions on the search table for one word."""
    allowed, names = [], reading.stored_names
    for name in object_names:
        fields = [
            names.as_stored(name, field.name)
            for field in searchable_fields(reading.object(name))
            if reading.reads(name, field.name)
        ]
        allowed.append(sa.and_(table.c.object == names.as_stored("", name), table.c.field.in_(fields)))
    found = _contains(reading, table, word) if by_trigrams else _has(table, word)
    return [sa.or_(*allowed) if allowed else sa.false(), found]


def _contains(reading: Reading, table: sa.FromClause, word: str) -> Column:
    if reading.dialect == "sqlite" and len(word) >= _TRIGRAM:
        quoted = '"' + word.replace('"', '""') + '"'
        found = sa.text("SELECT rowid FROM crmspec_search_words WHERE content MATCH :word")
        words = passed(found.bindparams(sa.bindparam("word", quoted, unique=True)), "picked")
        return _rowid(table).in_(words.columns(sa.column("rowid", sa.Integer)))
    return _has(table, word)


def _has(table: sa.FromClause, word: str) -> Column:
    column: Column = table.c.content
    return column.like(f"%{escaped(word)}%", escape="\\")


def _rowid(table: sa.FromClause) -> Column:
    """Name the rowid of an aliased table: its alias is only known when the statement is written."""
    return sa.column("rowid", sa.Integer, _selectable=table)
