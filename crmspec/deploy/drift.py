"""The tables a spec wants beside the tables a database has: what differs, and whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from crmspec.deploy.beside_tables import lost_parts
from crmspec.deploy.catalogue import real_shapes
from crmspec.deploy.looking import dialect_of
from crmspec.deploy.shape import Shape, wanted_shape
from crmspec.schema import Dialect, Table, tables_of
from crmspec.schema.system import SYSTEM_TABLES
from crmspec.spec import Spec

if TYPE_CHECKING:
    import sqlalchemy as sa

Owner = Literal["ours", "unmanaged"]
Aspect = Literal["table", "column", "type", "required", "default", "primary key", "check", "foreign key", "index",
                 "trigger", "policy", "grant", "beside", "retired"]
# What crmspec keeps beside what the spec says: its own tables, what is retired or in preparation, SQLite's search.
_OURS = re.compile(r"crmspec_|alembic_version\Z")
_TABLES_SHOWN = 3
_DATED_BY_DATABASE = ("crmspec_retired", "at")  # its default is a clock, which a `Column` cannot say


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference. `ours`: something of the spec is missing or not as it should be. `unmanaged`: somebody else's.

    What is behind the words is for whoever mends it: which aspect of which table, the `name` it should have there, and
    the one it is `called` by now.
    """

    owner: Owner
    place: str                        # contact, contact.email, contact: ck_contact_status_one_of
    what: str
    expected: str = ""
    found: str = ""
    aspect: Aspect = "table"
    table: str = ""
    name: str = ""
    called: str = ""                  # empty where nothing of the kind is there

    def __str__(self) -> str:
        detail = f" (expected {self.expected}, found {self.found})" if self.expected or self.found else ""
        return f"`{self.place}` {self.what}{detail}"


def find_drift(connection: sa.Connection, spec: Spec) -> tuple[Drift, ...]:
    """Compare a database with the spec that is deployed to it, what crmspec keeps for itself included."""
    from crmspec.deploy.state import is_current

    dialect = dialect_of(connection)
    real = real_shapes(connection)
    beside = (Drift("ours", part.place, part.what, aspect=part.aspect, table=part.table, name=part.name)
              for part in lost_parts(connection, real))
    # An older crmspec's own tables are brought up by the next deploy; nobody changed them.
    tables = wanted_tables(spec) if is_current(connection) else tables_of(spec)
    return (*beside, *compare(tables, real, dialect))


def wanted_tables(spec: Spec) -> dict[str, Table]:
    """Return every table that a database of a spec should have, crmspec's own first."""
    from crmspec.deploy.state import STATE_TABLES

    return {table.name: table for table in (*STATE_TABLES, *SYSTEM_TABLES)} | tables_of(spec)


def compare(tables: Mapping[str, Table], real: Mapping[str, Shape], dialect: Dialect) -> tuple[Drift, ...]:
    """Return every difference, in the order of the spec, what is nobody's last."""
    found: list[Drift] = []
    for name, table in tables.items():
        shape = real.get(name)
        if shape is None:
            found.append(Drift("ours", name, "is not in the database", table=name))
        else:
            found.extend(_differences(name, wanted_shape(table, dialect), shape))
    found.extend(Drift("unmanaged", name, "is a table that no spec knows", table=name)
                 for name in real if name not in tables and not _OURS.match(name))
    found.extend(_grants({name: real[name] for name in tables if name in real}))
    return tuple(sorted(found, key=lambda drift: drift.owner))


def _differences(table: str, wanted: Shape, real: Shape) -> Iterator[Drift]:
    yield from _columns(table, wanted, real)
    yield from _primary_key(table, wanted, real)
    for kind in (_Kind("check", wanted.checks, real.checks), _Kind("foreign key", wanted.foreign_keys,
                 real.foreign_keys), _Kind("index", wanted.indexes, real.indexes)):
        yield from _named(table, kind, real)
    yield from _others(table, real)


def _columns(table: str, wanted: Shape, real: Shape) -> Iterator[Drift]:
    def drift(name: str, aspect: Aspect, what: str, expected: str = "", found: str = "") -> Drift:
        called = name if name in real.columns else ""
        return Drift("ours", f"{table}.{name}", what, expected, found, aspect, table, name, called)

    for name, (kind, required, default) in wanted.columns.items():
        if name not in real.columns:
            yield drift(name, "column", "is not in the database")
            continue
        real_kind, real_required, real_default = real.columns[name]
        if kind.lower() != real_kind.lower():
            yield drift(name, "type", "has another type", kind, real_kind)
        if required != real_required:
            yield drift(name, "required", "may be empty" if required else "may not be empty")
        if default != real_default and (table, name) != _DATED_BY_DATABASE:
            yield drift(name, "default", "has another default", default or "none", real_default or "none")
    for name, (kind, required, default) in real.columns.items():
        if name not in wanted.columns and not _OURS.match(name):
            stops = ", and it may not be empty: no record can be added" if required and default is None else ""
            yield Drift("unmanaged", f"{table}.{name}", f"is a column that no spec knows{stops}", "", kind.lower()
                        if stops else "", "column", table, name, name)


def _primary_key(table: str, wanted: Shape, real: Shape) -> Iterator[Drift]:
    if wanted.primary_key != real.primary_key:
        yield Drift("ours", table, "has another primary key", _words(wanted.primary_key), _words(real.primary_key),
                    "primary key", table, wanted.key_name, real.key_name)
    elif wanted.key_name != real.key_name:
        yield Drift("ours", f"{table}: {wanted.key_name}", "has another name", wanted.key_name, real.key_name,
                    "primary key", table, wanted.key_name, real.key_name)


class _Kind(NamedTuple):
    """One kind of thing that has names, as the spec wants it and as it is."""

    word: Literal["check", "foreign key", "index"]
    wanted: Mapping[str, object]
    real: Mapping[str, object]


def _named(table: str, kind: _Kind, real: Shape) -> Iterator[Drift]:
    word, wanted, there = kind
    strangers = {name: value for name, value in there.items() if name not in wanted}
    for name, expected in wanted.items():
        place = f"{table}: {name}"
        if name in there and there[name] != expected:
            yield Drift("ours", place, f"is another {word}", _words(expected), _words(there[name]), word, table, name,
                        name)
        elif name in there and name in real.faulty:
            yield Drift("ours", place, "was never finished and is not in force", "", "", word, table, name, name)
        elif name not in there:
            # What is the same under another name is renamed; a second one beside it would be one too many.
            called = next((other for other, value in strangers.items()
                           if value == expected and other not in real.faulty), "")
            strangers.pop(called, None)
            yield (Drift("ours", place, "has another name", name, called, word, table, name, called) if called else
                   Drift("ours", place, f"is {_A[word]} that is not in the database", "", "", word, table, name))
    yield from (Drift("unmanaged", f"{table}: {name}", f"is {_A[word]} that no spec knows", "", "", word, table, name,
                      name)
                for name, value in strangers.items() if not _about_retired(name, value, word))


_A = {"check": "a check", "foreign key": "a foreign key", "index": "an index"}


def _about_retired(name: str, value: object, word: str) -> bool:
    """Say whether it is about what is retired or in preparation: it goes or comes with that."""
    if word == "foreign key":  # of its column, not of the table it points at: that may be one of crmspec's own
        value = str(value[0]) if isinstance(value, tuple) else value
    return "crmspec_" in name or "crmspec_" in _words(value)


def _others(table: str, real: Shape) -> Iterator[Drift]:
    """Yield what no spec can say yet, so that it is somebody else's."""
    for name, fires in real.triggers.items():
        if not _OURS.match(name):
            what = "is a trigger that no spec knows" if fires else "is a trigger that no spec knows, and does not fire"
            yield Drift("unmanaged", f"{table}: {name}", what, "", "", "trigger", table, name, name)
    for name in sorted(real.policies):
        what = "is a row policy that no spec knows" if name else "has row security switched on, which no spec asked for"
        yield Drift("unmanaged", f"{table}: {name}" if name else table, what, "", "", "policy", table, name, name)


def _grants(real: Mapping[str, Shape]) -> Iterator[Drift]:
    """Yield who was let in beside the server's own rule. Who may read every table is one line, not a hundred."""
    tables: dict[str, list[str]] = {}
    for table, shape in real.items():
        for right in shape.grants:
            tables.setdefault(right, []).append(table)
    for right, names in sorted(tables.items()):
        few = ", ".join(names[:_TABLES_SHOWN]) + (f" and {len(names) - _TABLES_SHOWN} more"
                                                   if len(names) > _TABLES_SHOWN else "")
        what = "is granted, and goes past the server's own rule"
        yield Drift("unmanaged", f"{few}: {right}", what, "", "", "grant", names[0], right, right)


def _words(value: object) -> str:
    return ", ".join(_words(item) for item in value) if isinstance(value, tuple) else str(value)
