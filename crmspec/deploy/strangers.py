"""Columns, indexes and tables that somebody made by hand → the fields, indexes and objects that they would be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from crmspec.deploy.catalogue import real_shapes
from crmspec.deploy.database import for_reading
from crmspec.deploy.drift import Drift, find_drift
from crmspec.deploy.looking import dialect_of
from crmspec.deploy.releases import deployed_release
from crmspec.deploy.shape import Shape
from crmspec.diagnostics import Diagnostic, Refused, did_you_mean
from crmspec.schema import PERSON_TABLE, Dialect
from crmspec.spec import Field, Index, Object, Spec
from crmspec.spec.names import form_refusal, reserved_refusal, suggested

_OURS = re.compile(r"crmspec_|alembic_version\Z")
_SYSTEM = {"id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version"}
_SYSTEM_FIELDS = {"owner_id": "owner", "created_by_id": "created_by", "updated_by_id": "updated_by"}
# Types of columns → types of fields that keep their values as they are.
_FIELD_TYPES: Mapping[Dialect, tuple[tuple[str, str], ...]] = {
    "postgresql": (
        ("bigint|integer|smallint", "integer"), ("text|character.*|citext", "text"), ("boolean", "boolean"),
        ("date", "date"), ("timestamp.* with time zone", "datetime"), ("time.* without time zone", "time"),
        ("jsonb|json", "json"),
    ),
    "sqlite": (("INTEGER|BIGINT|INT", "integer"), (r"TEXT|VARCHAR.*|CHARACTER.*|CLOB", "text")),
}
_LENGTH = re.compile(r"\w+(?: varying)?\((\d+)\)\Z", re.IGNORECASE)
_CONSTANT = re.compile(r"-?\w[\w .:+-]*\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """Something that can be adopted: a table, a column or an index, and the object it belongs to then."""

    kind: str                         # table, column, index
    table: str
    name: str                         # of the column or the index; empty for a table
    object: str

    def __str__(self) -> str:
        if self.kind == "table":
            return self.table
        return f"{self.table}.{self.name}" if self.kind == "column" else f"{self.table}: {self.name}"


@dataclass(frozen=True)
class Strangers:
    """A database with what somebody added to it."""

    dialect: Dialect
    spec: Spec | None                 # what is deployed
    real: Mapping[str, Shape]
    places: tuple[Place, ...]

    def find(self, text: str) -> Place:
        """Return the place that a person means; refuse one where nothing of somebody else's is."""
        wanted = " ".join(text.removeprefix("index:").replace(":", ": ").split())
        for place in self.places:
            if wanted in (str(place), f"{place.table}.{place.name}" if place.name else place.table):
                return place
        raise Refused(Diagnostic("CRM571", f"there is nothing at `{text}` that could be adopted",
                                 help=did_you_mean(wanted, [str(one) for one in self.places]) or
                                 "crmspec adopt lists what there is"))


def read_strangers(engine: sa.Engine) -> Strangers:
    """Look for what somebody added to a database; reads only."""
    with for_reading(engine).connect() as connection:
        release = deployed_release(connection)
        real = real_shapes(connection)
        spec = release.spec if release else None
        drift = find_drift(connection, spec) if spec else ()
        known = {one.table: one.name for one in spec.objects.values()} if spec else {}
        places = tuple(_places(drift, known)) if spec else tuple(
            Place("table", name, "", name) for name in real if not _OURS.match(name))
        return Strangers(dialect_of(connection), spec, real, places)


def _places(drift: tuple[Drift, ...], known: Mapping[str, str]) -> Iterator[Place]:
    for one in drift:
        if one.owner == "unmanaged" and one.aspect == "table":
            yield Place("table", one.table, "", one.table)
        elif one.owner == "unmanaged" and one.aspect in ("column", "index") and one.table in known:
            yield Place(one.aspect, one.table, one.name, known[one.table])


# --- What they would be ---


def field_of(strangers: Strangers, table: str, column: str) -> Field:
    """Return the field that a column would be, without changing its values; refuse where there is none."""
    shape = strangers.real[table]
    kind, required, default = shape.columns[column]
    key = next((one for one in shape.foreign_keys.values() if one[0] == column), None)
    name = column.removesuffix("_id") if key else column
    named = name if form_refusal(name) is None else suggested(name)
    if not named or reserved_refusal(named, "field") is not None:
        raise Refused(Diagnostic("CRM572", f"`{table}.{column}` cannot be a field: no field may have its name",
                                 help=f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO …'))
    pinned = "" if named == name else name
    if key is not None:
        return _lookup(strangers, table, column, named, pinned)
    type_of = next((one for pattern, one in _FIELD_TYPES[strangers.dialect]
                    if re.fullmatch(pattern, kind, re.IGNORECASE)), None)
    if type_of is None:
        raise Refused(Diagnostic(
            "CRM572", f"`{table}.{column}` cannot be a field as it is: no field keeps its values as {kind.lower()}",
            why="numbers with digits after the point are kept as whole numbers of the smallest unit"
                if re.match(r"numeric|real|double|decimal|float", kind, re.IGNORECASE) else "",
            help=f"declare a field with another name, copy the values, and drop `{table}.{column}`"))
    length = _LENGTH.match(kind)
    unique = any(is_unique and entries == (column,) for entries, is_unique in shape.indexes.values())
    return Field(name=named, type=type_of, column=pinned, required=required, unique=unique,
                 max_length=int(length[1]) if length and type_of == "text" else None,
                 default=_default(type_of, default, strangers.dialect))


def _lookup(strangers: Strangers, table: str, column: str, name: str, pinned: str) -> Field:
    _, target, on_delete = next(one for one in strangers.real[table].foreign_keys.values() if one[0] == column)
    required = strangers.real[table].columns[column][1]
    objects = {one.table: one.name for one in strangers.spec.objects.values()} if strangers.spec else {}
    to = "person" if target == PERSON_TABLE else objects.get(target, target)
    if not column.endswith("_id"):
        raise Refused(Diagnostic(
            "CRM572", f"`{table}.{column}` cannot be a lookup: the column of one ends with _id",
            help=f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "{column}_id"'))
    kept = {"set_null": "set_empty", "cascade": "cascade"}.get(on_delete, "restrict")
    return Field(name=name, type="lookup", to=(to,), column=pinned, required=required,
                 on_delete=kept)  # type: ignore[arg-type]


def _default(type_of: str, default: str | None, dialect: Dialect) -> str | None:
    """Return a constant default as a field says it; what is worked out by the database is no default of a field."""
    if default is None or not _CONSTANT.match(default) or type_of in ("json", "datetime", "time"):
        return None
    if type_of == "boolean":
        return {"true": "true", "false": "false"}.get(default.lower())
    return default


def index_of(strangers: Strangers, spec: Spec, place: Place) -> Index:
    """Return the index that one of the database would be; refuse one that no spec can say."""
    entries, unique = strangers.real[place.table].indexes[place.name]
    one = spec.objects[place.object]
    fields = {column: field.name for field in one.fields.values() for column in field.column_names}
    fields |= _SYSTEM_FIELDS | {name: name for name in ("id", "created_at", "updated_at", "version")}
    found = [(entry[:1] if entry.startswith("-") else "", fields.get(entry.removeprefix("-"))) for entry in entries]
    if any(name is None for _, name in found):
        raise Refused(Diagnostic("CRM572", f"`{place}` cannot be adopted: it is over {', '.join(entries)}",
                                 why="an index of a spec is over fields, all rows of them",
                                 help=f'let it be, it does no harm; or: DROP INDEX "{place.name}"'))
    prefix = f"{'uq' if unique else 'ix'}_{one.table}_"
    plain = suggested(place.name.removeprefix(prefix)) or "one"
    return Index(name=plain, fields=tuple(f"{sign}{name}" for sign, name in found), unique=unique)


def object_of(strangers: Strangers, table: str) -> Object:
    """Return the object that a table would be: its own columns as fields, those that every record has left out."""
    if form_refusal(table) is not None or reserved_refusal(table, "object") is not None:
        raise Refused(Diagnostic(
            "CRM572", f"the table `{table}` cannot be an object: its name is none that an object may have",
            help=f'ALTER TABLE "{table}" RENAME TO "{suggested(table) or "…"}"'))
    fields = [field_of(strangers, table, column) for column in strangers.real[table].columns if column not in _SYSTEM
              and not _OURS.match(column)]
    texts = [one.name for one in fields if one.type == "text"]
    if not texts:
        raise Refused(Diagnostic("CRM572", f"the table `{table}` cannot be an object: no column names a record",
                                 help=f'ALTER TABLE "{table}" ADD COLUMN "name" text'))
    title = "name" if "name" in texts else texts[0]
    return Object(name=table, title_field=title, fields={one.name: one for one in fields})
