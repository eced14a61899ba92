"""One deployed table, and what its columns will hold as expressions over what they hold now."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crmspec.plan.convert import as_text
from crmspec.plan.pointing import ALIAS
from crmspec.plan.work import FieldWork, TableWork
from crmspec.schema import Column, Dialect
from crmspec.schema.ddl import constant, literal, quoted
from crmspec.spec import Field, Object

Condition = Callable[[Dialect], str]
# A text, a table that is read, or a quoted name perhaps with its table.
_NAMES = re.compile(r"FROM \"(?:[^\"]|\"\")*\"(?= AS )|'(?:[^']|'')*'|(?:\"(?:[^\"]|\"\")*\"\.)?\"(?:[^\"]|\"\")*\"")
SHOWN_LENGTH_MAX = 60


@dataclass(frozen=True)
class AsNow:
    """One table with its work, and what its columns will hold in terms of what they hold now."""

    work: TableWork
    before: Object | None
    after: Object
    tables: Mapping[str, str]  # name of a table then → deployed name; and of a column, both with the table then

    @property
    def name(self) -> str:
        return self.work.moved.before.name

    @property
    def key(self) -> str:
        return "id" if self.work.desired.column("id") else "record_id"

    def names_now(self) -> dict[str, str]:
        """Map the name of every column once the work has begun to its deployed name."""
        moved = self.work.moved
        now = {new.name: old.name for old, new in zip(moved.before.columns, moved.after.columns, strict=True)}
        retired = {stored: now[name] for name, stored in self.work.retired.items()}
        kept = {name: old for name, old in now.items() if name not in self.work.retired}
        return kept | retired | {name: stored for stored, name in self.work.restored.items()}

    def as_now(self, expression: str) -> str:
        """Write an expression with the names of now, and renamed values as they will be."""
        now, renamed = self.names_now(), self.work.renamed_values

        def one(match: re.Match[str]) -> str:
            text = match[0]
            if text.startswith("'"):
                return text
            if text.startswith("FROM "):
                place = self.tables.get(text[6:-1], text[6:-1])
                return f"FROM {place if place.startswith('(') else quoted(place)}"
            qualifier, _, last = text.rpartition(".")
            name = last[1:-1].replace('""', '"')
            if qualifier.startswith(f'"{ALIAS}'):  # a column of another table, which its alias names
                return f"{qualifier}.{quoted(self.tables.get(f'{qualifier[len(ALIAS) + 1 : -1]}.{name}', name))}"
            if name not in now:
                return text
            own = f"{quoted(self.name)}.{quoted(now[name])}"
            if name in renamed:
                cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in renamed[name].items())
                return f"(CASE {own} {cases} ELSE {own} END)"
            return own

        return _NAMES.sub(one, expression)

    def value(self, column: Column, dialect: Dialect) -> str:
        """Return what a column will hold."""
        fill = self.work.fill.get(column.name)
        made = next((field.makes for field in self.work.fields if field.makes and column.name in field.fill), None)
        if made:  # the records that will be found are not there yet: a name is as good as its record
            return f"nullif(trim({self.as_now(made.name)}), '')"
        if fill:
            return f"({self.as_now(fill[dialect])})"
        if column.name in self.work.added:
            return "NULL" if column.default is None else constant(column.kind, column.default, dialect)
        return self.as_now(quoted(column.name))

    def unfit_of(self, field: FieldWork) -> Mapping[Dialect, str] | None:
        """Return which values cannot be converted, as far as it can be told before anything is done."""
        return field.makes.several if field.makes else field.unfit

    def misfit(self, column: Column, dialect: Dialect) -> str:
        """Return the condition under which a value cannot be converted; such rows are counted once, for that."""
        for field in self.work.fields:
            unfit = self.unfit_of(field)
            if unfit and field.address == self.address_of(column):
                return f"coalesce({self.as_now(unfit[dialect])}, FALSE)"
        return ""

    def fields_of(self, column: Column) -> tuple[Field | None, Field | None]:
        """Return the field of a column on both sides."""
        return (self.before.fields.get(column.field) if self.before else None, self.after.fields.get(column.field))

    def address_of(self, column: Column) -> str:
        """Return the address of the field that a column belongs to."""
        return f"{self.after.name}.{column.field or column.name}"

    def shown(self, column: Column, dialect: Dialect) -> str:
        """Write what a column will hold as people would read it, not too long."""
        field = self.fields_of(column)[1]
        written = as_text(field) if field and column.name == f"{field.base_column}{_suffix(field)}" else None
        value = self.value(column, dialect)
        return shortened(written(value, dialect) if written else f"CAST({value} AS TEXT)")

    def shown_source(self, field: FieldWork, dialect: Dialect) -> str:
        """Write the old value of a field that is converted."""
        return shortened(self.as_now(field.source[dialect])) if field.source else "NULL"


def shortened(text: str) -> str:
    """Write the beginning of a text: as much as is shown of a value."""
    return f"substr({text}, 1, {SHOWN_LENGTH_MAX})"


def _suffix(field: Field) -> str:
    return field.row.columns[0][0] if field.row.columns else ""
