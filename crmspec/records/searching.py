"""Search: words anywhere in a record's searchable fields, by trigrams where the database can, else by looking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from crmspec.records.conditions import escaped
from crmspec.records.reading import Reading
from crmspec.records.sources import Column
from crmspec.spec import Field, Object

WORDS_MAX = 8
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
    """Yield a condition a word: the record has it in one of the fields this reader may read."""
    words = words_of(text)
    if not words:
        yield sa.false()
    for word in words:
        yield record_id.in_(matching(reading, (object_name,), word))


def matching(reading: Reading, object_names: Iterable[str], word: str) -> sa.Select[tuple[str]]:
    """Return the ids of records that have a word, among fields that may be read."""
    table = reading.table("crmspec_search").alias()
    return sa.select(table.c.record_id).where(*match(reading, table, object_names, word))


def match(reading: Reading, table: sa.FromClause, object_names: Iterable[str], word: str) -> list[Column]:
    """Return the conditions on the search table for one word."""
    allowed = []
    for name in object_names:
        fields = [field.name for field in searchable_fields(reading.object(name)) if reading.reads(name, field.name)]
        allowed.append(sa.and_(table.c.object == name, table.c.field.in_(fields)))
    return [sa.or_(*allowed) if allowed else sa.false(), _contains(reading, table, word)]


def _contains(reading: Reading, table: sa.FromClause, word: str) -> Column:
    if reading.dialect == "sqlite" and len(word) >= _TRIGRAM:
        quoted = '"' + word.replace('"', '""') + '"'
        words = sa.text("SELECT rowid FROM crmspec_search_words WHERE content MATCH :word").bindparams(
            sa.bindparam("word", quoted, unique=True)
        )
        rowid = sa.literal_column(f'"{table.name}".rowid') if isinstance(table, sa.Table) else _rowid(table)
        return rowid.in_(words.columns(sa.column("rowid", sa.Integer)))
    return table.c.content.like(f"%{escaped(word)}%", escape="\\")


def _rowid(table: sa.FromClause) -> Column:
    """Name the rowid of an aliased table: its alias is only known when the statement is written."""
    return sa.column("rowid", sa.Integer, _selectable=table)
