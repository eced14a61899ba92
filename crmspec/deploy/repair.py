"""A database that somebody changed by hand → what is deployed to it, again. What is not ours is left alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from crmspec.deploy.apply import Journal
from crmspec.deploy.carry_out import Intent, Work, carry_out
from crmspec.deploy.database import for_reading
from crmspec.deploy.deploy import Outcome
from crmspec.deploy.drift import find_drift
from crmspec.deploy.failure import unproven
from crmspec.deploy.generated import user_name
from crmspec.deploy.lock import WAIT_SECONDS, Held, Say, held_lock
from crmspec.deploy.mend import Mend, in_order, read_mends, unfit_rows
from crmspec.deploy.online import prepared
from crmspec.deploy.online_choice import ONLINE_ABOVE
from crmspec.deploy.patience import take_locks
from crmspec.deploy.preflight import refuse_unfit
from crmspec.deploy.ready import refuse_interrupted
from crmspec.deploy.release import Release, release_of
from crmspec.deploy.releases import Draft, verify_chain
from crmspec.deploy.repair_online import Beforehand, beforehand, built_online, note_released
from crmspec.deploy.saving import saving
from crmspec.deploy.state import refuse_newer_state, state_versions
from crmspec.deploy.statements import execute_all
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.plan import Plan
from crmspec.plan.change import Hazard

_BESIDE = ("index", "beside", "table")
_ROUNDS = 3  # what is made again may lack what stood on it: its indexes, and what points at it


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair would do: each difference with what restores it, and what has to be allowed for that."""

    mends: tuple[Mend, ...]
    hazards: tuple[Hazard, ...]
    beforehand: Beforehand | None = None  # indexes and rules that are made before the transaction

    @property
    def statements(self) -> tuple[str, ...]:
        """Every statement of the transaction, in the order in which they run."""
        statements = in_order(self.mends)
        return tuple(self.beforehand.renamed(statements) if self.beforehand else statements)

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that are changed, and not only get an index: those are taken at once, so that nobody deadlocks."""
        return tuple(sorted({mend.drift.table for mend in self.mends if mend.drift.aspect not in _BESIDE}))

    def __bool__(self) -> bool:
        return bool(self.mends)


def plan_repair(engine: sa.Engine, *, online_above: int = ONLINE_ABOVE) -> Repair:
    """Return what a repair would do; looks only, and takes no lock that anybody would notice."""
    with for_reading(engine).connect() as connection:
        return _plan(connection, _newest(connection), online_above)


def _plan(connection: sa.Connection, release: Release, online_above: int) -> Repair:
    mends = read_mends(connection, release, find_drift(connection, release.spec))
    before = beforehand(connection, mends, online_above)
    posed = [Hazard(name, mend.drift.place, reason) for mend in mends for name, reason in mend.hazards
             if not (name == "blocks_writes" and mend.drift.name in built_online(before))]
    return Repair(mends, tuple(dict.fromkeys(posed)), before)


def _newest(connection: sa.Connection) -> Release:
    refuse_newer_state(state_versions(connection))
    chain = verify_chain(connection)
    if not chain:
        raise Refused(Diagnostic("CRM530", "nothing was ever deployed to this database", help="crmspec deploy"))
    return release_of(connection, chain[-1])


def repair(
    engine: sa.Engine, *, allow: Collection[str] = (), who: str = "", say: Say = lambda _: None,
    wait_seconds: float = WAIT_SECONDS, online_above: int = ONLINE_ABOVE,
) -> Outcome:
    """Bring the tables back to what is deployed: all of it in one transaction, proven, as a release of its own.

    On PostgreSQL the indexes and rules of tables with more than `online_above` rows are made before it, while people
    work on.

    Refused, with nothing changed: what nobody but a person can decide, records that would not fit, hazards that were
    not allowed.
    """
    refuse_unfit(engine)
    who = who or user_name()
    with held_lock(engine, who=who, wait_seconds=wait_seconds, say=say) as held, saving(engine, held, say) as copy:
        newest = _newest(held.connection)
        refuse_interrupted(held.connection)
        planned = _plan(held.connection, newest, online_above)
        plan = Plan(deployed=newest.spec, desired=newest.spec, hazards=planned.hazards)
        if not planned:
            return Outcome(release=newest, changed=False, plan=plan)
        _refuse(held.connection, planned, allow)
        intent = Intent(same_again(newest, "repair", who), newest, _work(newest, planned, say), tables=planned.tables)
        before = (planned.beforehand,) if planned.beforehand else ()
        copy.begin()
        with prepared(engine, held, before, upward=True, above=online_above, say=say):
            release = carry_out(engine, held, intent, copy=copy, say=say)
    return Outcome(release=release, changed=True, plan=plan, backup=copy.path)


def _work(newest: Release, planned: Repair, say: Say) -> Work:
    def work(held: Held, _: Journal) -> None:
        for mend in planned.mends:
            say(mend.title)
        take_locks(held.connection, planned.tables)
        execute_all(held.connection, planned.statements)
        if planned.beforehand:
            note_released(held.connection)
        settle(held.connection, newest)

    return work


def settle(connection: sa.Connection, release: Release) -> None:
    """Mend until nothing of ours differs; refuse when something still does."""
    for _ in range(_ROUNDS):
        left = tuple(one for one in find_drift(connection, release.spec) if one.owner == "ours")
        if not left:
            return
        mends = read_mends(connection, release, left)
        if any(mend.conflict for mend in mends):
            break
        execute_all(connection, in_order(mends))
    left = tuple(one for one in find_drift(connection, release.spec) if one.owner == "ours")
    if left:
        raise Refused(unproven(left))


def same_again(newest: Release, action: str, who: str) -> Draft:
    """Return the draft of a release that says what the newest one says."""
    return Draft(
        action=action, spec=newest.spec, fingerprint=newest.fingerprint, who=who, artifacts=newest.artifacts,
        origins=newest.origins, revision=newest.entry.revision, git_commit=newest.entry.git_commit,
    )


# --- Reasons not to ---


def _refuse(connection: sa.Connection, planned: Repair, allow: Collection[str]) -> None:
    problems = [
        Diagnostic("CRM570", f"{mend.drift}, and this cannot be restored by itself", why=mend.conflict,
                   help=mend.remedy)
        for mend in planned.mends if mend.conflict]
    problems += unfit_rows(connection, planned.mends)
    flag = ",".join(sorted({hazard.name for hazard in planned.hazards}))
    problems += [
        Diagnostic("CRM501", f"this repair poses a hazard that was not allowed: {hazard.name} (`{hazard.address}`)",
                   why=hazard.reason, help=f"crmspec deploy --repair --allow {flag}")
        for hazard in planned.hazards if hazard.name not in allow]
    if problems:
        raise Refused(*problems)
