"""Indexes and rules of large tables, made again beside what is in use before the repair's transaction: nobody waits.

It is the way that revisions are prepared (`deploy.online`): journalled, resumed after a cut, taken back when the repair
is refused. In the transaction they only get their names; NOT NULL is set on the word of a rule that was proven.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa

from crmspec.deploy.mend import Mend
from crmspec.deploy.migration import build_index, change, validate
from crmspec.deploy.online_choice import is_large
from crmspec.deploy.online_journal import Place, released
from crmspec.deploy.revisions import Revision
from crmspec.plan.beside import new_name
from crmspec.schema.ddl import quoted

_NAME = "repair"
_CREATE = ("CREATE INDEX ", "CREATE UNIQUE INDEX ")


@dataclass(frozen=True, slots=True)
class Part:
    """What one statement of a repair makes: under which name it is made before, and what is left to the transaction."""

    table: str
    name: str                         # of the difference
    statement: str                    # what would make it in the transaction
    new: str
    rule: str = ""                    # as it is added to the table; an index has none
    left: tuple[str, ...] = ()

    def prepare(self) -> None:
        """Make it, as a step or two that `deploy.online` carries out."""
        if not self.rule:
            sql = self.statement.replace("INDEX ", "INDEX CONCURRENTLY ", 1)
            build_index(sql.replace(quoted(self.name), quoted(self.new), 1), name=self.new)
            return
        table, new = quoted(self.table), quoted(self.new)
        change(f"ALTER TABLE {table} ADD CONSTRAINT {new} {self.rule} NOT VALID",
               undo=f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {new}")
        validate(f"ALTER TABLE {table} VALIDATE CONSTRAINT {new}")


@dataclass(frozen=True, slots=True)
class Beforehand(Revision):
    """What stands in for a revision: everything that is made before the transaction."""

    parts: tuple[Part, ...] = ()

    @property
    def module(self) -> ModuleType:
        """What `deploy.online` asks a revision for."""
        made = ModuleType(_NAME)
        tables = tuple(sorted({part.table for part in self.parts}))
        vars(made).update(TABLES=tables, prepare_upgrade=self._prepare)
        return made

    def _prepare(self) -> None:
        for part in self.parts:
            part.prepare()

    def renamed(self, statements: Sequence[str]) -> list[str]:
        """Return the statements of a repair once the parts are made: they get their names."""
        made = {part.statement: part.left for part in self.parts}
        return [left for one in statements for left in made.get(one, (one,))]


def beforehand(connection: sa.Connection, mends: Sequence[Mend], above: int) -> Beforehand | None:
    """Return what is worth making before the transaction; None where nothing is, and on SQLite."""
    if connection.dialect.name == "sqlite":
        return None
    changing = {mend.drift.table for mend in mends if mend.drift.aspect in ("column", "type", "table")}
    found = [part for mend in mends if mend.drift.table not in changing and not mend.conflict for part in _parts(mend)]
    large = {table for table in dict.fromkeys(part.table for part in found) if is_large(connection, [table], above)}
    parts = tuple(part for part in found if part.table in large)
    return Beforehand(_NAME, None, _NAME, Path(), "", parts=parts) if parts else None


def _parts(mend: Mend) -> Iterator[Part]:
    table, name, aspect = mend.drift.table, mend.drift.name, mend.drift.aspect
    for _, sql in mend.statements:
        adding = f"ALTER TABLE {quoted(table)} ADD CONSTRAINT {quoted(name)} "
        if aspect == "index" and sql.startswith(_CREATE):
            new = new_name(name)
            yield Part(table, name, sql, new, left=(f"ALTER INDEX {quoted(new)} RENAME TO {quoted(name)}",))
        elif aspect in ("check", "foreign key") and sql.startswith(adding):
            new = new_name(name)
            rename = f"ALTER TABLE {quoted(table)} RENAME CONSTRAINT {quoted(new)} TO {quoted(name)}"
            yield Part(table, name, sql, new, sql.removeprefix(adding), (rename,))
        elif aspect == "required" and sql.endswith(" SET NOT NULL"):
            new = new_name(f"nn_{table}_{name}")
            rule = f"CHECK ({quoted(name)} IS NOT NULL)"
            yield Part(table, name, sql, new, rule, (sql, f"ALTER TABLE {quoted(table)} DROP CONSTRAINT {quoted(new)}"))


def note_released(connection: sa.Connection) -> None:
    """Forget that the parts were in preparation: they are in use from now on."""
    released(connection, Place(_NAME, "upgrade"))


def built_online(one: Beforehand | None) -> Collection[str]:
    """Return the names of the indexes and rules that nobody waits for."""
    return {part.name for part in one.parts} if one else ()
