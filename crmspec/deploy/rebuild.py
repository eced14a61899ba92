"""SQLite's rebuild of a table, with nothing lost: what a revision's four statements leave to whoever runs them.

A rebuild is recognised by `DROP TABLE "T"` with an `ALTER TABLE "…" RENAME TO "T"` further down the list.

1. The new table is made with what the old one has besides, word for word: columns that no spec names (retired ones, a
   person's own, generated ones), a person's checks and collations, STRICT and WITHOUT ROWID. The INSERT fills them.
2. Before the DROP the SQL of the table's indexes and triggers is noted, since SQLite drops them with the table.
3. Around the RENAME: SQLite checks the whole schema on a rename and would stumble over views and triggers that read T,
   and would rewrite what points at it. `legacy_alter_table` leaves both alone.
4. At the end of the list: each noted index and trigger whose name is free is made again.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence

from crmspec.deploy.create_table import Definition, definitions
from crmspec.deploy.in_place import SINCE, in_place
from crmspec.deploy.shape import condition
from crmspec.schema.ddl import quoted

_NAME = '"((?:[^"]|"")+)"'
_DROP = re.compile(rf"\s*DROP TABLE {_NAME}\s*\Z")
_CREATE = re.compile(rf"\s*CREATE TABLE {_NAME} \(")
_INSERT = re.compile(rf"\s*INSERT INTO {_NAME} \((?P<columns>.*?)\)\s+SELECT (?:DISTINCT )?", re.DOTALL)
_RENAME = re.compile(rf"\s*ALTER TABLE {_NAME} RENAME TO {_NAME}\s*\Z")
_RULE_NAME = re.compile(rf"\ACONSTRAINT\s+(?:{_NAME}|\w+)\s+", re.IGNORECASE)
_ORDINARY = 0  # `hidden` of table_xinfo; 2 and 3 are generated columns


class Rebuilds:
    """The rebuilds of one list of statements."""

    def __init__(self, driver: sqlite3.Connection, statements: Sequence[str]) -> None:
        self._driver = driver
        self._new = dict(_rebuilt(statements))
        self._noted: dict[str, str] = {}  # name → SQL
        self._strange: dict[str, list[str]] = {}  # table → columns that no spec names
        self._copies = {_unquoted(match[1]): one for one in statements if self._new and (match := _INSERT.match(one))}
        self._altered: set[str] = set()  # tables that are changed in place instead, by what they would be meanwhile

    def before(self, statement: str) -> str:
        """Look at a statement that is about to run, and return what is run in its place."""
        if not self._new:
            return statement
        if self._changes_in_place(statement):
            return ""
        dropped, made, filled = _DROP.match(statement), _CREATE.match(statement), _INSERT.match(statement)
        if dropped and _unquoted(dropped[1]) in self._new:
            self._note(_unquoted(dropped[1]))
        elif made and (table := self._table_of(made[1])):
            return self._with_strangers(table, statement)
        elif filled and (table := self._table_of(filled[1])):
            return self._filling_strangers(table, statement, filled)
        elif self._is_last_step(statement):
            self._driver.execute("PRAGMA legacy_alter_table = ON")
        return statement

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

    def _changes_in_place(self, statement: str) -> bool:
        """Alter the table where this SQLite can, at the first of the four statements, and leave out the others."""
        made, filled, dropped = _CREATE.match(statement), _INSERT.match(statement), _DROP.match(statement)
        new = _unquoted(made[1] if made else filled[1] if filled else "")
        if dropped:
            new = self._new.get(_unquoted(dropped[1]), "")
        elif self._is_last_step(statement) and (renamed := _RENAME.match(statement)):
            new = _unquoted(renamed[1])
        table = self._table_of(new) if made else ""
        if table and _version(self._driver) >= SINCE:
            changes = in_place(table, self._text_of(table), statement, self._copies.get(new, ""))
            for change in changes or ():
                self._driver.execute(change)
            self._altered |= set() if changes is None else {new}
        return new in self._altered

    def _text_of(self, table: str) -> str:
        found = self._driver.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
        return str(found.fetchone()[0])

    def _is_last_step(self, statement: str) -> bool:
        match = _RENAME.match(statement)
        return match is not None and self._new.get(_unquoted(match[2])) == _unquoted(match[1])

    def _table_of(self, new: str) -> str:
        """Return the table that is written anew under a name, '' for another one."""
        name = _unquoted(new)
        return next((table for table, other in self._new.items() if other == name), "")

    def _with_strangers(self, table: str, statement: str) -> str:
        """Return CREATE TABLE with what the old table has and the spec does not know of."""
        old, new = definitions(self._text_of(table)), definitions(statement)
        there, wanted = old.columns(), new.columns()
        strange = self._strange[table] = [name for name in there if name not in wanted]
        columns = [_collated(entry, there.get(entry.column)) for entry in new.entries if entry.column]
        columns += [there[name].bare if name.startswith("crmspec_") else there[name].text for name in strange]
        said = {check for name in strange for check in there[name].checks()}
        rules = [entry.text for entry in new.entries if not entry.column]
        # What says the same as a rule of the spec is that rule under another name: it is not kept beside it.
        ours = {_nameless(text) for text in rules}
        rules += [text for text in old.strange_constraints() if text not in said and _nameless(text) not in ours]
        body = ",\n  ".join((*columns, *rules))
        return f"CREATE TABLE {quoted(self._new[table])} (\n  {body}\n) {old.options}".rstrip()

    def _filling_strangers(self, table: str, statement: str, match: re.Match[str]) -> str:
        """Return INSERT … SELECT with those columns of them that hold values of their own."""
        strange = self._strange.get(table, ())
        rows = self._driver.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (table,))
        names = "".join(f"{quoted(name)}, " for name, hidden in rows if name in strange and hidden == _ORDINARY)
        start, end = match.start("columns"), match.end()
        return f"{statement[:start]}{names}{statement[start:end]}{names}{statement[end:]}"

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


def _version(driver: sqlite3.Connection) -> tuple[int, ...]:
    return tuple(int(part) for part in driver.execute("SELECT sqlite_version()").fetchone()[0].split("."))


def _unquoted(name: str) -> str:
    return name.replace('""', '"')


def _nameless(rule: str) -> str:
    """Return what a constraint says, the same however it is written."""
    return condition(_RULE_NAME.sub("", rule))


def _collated(entry: Definition, old: Definition | None) -> str:
    """Return a column's text, in the order of texts that somebody gave it."""
    return f"{entry.text} {old.collation}" if old and old.collation and not entry.collation else entry.text
