"""What a revision file calls: `run`, and to prepare on PostgreSQL `change`, `build_index`, `validate`, `backfill`.
What `migrations/env.py` calls: `run_environment`. Nothing else is theirs.

A revision has the statements of each database written out, so that what was reviewed never changes its meaning:

    from crmspec.deploy.migration import run

    def upgrade() -> None:
        run(sqlite=['ALTER TABLE "contact" ADD COLUMN "nickname" TEXT'],
            postgresql=['ALTER TABLE "contact" ADD COLUMN "nickname" text'])

The same file serves three callers: `crmspec deploy` (which journals and may resume), `alembic upgrade head`, and
`alembic upgrade head --sql`. What a statement list may count on, and must keep to:

- One statement an entry, no closing semicolon. All of a list runs in one transaction; no BEGIN, COMMIT or PRAGMA.
- crmspec's own tables are there, `crmspec_retired` (see `deploy.state`) among them: a revision that retires a column
  or a table inserts the row itself, one that restores deletes it.
- **Rebuilding a table on SQLite** is written as four statements in one list: `CREATE TABLE "new" (…)`,
  `INSERT INTO "new" (…) SELECT … FROM "T"`, `DROP TABLE "T"`, `ALTER TABLE "new" RENAME TO "T"`. `run` sees to the
  rest (`deploy.rebuild`): foreign keys do not fire, columns that the new table does not name
  (retired ones, a person's own) move along, and every index, trigger and view that the table had when it was dropped is
  there afterwards unless a later statement made one of that name. So an index that is to go is dropped before.
- **What would block people on a full PostgreSQL table** is done in `prepare_upgrade()` and `prepare_downgrade()`, which
  consist of calls of the four functions and begin `upgrade()` and `downgrade()`. `crmspec deploy` does their work one
  by one before the release transaction, which then finds it done; for small tables, and for Alembic's own commands, it
  is done where it is called. On SQLite they do nothing. All that is prepared is called `crmspec_new_…`, is beside what
  is in use, and speaks of tables and columns by their names before the revision. `TABLES` names, before and after,
  every table that the revision touches.
- A downgrade that takes away what the upgrade added retires it too, under the same `revision`: when `deploy` applies
  the revision again, the values come back by themselves (`deploy.comeback`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crmspec.deploy.column_rights import copy_table_rights
from crmspec.deploy.comeback import bring_back, waiting_by_revision
from crmspec.deploy.database import engine_settings, open_database
from crmspec.deploy.prepare import Backfill, BuildIndex, Change, Preparation, Validate, direct_sql
from crmspec.deploy.state import ensure_state, state_sql
from crmspec.deploy.statements import execute_all
from crmspec.deploy.views import follow_columns
from crmspec.schema import Dialect

if TYPE_CHECKING:
    import sqlalchemy as sa
    from alembic.runtime.migration import MigrationInfo

# A column that another has taken the place of: people's views and triggers follow that one before it goes.
_GONE = re.compile(r'\AALTER TABLE .* DROP COLUMN "crmspec_gone_')
Runner = Callable[[Sequence[str]], None]
Preparer = Callable[[Preparation], None]
_runner: ContextVar[tuple[Runner, sa.Connection] | None] = ContextVar("crmspec_runner", default=None)
_preparer: ContextVar[Preparer | None] = ContextVar("crmspec_preparer", default=None)


def run(*, sqlite: Sequence[str] = (), postgresql: Sequence[str] = ()) -> None:
    """Execute the statements of the database at hand, or print them in Alembic's `--sql` mode."""
    # Revisions of an older crmspec renamed objects in the audit trail, too; by now it stays as it was written.
    written = {
        dialect: [one for one in statements if not one.startswith("UPDATE crmspec_audit ")]
        for dialect, statements in (("sqlite", sqlite), ("postgresql", postgresql))
    }
    if (at_work := _runner.get()) is not None:
        runner, connection = at_work
        _execute(runner, connection, written[connection.dialect.name])
        return
    from alembic import op

    context = op.get_context()
    statements = written[context.dialect.name]
    if context.as_sql:
        for statement in statements:
            context.impl.static_output(f"{statement};\n")
    else:
        _execute(partial(execute_all, op.get_bind()), op.get_bind(), statements)


def _execute(execute: Runner, connection: sa.Connection, statements: Sequence[str]) -> None:
    if connection.dialect.name == "postgresql":
        copy_table_rights(connection, statements)
    gone = next((place for place, one in enumerate(statements) if _GONE.search(one)), len(statements))
    execute(statements[:gone])
    if gone < len(statements):
        follow_columns(connection)
        execute(statements[gone:])


def change(sql: str, *, undo: str) -> None:
    """Prepare one statement that is over at once (ADD COLUMN, CREATE TRIGGER, ADD CONSTRAINT … NOT VALID).

    `undo` takes it back, and does nothing where there is nothing to take back (DROP … IF EXISTS).
    """
    _prepare(Change(sql, undo))


def build_index(sql: str, *, name: str) -> None:
    """Prepare an index, written as CREATE [UNIQUE] INDEX CONCURRENTLY; an invalid leftover of it is built anew."""
    _prepare(BuildIndex(sql, name))


def validate(sql: str) -> None:
    """Prepare the proof of a constraint that was added NOT VALID, written as ALTER TABLE … VALIDATE CONSTRAINT."""
    _prepare(Validate(sql))


def backfill(*, table: str, values: Mapping[str, str], where: str = "", key: str = "id") -> None:
    """Prepare the values of columns for the rows that are there, each an SQL expression over the row, quoted by itself.

    `where` leaves rows out. `key` is the indexed column that batches go by; it need not be unique. Rows that come or
    change meanwhile are the business of a trigger that was prepared before.
    """
    _prepare(Backfill(table, dict(values), where, key))


def _prepare(work: Preparation) -> None:
    preparer = _preparer.get()
    if preparer is not None:
        preparer(work)
    else:
        run(postgresql=[direct_sql(work)])


@contextmanager
def prepare_with(preparer: Preparer) -> Iterator[None]:
    """Have the four functions above hand their work to `preparer` instead of doing it where they are called."""
    token = _preparer.set(preparer)
    try:
        yield
    finally:
        _preparer.reset(token)


@contextmanager
def run_with(runner: Runner, connection: sa.Connection) -> Iterator[None]:
    """Have `run` hand its statements for the connection's database to `runner` instead of executing them itself."""
    token = _runner.set((runner, connection))
    try:
        yield
    finally:
        _runner.reset(token)


def run_environment() -> None:
    """Run Alembic's own commands on a project's revisions: what `migrations/env.py` calls.

    The database is `-x url=…`, else the variable CRM_DATABASE_URL, else sqlite:///crm.db in the project's folder, which
    is the one above `migrations/`.
    """
    from alembic import context

    file = context.config.config_file_name
    folder = Path(file).resolve().parent.parent if file else Path.cwd()
    arguments = context.get_x_argument(as_dictionary=True)
    url = arguments.get("url") or os.environ.get("CRM_DATABASE_URL") or "sqlite:///crm.db"
    if context.is_offline_mode():
        _print_sql(url, folder)
    else:
        _upgrade(url, folder)


def _print_sql(url: str, folder: Path) -> None:
    from alembic import context

    settings = engine_settings(url, project_folder=folder)
    dialect: Dialect = "sqlite" if settings.sqlite_file else "postgresql"
    context.configure(dialect_name=dialect, transactional_ddl=True)
    with context.begin_transaction():
        if context.get_starting_revision_argument() is None:
            for statement in state_sql(dialect):
                context.get_context().impl.static_output(f"{statement};\n")
        context.run_migrations()


def _upgrade(url: str, folder: Path) -> None:
    from alembic import context

    engine = open_database(url, project_folder=folder, foreign_keys=False)
    try:
        with engine.begin() as connection:
            ensure_state(connection)
            # What was retired when a revision was undone comes back when it is applied again, as in a deploy.
            undone = waiting_by_revision(connection)

            def applied(ctx: object, step: MigrationInfo, heads: object, run_args: object) -> None:
                follow_columns(connection)
                if step.is_upgrade:
                    bring_back(connection, undone.get(str(step.up_revision_id), ()), print)

            context.configure(connection=connection, transactional_ddl=True, on_version_apply=applied)
            with context.begin_transaction():
                context.run_migrations()
            sqlite = connection.dialect.name == "sqlite"
            if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise RuntimeError("PRAGMA foreign_key_check finds rows that point at nothing: all undone")
    finally:
        engine.dispose()
