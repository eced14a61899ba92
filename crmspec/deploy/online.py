"""What revisions prepare on PostgreSQL before their release, while everybody goes on working.

1. Which revisions are worth it: those that touch a large table, and no table that an earlier pending one touches too,
   since what is prepared speaks of tables as they are called now. The others do the same work at once in the release.
2. What another revision, or an older wording of this one, left prepared is taken back.
3. Step by step, each journalled (`deploy.online_journal`): killed anywhere, the next run goes on there.
4. A step that fails for good takes back, in reverse, everything that was prepared; so does a release that is refused.
   Where others were only in the way of the release, what is prepared stays ready for the next run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from crmspec.deploy import online_journal as journal
from crmspec.deploy.backfill import RowFailed
from crmspec.deploy.carry_out import interrupted
from crmspec.deploy.failure import failed, said
from crmspec.deploy.lock import Held, Say
from crmspec.deploy.online_choice import ONLINE_ABOVE, Prepared, fits, worth_preparing
from crmspec.deploy.online_journal import Row
from crmspec.deploy.online_steps import Duplicates, Site, run_step, take_back
from crmspec.deploy.patience import DATABASE_ERRORS, Blocked, let_go
from crmspec.deploy.prepare import Preparation
from crmspec.deploy.revisions import Revision
from crmspec.deploy.state import ensure_state
from crmspec.diagnostics import Diagnostic, Refused

# Refusals that say nothing against what is prepared: others were in the way, or a connection was lost.
_READY_NEVERTHELESS = {"CRM505", "CRM542", "CRM545"}


@contextmanager
def prepared(
    engine: sa.Engine, held: Held, revisions: Sequence[Revision], *, upward: bool, above: int = ONLINE_ABOVE,
    say: Say = lambda _: None,
) -> Iterator[frozenset[str]]:
    """Prepare what is worth it, and give the names of the revisions that then find it done."""
    if engine.dialect.name == "sqlite":
        yield frozenset()
        return
    connection = held.connection
    cut = interrupted(connection)
    wanted = worth_preparing(connection, revisions, upward=upward, above=above,
                             resumed=cut[1] if cut else None, say=say)
    connection.rollback()
    if not cut:
        take_back_leftovers(engine, held, wanted, say=say)
    try:
        _prepare(engine, held, wanted, say)
        yield frozenset(one.place.revision for one in wanted)
    except Refused as refusal:
        let_go(connection)
        codes = {one.code for one in refusal.diagnostics}
        if not wanted or codes & _READY_NEVERTHELESS or interrupted(connection):
            raise
        left = _take_back(held, journal.journalled(connection), say)
        raise Refused(*refusal.diagnostics, *left) from refusal


def take_back_leftovers(
    engine: sa.Engine, held: Held, wanted: Sequence[Prepared] = (), *, say: Say = lambda _: None,
) -> None:
    """Undo what was prepared for other revisions than those that are wanted, or by an older wording of them."""
    if engine.dialect.name == "sqlite":
        return
    rows = journal.journalled(held.connection)
    fitting = {one.place for one in wanted if fits(one, [row for row in rows if row.place == one.place])}
    leftovers = [row for row in rows if row.place not in fitting]
    held.connection.rollback()
    if left := _take_back(held, leftovers, say):
        raise Refused(*left)


def _prepare(engine: sa.Engine, held: Held, wanted: Sequence[Prepared], say: Say) -> None:
    connection = held.connection
    if wanted:
        ensure_state(connection)
        connection.commit()
    for one in wanted:
        site = Site(held, one.place, one.tables, say)
        rows = journal.journalled(connection, one.place)
        connection.rollback()
        for position, work in enumerate(one.works):
            row = rows[position] if position < len(rows) else None
            if row is None or row.state == "started":
                held.check()
                say(f"preparing {one.place.revision} (step {position + 1} of {len(one.works)})")
                _run(engine, site, work, row)


def _run(engine: sa.Engine, site: Site, work: Preparation, row: Row | None) -> None:
    try:
        run_step(site, work, row)
    except Blocked as error:
        raise Refused(Diagnostic(
            "CRM551", f"`{site.place.revision}` could not be prepared: others were in the way all the time",
            why=error.who or "they were gone when it was asked who", help="nothing was changed; run the same command "
            "again when they are done, or end them: SELECT pg_terminate_backend(…)")) from error
    except RowFailed as error:
        raise Refused(Diagnostic(
            "CRM552", f"a record does not fit what `{site.place.revision}` makes of it: `{error.key}`",
            why=said(error.cause), help="nothing was changed; mend that record, then run the same command again",
        )) from error
    except Duplicates as error:
        raise Refused(Diagnostic(
            "CRM552", f"records of `{error.table}` have the same values in what is to be unique", why=error.shown,
            help="nothing was changed; mend those records, then run the same command again")) from error
    except DATABASE_ERRORS as error:
        let_go(site.connection)
        raise failed(error, engine) from error


def _take_back(held: Held, rows: Sequence[Row], say: Say) -> tuple[Diagnostic, ...]:
    """Undo prepared steps, the last first; return what to say where that does not work now."""
    for row in reversed(rows):
        say(f"taking back what {row.revision} had prepared")
        try:
            take_back(Site(held, row.place, (), say), row)
        except Blocked as error:
            return (_not_taken_back(row, error.who),)
        except DATABASE_ERRORS as error:
            let_go(held.connection)
            return (_not_taken_back(row, said(error)),)
    return ()


def _not_taken_back(row: Row, why: str) -> Diagnostic:
    return Diagnostic(
        "CRM553", f"what `{row.revision}` had prepared could not be taken back: {row.undo or row.kind}", why=why,
        help="nobody sees it; the next crmspec deploy takes it back, or goes on with it")
