"""The shape of a database as plain values: tables, columns, constraints, indexes; both sides of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from crmspec.spec import ColumnKind

MOMENT_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"  # a moment as SQLite keeps it: text of one width
Dialect = Literal["sqlite", "postgresql"]
OnDelete = Literal["no_action", "set_null", "cascade"]
NAME_BYTES_MAX = 63  # PostgreSQL cuts longer identifiers without a word


def fitted(name: str) -> str:
    """Return a name of at most 63 bytes: long ones end in eight hex digits of their own hash, so none collide."""
    if len(name.encode()) <= NAME_BYTES_MAX:
        return name
    return f"{name[: NAME_BYTES_MAX - 9]}_{sha256(name.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `default` is a constant in canonical text; what is stored for it is the kind's own form."""

    name: str
    kind: ColumnKind
    required: bool = False
    default: str | None = None
    field: str = ""  # the field it holds a part of; empty for system columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A rule the database keeps by itself.

    `one_of`: the column is one of `values`. `at_least`, `at_most`: a stored integer bound. `length_max`: characters.
    `together`: the columns in `values` are all empty or all filled, `column` among them.
    """

    name: str
    column: str
    rule: Literal["one_of", "at_least", "at_most", "length_max", "together"]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A lookup's promise that the other row is there."""

    name: str
    column: str
    table: str
    on_delete: OnDelete = "no_action"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableIndex:
    """An index; a unique one keeps values apart. Entries are column names, `-` first for descending."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table. Columns stand in the order of a fresh build; a database that grew may have another."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ("id",)
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[TableIndex, ...] = ()
    object: str = ""  # the object it belongs to; empty for system tables

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


Tables = Mapping[str, Table]
