"""Looking something up in the trail, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crmspec.audit.entries import audit_table
from crmspec.audit.verify import Anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One row of the trail, as it is read."""

    number: int
    id: str
    at: datetime
    event: str
    person_id: str | None
    who: str
    address: str
    session: str
    object: str | None
    record_id: str | None
    detail: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which rows are wanted; what is left out takes all. `who` is a log-in, `before` a number to go on from."""

    events: tuple[str, ...] = ()
    who: str = ""
    objects: tuple[str, ...] = ()
    record_id: str = ""
    address: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Where the trail ends now."""

    anchor: Anchor
    at: datetime


def read_trail(connection: sa.Connection, wanted: Filter, *, limit: int = 100) -> tuple[Noted, ...]:
    """Return the newest rows that fit."""
    table = audit_table()
    names = [column for column in table.c if column.name != "previous_hash"]
    rows = connection.execute(
        sa.select(*names).where(*_conditions(table, wanted)).order_by(table.c.number.desc()).limit(limit)
    ).mappings()
    return tuple(Noted(**{**row, "detail": row["detail"] or {}}) for row in rows)


def _conditions(table: sa.Table, wanted: Filter) -> Iterator[sa.ColumnElement[bool]]:
    yield table.c.number.is_not(None)
    for column, value in ((table.c.who, wanted.who), (table.c.record_id, wanted.record_id),
                          (table.c.address, wanted.address)):
        if value:
            yield column == value
    for column, values in ((table.c.event, wanted.events), (table.c.object, wanted.objects)):
        if values:
            yield column.in_(values)
    if wanted.since:
        yield table.c.at >= wanted.since
    if wanted.until:
        yield table.c.at < wanted.until
    if wanted.before is not None:
        yield table.c.number < wanted.before


def head(connection: sa.Connection) -> Head | None:
    """Return the newest row's number and hash: what to keep where nobody can change it."""
    table = audit_table()
    row = connection.execute(
        sa.select(table.c.number, table.c.hash, table.c.at)
        .where(table.c.number.is_not(None))
        .order_by(table.c.number.desc())
        .limit(1)
    ).first()
    return Head(Anchor(row.number, row.hash), row.at) if row else None
