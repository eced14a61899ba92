"""Indexes of large tables, built again beside what is in use before the repair's transaction: nobody waits for them.

It is the way that revisions are prepared (`deploy.online`): journalled, resumed after a cut, taken back when the repair
is refused. In the transaction they only get their names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa

from crmspec.deploy.mend import Mend
from crmspec.deploy.migration import build_index
from crmspec.deploy.online_choice import is_large
from crmspec.deploy.online_journal import Place, released
from crmspec.deploy.revisions import Revision
from crmspec.plan.beside import new_name
from crmspec.schema.ddl import quoted

_NAME = "repair"
_CREATE = ("CREATE INDEX ", "CREATE UNIQUE INDEX ")


@dataclass(frozen=True, slots=True)
class Beforehand(Revision):
    """What stands in for a revision: index name → the statement that builds it for good, and the tables they are of."""

    tables: tuple[str, ...] = ()
    indexes: Mapping[str, str] = field(default_factory=dict)

    @property
    def module(self) -> ModuleType:
        """What `deploy.online` asks a revision for."""
        made = ModuleType(_NAME)
        vars(made).update(TABLES=self.tables, prepare_upgrade=self._prepare)
        return made

    def _prepare(self) -> None:
        for name, sql in self.indexes.items():
            build_index(
                sql.replace("INDEX ", "INDEX CONCURRENTLY ", 1).replace(quoted(name), quoted(new_name(name)), 1),
                name=new_name(name))

    def renamed(self, statements: Sequence[str]) -> list[str]:
        """Return the statements of a repair once the indexes are built: they get their names."""
        built = {sql: name for name, sql in self.indexes.items()}
        return [f"ALTER INDEX {quoted(new_name(built[one]))} RENAME TO {quoted(built[one])}" if one in built else one
                for one in statements]


def beforehand(connection: sa.Connection, mends: Sequence[Mend], above: int) -> Beforehand | None:
    """Return what is worth building before the transaction; None where nothing is, and on SQLite."""
    if connection.dialect.name == "sqlite":
        return None
    changing = {mend.drift.table for mend in mends if mend.drift.aspect in ("column", "type", "table")}
    found = {mend.drift.name: (mend.drift.table, sql) for mend in mends for _, sql in mend.statements
             if mend.drift.aspect == "index" and mend.drift.table not in changing and sql.startswith(_CREATE)}
    large = {table for table in dict.fromkeys(table for table, _ in found.values())
             if is_large(connection, [table], above)}
    indexes = {name: sql for name, (table, sql) in found.items() if table in large}
    return Beforehand(_NAME, None, _NAME, Path(), "", tables=tuple(sorted(large)), indexes=indexes) if indexes else None


def note_released(connection: sa.Connection) -> None:
    """Forget that the indexes were in preparation: they are in use from now on."""
    released(connection, Place(_NAME, "upgrade"))


def built_online(one: Beforehand | None) -> Collection[str]:
    """Return the names of the indexes that nobody waits for."""
    return one.indexes if one else ()
