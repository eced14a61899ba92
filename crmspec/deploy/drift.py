"""The tables a spec wants beside the tables a database has: what differs, and whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from crmspec.deploy.catalogue import real_shapes
from crmspec.deploy.shape import Shape, wanted_shape
from crmspec.deploy.state import STATE_TABLES, dialect_of
from crmspec.schema import Dialect, Table, tables_of
from crmspec.schema.system import SYSTEM_TABLES
from crmspec.spec import Spec

# What crmspec keeps beside what the spec says: its own tables, retired columns and tables, and SQLite's search index.
_OURS = re.compile(r"crmspec_|alembic_version\Z")
_DATED_BY_DATABASE = ("crmspec_retired", "at")  # its default is a clock, which a `Column` cannot say


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference. `ours`: something of the spec is missing or not as it should be. `unmanaged`: somebody else's."""

    owner: Literal["ours", "unmanaged"]
    place: str                        # contact, contact.email, contact: ck_contact_status_one_of
    what: str
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        detail = f" (expected {self.expected}, found {self.found})" if self.expected or self.found else ""
        return f"`{self.place}` {self.what}{detail}"


def find_drift(connection: sa.Connection, spec: Spec) -> tuple[Drift, ...]:
    """Compare a database with the spec that is deployed to it, the tables of crmspec's own included."""
    dialect = dialect_of(connection)
    system = {table.name: table for table in (*STATE_TABLES, *SYSTEM_TABLES)}
    return compare(system | tables_of(spec), real_shapes(connection), dialect)


def compare(tables: Mapping[str, Table], real: Mapping[str, Shape], dialect: Dialect) -> tuple[Drift, ...]:
    """Return every difference, in the order of the spec, what is nobody's last."""
    found: list[Drift] = []
    for name, table in tables.items():
        shape = real.get(name)
        if shape is None:
            found.append(Drift("ours", name, "is not in the database"))
        else:
            found.extend(_differences(name, wanted_shape(table, dialect), shape))
    found.extend(Drift("unmanaged", name, "is a table that no spec knows")
                 for name in real if name not in tables and not _OURS.match(name))
    return tuple(sorted(found, key=lambda drift: drift.owner))


def _differences(table: str, wanted: Shape, real: Shape) -> Iterator[Drift]:
    yield from _columns(table, wanted, real)
    if wanted.primary_key != real.primary_key:
        yield Drift("ours", table, "has another primary key", _words(wanted.primary_key), _words(real.primary_key))
    for word, ours, theirs in (
        ("check", wanted.checks, real.checks), ("foreign key", wanted.foreign_keys, real.foreign_keys),
        ("index", wanted.indexes, real.indexes),
    ):
        yield from _named(table, word, ours, theirs)
    known = {**wanted.checks, **wanted.foreign_keys, **wanted.indexes}
    yield from (Drift("ours", f"{table}: {name}", "was never finished and is not in force")
                for name in sorted(real.faulty) if name in known)


def _columns(table: str, wanted: Shape, real: Shape) -> Iterator[Drift]:
    for name, (kind, required, default) in wanted.columns.items():
        if name not in real.columns:
            yield Drift("ours", f"{table}.{name}", "is not in the database")
            continue
        real_kind, real_required, real_default = real.columns[name]
        if kind.lower() != real_kind.lower():
            yield Drift("ours", f"{table}.{name}", "has another type", kind, real_kind)
        if required != real_required:
            yield Drift("ours", f"{table}.{name}", "may be empty" if required else "may not be empty")
        if default != real_default and (table, name) != _DATED_BY_DATABASE:
            yield Drift("ours", f"{table}.{name}", "has another default", default or "none", real_default or "none")
    yield from (Drift("unmanaged", f"{table}.{name}", "is a column that no spec knows")
                for name in real.columns if name not in wanted.columns and not _OURS.match(name))


def _named(table: str, word: str, wanted: Mapping[str, object], real: Mapping[str, object]) -> Iterator[Drift]:
    for name, expected in wanted.items():
        if name not in real:
            yield Drift("ours", f"{table}: {name}", f"is a {word} that is not in the database")
        elif real[name] != expected:
            yield Drift("ours", f"{table}: {name}", f"is another {word}", _words(expected), _words(real[name]))
    yield from (Drift("unmanaged", f"{table}: {name}", f"is a {word} that no spec knows")
                for name, value in real.items() if name not in wanted and not _about_retired(name, value))


def _about_retired(name: str, value: object) -> bool:
    """Say whether a constraint or an index is about a retired column: it goes when the column is purged."""
    return "crmspec_" in name or "crmspec_" in _words(value)


def _words(value: object) -> str:
    return ", ".join(_words(item) for item in value) if isinstance(value, tuple) else str(value)
