"""SQLite's rebuild of a table, with nothing lost: what a revision's four statements leave to whoever runs them.

A rebuild is recognised by `DROP TABLE "T"` with an `ALTER TABLE "…" RENAME TO "T"` further down the list.

1. Before the DROP, while the new table stands beside the old: the columns that the new one does not name are added to
   it and filled, found by the primary key. Retired columns travel so, and a person's own with its rules. The SQL of
   the table's indexes and triggers is noted, since SQLite drops them with the table.
2. Around the RENAME: SQLite checks the whole schema on a rename and would stumble over views and triggers that read T,
   and would rewrite what points at it. `legacy_alter_table` leaves both alone.
3. At the end of the list: each noted index and trigger whose name is free is made again.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crmspec.schema.ddl import quoted

_NAME = '"((?:[^"]|"")+)"'
_DROP = re.compile(rf"\s*DROP TABLE {_NAME}\s*\Z")
_RENAME = re.compile(rf"\s*ALTER TABLE {_NAME} RENAME TO {_NAME}\s*\Z")
_ORDINARY = 0  # `hidden` of table_xinfo; 2 and 3 are generated columns


class Rebuilds:
    """The rebuilds of one list of statements."""

    def __init__(self, driver: sqlite3.Connection, statements: Sequence[str]) -> None:
        self._driver = driver
        self._new = dict(_rebuilt(statements))
        self._noted: dict[str, str] = {}  # name → SQL

    def before(self, statement: str) -> None:
        """Look at a statement that is about to run."""
        if not self._new:
            return
        dropped = _DROP.match(statement)
        if dropped and _unquoted(dropped[1]) in self._new:
            table = _unquoted(dropped[1])
            self._carry_columns(table, self._new[table])
            self._note(table)
        elif self._is_last_step(statement):
            self._driver.execute("PRAGMA legacy_alter_table = ON")

    def after(self, statement: str) -> None:
        """Look at a statement that has run."""
        if self._new and self._is_last_step(statement):
            self._driver.execute("PRAGMA legacy_alter_table = OFF")

    def finish(self) -> None:
        """Make again what SQLite dropped with the tables and no statement has made since."""
        if not self._noted:
            return
        there = {name for (name,) in self._driver.execute("SELECT name FROM sqlite_master")}
        for name, sql in self._noted.items():
            if name not in there:
                self._driver.execute(sql)
        self._noted.clear()

    def _is_last_step(self, statement: str) -> bool:
        match = _RENAME.match(statement)
        return match is not None and self._new.get(_unquoted(match[2])) == _unquoted(match[1])

    def _carry_columns(self, table: str, new_table: str) -> None:
        new = quoted(new_table)
        named = _columns(self._driver, new_table)
        left = {name: row for name, row in _columns(self._driver, table).items() if name not in named}
        if not left:
            return
        words = _definitions(self._driver, table)
        # What is generated reads what is stored.
        for name, column in sorted(left.items(), key=lambda one: one[1].generated):
            self._driver.execute(f"ALTER TABLE {new} ADD COLUMN {self._words(name, column, words)}")
        keys = [name for name, column in named.items() if column.key] or ["rowid"]
        values = ", ".join(f"{quoted(name)} = was.{quoted(name)}" for name, one in left.items() if not one.generated)
        same = " AND ".join(f"{new}.{quoted(key)} = was.{quoted(key)}" for key in keys)
        if values:
            self._driver.execute(f"UPDATE {new} SET {values} FROM {quoted(table)} AS was WHERE {same}")

    def _words(self, name: str, column: _Column, words: Mapping[str, str]) -> str:
        """Write how a column is added: a person's own as they wrote it, a retired one without any rule."""
        if not name.startswith("crmspec_") and name in words:
            # SQLite cannot add a generated column that is stored; computed when it is read it says the same.
            return re.sub(r"\bSTORED\b(?=[^)]*\Z)", "VIRTUAL", words[name]) if column.generated else words[name]
        default = f" DEFAULT {column.default}" if column.default is not None else ""
        return f"{quoted(name)} {column.declared}{default}"

    def _note(self, table: str) -> None:
        """Note indexes and triggers in the order they were made; those of constraints have no SQL and come alone."""
        self._noted.update(self._driver.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') "
            "AND sql IS NOT NULL ORDER BY rowid", (table,),
        ))


def _rebuilt(statements: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (table, name of the new table meanwhile) of each rebuild in a list of statements."""
    dropped: set[str] = set()
    for statement in statements:
        drop, rename = _DROP.match(statement), _RENAME.match(statement)
        if drop:
            dropped.add(_unquoted(drop[1]))
        elif rename and _unquoted(rename[2]) in dropped:
            yield _unquoted(rename[2]), _unquoted(rename[1])


def _unquoted(name: str) -> str:
    return name.replace('""', '"')


@dataclass(frozen=True, slots=True)
class _Column:
    declared: str
    default: str | None
    key: int                          # its place in the primary key, 0 where it has none
    generated: bool


def _columns(driver: sqlite3.Connection, table: str) -> dict[str, _Column]:
    """Return the columns of a table by name."""
    rows = driver.execute("SELECT name, type, dflt_value, pk, hidden FROM pragma_table_xinfo(?)", (table,))
    return {name: _Column(declared, default, key, hidden != _ORDINARY) for name, declared, default, key, hidden in rows}


_OPAQUE = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/", re.DOTALL)
_FIRST_NAME = re.compile(r'\s*(?:"((?:[^"]|"")+)"|`((?:[^`]|``)+)`|\[([^\]]+)\]|(\w+))')


def _definitions(driver: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return the words that define each column, as they stand in the table's CREATE statement."""
    (sql,) = driver.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
    found = {}
    for part in _parts(sql):
        name = _FIRST_NAME.match(part)
        if name:
            found[next(filter(None, name.groups())).replace('""', '"')] = part.strip()
    return found


def _parts(sql: str) -> Iterator[str]:
    """Split what stands in the parentheses of a CREATE statement at its commas, but not at those further inside."""
    # Names, texts and comments keep their length, and can no longer look like a comma or a parenthesis.
    visible = _OPAQUE.sub(lambda match: "x" * len(match[0]), sql)
    depth, start = 0, visible.index("(") + 1
    for position, sign in enumerate(visible):
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        if (sign == "," and depth == 1) or (sign == ")" and depth == 0):
            yield sql[start:position]
            start = position + 1
