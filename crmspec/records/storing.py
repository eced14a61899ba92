"""Values become columns, and the statements that write them: row, values of several, search words, history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from uuid_utils import uuid7

from crmspec.access import passed
from crmspec.records.outputs import MASK
from crmspec.records.reading import Reading
from crmspec.records.searching import content_of, searchable_fields
from crmspec.records.stored_names import history_as_stored
from crmspec.records.texts import text_of
from crmspec.records.values import Ref, Value
from crmspec.schema import child_table_name
from crmspec.spec import Field, Object

Stored = dict[str, Any]  # column name → value as SQLAlchemy takes and gives it


def new_id() -> str:
    """Return a fresh id: a UUIDv7, so that ids sort by when they were made."""
    return str(uuid7())


def columns_of(field: Field, value: Value) -> Stored:
    """Return what is stored for a value; fields of several values and computed ones store nothing here."""
    match field.type:
        case "number" | "currency" | "percent":
            return {field.base_column: None if value is None else int(Decimal(str(value)).scaleb(field.decimals))}
        case "lookup":
            return _lookup(field, value)
        case "file" | "image":
            return {f"{field.base_column}_id": value}
        case "address" | "person_name":
            return _parts(field, value)
        case "geolocation":
            parts = _parts(field, value)
            return {name: None if part is None else int(Decimal(str(part)).scaleb(7)) for name, part in parts.items()}
    return {field.base_column: value} if field.row.stored else {}


def _parts(field: Field, value: Value) -> Stored:
    parts = value if isinstance(value, Mapping) else {}
    return {field.base_column + suffix: parts.get(suffix.removeprefix("_")) for suffix, _ in field.row.columns}


def _lookup(field: Field, value: Value) -> Stored:
    found = {f"{field.base_column}_id": value.id if isinstance(value, Ref) else value}
    if len(field.to) > 1:
        found[f"{field.base_column}_object"] = value.object if isinstance(value, Ref) else None
    return found


def value_from(field: Field, row: Mapping[str, Any]) -> Value:
    """Return the value of a field from a stored row; a lookup comes without its title."""
    cells = [row.get(name) for name in field.column_names]
    if all(cell is None for cell in cells):
        return None
    match field.type:
        case "number" | "currency" | "percent":
            return Decimal(str(cells[0])).scaleb(-field.decimals)
        case "lookup":
            return Ref(str(cells[1]) if len(field.to) > 1 else field.to[0], str(cells[0]), "")
        case "address" | "person_name":
            return {suffix.removeprefix("_"): cell for (suffix, _), cell in zip(field.row.columns, cells, strict=True)}
        case "geolocation":
            return {
                suffix.removeprefix("_"): None if cell is None else Decimal(cell).scaleb(-7)
                for (suffix, _), cell in zip(field.row.columns, cells, strict=True)
            }
    return cells[0]


@dataclass(frozen=True, slots=True)
class Made:
    """A record that is about to be written for the first time."""

    object: str
    row: Stored
    several: Mapping[str, tuple[str, ...]] = attribute(default_factory=dict)


def insert_records(
    connection: sa.Connection,
    reading: Reading,
    made: Sequence[Made],
    at: datetime,
    by: str | None,
    *,
    at_creation: bool = False,
) -> None:
    """Write new records of one object with everything that belongs to them: a few statements, however many they are.

    With `at_creation` history says what the row says: made then, by them.
    """
    if not made:
        return
    one = reading.object(made[0].object)
    connection.execute(passed(sa.insert(reading.table(one.table)), "written"), [record.row for record in made])
    for field in one.fields.values():
        if field.row.child:
            pairs = [(record.row["id"], value) for record in made for value in record.several.get(field.name, ())]
            _insert_several(connection, reading, one, field, pairs)
    search_rows = [entry for record in made for entry in search_rows_of(reading, one, record.row)]
    if search_rows:
        connection.execute(passed(sa.insert(reading.table("crmspec_search")), "written"), search_rows)
    history = [
        history_row(
            one.name,
            record.row["id"],
            new_id(),
            record.row["created_at"] if at_creation else at,
            record.row["created_by_id"] if at_creation else by,
            "created",
        )
        for record in made
    ]
    write_history(connection, reading, one, history)


def write_history(connection: sa.Connection, reading: Reading, one: Object, rows: Iterable[Stored]) -> None:
    """Write rows of one object's history, under the names that they keep."""
    names = reading.stored_names
    stored = [history_as_stored(names, one, row) for row in rows]
    if stored:
        connection.execute(passed(sa.insert(reading.table("crmspec_history")), "written"), stored)


def _insert_several(
    connection: sa.Connection, reading: Reading, one: Object, field: Field, pairs: list[tuple[str, str]]
) -> None:
    if pairs:
        name = "value" if field.row.child == "values" else "target_id"
        child = reading.table(child_table_name(one, field))
        rows = [{"record_id": record_id, name: value} for record_id, value in pairs]
        connection.execute(passed(sa.insert(child), "written"), rows)


def replace_several(
    connection: sa.Connection, reading: Reading, one: Object, field: Field, record_id: str, values: Iterable[str]
) -> None:
    """Write the values of a field that has several."""
    child = reading.table(child_table_name(one, field))
    connection.execute(passed(sa.delete(child).where(child.c.record_id == record_id), "written"))
    _insert_several(connection, reading, one, field, [(record_id, value) for value in values])


def several_of(
    connection: sa.Connection, reading: Reading, one: Object, field: Field, record_id: str
) -> tuple[str, ...]:
    """Return the values of such a field, in a fixed order."""
    child = passed(reading.table(child_table_name(one, field)).alias(), "picked")
    column = child.c.value if field.row.child == "values" else child.c.target_id
    found = connection.execute(sa.select(column).where(child.c.record_id == record_id).order_by(column)).scalars()
    names = tuple(found)
    return tuple(name for name in field.option_names if name in names) if field.row.child == "values" else names


def search_rows_of(reading: Reading, one: Object, row: Mapping[str, Any]) -> list[Stored]:
    """Return the search words of a record, a row a field."""
    names = reading.stored_names
    contents = ((field.name, content_of(field, row)) for field in searchable_fields(one))
    return [
        {
            "object": names.as_stored("", one.name),
            "record_id": row["id"],
            "field": names.as_stored(one.name, name),
            "content": content,
        }
        for name, content in contents
        if content
    ]


def refresh_search(
    connection: sa.Connection, reading: Reading, one: Object, row: Mapping[str, Any], fields: Iterable[str]
) -> None:
    """Write the search words of some fields again."""
    stored = reading.stored_names
    wanted = set(fields)
    names = [stored.as_stored(one.name, field.name) for field in searchable_fields(one) if field.name in wanted]
    if not names:
        return
    table = reading.table("crmspec_search")
    here = (table.c.object == stored.as_stored("", one.name), table.c.record_id == row["id"])
    connection.execute(passed(sa.delete(table).where(*here, table.c.field.in_(names)), "written"))
    rows = [entry for entry in search_rows_of(reading, one, row) if entry["field"] in names]
    if rows:
        connection.execute(passed(sa.insert(table), "written"), rows)


def history_row(
    object_name: str,
    record_id: str,
    batch: str,
    at: datetime,
    by: str | None,
    action: str,
    field: str | None = None,
    before: str | None = None,
    after: str | None = None,
) -> Stored:
    """Return one row of history."""
    return {
        "id": new_id(),
        "object": object_name,
        "record_id": record_id,
        "batch": batch,
        "at": at,
        "by_id": by,
        "action": action,
        "field": field,
        "before": before,
        "after": after,
    }


def history_text(field: Field | None, value: Value) -> str | None:
    """Return a value as history keeps it; of a secret only that there was one."""
    if value is None or value == ():
        return None
    if field is not None and field.type == "secret":
        return MASK
    if isinstance(value, Ref):
        return f"{value.object}:{value.id}"
    return text_of(field, value)
