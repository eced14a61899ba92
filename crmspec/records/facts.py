"""One record's values for formulas in Python: of a record that is being saved and is in no table yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from crmspec.access import passed
from crmspec.formula import Kind, evaluate
from crmspec.records.paths import look
from crmspec.records.reading import Reading
from crmspec.records.sources import NoSuchPath, Source
from crmspec.records.wording import name_of
from crmspec.spec import FIELD_TYPES, Field

Found = dict[tuple[str, str, tuple[str, ...]], Any]


class Facts:
    """What a record says, by path. Rules hold for everybody, so nothing is hidden here.

    What lies behind a lookup is asked of the database, once for each record and path; `found` may be shared by many
    records (a seed, an import), so that the same account is not asked for a thousand times.
    """

    def __init__(
        self,
        connection: sa.Connection,
        reading: Reading,
        object_name: str,
        row: Mapping[str, Any],
        several: Mapping[str, tuple[str, ...]],
        found: Found | None = None,
        *,
        stored: bool = True,
    ) -> None:
        self.connection, self.reading, self.object_name = connection, reading.unguarded, object_name
        self.row, self.several, self.stored = row, several, stored
        self.found: Found = {} if found is None else found
        self._worked_out: dict[str, Any] = {}

    def true(self, text: str) -> bool:
        """Say whether a condition is true; blank is not."""
        return self.formula(text, "boolean") is True

    def formula(self, text: str, expects: Kind | None = None, scale: int | None = None) -> Any:
        """Work a formula out."""
        expression = self.reading.formula(self.object_name, text, expects, scale)
        return evaluate(expression, self.value, self.reading.context)

    def value(self, path: tuple[str, ...]) -> Any:
        """Return what a path holds, numbers scaled and lookups as ids."""
        seen = look(self.reading.spec, self.object_name, path)
        here = look(self.reading.spec, self.object_name, path[:1])
        if seen is None or here is None:
            raise NoSuchPath(".".join(path))
        if len(path) == 1:
            return self._own(path[0], here.field, seen.part)
        if here.kind == "reference":
            return self._behind(here.field.base_column if here.field else path[0], here.to, path[1:])
        field = here.field
        if field is not None and field.pipeline:
            stage = self.reading.spec.stage_of(field, self.row.get(field.base_column))
            if path[1] == "label" and stage is not None:
                return stage.label.get(self.reading.language) or stage.name
            return getattr(stage, path[1]) if stage is not None else None
        assert field is not None
        return self.row.get(f"{field.base_column}_{path[1]}")

    def _own(self, name: str, field: Field | None, part: str) -> Any:
        if field is None:
            return self.row.get(f"{name}_id" if name in ("owner", "created_by", "updated_by") else name)
        if part == "since":
            return self.row.get(f"{field.base_column}_since")
        if part == "days" or field.type in ("formula", "rollup"):
            if name not in self._worked_out:
                self._worked_out[name] = self._computed(field, part)
            return self._worked_out[name]
        match field.type:
            case "multi_picklist":
                return self.several.get(field.name, ())
            case "lookup" | "file" | "image":
                return self.row.get(f"{field.base_column}_id")
            case "person_name":
                family, given = (self.row.get(name) for name in field.column_names)
                return name_of(family, given) or None
        return self.row.get(field.base_column)

    def _computed(self, field: Field, part: str) -> Any:
        if part == "days":
            return self.formula(f"days_between({field.name}_since, now())", "number")
        if field.type == "formula":
            kind = FIELD_TYPES[field.result].formula
            return self.formula(field.formula, kind, field.decimals if kind == "number" else None)  # type: ignore[arg-type]
        if not self.stored:
            return 0 if field.function in ("count", "sum") else None
        return self._asked(self.object_name, self.row["id"], (field.name,))

    def _behind(self, column: str, to: tuple[str, ...], rest: tuple[str, ...]) -> Any:
        record_id = self.row.get(f"{column}_id")
        if record_id is None:
            return None
        target = self.row.get(f"{column}_object") if len(to) > 1 else to[0]
        return self._asked(str(target), record_id, rest)

    def _asked(self, object_name: str, record_id: str, path: tuple[str, ...]) -> Any:
        key = (object_name, record_id, path)
        if key not in self.found:
            table = passed(self.reading.object_table(object_name).alias(), "everybody")
            source = Source(self.reading, object_name, table)
            column = source.column(path)
            statement = sa.select(column).select_from(source.from_clause).where(source.table.c.id == record_id)
            self.found[key] = self.connection.execute(statement).scalar_one_or_none()
        return self.found[key]
