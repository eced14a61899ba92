"""Rows become records: some ids in, records out, in one statement and one more for each field of several values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from crmspec.access import passed
from crmspec.records.outputs import MASK, Output, output_of, select_of
from crmspec.records.paths import look, split_path
from crmspec.records.reading import Reading
from crmspec.records.sources import NoSuchPath, Source
from crmspec.records.values import Masked, Record, Ref, Value
from crmspec.schema import child_table_name
from crmspec.spec import SYSTEM_FIELDS, Field

_IDS_MAX = 10_000  # in one statement: SQLite takes 32,766 bound values, PostgreSQL 65,535


def readable_fields(reading: Reading, object_name: str) -> tuple[str, ...]:
    """Return every field of an object that is shown at all, system fields last."""
    fields = (*reading.object(object_name).fields, *(name for name in SYSTEM_FIELDS if name != "id"))
    return tuple(name for name in fields if reading.level(object_name, name) != "none")


def shown_columns(reading: Reading, object_name: str, paths: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split paths into those that are shown (perhaps masked) and those that are not for this reader."""
    shown: list[str] = []
    omitted: list[str] = []
    for path in dict.fromkeys(paths):
        known = look(reading.spec, object_name, split_path(path)) is not None
        (shown if known and reading.level(object_name, path) != "none" else omitted).append(path)
    return tuple(shown), tuple(omitted)


def fetch(
    connection: sa.Connection,
    reading: Reading,
    object_name: str,
    paths: Sequence[str],
    rows: sa.Subquery,
    keys: Sequence[str] = (),
    order: Sequence[Any] = (),
) -> list[tuple[Record, tuple[Any, ...]]]:
    """Return the records that `rows` (a sub-select with `id` and `keys`) picks, with the values of those keys.

    Everything a record shows is worked out for these few rows only, never for those that were merely looked through.
    """
    source = Source(reading, object_name, passed(reading.object_table(object_name).alias("r"), "picked"))
    outputs = _outputs(source, paths)
    title = source.title()
    columns, places = select_of(outputs)
    base = rows.join(source.table, source.table.c.id == rows.c.id)
    statement = (
        sa.select(
            source.table.c.id.label("record_id"),
            source.table.c.version.label("record_version"),
            title.label("record_title"),
            *(rows.c[key] for key in keys),
            *columns,
        )
        .select_from(source.joined_to(base))
        .order_by(*order)
    )
    found = connection.execute(statement).all()
    first = 3 + len(keys)
    several = _several(connection, reading, object_name, outputs, [row[0] for row in found])
    return [(_record(object_name, row, outputs, places, first, several), tuple(row[3:first])) for row in found]


def _outputs(source: Source, paths: Sequence[str]) -> list[Output]:
    found = []
    for path in paths:
        try:
            found.append(output_of(source, path))
        except NoSuchPath:
            continue
    return found


def _record(
    object_name: str,
    row: Sequence[Any],
    outputs: Sequence[Output],
    places: Sequence[slice],
    first: int,
    several: dict[str, dict[str, Value]],
) -> Record:
    cells = row[first:]
    values: dict[str, Value] = {}
    for output, place in zip(outputs, places, strict=True):
        values[output.path] = several[output.path].get(row[0]) if output.child else output.build(cells[place])
    return Record(object=object_name, id=row[0], version=row[1], title=row[2] or "", values=values)


def _several(
    connection: sa.Connection, reading: Reading, object_name: str, outputs: Sequence[Output], ids: list[str]
) -> dict[str, dict[str, Value]]:
    """Fetch the values of fields that have several, all records at once."""
    found: dict[str, dict[str, Value]] = {}
    for output in outputs:
        if output.child is None:
            continue
        values: dict[str, Value] = {}
        for start in range(0, len(ids), _IDS_MAX):
            values |= _values_of(connection, reading, object_name, output.child, ids[start : start + _IDS_MAX])
        if reading.level(object_name, output.path) == "masked":
            values = dict.fromkeys(values, Masked(MASK))
        found[output.path] = values
    return found


def _values_of(
    connection: sa.Connection, reading: Reading, object_name: str, field: Field, ids: list[str]
) -> dict[str, Value]:
    child = passed(reading.table(child_table_name(reading.object(object_name), field)).alias(), "picked")
    if field.row.child == "values":
        chosen: dict[str, set[str]] = {}
        for record_id, value in connection.execute(
            sa.select(child.c.record_id, child.c.value).where(child.c.record_id.in_(ids))
        ):
            chosen.setdefault(record_id, set()).add(value)
        return {
            record_id: tuple(name for name in field.option_names if name in names)
            for record_id, names in chosen.items()
        }
    target = Source(reading, field.to[0], reading.object_table(field.to[0]).alias())
    title = target.title()
    statement = (
        sa.select(child.c.record_id, child.c.target_id, title)
        .select_from(target.joined_to(child.join(target.table, target.table.c.id == child.c.target_id)))
        .where(child.c.record_id.in_(ids))
        .order_by(title, child.c.target_id)
    )
    rule = reading.rule("read", field.to[0], target.table)
    linked: dict[str, list[Ref]] = {}
    for record_id, target_id, words in connection.execute(statement if rule is None else statement.where(rule)):
        linked.setdefault(record_id, []).append(Ref(field.to[0], target_id, words or ""))
    return {record_id: tuple(refs) for record_id, refs in linked.items()}
