"""A project → a database in that state. `deploy` reads as the list of its steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from crmspec.deploy.apply import Journal, apply_revisions
from crmspec.deploy.breaches import refuse_breaches
from crmspec.deploy.carry_out import Intent, carry_out
from crmspec.deploy.generated import git_commit, read_artifacts, user_name, what_is_missing, written
from crmspec.deploy.lock import WAIT_SECONDS, Held, Say, held_lock
from crmspec.deploy.online import prepared, take_back_leftovers
from crmspec.deploy.online_choice import ONLINE_ABOVE
from crmspec.deploy.preflight import refuse_unfit
from crmspec.deploy.ready import Ready, make_ready, needless
from crmspec.deploy.release import Release
from crmspec.deploy.releases import Draft
from crmspec.deploy.revisions import Revision, Revisions, current_revision, read_revisions
from crmspec.deploy.saving import saving
from crmspec.deploy.seeded import seeds_due
from crmspec.deploy.straight import build_straight, straight_way
from crmspec.deploy.touched import touched_by
from crmspec.diagnostics import Position
from crmspec.plan import Plan
from crmspec.spec import Environment, Spec, fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a deploy, a rollback, a restore or a purge came to."""

    release: Release                  # the newest one, also when there was nothing to do
    changed: bool                     # whether that is a new one
    plan: Plan
    applied: tuple[str, ...] = ()     # revisions, in the order they were gone through
    generated: tuple[str, ...] = ()   # files that were written to the project first
    backup: Path | None = None
    seeds_changed: bool = False       # whoever called writes them now, through `records`
    undo: str = ""                    # the command that takes it back
    needless: tuple[str, ...] = ()    # hazards that were allowed, and were not posed


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What is deployed from: a valid spec, its folder, and where its parts were written."""

    spec: Spec
    folder: Path
    origins: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Position] = field(default_factory=dict)    # the same, to the column, for messages


def deploy(
    project: Project, engine: sa.Engine, *, environment: Environment, allow: Collection[str] = (),
    plan_file: Path | None = None, who: str = "", say: Say = lambda _: None, wait_seconds: float = WAIT_SECONDS,
    online_above: int = ONLINE_ABOVE,
) -> Outcome:
    """Bring a database to the state of a project: everything of it or, with a refusal that says why, nothing.

    On PostgreSQL, what would block people on tables with more than `online_above` rows is prepared beside them first.
    """
    who = who or user_name()
    refuse_unfit(engine)
    with held_lock(engine, who=who, wait_seconds=wait_seconds, say=say) as held, saving(engine, held, say) as copy:
        missing = what_is_missing(project.spec, project.folder, environment)
        revisions = read_revisions(project.folder)
        if missing or current_revision(held.connection) != revisions.head:
            # Unless it is refused, there is something to do.
            copy.begin()
            say("comparing with what is deployed")
        ready = make_ready(held.connection, project.spec, revisions, folder=project.folder, missing=bool(missing),
                           allow=allow, plan_file=plan_file)
        with written(missing, project.folder) as generated:
            revisions = read_revisions(project.folder) if generated else revisions
            pending, _ = revisions.between(ready.current, revisions.head)
            draft = _draft(project, revisions, who)
            seeds_changed = seeds_due(held.connection, project.spec)
            if ready.same_as(draft) and not pending:
                refuse_breaches(held.connection, project.spec, project.places)
                take_back_leftovers(engine, held, say=say)
                return Outcome(release=ready.newest, changed=False, plan=ready.plan, generated=generated,
                               seeds_changed=seeds_changed,
                               needless=needless(ready.plan, allow))
            copy.begin()
            straight = straight_way(held.connection, ready, draft, pending)
            # Where a database is built straight, nothing is there yet to be prepared beside.
            beside = () if straight else pending
            with prepared(engine, held, beside, upward=True, above=online_above, say=say) as done:
                intent = _intent(project, ready, draft, pending, done, straight, say)
                release = carry_out(engine, held, intent, copy=copy, say=say)
    return Outcome(
        release=release, changed=True, plan=ready.plan, applied=tuple(one.name for one in pending),
        generated=generated, backup=copy.path, seeds_changed=seeds_changed,
        undo=f"crmspec rollback --to {ready.deployed.number}" if ready.deployed else "",
        needless=needless(ready.plan, allow),
    )


def _draft(project: Project, revisions: Revisions, who: str) -> Draft:
    return Draft(
        action="deploy", spec=project.spec, fingerprint=fingerprint(project.spec), who=who, revision=revisions.head,
        artifacts=read_artifacts(project.folder), origins=project.origins, git_commit=git_commit(project.folder),
    )


def _intent(
    project: Project, ready: Ready, draft: Draft, pending: tuple[Revision, ...], done: Collection[str],
    straight: tuple[str, ...] | None, say: Say,
) -> Intent:
    def work(held: Held, journal: Journal) -> None:
        if straight is not None:
            build_straight(held, journal, pending, straight, say)
            return
        apply_revisions(held, journal, pending, upward=True, say=say, prepared=done)

    def proof(held: Held) -> None:
        refuse_breaches(held.connection, project.spec, project.places)

    return Intent(draft, ready.deployed, work, resumed=ready.resumed, tables=touched_by(pending), proof=proof)
