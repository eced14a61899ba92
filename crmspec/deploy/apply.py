"""Revisions → a database: each run like Alembic would, journalled, and resumable where one transaction
cannot hold it all.

Normally everything is one transaction. PostgreSQL keeps a lock for each table and index that a transaction touches, in
a table of fixed size (a thousand new tables do not fit in the default). Statements that would fill more than half of it
are therefore committed in batches. The journal says in the same transactions how far a revision got; the next run goes
on there. Nothing of it is seen by anybody meanwhile: the release row comes last.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field

import sqlalchemy as sa

from crmspec.deploy import adoption, comeback, online_journal
from crmspec.deploy.lock import Held, Say
from crmspec.deploy.looking import dialect_of
from crmspec.deploy.migration import prepare_with, run_with
from crmspec.deploy.patience import take_locks, wait_shortly
from crmspec.deploy.prepare import Preparation
from crmspec.deploy.revisions import Revision
from crmspec.deploy.state import NOW
from crmspec.deploy.statements import execute_all
from crmspec.deploy.touched import touched_by
from crmspec.deploy.views import follow_columns
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.history import as_generated
from crmspec.schema.ddl import literal

_SHARE_OF_LOCKS = 0.5
# PostgreSQL gets slower with every table that is made in one transaction; beyond this, batches are faster.
_LOCKS_WORTH_HAVING = 2_000
_ALEMBIC_VERSION = ("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL, "
                    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))")


@dataclass
class Journal:
    """What a deploy has done so far, in the rows of `crmspec_step`. `resumed` is what an interrupted run had done."""

    deploy_id: str
    number: int = 0
    resumed: tuple[str, int] | None = None   # a revision's name, and how many of its statements are done


@dataclass
class Runner:
    """What `run` in a revision hands its statements to, while `deploy` is at work."""

    held: Held
    journal: Journal
    revision: Revision
    locks_max: int
    done: int = 0                            # statements of this revision, those of an interrupted run included
    locks: int = field(default=0)

    def __call__(self, statements: Sequence[str]) -> None:
        """Execute one list of a revision, in as many transactions as the server's lock table asks for."""
        start, self.done = self.done, self.done + len(statements)
        resumed = self.journal.resumed
        done_before = resumed[1] if resumed and resumed[0] == self.revision.name else 0
        already = min(max(0, done_before - start), len(statements))
        self._execute(statements[already:], start + already)

    def _execute(self, statements: Sequence[str], number: int) -> None:
        first = 0
        for position, statement in enumerate(statements):
            needed = locks_of(statement)
            if self.locks and self.locks + needed > self.locks_max:
                execute_all(self.held.connection, statements[first:position])
                self._commit_batch(number + position)
                first = position
            self.locks += needed
        execute_all(self.held.connection, statements[first:])

    def _commit_batch(self, done: int) -> None:
        """Commit what is done, with the row that says so."""
        connection = self.held.connection
        now = NOW[dialect_of(connection)]
        execute_all(connection, [_step_sql(self.journal, self.revision, "upgrade, in part", done, now)])
        self.held.check()
        connection.commit()
        wait_shortly(connection)
        self.locks = 0


def locks_of(statement: str) -> int:
    """Return how many entries of PostgreSQL's lock table a statement may take; rather too many than too few."""
    words = statement.lstrip()[:24].upper()
    if words.startswith("CREATE TABLE"):
        return 5  # the table, its key, the table for long values and that one's index; the sequence of a serial
    return 1 if words.startswith(("CREATE INDEX", "CREATE UNIQUE")) else 2


def locks_max_of(connection: sa.Connection) -> int:
    """Return how many locks one transaction may take; as good as endless on SQLite."""
    if connection.dialect.name == "sqlite":
        return 1 << 60
    size = connection.exec_driver_sql(
        "SELECT current_setting('max_locks_per_transaction')::int * (current_setting('max_connections')::int "
        "+ current_setting('max_prepared_transactions')::int)").scalar_one()
    return min(int(size * _SHARE_OF_LOCKS), _LOCKS_WORTH_HAVING)


def apply_revisions(
    held: Held, journal: Journal, revisions: Sequence[Revision], *, upward: bool, say: Say,
    prepared: Collection[str] = (),
) -> None:
    """Go through revisions in the given order, up or down, and keep Alembic's own table and the journal in step.

    Those that are `prepared` find that work done; what is known of it in the journal goes with the release.
    """
    connection = held.connection
    locks_max = locks_max_of(connection)
    for position, revision in enumerate(revisions, 1):
        held.check()
        say(f"{'applying' if upward else 'undoing'} {revision.name} ({position} of {len(revisions)}) {revision.title}")
        direction: online_journal.Direction = "upgrade" if upward else "downgrade"
        place = online_journal.Place(revision.name, direction)
        waiting = comeback.waiting(connection, revision.name) if upward else ()
        carried = comeback.carried(connection, place, waiting) if waiting and revision.name in prepared else ()
        if position == 1:
            # From here on nobody can use the tables that are touched: nothing may be waited for that is not needed.
            take_locks(connection, touched_by(revisions))
        runner = Runner(held, journal, revision, locks_max)
        with run_with(runner, connection), ExitStack() as stack:
            if not as_generated(revision.file):
                stack.enter_context(_operations(connection))
            if revision.name in prepared:
                stack.enter_context(prepare_with(_is_done))
            there = adoption.at_hand(connection, revision) if upward and revision.adopting else ()
            if there:
                adoption.take_over(connection, revision, there, runner)
            else:
                getattr(revision.module, direction)()
        if revision.name in prepared:
            online_journal.released(connection, place)
        follow_columns(connection)
        comeback.bring_back(connection, waiting, say, carried)
        _note(connection, journal, revision, runner.done, upward=upward)


def _operations(connection: sa.Connection) -> AbstractContextManager[object]:
    """Let somebody's own revision use Alembic's operations; ours do not, and loading them takes a while."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    return Operations.context(MigrationContext.configure(connection))


def pass_revisions(connection: sa.Connection, journal: Journal, revisions: Sequence[Revision]) -> None:
    """Note revisions as applied whose work was done in another way."""
    for revision in revisions:
        _note(connection, journal, revision, 0, upward=True)


def _is_done(_work: Preparation) -> None:
    """Take the place of what does a prepared step: it was done before the release."""


def stands_sql(revision: str | None) -> list[str]:
    """Write where the tables stand, for Alembic's own commands as for ours."""
    there = [f"INSERT INTO alembic_version VALUES ({literal(revision)})"] if revision else []
    return [_ALEMBIC_VERSION, "DELETE FROM alembic_version", *there]


def _note(connection: sa.Connection, journal: Journal, revision: Revision, statements: int, *, upward: bool) -> None:
    """Write what stands where now. As text it is one round trip, in the moment in which nobody can use the tables."""
    name, now = literal(revision.name), NOW[dialect_of(connection)]
    stands_at = revision.name if upward else revision.after
    notes = [*stands_sql(stands_at), f"DELETE FROM crmspec_revision WHERE revision = {name}"]
    if upward:
        notes.append("INSERT INTO crmspec_revision (revision, checksum, deploy_id, at) VALUES "
                     f"({name}, {literal(revision.checksum)}, {literal(journal.deploy_id)}, {now})")
    notes.append(_step_sql(journal, revision, "upgrade" if upward else "downgrade", statements, now))
    execute_all(connection, notes)


def _step_sql(journal: Journal, revision: Revision, direction: str, done: int, now: str) -> str:
    """Write one row of the journal."""
    journal.number += 1
    values = ", ".join(map(literal, (journal.deploy_id, revision.name, direction, revision.checksum)))
    return ("INSERT INTO crmspec_step (deploy_id, revision, direction, checksum, number, statements, at) VALUES "
            f"({values}, {journal.number}, {done}, {now})")


def refuse_edited_while_interrupted(checksum: str, revision: Revision) -> None:
    """Refuse to go on in the middle of a revision that says something else now."""
    if checksum != revision.checksum:
        raise Refused(Diagnostic(
            "CRM518", f"an interrupted deploy is in the middle of `{revision.name}`, and the file was edited since",
            why="what is done already came from the file as it was",
            help=f"git checkout -- migrations/versions/{revision.file.name}      then run the same command again"))
