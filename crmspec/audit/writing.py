"""Adding to the trail.

A row is chained in the transaction that adds it, so that no row ever stands there unchained. The number comes from a
counter whose row is held until the transaction ends: that is what puts writers in order, and why `note` belongs last
in a transaction. Held that way, it costs the others the time of one commit.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from uuid_utils import uuid7

from crmspec.audit.entries import Entry, audit_table, clean, counter_table, own_hash, plain_detail

COUNTER = "crmspec:audit"


def note(connection: sa.Connection, *entries: Entry) -> None:
    """Add entries to the trail, in order. Call it last in a transaction: whoever notes next waits for its end."""
    if not entries:
        return
    table = audit_table()
    number = _advance(connection, len(entries)) - len(entries)
    previous = _hash_of(connection, number)
    rows = []
    for entry in entries:
        number += 1
        row = {**_row(entry), "number": number, "previous_hash": previous}
        row["hash"] = previous = own_hash(row)
        rows.append(row)
    connection.execute(sa.insert(table), rows)


def _row(entry: Entry) -> dict[str, object]:
    return {
        "id": str(uuid7()), "at": entry.at, "person_id": entry.person_id, "event": entry.event,
        "who": clean(entry.who, 200), "address": clean(entry.address, 64), "session": entry.session[:12],
        "object": entry.object, "record_id": clean(entry.record_id, 100) if entry.record_id else None,
        "detail": plain_detail(entry.detail),
    }


def _advance(connection: sa.Connection, count: int) -> int:
    table = counter_table()
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    statement = insert(table).values(name=COUNTER, value=count)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_={"value": table.c.value + count})
    value: int = connection.execute(statement.returning(table.c.value)).scalar_one()
    return value


def _hash_of(connection: sa.Connection, number: int) -> str:
    """Return the hash of a row; of one that is gone, nothing: verifying will say that it is gone."""
    table = audit_table()
    found = connection.execute(sa.select(table.c.hash).where(table.c.number == number)).scalar_one_or_none()
    return found or ""


def begin_chain(connection: sa.Connection) -> None:
    """Chain the rows that an older crmspec wrote: before the table is closed to changes, and only then."""
    table = audit_table()
    loose = sa.select(table).where(table.c.number.is_(None)).order_by(table.c.at, table.c.id)
    rows = connection.execute(loose).mappings().all()
    if not rows:
        return
    number = _advance(connection, len(rows)) - len(rows)
    previous = _hash_of(connection, number)
    for row in rows:
        number += 1
        chained: Mapping[str, object] = {**row, "number": number, "previous_hash": previous}
        previous = own_hash(chained)
        connection.execute(
            sa.update(table)
            .where(table.c.id == row["id"])
            .values(number=number, previous_hash=chained["previous_hash"], hash=previous)
        )
