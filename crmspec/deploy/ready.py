"""Everything that can be known before the first statement: what there is to do, and every reason not to do it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from crmspec.deploy.adoption import adopted_by, without_adopted
from crmspec.deploy.apply import refuse_edited_while_interrupted
from crmspec.deploy.by_hand import refuse_changes_by_hand
from crmspec.deploy.carry_out import interrupted
from crmspec.deploy.counting import counted, unfit_data
from crmspec.deploy.looking import missing_tables
from crmspec.deploy.planning import plan_from
from crmspec.deploy.release import Release, release_of
from crmspec.deploy.releases import Draft, verify_chain
from crmspec.deploy.revisions import Revision, Revisions, refuse_other_history
from crmspec.deploy.state import STATE_TABLES, is_current, refuse_newer_state, state_versions
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.plan import Plan, diff_specs
from crmspec.schema.system import SYSTEM_TABLES
from crmspec.spec import Spec, fingerprint


@dataclass(frozen=True, slots=True)
class Ready:
    """A deploy that nothing speaks against."""

    deployed: Release | None
    current: str | None               # the revision that the tables stand at
    plan: Plan
    resumed: tuple[str, str, int] | None = None

    def same_as(self, draft: Draft) -> bool:
        """Say whether the newest release says what the next one would say."""
        newest = self.deployed
        return newest is not None and (newest.fingerprint, newest.artifacts) == (draft.fingerprint, draft.artifacts)

    @property
    def newest(self) -> Release:
        """The release that is there, when there is nothing to do."""
        assert self.deployed is not None
        return self.deployed


def make_ready(
    connection: sa.Connection, desired: Spec, revisions: Revisions, *, folder: Path, missing: bool,
    allow: Collection[str], plan_file: Path | None,
) -> Ready:
    """Read what is deployed and work out what is to be done; refuse when anything speaks against it.

    `missing` says that one more revision will be generated on top of those there are.
    """
    deployed = _newest(connection)
    _refuse_stale_plan(plan_file, deployed, desired)
    current = refuse_other_history(connection, revisions)
    _refuse_emptiness(deployed, desired)
    plan = _plan(deployed, desired, folder)
    pending, _ = revisions.between(current, revisions.head)
    resumed = _resumed(connection, pending)
    if resumed is None:
        adopted = [one for revision in pending for one in adopted_by(revision)]
        if (pending or missing) and (deployed or current is None):
            refuse_changes_by_hand(connection, deployed.spec if deployed else None, desired,
                                   adopted={place for one in adopted for place in one.places})
        plan = without_adopted(plan, adopted)
        # Counted here, under the lock, whatever `plan` counted before: what fits poses no hazard.
        plan = counted(connection, plan)
        problems = list(hazards_not_allowed(plan, allow))
        if pending or missing:
            problems.extend(unfit_data(plan))
        if problems:
            raise Refused(*problems)
    return Ready(deployed, current, plan, resumed)


def _plan(deployed: Release | None, desired: Spec, folder: Path) -> Plan:
    """Plan from what is deployed. Where nothing is, nothing can be lost: the revisions say what to do."""
    if deployed is None:
        return Plan(deployed=None, desired=desired, changes=diff_specs(Spec(project=desired.project), desired))
    return plan_from(deployed, desired, folder)


def read_deployed(connection: sa.Connection, revisions: Revisions) -> tuple[Release | None, str | None]:
    """Return the newest release and where the tables stand; refuse a history that is another's, or tampered with."""
    return _newest(connection), refuse_other_history(connection, revisions)


def _newest(connection: sa.Connection) -> Release | None:
    refuse_newer_state(state_versions(connection))
    chain = verify_chain(connection)
    if chain and is_current(connection):
        _refuse_missing_tables(connection)
    return release_of(connection, chain[-1], whole=False) if chain else None


def _refuse_missing_tables(connection: sa.Connection) -> None:
    """Refuse a database in which some of crmspec's own tables are gone: it would be noticed in the middle."""
    own = [table.name for table in (*STATE_TABLES, *SYSTEM_TABLES)]
    if gone := missing_tables(connection, [*own, "alembic_version"]):
        raise Refused(*(
            Diagnostic("CRM503", f"crmspec's own table `{name}` is missing", why="somebody dropped it",
                       help="crmspec doctor --repair makes it again" if name == "alembic_version" else
                            "put it back from a backup; or have it made again, empty: crmspec deploy --repair")
            for name in gone))


def _resumed(connection: sa.Connection, pending: tuple[Revision, ...]) -> tuple[str, str, int] | None:
    found = interrupted(connection)
    if found is None:
        return None
    deploy_id, name, done, checksum = found
    if not pending or pending[0].name != name:
        raise Refused(Diagnostic(
            "CRM531", f"an earlier deploy was cut off in the middle of the revision `{name}`",
            why="its tables are half made, and only the same revision can finish them",
            help=f"deploy the project that has `{name}` as its next revision"))
    refuse_edited_while_interrupted(checksum, pending[0])
    return (deploy_id, name, done)


def refuse_interrupted(connection: sa.Connection) -> None:
    """Refuse anything but finishing a deploy that was cut off half-way."""
    _resumed(connection, ())


def hazards_not_allowed(plan: Plan, allow: Collection[str], command: str = "crmspec deploy") -> Iterator[Diagnostic]:
    """Say every hazard of a counted plan that nobody allowed, with the command that does.

    Records that do not fit are no hazard any more but a reason to refuse: `unfit_data` says which, and no flag helps.
    """
    posed = [hazard for hazard in plan.hazards if hazard.name != "may_fail_on_data"]
    flag = ",".join(sorted({hazard.name for hazard in posed}))
    lost = {fact.address: fact for fact in plan.facts if fact.kind == "lost"}
    for hazard in posed:
        if hazard.name not in allow:
            fact = lost.get(hazard.address) if hazard.name == "loses_data" else None
            count = f"{fact.rows:,} of {fact.of or 0:,} {fact.what}; " if fact else ""
            yield Diagnostic(
                "CRM501", f"this plan poses a hazard that was not allowed: {hazard.name} (`{hazard.address}`)",
                why=f"{count}{hazard.reason}", help=f"{command} --allow {flag}")


def needless(plan: Plan, allow: Collection[str]) -> tuple[str, ...]:
    """Return what was allowed and is not posed: a waiver that went stale, and would hide the next real one."""
    return tuple(name for name in dict.fromkeys(allow) if name not in plan.hazard_names)


def _refuse_emptiness(deployed: Release | None, desired: Spec) -> None:
    if not desired.objects and (deployed is None or deployed.spec.objects):
        raise Refused(Diagnostic(
            "CRM532", "the project has no objects", why="deploying it would put every record out of sight" if deployed
            else "there is nothing to deploy", help="is this the right folder? crmspec -C DIR deploy"))


def _refuse_stale_plan(plan_file: Path | None, deployed: Release | None, desired: Spec) -> None:
    """Refuse a saved plan when the database or the project has moved on since it was made."""
    if plan_file is None:
        return
    try:
        saved = json.loads(plan_file.read_text("utf-8"))
        before, after = saved["deployed"], saved["desired"]
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused(Diagnostic("CRM534", f"{plan_file} is not a plan that crmspec saved",
                                 help=f"crmspec plan --out {plan_file}")) from None
    now = deployed.fingerprint if deployed else ""
    if (before or "") != now:
        raise Refused(Diagnostic(
            "CRM535", "this plan is stale: the database has moved on since it was made",
            why=f"it stands at release {deployed.number} now, deployed by {deployed.entry.who}" if deployed
            else "nothing is deployed in it: it is another database than the plan was made for",
            help=f"make the plan again and look at it: crmspec plan --out {plan_file}"))
    if saved.get("release", (deployed and deployed.entry.hash)) != (deployed and deployed.entry.hash):
        raise Refused(Diagnostic(
            "CRM535", "this plan was made for another database, or for this one before its newest release",
            why="what is deployed says the same, but its releases are others than those that the plan was made from",
            help=f"make the plan for this one and look at it: crmspec plan --env NAME --out {plan_file}"))
    if after != fingerprint(desired):
        raise Refused(Diagnostic("CRM535", "this plan is stale: the project has changed since it was made",
                                 help=f"make the plan again and look at it: crmspec plan --out {plan_file}"))
