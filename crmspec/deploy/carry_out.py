"""One release, carried out: journal, changes, release row, proof and commit, all of it together or nothing of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
import uuid_utils
from sqlalchemy.exc import DBAPIError

from crmspec.audit import Entry as Noted
from crmspec.audit import note
from crmspec.deploy import state
from crmspec.deploy.apply import Journal
from crmspec.deploy.catalogue import real_shapes, written_otherwise
from crmspec.deploy.changed import changed_tables
from crmspec.deploy.database import for_reading
from crmspec.deploy.drift import compare
from crmspec.deploy.failure import blocked, connection_lost, failed, unproven
from crmspec.deploy.lock import Held, Say, end_orphans
from crmspec.deploy.looking import dialect_of, missing_tables
from crmspec.deploy.patience import DATABASE_ERRORS, Blocked, patiently, wait_shortly
from crmspec.deploy.release import Release
from crmspec.deploy.releases import Draft, deployed_release, write_contents, write_release
from crmspec.deploy.saving import Saving
from crmspec.deploy.state import NOW, database_clock, ensure_state
from crmspec.deploy.statements import execute_all
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.schema import Table
from crmspec.schema.ddl import literal

Work = Callable[[Held, Journal], None]


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to be carried out: what the release says, and the work that brings the tables there."""

    draft: Draft
    before: Release | None
    work: Work
    resumed: tuple[str, str, int] | None = None     # deploy id, revision and statements of an interrupted deploy
    tables: tuple[str, ...] = ()                    # those that the work changes, as far as revisions say so
    proof: Callable[[Held], None] = lambda _held: None      # refuses what may not become visible


def carry_out(
    engine: sa.Engine, held: Held, intent: Intent, *, copy: Saving, say: Say,
) -> Release:
    """Change the database and write the release; try again while somebody else's transaction is in the way.

    Nothing is committed before the `copy` of what was there is whole.
    """
    deploy_id = intent.resumed[0] if intent.resumed else str(uuid_utils.uuid7())
    try:
        release = patiently(held.connection, lambda: _change(engine, held, intent, deploy_id, say),
                            tables=intent.tables, say=say)
    except Blocked as error:
        raise Refused(blocked(error.who)) from error
    except DATABASE_ERRORS as error:
        raise failed(error, engine) from error
    copy.keep()
    _commit(engine, held, release, deploy_id)
    return release


def _change(engine: sa.Engine, held: Held, intent: Intent, deploy_id: str, say: Say) -> Release:
    connection = held.connection
    ensure_state(connection)
    journal = _open_journal(connection, intent, deploy_id)
    draft, before = intent.draft, intent.before.entry if intent.before else None
    # What takes time and needs no lock comes before the moment in which nobody can use the tables. Where there is
    # nobody yet, it comes after the work, during which another thread looks up the lines of the files.
    hashes = write_contents(connection, draft, previous=before) if before else None
    changed = changed_tables(intent.before.spec if intent.before else None, draft.spec)
    wait_shortly(connection)
    intent.work(held, journal)
    held.check()
    hashes = hashes or write_contents(connection, draft, previous=before)
    release = write_release(connection, draft, hashes, deploy_id=deploy_id, previous=before)
    prove(connection, changed)
    intent.proof(held)
    if connection.dialect.name == "sqlite" and before:  # in an empty file there is nothing that could be harmed
        _prove_sqlite(engine, connection, changed, say)
    execute_all(connection, [f"UPDATE crmspec_deploy SET state = 'done', finished_at = {NOW[dialect_of(connection)]} "
                             f"WHERE id = {literal(deploy_id)}"])
    note(connection, _noted(release))
    return release


_EVENTS = {"rollback": "rolled_back", "restore": "restored", "purge": "purged", "repair": "repaired"}


def _noted(release: Release) -> Noted:
    """Say in the audit trail what became the newest release: the two chains hold one another."""
    entry = release.entry
    return Noted(
        event=_EVENTS.get(entry.action.partition(" ")[0], "deployed"), at=entry.at, who=entry.who,
        detail={"release": entry.number, "action": entry.action, "revision": entry.revision,
                "git_commit": entry.git_commit, "release_hash": entry.hash})


def _open_journal(connection: sa.Connection, intent: Intent, deploy_id: str) -> Journal:
    resumed = intent.resumed
    if resumed is None and (cut := interrupted(connection)) and cut[0] == deploy_id:
        resumed = cut[:3]  # the try before this one got as far as a batch, before somebody was in its way
    if resumed:
        steps = sa.select(sa.func.max(state.step.c.number)).where(state.step.c.deploy_id == deploy_id)
        return Journal(deploy_id, number=connection.execute(steps).scalar() or 0, resumed=resumed[1:])
    seq = connection.execute(sa.select(sa.func.max(state.deploy.c.seq))).scalar() or 0
    draft = intent.draft
    connection.execute(state.deploy.insert().values(
        id=deploy_id, seq=seq + 1, state="started", action=draft.action, fingerprint=draft.fingerprint,
        revision=draft.revision, who=draft.who, started_at=database_clock(connection)))
    return Journal(deploy_id)


def prove(connection: sa.Connection, tables: Mapping[str, Table]) -> None:
    """Read back what was changed, and refuse to commit anything but exactly what the spec says."""
    dialect, tables = dialect_of(connection), written_otherwise(connection, tables)
    drift = [one for one in compare(tables, real_shapes(connection, tables), dialect) if one.owner == "ours"]
    if drift:
        raise Refused(unproven(drift))


# Changed tables, and those that point at one: no other can have rows by now that point at nothing.
_CONCERNED = """
SELECT DISTINCT m.name FROM sqlite_master AS m, json_each(?) AS changed
WHERE m.type = 'table' AND (m.name = changed.value OR instr(m.sql, 'REFERENCES "' || changed.value || '"'))"""
_ORPHANS = 'SELECT f."table", f.rowid, f.parent FROM json_each(?) AS t, pragma_foreign_key_check(t.value) AS f'
_DAMAGE = "SELECT found.* FROM json_each(?) AS t, pragma_quick_check(t.value) AS found WHERE found.quick_check <> 'ok'"
_SHOWN = 5


def _prove_sqlite(engine: sa.Engine, connection: sa.Connection, changed: Collection[str], say: Say) -> None:
    """Look for rows that point at nothing, which SQLite did not watch meanwhile, and for damage.

    The whole file was looked through when it was backed up; here it is what the deploy has written.
    """
    tables = json.dumps([*changed])
    concerned = json.dumps([*connection.exec_driver_sql(_CONCERNED, (tables,)).scalars()])
    count = connection.exec_driver_sql(f"SELECT count(*) FROM ({_ORPHANS})", (concerned,)).scalar_one()
    if count and count <= (before := _orphans_before(engine, concerned)):
        say(f"{before} records pointed at records that are not there before this deploy, and still do")
    elif count:
        orphans = connection.exec_driver_sql(f"{_ORPHANS} LIMIT {_SHOWN}", (concerned,)).all()
        shown = ", ".join(f"row {row} of `{table}` (no such `{parent}`)" for table, row, parent in orphans)
        raise Refused(Diagnostic("CRM541", f"records would point at records that are not there: {shown}",
                                 why="nothing was changed", help="mend those records, then run the same command again"))
    found = connection.exec_driver_sql(f"{_DAMAGE} LIMIT {_SHOWN}", (tables,)).scalars().all()
    if found:
        raise Refused(Diagnostic("CRM506", "the database is damaged", why="; ".join(found),
                                 help="go back to the newest backup; nothing was changed"))


def _orphans_before(engine: sa.Engine, concerned: str) -> int:
    """Count them as everybody else sees the database meanwhile: as it was before."""
    with for_reading(engine).connect() as reader:
        there = {name for (name,) in reader.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")}
        before = json.dumps([name for name in json.loads(concerned) if name in there])
        return int(reader.exec_driver_sql(f"SELECT count(*) FROM ({_ORPHANS})", (before,)).scalar_one())


def _commit(engine: sa.Engine, held: Held, release: Release, deploy_id: str) -> None:
    """Commit. When the answer is lost nobody knows what became of it, but the database: ask it by the deploy's id."""
    try:
        held.connection.commit()
    except DBAPIError as error:
        if not _was_committed(engine, deploy_id, lost=connection_lost(error)):
            raise failed(error, engine) from error


def _was_committed(engine: sa.Engine, deploy_id: str, *, lost: bool) -> bool:
    engine.dispose()
    try:
        with engine.connect() as connection:
            if lost:
                end_orphans(connection)  # the server may not have come to the COMMIT yet
            newest = deployed_release(connection)
            return newest is not None and newest.entry.deploy_id == deploy_id
    except DBAPIError:
        return False


def interrupted(connection: sa.Connection) -> tuple[str, str, int, str] | None:
    """Return deploy id, revision, statements done and checksum of a deploy that was cut off between two batches."""
    if missing_tables(connection, ("crmspec_step", "crmspec_deploy")):
        return None
    steps, deploys = state.step.c, state.deploy.c
    row = connection.execute(
        sa.select(steps.deploy_id, steps.revision, steps.statements, steps.checksum, steps.direction)
        .join(state.deploy, deploys.id == steps.deploy_id).where(deploys.state == "started")
        .order_by(deploys.seq.desc(), steps.number.desc()).limit(1)).first()
    if row is None or not row.direction.endswith("in part"):
        return None
    return (row.deploy_id, row.revision, row.statements, row.checksum)
