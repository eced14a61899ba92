"""Back to an earlier release, as a new release: records made since stay, what was out of sight comes back."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import sqlalchemy as sa

from crmspec.deploy.apply import Journal, apply_revisions
from crmspec.deploy.by_hand import refuse_changes_by_hand
from crmspec.deploy.carry_out import Intent, carry_out
from crmspec.deploy.counting import count_hazards, counted, unfit_data
from crmspec.deploy.deploy import Outcome
from crmspec.deploy.generated import user_name
from crmspec.deploy.lock import WAIT_SECONDS, Held, Say, held_lock
from crmspec.deploy.online import prepared
from crmspec.deploy.online_choice import ONLINE_ABOVE
from crmspec.deploy.planning import retired_after
from crmspec.deploy.preflight import refuse_unfit
from crmspec.deploy.ready import hazards_not_allowed, needless, read_deployed, refuse_interrupted
from crmspec.deploy.release import Release, release_of
from crmspec.deploy.releases import Draft, entries, entry_of
from crmspec.deploy.revisions import Revisions, read_revisions
from crmspec.deploy.saving import saving
from crmspec.deploy.seeded import seeds_due
from crmspec.deploy.touched import touched_by
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.plan import Plan, make_plan, refuse_protected

_SAYING_NOTHING = ("purge", "repair")


def plan_rollback(engine: sa.Engine, *, to: int | None = None) -> tuple[Plan, int]:
    """Return what going back would change, and to which release: the one before the newest when none is named."""
    with engine.connect() as connection:
        newest, target = _ends(connection, to)
    return count_hazards(_plan_back(newest, target), engine), target.number


def rollback(
    project_folder: Path, engine: sa.Engine, *, to: int | None = None, allow: Collection[str] | None = None,
    who: str = "", say: Say = lambda _: None, wait_seconds: float = WAIT_SECONDS, online_above: int = ONLINE_ABOVE,
) -> Outcome:
    """Bring a database back to an earlier release by undoing revisions; the project in git is ahead of it then.

    `allow` are the hazards that somebody accepted; None when whoever calls has shown them and was told to go on.
    """
    refuse_unfit(engine)
    revisions = read_revisions(project_folder)
    who = who or user_name()
    with held_lock(engine, who=who, wait_seconds=wait_seconds, say=say) as held, saving(engine, held, say) as copy:
        connection = held.connection
        _, current = read_deployed(connection, revisions)
        refuse_interrupted(connection)
        newest, target = _ends(connection, to)
        refuse_changes_by_hand(connection, newest.spec, target.spec)
        plan = counted(connection, _plan_back(newest, target))
        if newest.fingerprint == target.fingerprint and newest.artifacts == target.artifacts:
            return Outcome(release=newest, changed=False, plan=plan)
        problems = [] if allow is None else list(hazards_not_allowed(plan, allow, "crmspec rollback"))
        if problems := [*problems, *unfit_data(plan)]:
            raise Refused(*problems)
        _refuse_unknown(target, revisions)
        steps, upward = revisions.between(current, target.entry.revision)

        seeds_changed = seeds_due(connection, target.spec)
        copy.begin()
        with prepared(engine, held, steps, upward=upward, above=online_above, say=say) as done:

            def work(held: Held, journal: Journal) -> None:
                apply_revisions(held, journal, steps, upward=upward, say=say, prepared=done)

            intent = Intent(_draft(target, who), newest, work, tables=touched_by(steps))
            release = carry_out(engine, held, intent, copy=copy, say=say)
    return Outcome(
        release=release, changed=True, plan=plan, applied=tuple(one.name for one in steps), backup=copy.path,
        seeds_changed=seeds_changed, undo=f"crmspec rollback --to {newest.number}",
        needless=needless(plan, allow or ()),
    )


def _ends(connection: sa.Connection, to: int | None) -> tuple[Release, Release]:
    """Return the newest release and the one to go back to."""
    rows = entries(connection)
    if not rows:
        raise Refused(Diagnostic("CRM530", "nothing was ever deployed to this database", help="crmspec deploy"))
    if to is None:
        to = _release_before(rows[-1].number, {row.number: row.action for row in rows})
    return release_of(connection, rows[-1]), release_of(connection, entry_of(connection, to))


def _release_before(newest: int, actions: dict[int, str]) -> int:
    """Return the release that the newest one came after. What a rollback went back to counts as itself."""
    # A purge or a repair changes nothing that a release says: going back is from the one before it.
    numbers = sorted((number for number in actions if number <= newest), reverse=True)
    newest = next((number for number in numbers if not actions[number].startswith(_SAYING_NOTHING)), newest)
    action = actions[newest]
    stands_at = int(action.rpartition(" ")[2]) if action.startswith("rollback to ") else newest
    before = [number for number in numbers if number < stands_at]
    if not before:
        raise Refused(Diagnostic("CRM530", "there is no release before this one to go back to", help="crmspec history"))
    return before[0]


def _plan_back(newest: Release, target: Release) -> Plan:
    backward = target.number < newest.number
    plan = make_plan(newest.spec, target.spec, retired=retired_after(newest), backward=backward)
    refuse_protected(plan.changes, plan.hazards)
    return plan


def _refuse_unknown(target: Release, revisions: Revisions) -> None:
    name = target.entry.revision
    if name in revisions.replaced and name not in revisions.by_name:
        baseline = next(one.name for one in revisions.line if name in one.replaces)
        raise Refused(Diagnostic(
            "CRM575", f"release {target.number} stood at `{name}`, which was squashed into `{baseline}`",
            why="the revisions that lead back there are not in migrations/ any more",
            help="check out the project as it was before the squash, and run the same command there"))
    if name is not None and name not in revisions.by_name:
        raise Refused(Diagnostic(
            "CRM517", f"release {target.number} stood at the revision `{name}`, which is not in migrations/",
            help=f"bring the file back from git: git log --all -- 'migrations/versions/*{name}*'"))


def _draft(target: Release, who: str) -> Draft:
    return Draft(
        action=f"rollback to {target.number}", spec=target.spec, who=who,
        fingerprint=target.fingerprint,
        artifacts=target.artifacts, origins=target.origins, revision=target.entry.revision,
        git_commit=target.entry.git_commit,
    )
