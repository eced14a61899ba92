"""Ending the oldest part of the trail: by an explicit act that stands in the trail, and with an anchor for the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

import sqlalchemy as sa

from crmspec.audit.entries import Entry, audit_table
from crmspec.audit.verify import Anchor
from crmspec.audit.writing import note
from crmspec.schema.system import AUDIT_GUARDS

_TOGETHER = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortened:
    """What was taken off, and the last row of it."""

    rows: int
    last: Anchor | None = None
    archive_sha256: str = ""


def shorten(connection: sa.Connection, before: datetime, act: Entry, write: Callable[[str], object]) -> Shortened:
    """Take the rows before a moment off the trail, after `write` was given each as a line of JSON.

    `act` says who does it; what was taken off is added to its detail. The newest row stays, whatever its date.
    """
    table = audit_table()
    newest = sa.select(sa.func.max(table.c.number)).scalar_subquery()
    first_kept = sa.select(sa.func.min(table.c.number)).where(table.c.at >= before).scalar_subquery()
    limit = connection.execute(sa.select(sa.func.coalesce(first_kept, newest))).scalar_one_or_none()
    rows, last, digest = 0, None, sha256()
    while limit is not None:
        after = last.number if last else -1
        page = connection.execute(
            sa.select(table).where(table.c.number > after, table.c.number < limit).order_by(table.c.number)
            .limit(_TOGETHER)
        ).mappings().all()
        for row in page:
            line = _line(dict(row))
            digest.update(line.encode())
            write(line)
        if page:
            rows, last = rows + len(page), Anchor(page[-1]["number"], page[-1]["hash"])
        if len(page) < _TOGETHER:
            break
    if last is None:
        return Shortened(rows=0)
    _delete(connection, last.number)
    note(connection, replace(act, detail={
        **act.detail, "rows": rows, "last_number": last.number, "last_hash": last.hash,
        "archive_sha256": digest.hexdigest()}))
    return Shortened(rows=rows, last=last, archive_sha256=digest.hexdigest())


def _line(row: Mapping[str, Any]) -> str:
    plain = {**row, "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds")}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def _delete(connection: sa.Connection, up_to: int) -> None:
    """Open the table for one statement, in this transaction: nobody else ever sees it open."""
    table = audit_table()
    dialect: Literal["sqlite", "postgresql"] = "sqlite" if connection.dialect.name == "sqlite" else "postgresql"
    for statement in _OPEN[dialect]:
        connection.exec_driver_sql(statement)
    connection.execute(sa.delete(table).where(table.c.number <= up_to))
    for statement in _CLOSE[dialect]:
        connection.exec_driver_sql(statement)


_OPEN = {
    "sqlite": ("DROP TRIGGER crmspec_audit_no_delete",),
    "postgresql": ("GRANT DELETE ON crmspec_audit TO CURRENT_USER",
                   "ALTER TABLE crmspec_audit DISABLE TRIGGER crmspec_audit_no_change"),
}
_CLOSE = {
    "sqlite": tuple(one for one in AUDIT_GUARDS["sqlite"] if "no_delete" in one),
    "postgresql": ("ALTER TABLE crmspec_audit ENABLE TRIGGER crmspec_audit_no_change", *AUDIT_GUARDS["postgresql"]),
}
