"""What the steps of a plan take: about how long, which lock, and whether a table is written anew. An estimate.

1. Every statement is recognised by its shape, with the lock that its database takes for it.
2. The rows and bytes of the deployed table, followed through the renames of the plan, are multiplied with the rates
   below: seconds of a processor of 2026, measured with `python -m benchmarks.rates`. `DISK` is what comes on top for
   reading and writing, `BATCHES` for the pauses and triggers of what is done in batches beside a table in use. A server
   that is busy takes longer, up to `BUSY` times: so it is told from when to when, and whether it is a moment, minutes
   or a night, and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from crmspec.plan.beside import PREFIX
from crmspec.plan.change import Size, Step
from crmspec.schema import Dialect

Kind = Literal["catalogue", "make", "scan", "index", "index_beside", "rewrite", "update", "copy", "point"]

# Seconds a million rows, and seconds a gigabyte of the table, by kind of statement.
RATES: Mapping[Dialect, Mapping[Kind, tuple[float, float]]] = {
    "postgresql": {
        "catalogue": (0.0, 0.0),
        "make": (0.0, 0.0),
        "scan": (0.1, 0.1),
        "index": (0.5, 0.1),
        "index_beside": (1.0, 0.2),  # reads the table twice
        "rewrite": (1.0, 2.2),
        "update": (6.9, 5.7),
        "copy": (3.3, 5.6),
        "point": (0.5, 0.5),
    },
    "sqlite": {
        "catalogue": (0.0, 0.0),
        "make": (0.0, 0.0),
        "scan": (0.1, 0.6),
        "index": (0.4, 0.5),
        "index_beside": (0.4, 0.5),
        "rewrite": (1.4, 3.7),
        "update": (0.1, 1.9),
        "copy": (1.4, 3.7),
        "point": (0.2, 0.1),
    },
}
DISK = 1.5
BATCHES = 2.0
BUSY = 5.0  # how many times as long it took at most on a server with four times the work that it has processors for
STATEMENT_SECONDS = 0.003  # of any statement by itself: one round trip, one catalogue change
BYTES_OF_A_ROW = 250  # where a database does not say how large its tables are
ONE_TRANSACTION = "one transaction"

_NAME = r'(?:ONLY )?(?:"((?:[^"]|"")*)"|(\w+))'
# Shape, kind of work, PostgreSQL's lock. The first that fits counts; the first group is the table.
_STATEMENTS: tuple[tuple[str, Kind, str], ...] = (
    (rf"CREATE TABLE {_NAME}", "make", ""),
    (rf"CREATE (?:UNIQUE )?INDEX CONCURRENTLY .*? ON {_NAME}", "index_beside", "SHARE UPDATE EXCLUSIVE"),
    (rf"CREATE (?:UNIQUE )?INDEX .*? ON {_NAME}", "index", "SHARE"),
    (r"DROP INDEX CONCURRENTLY", "catalogue", "SHARE UPDATE EXCLUSIVE"),
    (r"DROP INDEX", "catalogue", "ACCESS EXCLUSIVE"),
    (rf"INSERT INTO {_NAME} .*FROM", "copy", "ROW EXCLUSIVE"),
    (rf"(?:UPDATE|DELETE FROM) {_NAME}", "update", "ROW EXCLUSIVE"),
    (rf"ALTER TABLE {_NAME} VALIDATE CONSTRAINT", "scan", "SHARE UPDATE EXCLUSIVE"),
    (rf"ALTER TABLE {_NAME} ADD CONSTRAINT .*FOREIGN KEY.*NOT VALID", "catalogue", "SHARE ROW EXCLUSIVE"),
    (rf"ALTER TABLE {_NAME} ADD CONSTRAINT .*FOREIGN KEY", "point", "SHARE ROW EXCLUSIVE"),
    (rf"ALTER TABLE {_NAME} ADD CONSTRAINT .*NOT VALID", "catalogue", "ACCESS EXCLUSIVE"),
    (rf"ALTER TABLE {_NAME} (?:ADD CONSTRAINT|ALTER COLUMN .* SET NOT NULL)", "scan", "ACCESS EXCLUSIVE"),
    (rf"ALTER TABLE {_NAME} ALTER COLUMN .* TYPE ", "rewrite", "ACCESS EXCLUSIVE"),
    (rf"(?:ALTER|DROP) TABLE (?:IF EXISTS )?{_NAME}", "catalogue", "ACCESS EXCLUSIVE"),
    (rf"CREATE (?:OR REPLACE )?TRIGGER .*? ON {_NAME}", "catalogue", "SHARE ROW EXCLUSIVE"),
)
_SHAPES = tuple((re.compile(shape, re.DOTALL), kind, lock) for shape, kind, lock in _STATEMENTS)
_RENAMED = re.compile(rf"ALTER TABLE {_NAME} RENAME TO {_NAME}")
_PROOF = f'DROP CONSTRAINT "{PREFIX}nn_'  # what was proven before the release is not looked at again
_OWN = ("crmspec_retired", "crmspec_search")  # a few rows, whatever the object's size
_BLOCKING = ("SHARE", "SHARE ROW EXCLUSIVE", "ACCESS EXCLUSIVE")  # for somebody who saves a record
_LOCKS = ("ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "ACCESS EXCLUSIVE")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step takes. `lock` is the strictest one it takes of a table that is there already."""

    seconds: float = 0.0
    lock: str = ""
    rewrites: bool = False
    tables: tuple[str, ...] = ()


def costs_of(steps: Iterable[Step], sizes: Mapping[str, Size], dialect: Dialect) -> tuple[Cost, ...]:
    """Return the cost of every step. `sizes` are those of the deployed tables; a table without one is new."""
    known = dict(sizes)
    return tuple(_cost(step, known, dialect) for step in steps)


def total_seconds(costs: Iterable[Cost]) -> float:
    """Add up the time of all steps."""
    return sum(cost.seconds for cost in costs)


def blocked_seconds(steps: Sequence[Step], costs: Sequence[Cost]) -> tuple[float, tuple[str, ...]]:
    """Return for how long people cannot save, and in which tables: a lock that the release transaction takes is held
    to its end. On SQLite that is the whole database, from the first statement on.
    """
    seconds, tables = 0.0, dict[str, None]()
    for step, cost in zip(steps, costs, strict=True):
        if step.phase == "prepare":
            continue
        if cost.lock == ONE_TRANSACTION or cost.lock in _BLOCKING:
            tables |= dict.fromkeys(cost.tables or ("crmspec",))
        if tables:
            seconds += cost.seconds
    return seconds, tuple(tables)


def _cost(step: Step, sizes: dict[str, Size], dialect: Dialect) -> Cost:
    statements = step.sql[dialect]
    slower = DISK * (BATCHES if any(call.kind == "backfill" for call in step.prepared) else 1.0)
    seconds, locks, rewrites, tables = 0.0, set(), False, dict[str, None]()
    for statement, following in zip(statements, (*statements[1:], ""), strict=False):
        kind, table, lock = _recognised(statement)
        if statement.endswith("SET NOT NULL") and _PROOF in following:
            kind = "catalogue"
        source = _copied_from(statement, sizes) if kind == "copy" else table
        size = sizes.get(source) if source not in _OWN else None
        seconds += STATEMENT_SECONDS + (slower * _time(RATES[dialect][kind], size) if size else 0.0)
        if table in sizes and lock:
            locks.add(lock)
            tables[table] = None
        rewrites = rewrites or bool(size and size.rows and _is_rewrite(kind, table) and _all_of(statement))
        _follow(statement, sizes, size)
    if dialect == "sqlite":
        return Cost(seconds, ONE_TRANSACTION if statements else "", rewrites, tuple(tables))
    return Cost(seconds, max(locks, key=_LOCKS.index, default=""), rewrites, tuple(tables))


def _recognised(statement: str) -> tuple[Kind, str, str]:
    for shape, kind, lock in _SHAPES:
        found = shape.match(statement)
        if found:
            return kind, _table_of(found.groups()[:2]), lock
    return "catalogue", "", ""


def _table_of(groups: Iterable[str | None]) -> str:
    return next((name.replace('""', '"') for name in groups if name), "")


def _copied_from(statement: str, sizes: Mapping[str, Size]) -> str:
    """Return the table that an INSERT reads: the first that is known."""
    names = (_table_of(found) for found in re.findall(rf"FROM {_NAME}", statement))
    return next((name for name in names if name in sizes), "")


def _is_rewrite(kind: Kind, table: str) -> bool:
    """Say whether a table is written anew: a copy into another one is none, unless that takes its place."""
    return kind in ("rewrite", "update") or (kind == "copy" and table.startswith((PREFIX, "crmspec_rebuild_")))


def _all_of(statement: str) -> bool:
    """Say whether a statement writes every row: an UPDATE of some of them is no rewrite."""
    if statement.startswith(("INSERT", "ALTER")):
        return True
    return " WHERE " not in statement or f'"{PREFIX}' in statement  # that is: every row that is not done yet


def _time(rate: tuple[float, float], size: Size) -> float:
    size_bytes = size.bytes if size.bytes is not None else size.rows * BYTES_OF_A_ROW
    return rate[0] * size.rows / 1e6 + rate[1] * size_bytes / 1e9


def _follow(statement: str, sizes: dict[str, Size], copied: Size | None) -> None:
    """Let a table be as large under its new name, and a copy as large as what it was copied from."""
    renamed = _RENAMED.match(statement)
    if renamed:
        before, after = _table_of(renamed.groups()[:2]), _table_of(renamed.groups()[2:4])
        if before in sizes:
            sizes[after] = sizes.pop(before)
    elif statement.startswith("INSERT INTO") and copied:
        kind, table, _ = _recognised(statement)
        if kind == "copy" and table not in _OWN:
            sizes[table] = copied


def words_of_seconds(seconds: float) -> str:
    """Say how long something takes, as people do."""
    if seconds < 1:
        return "under a second"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    if seconds < 5_400:
        return f"about {seconds / 60:.0f} minutes"
    return f"about {seconds / 3_600:.0f} hours"


def words_of_range(seconds: float) -> str:
    """Say how long something takes where nothing else is done, and how long at most where everything is busy."""
    quiet, busy = words_of_seconds(seconds), words_of_seconds(BUSY * seconds).removeprefix("about ")
    return quiet if busy == quiet else f"{quiet}, up to {busy} on a busy server"
