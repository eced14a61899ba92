"""The shape of tables in one normal form: as the spec wants them, and as the catalogue of a database has them.

Both databases rewrite what they are told (`IN ('a', 'b')` comes back as `= ANY (ARRAY['a'::text, …])`, `0` as
`'0'::bigint`), so both sides are brought to one text before they are compared; what means the same is the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache

from crmspec.schema import Column, Dialect, ForeignKey, Table, TableIndex
from crmspec.schema.ddl import TYPES, check_sql, constant, implied_checks, primary_key_name

Key = tuple[str, str, str]            # column, table, on_delete
Index = tuple[tuple[str, ...], bool]  # entries with a leading minus for descending, unique


@dataclass(slots=True)
class Shape:
    """One table in normal form. `columns` maps a name to (type, required, default)."""

    columns: dict[str, tuple[str, bool, str | None]] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    checks: dict[str, str] = field(default_factory=dict)         # name, or the condition where there is none
    foreign_keys: dict[str, Key] = field(default_factory=dict)   # SQLite keeps no names: the column stands for it
    indexes: dict[str, Index] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)                # indexes and constraints that are there but not valid
    key_name: str = ""                                           # the primary key's; SQLite keeps none
    triggers: dict[str, bool] = field(default_factory=dict)      # name → whether it fires
    grants: set[str] = field(default_factory=set)                # `SELECT (size) to bi`: of others than its owner
    policies: set[str] = field(default_factory=set)              # row policies; "" where they are on without any


def wanted_shape(table: Table, dialect: Dialect) -> Shape:
    """Return the shape a table of the spec should have."""
    checks = {check.name: condition(check_sql(check, dialect)) for check in table.checks}
    if dialect == "sqlite":
        for _, text in implied_checks(table, dialect):
            bare = condition(text.removeprefix("CHECK "))
            checks[bare] = bare
    return Shape(
        columns={column.name: _column(column, table, dialect) for column in table.columns},
        primary_key=table.primary_key, checks=checks,
        foreign_keys={key.column if dialect == "sqlite" else key.name: _key(key) for key in table.foreign_keys},
        indexes={index.name: _index(index) for index in table.indexes},
        key_name=primary_key_name(table.name) if dialect == "postgresql" else "",
    )


# PostgreSQL shows these two by their long names.
_SHOWN = {"timestamptz": "timestamp with time zone", "time": "time without time zone"}


def _column(column: Column, table: Table, dialect: Dialect) -> tuple[str, bool, str | None]:
    default = None if column.default is None else constant(column.kind, column.default, dialect)
    required = column.required or (dialect == "postgresql" and column.name in table.primary_key)
    kind = TYPES[dialect][column.kind]
    return (_SHOWN.get(kind, kind), required, plain_default(default))


def _key(key: ForeignKey) -> Key:
    return (key.column, key.table, key.on_delete)


def _index(index: TableIndex) -> Index:
    return (index.columns, index.unique)


_OWN_TYPES = (
    "text|bigint|integer|boolean|date|uuid|jsonb|numeric|character varying|timestamp with time zone|"
    "time without time zone"
)
_TOKEN = re.compile(
    r"(?P<literal>E?'(?:[^']|'')*')"
    rf"|(?P<cast>::\s*(?:{_OWN_TYPES})(?:\(\d+\))?(?:\[\])?)"
    r"|(?P<name>\"(?:[^\"]|\"\")+\")|(?P<word>\w+)|(?P<space>[\s()]+)|(?P<sign>.)", re.IGNORECASE | re.DOTALL,
)
_NEGATIVE = re.compile(r"- (?=\d)")
_WHOLE = re.compile("::(bigint|integer)")


@lru_cache(maxsize=10_000)
def condition(text: str) -> str:
    """Bring the condition of a check, from a spec or from a catalogue, to its normal form.

    Blanks, parentheses and casts go; names lose their quotes; `= ANY (ARRAY[…])` and a single `=` to a text are both
    the list of values that `IN` was given.
    """
    tokens = [_token(match) for match in _TOKEN.finditer(text)]
    joined = _NEGATIVE.sub("-", " ".join(word for word in tokens if word)).removeprefix("check ")
    joined = joined.replace("= any array [ ", "in ").removesuffix(" ]")
    return re.sub(r"\A(\S+) = ('.*')\Z", r"\1 in \2", joined, flags=re.DOTALL)


def _token(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "literal":
            text = match[0]
            if text[0] in "Ee":  # PostgreSQL writes a text with a backslash so
                text = text[1:].replace("\\\\", "\\")
            # A whole number in quotes is a constant with a cast: '100000000000'::bigint.
            return text[1:-1] if _WHOLE.match(match.string, match.end()) else text
        case "cast" | "space":
            return ""
        case "name":
            return match[0][1:-1].replace('""', '"')
        case _:
            return match[0].lower()


def plain_default(text: str | None) -> str | None:
    """Bring a default, as it stands in SQL, to the bare constant: no quotes, no casts, moments in one form."""
    if text is None:
        return None
    words = [_token(match) for match in _TOKEN.finditer(text)]
    bare = " ".join(word for word in words if word)
    if bare.upper() == "NULL":
        return None
    bare = bare[1:-1].replace("''", "'") if bare[:1] == "'" == bare[-1:] and len(bare) > 1 else bare.replace("- ", "-")
    return _moment(bare)


def _moment(text: str) -> str:
    """Write a day, a moment or a time of day the same way whoever wrote it."""
    if not re.match(r"\d{4}-\d\d-\d\d|\d\d:\d\d", text):
        return text
    for kind in (date, datetime, time):
        try:
            return kind.fromisoformat(text).isoformat()
        except ValueError:
            continue
    return text
