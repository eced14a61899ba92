"""What is out of sight: brought back by declaring it again, or ended for good by an explicit act."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from crmspec.artifact import committed
from crmspec.deploy import state
from crmspec.deploy.apply import Journal
from crmspec.deploy.backfill import empty_column
from crmspec.deploy.carry_out import Intent, carry_out
from crmspec.deploy.deploy import Outcome, Project, deploy
from crmspec.deploy.failure import blocked, failed
from crmspec.deploy.generated import user_name
from crmspec.deploy.lock import WAIT_SECONDS, Held, Say, held_lock
from crmspec.deploy.looking import has_column
from crmspec.deploy.patience import DATABASE_ERRORS, Blocked, let_go
from crmspec.deploy.preflight import refuse_unfit
from crmspec.deploy.ready import refuse_interrupted
from crmspec.deploy.release import Release, release_of
from crmspec.deploy.releases import Draft, verify_chain
from crmspec.deploy.saving import saving
from crmspec.deploy.state import database_clock
from crmspec.deploy.status import RetiredPart, retired_parts
from crmspec.diagnostics import Diagnostic, Refused, did_you_mean
from crmspec.plan import Plan, Retired
from crmspec.schema.ddl import quoted
from crmspec.spec import Environment, Field, Object, Spec

# --- Restoring ---

# What bringing something back may pose. Whether the data fits is counted first, in any case.
RESTORING = ("may_fail_on_data", "rewrites_table", "blocks_writes", "widens_access", "breaks_consumers")


def restorable(project_folder: Path, address: str) -> Retired:
    """Return what was removed last at an address; refuse one where nothing was."""
    ledger = committed(project_folder).retired
    for one in reversed(ledger):
        if one.address == address:
            return one
    raise Refused(Diagnostic(
        "CRM560", f"nothing that was removed is called `{address}`",
        help=did_you_mean(address, [one.address for one in ledger]) or "nothing is out of sight in this project"))


def with_part(spec: Spec, retired: Retired) -> Spec:
    """Return the spec with a removed field or object declared again, as it was."""
    if isinstance(retired.part, Object):
        return replace(spec, objects={**spec.objects, retired.part.name: retired.part})
    name = retired.address.partition(".")[0]
    one = spec.objects.get(name)
    if one is None:
        raise Refused(Diagnostic("CRM561", f"`{retired.address}` cannot come back: there is no object `{name}`",
                                 help=f"restore the object first: crmspec restore {name}"))
    _refuse_lost_targets(spec, retired.address, retired.part)
    return replace(spec, objects={
        **spec.objects, name: replace(one, fields={**one.fields, retired.part.name: retired.part})})


def _refuse_lost_targets(spec: Spec, address: str, field: Field) -> None:
    lost = [target for target in field.to if target != "person" and target not in spec.objects]
    if lost:
        raise Refused(Diagnostic("CRM561", f"`{address}` cannot come back: its target `{lost[0]}` is not there",
                                 help=f"restore that first: crmspec restore {lost[0]}"))


def restore(
    project: Project, engine: sa.Engine, address: str, *, environment: Environment, who: str = "",
    say: Say = lambda _: None, wait_seconds: float = WAIT_SECONDS,
) -> Outcome:
    """Declare a removed part again and deploy that: its values come back with it.

    The project's YAML is not touched here: whoever calls writes the part into it, or the next deploy removes it again.
    A protected environment only takes what was reviewed: there the part is declared in the project first.
    """
    found = restorable(project.folder, address)
    if environment.protected:
        raise Refused(Diagnostic(
            "CRM514", f"`{environment.name}` is protected: only what was generated and reviewed is deployed to it",
            help=f"declare `{address}` in specs/ again, then: crmspec generate, commit, crmspec deploy"))
    wanted = replace(project, spec=with_part(project.spec, found))
    outcome = deploy(
        wanted, engine, environment=environment, allow=RESTORING, who=who, say=say, wait_seconds=wait_seconds)
    return replace(outcome, needless=())  # nobody named them one by one


# --- Purging ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """One removed part that a purge would end."""

    address: str
    parts: tuple[RetiredPart, ...]    # its columns, or its tables
    values: int                       # records that have something in it
    at: datetime                      # when it was removed
    kept_until: datetime


def endings(engine: sa.Engine, addresses: Collection[str] = ()) -> tuple[Ending, ...]:
    """Return what there is to purge: the named parts, or everything whose retention is over."""
    with engine.connect() as connection:
        return _endings(connection, _newest(connection), addresses)


def purge(
    engine: sa.Engine, addresses: Collection[str] = (), *, allow: Collection[str] = (), early: bool = False,
    who: str = "", say: Say = lambda _: None, wait_seconds: float = WAIT_SECONDS,
) -> Outcome:
    """End what was removed, for good: the named parts, or everything whose retention is over.

    Needs `loses_data` among what is allowed, and for a part whose retention is not over, `early`. The empty columns and
    tables stay where they are, out of sight, so that every database of a project keeps the same shape.
    """
    refuse_unfit(engine)
    who = who or user_name()
    with held_lock(engine, who=who, wait_seconds=wait_seconds, say=say) as held, saving(engine, held, say) as copy:
        newest = _newest(held.connection)
        refuse_interrupted(held.connection)
        ending = _endings(held.connection, newest, addresses)
        plan = Plan(deployed=newest.spec, desired=newest.spec)
        if not ending:
            return Outcome(release=newest, changed=False, plan=plan)
        _refuse_early(ending, database_clock(held.connection), early=early)
        _refuse_loss(ending, allow)

        def work(held: Held, _: Journal) -> None:
            for one in ending:
                say(f"ending {one.address}")
                _end(held.connection, one.parts)

        copy.begin()
        _empty_unnoticed(engine, held, ending, say)
        names = ", ".join(one.address for one in ending)
        intent = Intent(_draft(newest, f"purge {names}", who), newest, work)
        release = carry_out(engine, held, intent, copy=copy, say=say)
    return Outcome(release=release, changed=True, plan=plan, backup=copy.path)


def _newest(connection: sa.Connection) -> Release:
    chain = verify_chain(connection)
    if not chain:
        raise Refused(Diagnostic("CRM530", "nothing was ever deployed to this database", help="crmspec deploy"))
    return release_of(connection, chain[-1])


def _endings(connection: sa.Connection, newest: Release, addresses: Collection[str]) -> tuple[Ending, ...]:
    grouped: dict[str, list[RetiredPart]] = {}
    for part in retired_parts(connection):
        grouped.setdefault(part.address, []).append(part)
    unknown = [address for address in addresses if address not in grouped]
    if unknown:
        raise Refused(*(Diagnostic("CRM560", f"nothing that was removed is called `{address}`",
                                   help=did_you_mean(address, grouped) or "crmspec status lists what is out of sight")
                        for address in unknown))
    kept = timedelta(days=newest.spec.project.retention_days)
    now = database_clock(connection)
    found = []
    for address, parts in grouped.items():
        at = max(part.at for part in parts)
        if address in addresses or (not addresses and at + kept <= now):
            found.append(Ending(address=address, parts=tuple(parts), at=at, kept_until=at + kept,
                                values=_values(connection, parts)))
    return tuple(found)


def _values(connection: sa.Connection, parts: Sequence[RetiredPart]) -> int:
    table, stored = parts[0].table_name, parts[0].stored_as
    if not has_column(connection, table or stored, stored if table else ""):
        return 0
    counted = f"count({quoted(stored)}) FROM {quoted(table)}" if table else f"count(*) FROM {quoted(stored)}"
    return int(connection.exec_driver_sql(f"SELECT {counted}").scalar_one())


def _empty_unnoticed(engine: sa.Engine, held: Held, ending: Sequence[Ending], say: Say) -> None:
    """Empty columns of tables that are in use before the release, in batches that nobody waits for (PostgreSQL)."""
    if engine.dialect.name == "sqlite":
        return
    try:
        for part in (part for one in ending for part in one.parts if part.table_name):
            if has_column(held.connection, part.table_name, part.stored_as):
                say(f"ending {part.address}, a part of the records at a time")
                empty_column(held, part.table_name, part.stored_as, say=say)
    except Blocked as error:
        raise Refused(blocked(error.who)) from error
    except DATABASE_ERRORS as error:
        let_go(held.connection)
        raise failed(error, engine) from error


def _end(connection: sa.Connection, parts: Sequence[RetiredPart]) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    for part in parts:
        stored = quoted(part.stored_as)
        if has_column(connection, part.table_name or part.stored_as, part.stored_as if part.table_name else ""):
            connection.exec_driver_sql(
                f"UPDATE {quoted(part.table_name)} SET {stored} = NULL WHERE {stored} IS NOT NULL" if part.table_name
                else f"DELETE FROM {stored}")
        rows = state.retired.c
        connection.execute(sa.delete(state.retired).where(
            rows.table_name == part.table_name, rows.stored_as == part.stored_as))


def _refuse_early(ending: Sequence[Ending], now: datetime, *, early: bool) -> None:
    kept = [one for one in ending if one.kept_until > now]
    if kept and not early:
        raise Refused(*(
            Diagnostic("CRM562", f"`{one.address}` is kept until {one.kept_until:%Y-%m-%d}",
                       why=f"it was removed on {one.at:%Y-%m-%d} and {one.values:,} records have something in it",
                       help="wait until then, or end it before its time: crmspec purge --early")
            for one in kept))


def _refuse_loss(ending: Sequence[Ending], allow: Collection[str]) -> None:
    if "loses_data" not in allow:
        raise Refused(*(
            Diagnostic("CRM501", f"this ends values for good, which was not allowed: loses_data (`{one.address}`)",
                       why=f"{one.values:,} records have something in it", help="crmspec purge --allow loses_data")
            for one in ending))


def _draft(newest: Release, action: str, who: str) -> Draft:
    return Draft(
        action=action, spec=newest.spec, fingerprint=newest.fingerprint, who=who,
        artifacts=newest.artifacts, origins=newest.origins, revision=newest.entry.revision,
        git_commit=newest.entry.git_commit,
    )
