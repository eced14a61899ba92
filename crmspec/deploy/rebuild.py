"""SQLite's rebuild of a table, with nothing lost: what a revision's four statements leave to whoever runs them.

1. Before `DROP TABLE "T"`, while `crmspec_rebuild_T` stands beside it: the columns that the new table does not name are
   added to it and filled, found by the primary key. Retired columns travel so, and a person's own. The SQL of the
   table's indexes and triggers is noted, since SQLite drops them with the table.
2. Around `ALTER TABLE "crmspec_rebuild_T" RENAME TO "T"`: SQLite checks the whole schema on a rename and would stumble
   over views and triggers that read T, and would rewrite what points at it. `legacy_alter_table` leaves both alone.
3. At the end of the list: each noted index and trigger whose name is free is made again.
"""

from __future__ import annotations

import re
import sqlite3

from crmspec.schema.ddl import quoted

PREFIX = "crmspec_rebuild_"
_DROP = re.compile(r'\s*DROP TABLE "((?:[^"]|"")+)"\s*\Z')
_RENAME = re.compile(rf'\s*ALTER TABLE "{PREFIX}(?:[^"]|"")+" RENAME TO ')
_ORDINARY = 0  # `hidden` of table_xinfo; 2 and 3 are generated columns


class Rebuilds:
    """The rebuilds of one list of statements."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver
        self._noted: dict[str, str] = {}  # name → SQL

    def before(self, statement: str) -> None:
        """Look at a statement that is about to run."""
        match = _DROP.match(statement)
        if match:
            table = match[1].replace('""', '"')
            if _columns(self._driver, PREFIX + table):
                self._carry_columns(table)
                self._note(table)
        elif _RENAME.match(statement):
            self._driver.execute("PRAGMA legacy_alter_table = ON")

    def after(self, statement: str) -> None:
        """Look at a statement that has run."""
        if _RENAME.match(statement):
            self._driver.execute("PRAGMA legacy_alter_table = OFF")

    def finish(self) -> None:
        """Make again what SQLite dropped with the tables and no statement has made since."""
        there = {name for (name,) in self._driver.execute("SELECT name FROM sqlite_master")}
        for name, sql in self._noted.items():
            if name not in there:
                self._driver.execute(sql)
        self._noted.clear()

    def _carry_columns(self, table: str) -> None:
        new = quoted(PREFIX + table)
        named = _columns(self._driver, PREFIX + table)
        left = {name: row for name, row in _columns(self._driver, table).items() if name not in named}
        if not left:
            return
        for name, (declared, default, _) in left.items():
            # A required column without a default cannot be added to rows; what is not in the spec need not be so.
            words = f" DEFAULT {default}" if default is not None else ""
            self._driver.execute(f"ALTER TABLE {new} ADD COLUMN {quoted(name)} {declared}{words}")
        keys = [name for name, (_, _, key) in named.items() if key] or ["rowid"]
        values = ", ".join(f"{quoted(name)} = was.{quoted(name)}" for name in left)
        same = " AND ".join(f"{new}.{quoted(key)} = was.{quoted(key)}" for key in keys)
        self._driver.execute(f"UPDATE {new} SET {values} FROM {quoted(table)} AS was WHERE {same}")

    def _note(self, table: str) -> None:
        """Note indexes and triggers in the order they were made; those of constraints have no SQL and come alone."""
        self._noted.update(self._driver.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') "
            "AND sql IS NOT NULL ORDER BY rowid", (table,),
        ))


def _columns(driver: sqlite3.Connection, table: str) -> dict[str, tuple[str, str | None, int]]:
    """Return declared type, default and place in the primary key by column name; generated columns are left out."""
    rows = driver.execute("SELECT name, type, dflt_value, pk, hidden FROM pragma_table_xinfo(?)", (table,))
    return {name: (declared, default, key) for name, declared, default, key, hidden in rows if hidden == _ORDINARY}
