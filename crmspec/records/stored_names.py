"""What objects, fields and options are called in rows of history and search: see `schema.stored_names`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from crmspec.spec import Field, Object

_SEVERAL = "; "


@dataclass(frozen=True, slots=True)
class StoredNames:
    """Both ways between the names of a spec and those that rows keep. Empty where nothing was ever renamed."""

    stored: Mapping[tuple[str, str], str] = attribute(default_factory=dict)  # place and name → what is stored
    named: Mapping[tuple[str, str], str] = attribute(default_factory=dict)  # place and what is stored → name

    def as_stored(self, place: str, name: str) -> str:
        """Return what a part is called in rows; the place of an object is empty."""
        return self.stored.get((place, name), name)

    def as_named(self, place: str, stored: str) -> str:
        """Return what a part that rows speak of is called now."""
        return self.named.get((place, stored), stored)


def read_stored_names(connection: sa.Connection, table: sa.Table) -> StoredNames:
    """Read the names that are not what they were first: a few rows."""
    rows = connection.execute(sa.select(table.c.place, table.c.name, table.c.stored)).all()
    return StoredNames(
        {(place, name): stored for place, name, stored in rows},
        {(place, stored): name for place, name, stored in rows},
    )


def history_as_stored(names: StoredNames, one: Object, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of history as it is kept."""
    if not names.stored:
        return row
    words = {
        name: _worded(one, row["field"], row[name], names.as_stored) for name in ("before", "after") if row[name]
    }
    field = names.as_stored(one.name, row["field"]) if row["field"] else None
    return {**row, **words, "object": names.as_stored("", one.name), "field": field}


def history_as_named(names: StoredNames, one: Object, rows: Sequence[RowMapping]) -> Sequence[Mapping[str, Any]]:
    """Return rows of one object's history with the names of today."""
    if not names.stored:
        return [dict(row) for row in rows]
    found: list[Mapping[str, Any]] = []
    for row in rows:
        field = names.as_named(one.name, row["field"]) if row["field"] else None
        words = {name: _worded(one, field, row[name], names.as_named) for name in ("before", "after") if row[name]}
        found.append({**row, **words, "object": one.name, "field": field})
    return found


def _worded(one: Object, field_name: str | None, text: str, named: Callable[[str, str], str]) -> str:
    """Write a value with other names: those of options, and of the object that a look-up leads to."""
    field: Field | None = one.fields.get(field_name or "")
    if field is not None and field.option_names:
        place = f"{one.name}.{field.name}"
        return _SEVERAL.join(named(place, part) for part in text.split(_SEVERAL))
    if field is not None and field.type == "lookup" and ":" in text:
        target, _, record_id = text.rpartition(":")
        return f"{named('', target)}:{record_id}"
    return text
