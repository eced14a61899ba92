"""What a revision prepares on PostgreSQL before its release: four kinds of work, as values, and as plain SQL.

Prepared work stands beside what is in use and nobody sees it. How it is done is decided elsewhere: step by step with a
journal before the release (`deploy.online`), or at once inside the release's transaction (`direct_sql`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmspec.schema.ddl import quoted

_CONCURRENTLY = re.compile(r"\A(\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+)CONCURRENTLY\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Change:
    """One statement that changes the catalogue and is over at once, and the one that takes it back."""

    sql: str
    undo: str


@dataclass(frozen=True, slots=True)
class BuildIndex:
    """A CREATE [UNIQUE] INDEX CONCURRENTLY and the name of its index."""

    sql: str
    name: str


@dataclass(frozen=True, slots=True)
class Validate:
    """An ALTER TABLE … VALIDATE CONSTRAINT; safe to repeat."""

    sql: str


@dataclass(frozen=True, slots=True)
class Backfill:
    """Values for the rows that a table has already, worked out by expressions over the row's own columns."""

    table: str
    values: Mapping[str, str]
    where: str
    key: str


Preparation = Change | BuildIndex | Validate | Backfill


def direct_sql(work: Preparation) -> str:
    """Write work as one statement for a transaction of its caller: nothing concurrent, a backfill all at once."""
    match work:
        case BuildIndex():
            return _CONCURRENTLY.sub(r"\1", work.sql)
        case Backfill():
            return update_sql(work, [work.where] if work.where else [])
        case _:
            return work.sql


def update_sql(work: Backfill, conditions: Sequence[str]) -> str:
    """Write the UPDATE of a backfill for the rows that meet all conditions."""
    values = ", ".join(f"{quoted(column)} = {expression}" for column, expression in work.values.items())
    where = " WHERE " + " AND ".join(f"({condition})" for condition in conditions) if conditions else ""
    return f"UPDATE {quoted(work.table)} SET {values}{where}"
