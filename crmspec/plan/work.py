"""What one table goes through between two specs: which columns go, come, come back, and how they are filled.

A field that both sides have keeps its columns where the values still mean the same; otherwise the old columns are
retired and new ones are filled from them, so that no conversion ever overwrites the only copy of a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute

from crmspec.plan.change import Retired
from crmspec.plan.convert import Conversion, conversion, needs_conversion, stored_constant
from crmspec.plan.retire import newest, stored_name
from crmspec.schema import Column, Dialect, Table, field_columns, fitted
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Field, Object, Spec

DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql")
Both = dict[Dialect, str]


@dataclass
class FieldWork:
    """What happens to one field: its columns that go out of sight, come back, come new, and what fills them."""

    address: str
    retire: dict[str, str] = attribute(default_factory=dict)  # column → what it is called then
    restore: dict[str, str] = attribute(default_factory=dict)  # what it is called → column
    drop: tuple[str, ...] = ()  # columns whose values are all in another one
    add: tuple[Column, ...] = ()
    fill: dict[str, Both] = attribute(default_factory=dict)  # column → expression
    remembered: Retired | None = None
    forgotten: Retired | None = None


@dataclass
class TableWork:
    """One table that both sides have, and the work of each of its fields."""

    physical: dict[Dialect, Table]  # as it is once the renames are done
    desired: Table
    fields: tuple[FieldWork, ...] = ()
    value_names: dict[str, dict[str, str]] = attribute(default_factory=dict)  # column → stored values that are renamed

    @property
    def name(self) -> str:
        """The table's name, the same on both sides once renames are done."""
        return self.desired.name

    @property
    def fill(self) -> dict[str, Both]:
        """Every column that gets values from others."""
        return {column: both for work in self.fields for column, both in work.fill.items()}

    @property
    def renamed_values(self) -> dict[str, dict[str, str]]:
        """Every column, as it is called once retired ones are out of sight, whose stored values have new names."""
        return {self.retired.get(column, column): names for column, names in self.value_names.items()}

    @property
    def retired(self) -> dict[str, str]:
        """Every column that goes out of sight."""
        return {column: stored for work in self.fields for column, stored in work.retire.items()}

    @property
    def restored(self) -> dict[str, str]:
        """Every column that comes back: what it is called → its name."""
        return {stored: column for work in self.fields for stored, column in work.restore.items()}

    @property
    def dropped(self) -> tuple[str, ...]:
        """Every column, under its name out of sight, whose values are all in another one."""
        return tuple(name for work in self.fields for name in work.drop)

    @property
    def added(self) -> dict[str, Column]:
        """Every new column."""
        return {column.name: column for work in self.fields for column in work.add}


@dataclass(frozen=True)
class Sides:
    """What the work of a table is made from."""

    before: Spec  # the deployed spec under its new names
    desired: Spec
    retired: Sequence[Retired]
    revision: str


def renaming(column: str, names: Mapping[str, str]) -> str:
    """Write the expression that gives the values of a column their new names."""
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in names.items())
    return f"CASE {column} {cases} ELSE {column} END"


def field_works(sides: Sides, before: Object, after: Object) -> Iterator[FieldWork]:
    """Yield the work of every field of an object that needs any."""
    for name, field in before.fields.items():
        if name not in after.fields:
            yield from _removed(sides, before, field)
    for name, field in after.fields.items():
        old = before.fields.get(name)
        work = _added(sides, after, field) if old is None else _kept(sides, after, old, field)
        if work is not None:
            yield work


def _removed(sides: Sides, one: Object, field: Field) -> Iterator[FieldWork]:
    columns = field_columns(field)
    if columns:
        yield _retiring(sides, one, field, columns)


def _retiring(sides: Sides, one: Object, field: Field, columns: Sequence[Column]) -> FieldWork:
    address = f"{one.name}.{field.name}"
    stored = {column.name: stored_name(sides.revision, column.name) for column in columns}
    remembered = Retired(
        address=address,
        kind="field",
        table=one.table,
        names=tuple(stored),
        stored_as=tuple(stored.values()),
        revision=sides.revision,
        part=field,
    )
    return FieldWork(address, retire=stored, remembered=remembered)


def _added(sides: Sides, one: Object, field: Field) -> FieldWork | None:
    columns = field_columns(field)
    if not columns:
        return None
    address = f"{one.name}.{field.name}"
    kept = restorable(sides.retired, address, field)
    if kept:
        return FieldWork(address, restore=dict(zip(kept.stored_as, kept.names, strict=True)), forgotten=kept)
    work = FieldWork(address, add=columns)
    first = _first_value(field)
    if first:
        work.fill[columns[0].name] = first
    return work


def restorable(retired: Sequence[Retired], address: str, field: Field) -> Retired | None:
    """Return what was retired at the address, when its storage is what the field asks for now."""
    kept = newest(retired, address)
    if kept is None or not isinstance(kept.part, Field) or kept.kind == "object":
        return None
    same = (kept.part.type, kept.part.decimals, kept.part.row.child) == (field.type, field.decimals, field.row.child)
    columns = tuple(column.name for column in field_columns(field))
    return kept if same and (kept.kind == "child" or kept.names == columns) else None


def _first_value(field: Field) -> Both | None:
    """Return what the rows that are there already get in a new field, where that is not its constant default."""
    if field.convert and field.convert.otherwise not in (None, "empty"):
        return {dialect: stored_constant(field, str(field.convert.otherwise), dialect) for dialect in DIALECTS}
    if not field.required:
        return None
    match field.default:
        case "now()":
            return {"sqlite": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')", "postgresql": "now()"}
        case "today()":
            return {"sqlite": "date('now')", "postgresql": "current_date"}
        case "me()":
            return dict.fromkeys(DIALECTS, "coalesce(created_by_id, owner_id)")
    return None


def _kept(sides: Sides, one: Object, before: Field, after: Field) -> FieldWork | None:
    old, new = field_columns(before), field_columns(after)
    if needs_conversion(before, after):
        return _converted(sides, one, before, after, old, new)
    return _adjusted(sides, one, before, after, old, new)


def _adjusted(
    sides: Sides, one: Object, before: Field, after: Field, old: Sequence[Column], new: Sequence[Column]
) -> FieldWork | None:
    """Keep the columns; at most a second one (since when a stage, which object) comes or goes."""
    there, wanted = {column.name for column in old}, {column.name for column in new}
    gone = [column for column in old if column.name not in wanted]
    work = _retiring(sides, one, before, gone) if gone else FieldWork(f"{one.name}.{after.name}")
    work.add = tuple(column for column in new if column.name not in there)
    for column in work.add:
        if after.pipeline and column.kind == "datetime":
            work.fill[column.name] = dict.fromkeys(DIALECTS, "updated_at")
    if after.required and not before.required and new and after.default is not None:
        value = _first_value(after) or {dialect: stored_constant(after, after.default, dialect) for dialect in DIALECTS}
        column_name = quoted(new[0].name)
        work.fill[new[0].name] = {dialect: f"coalesce({column_name}, {text})" for dialect, text in value.items()}
    return work if gone or work.add or work.fill else None


def _converted(
    sides: Sides, one: Object, before: Field, after: Field, old: Sequence[Column], new: Sequence[Column]
) -> FieldWork | None:
    address = f"{one.name}.{after.name}"
    way = conversion(before, after, sides.desired.project.time_zone)
    same_columns = [(column.name, column.kind) for column in old] == [(column.name, column.kind) for column in new]
    if way and way.in_place and same_columns and not (after.convert and after.convert.map):
        work = FieldWork(address)
        if not way.identity:
            name = new[0].name
            work.fill[name] = {dialect: way.expression(quoted(name), dialect) for dialect in DIALECTS}
        return work
    kept = restorable(sides.retired, address, after)
    if kept and kept.kind == "field":
        return _returned(sides, one, before, after, old, kept)
    work = _retiring(sides, one, before, old) if old else FieldWork(address)
    work.add = tuple(new)
    if way and old and new:
        source = quoted(work.retire[old[0].name])
        work.fill[new[0].name] = {dialect: way.expression(source, dialect) for dialect in DIALECTS}
    if before.type == after.type == "lookup" and old and new:
        work.fill.update(_lookup_fill(before, after, work))
    return work if work.retire or work.add else None


def _lookup_fill(before: Field, after: Field, work: FieldWork) -> dict[str, Both]:
    """Fill a lookup to several objects from one to a single object, or the other way round."""
    base = after.base_column
    source = quoted(work.retire[f"{base}_id"])
    if len(after.to) > 1:
        kind = f"CASE WHEN {source} IS NOT NULL THEN '{before.to[0]}' END"
        return {f"{base}_id": dict.fromkeys(DIALECTS, source), f"{base}_object": dict.fromkeys(DIALECTS, kind)}
    which = quoted(work.retire[f"{base}_object"])
    return {f"{base}_id": dict.fromkeys(DIALECTS, f"CASE WHEN {which} = '{after.to[0]}' THEN {source} END")}


def _returned(
    sides: Sides, one: Object, before: Field, after: Field, old: Sequence[Column], kept: Retired
) -> FieldWork:
    """Bring the values of an earlier type back, and convert those that were changed since.

    Undoing the very revision that converted them, the newer column goes: all of it is in the older one then.
    """
    back = conversion(before, after, sides.desired.project.time_zone)
    forth = conversion(after, before, sides.desired.project.time_zone)
    work = _retiring(sides, one, before, old)
    undoing = set(work.retire.values()) & set(kept.stored_as)
    if undoing:
        work.retire = {column: fitted(f"crmspec_undone_{column}") for column in work.retire}
        work.remembered = None
        work.drop = tuple(work.retire.values()) if back else ()
    work.restore, work.forgotten = dict(zip(kept.stored_as, kept.names, strict=True)), kept
    if back and old and kept.names:
        name = kept.names[0]
        newer = quoted(work.retire[old[0].name])
        work.fill[name] = {dialect: _unless_changed(name, newer, back, forth, dialect) for dialect in DIALECTS}
    return work


def _unless_changed(name: str, newer: str, back: Conversion, forth: Conversion | None, dialect: Dialect) -> str:
    older, same = quoted(name), "IS NOT DISTINCT FROM" if dialect == "postgresql" else "IS"
    if forth is None:
        return f"CASE WHEN {older} IS NULL THEN {back.expression(newer, dialect)} ELSE {older} END"
    fits = f"NOT coalesce({forth.unfit(older, dialect)}, FALSE)" if forth.unfit else "TRUE"
    unchanged = f"CASE WHEN {fits} THEN ({forth.expression(older, dialect)}) {same} {newer} ELSE FALSE END"
    return f"CASE WHEN {unchanged} THEN {older} ELSE {back.expression(newer, dialect)} END"
