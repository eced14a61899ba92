"""Files that fields hold: taken in after a look at their content, given out to whoever may read a record with them."""

from __future__ import annotations

import hashlib
import re

import sqlalchemy as sa

from crmspec.access import is_id, passed
from crmspec.records.problems import Invalid, NotFound, Problem
from crmspec.records.reading import Reading
from crmspec.records.storing import new_id
from crmspec.records.values import StoredFile
from crmspec.records.words import say

SIZE_MAX_MB = 25
NAME_LENGTH_MAX = 200
_PICTURES: tuple[tuple[str, bytes, int], ...] = (
    ("image/png", b"\x89PNG\r\n\x1a\n", 0),
    ("image/jpeg", b"\xff\xd8\xff", 0),
    ("image/gif", b"GIF8", 0),
    ("image/webp", b"WEBP", 8),
)
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,80}\Z")


def picture_type(content: bytes) -> str:
    """Return the type of a picture by its first bytes; empty when it is none. What the sender says is not asked."""
    return next((name for name, mark, at in _PICTURES if content[at : at + len(mark)] == mark), "")


def store_file(connection: sa.Connection, reading: Reading, name: str, content_type: str, content: bytes) -> StoredFile:
    """Keep a file for a record that is about to hold it."""
    if len(content) > SIZE_MAX_MB * 1024 * 1024:
        words = say(reading.language, "file_too_large", label=name[:60], most=SIZE_MAX_MB)
        raise Invalid([Problem("", "file_too_large", words)])
    kind = picture_type(content) or (
        content_type.lower() if _TYPE.match(content_type.lower()) else "application/octet-stream"
    )
    if kind.startswith("image/") and not picture_type(content):
        kind = "application/octet-stream"
    stored = StoredFile(new_id(), plain_name(name), kind, len(content))
    row = sa.insert(reading.table("crmspec_file")).values(
        id=stored.id,
        name=stored.name,
        content_type=kind,
        size=stored.size,
        sha256=hashlib.sha256(content).hexdigest(),
        created_at=reading.context.now,
        created_by_id=reading.context.me,
    )
    connection.execute(passed(row, "written"))
    whole = sa.insert(reading.table("crmspec_file_content")).values(file_id=stored.id, content=content)
    connection.execute(passed(whole, "written"))
    return stored


def plain_name(name: str) -> str:
    """Return a file's own name: no folders, no control characters, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    clean = "".join(sign for sign in last if sign.isprintable()).strip(" .")
    return clean[-NAME_LENGTH_MAX:] or "file"


def read_file(connection: sa.Connection, reading: Reading, file_id: str) -> tuple[StoredFile, bytes]:
    """Return a file that some record holds which the reader may see, in a field the reader may read."""
    if not is_id(file_id) or not _held(connection, reading, file_id):
        raise NotFound(say(reading.language, "not_file", label=""), "not_file")
    table, contents = (
        passed(reading.table(name).alias(), "picked") for name in ("crmspec_file", "crmspec_file_content")
    )
    row = connection.execute(
        sa.select(table.c.name, table.c.content_type, table.c.size, contents.c.content)
        .join(contents, contents.c.file_id == table.c.id)
        .where(table.c.id == file_id)
    ).one()
    return StoredFile(file_id, row.name, row.content_type, row.size), bytes(row.content)


def _held(connection: sa.Connection, reading: Reading, file_id: str) -> bool:
    parts = []
    for one in reading.spec.objects.values():
        for field in one.fields.values():
            if field.type in ("file", "image") and reading.reads(one.name, field.name):
                table = reading.object_table(one.name).alias()
                found: sa.Select[tuple[str]] = sa.select(sa.literal_column("1")).where(
                    table.c[f"{field.base_column}_id"] == file_id
                )
                rule = reading.rule("read", one.name, table)
                parts.append(found if rule is None else found.where(rule))
    return bool(parts) and connection.execute(sa.union_all(*parts).limit(1)).first() is not None
