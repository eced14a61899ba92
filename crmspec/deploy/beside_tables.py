"""What a database keeps beside its tables of records: the index behind the search, and what is out of sight."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from crmspec.deploy.looking import Asks, dialect_of
from crmspec.deploy.shape import Shape
from crmspec.schema import Dialect
from crmspec.schema.system import SYSTEM_SQL

_MADE = re.compile(
    r"CREATE (?:OR REPLACE )?(?:VIRTUAL )?(TABLE|INDEX|TRIGGER|FUNCTION) (\w+)(?:.*? ON (\w+))?", re.DOTALL)
_RETIRED = "SELECT table_name, stored_as, address FROM crmspec_retired ORDER BY stored_as"
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Lost:
    """Something of crmspec's own that is not there, or not as it was made."""

    place: str
    what: str
    aspect: Literal["beside", "retired"]
    table: str
    name: str


def made_beside(dialect: Dialect) -> dict[str, str]:
    """Return name → statement of what crmspec makes for itself and no plain table can say."""
    matches = ((_MADE.match(statement), statement) for statement in SYSTEM_SQL[dialect])
    return {match[2]: statement for match, statement in matches if match}


def lost_parts(connection: Asks, real: Mapping[str, Shape]) -> Iterator[Lost]:
    """Yield what is missing of the search index, of the store of files and of what is out of sight."""
    dialect = dialect_of(connection)
    there = _made_in(connection, dialect)
    for name, statement in made_beside(dialect).items():
        match = _MADE.match(statement)
        kind = match[1].lower() if match else ""
        if name not in there:
            yield Lost(name, f"is a {kind} of crmspec's own that is not in the database", "beside", name, name)
        elif dialect == "sqlite" and kind == "trigger" and _flat(there[name]) != _flat(statement):
            yield Lost(name, "is a trigger of crmspec's own and does something else", "beside", name, name)
    if "crmspec_retired" in real:
        for table, stored_as, address in connection.exec_driver_sql(_RETIRED):
            shape = real.get(table or stored_as)
            if shape is None or (table and stored_as not in shape.columns):
                place = f"{table}.{stored_as}" if table else stored_as
                yield Lost(place, f"held what was removed of `{address}`, and is not in the database", "retired",
                           table, stored_as)


def _made_in(connection: Asks, dialect: Dialect) -> dict[str, str]:
    """Return name → statement of everything that crmspec has in a database; PostgreSQL keeps no statements."""
    query = ("SELECT name, coalesce(sql, '') FROM sqlite_master WHERE substr(name, 1, 8) = 'crmspec_'"
             if dialect == "sqlite" else
             "SELECT relname::text, '' FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
             "AND (starts_with(relname, 'crmspec_') OR starts_with(relname, 'ix_crmspec_')) "
             # A trigger that is switched off is as good as none.
             "UNION ALL SELECT t.tgname::text, '' FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
             "WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal AND t.tgenabled <> 'D' "
             "AND starts_with(t.tgname, 'crmspec_audit_') "
             "UNION ALL SELECT proname::text, '' FROM pg_proc "
             "WHERE pronamespace = current_schema()::regnamespace AND starts_with(proname, 'crmspec_audit_')")
    return {row[0]: row[1] for row in connection.exec_driver_sql(query)}


def _flat(sql: str) -> str:
    return _BLANKS.sub(" ", sql).replace("IF NOT EXISTS ", "").strip()
