"""Where a database stands: what is deployed, what waits in the project, and whether the tables still agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from crmspec.deploy import state
from crmspec.deploy.breaches import breaches
from crmspec.deploy.carry_out import interrupted
from crmspec.deploy.catalogue import real_shapes
from crmspec.deploy.database import for_reading
from crmspec.deploy.drift import Drift, find_drift
from crmspec.deploy.looking import has_table
from crmspec.deploy.mend import Mend, read_mends
from crmspec.deploy.online_journal import Preparing, preparing
from crmspec.deploy.release import Entry, release_of
from crmspec.deploy.releases import verify_chain
from crmspec.deploy.revisions import current_revision, read_revisions, refuse_other_history
from crmspec.deploy.state import refuse_newer_state, state_versions
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.spec import Spec, fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredPart:
    """Something that is out of sight and can still be had back."""

    address: str
    table_name: str
    stored_as: str
    name: str
    revision: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What `status` tells. `problems` are reasons why a deploy would be refused as things are."""

    release: Entry | None
    up_to_date: bool
    pending: tuple[str, ...]          # revisions that the project has and the database does not
    drift: tuple[Drift, ...]
    retired: tuple[RetiredPart, ...]
    problems: tuple[Diagnostic, ...] = ()
    mends: tuple[Mend, ...] = ()      # what would restore each difference that is ours
    preparing: tuple[Preparing, ...] = ()   # releases that a deploy prepares just now, or that one left prepared


def read_status(engine: sa.Engine, project_folder: Path, desired: Spec | None = None) -> Status:
    """Look at a database, taking no lock and writing nothing."""
    with for_reading(engine).connect() as connection:
        versions = state_versions(connection)
        refuse_newer_state(versions)
        if not versions:
            return _never_deployed(connection, project_folder)
        problems: list[Diagnostic] = []
        pending: tuple[str, ...] = ()
        try:
            revisions = read_revisions(project_folder)
            current = refuse_other_history(connection, revisions)
            pending = tuple(one.name for one in revisions.between(current, revisions.head)[0])
        except Refused as refusal:
            problems.extend(refusal.diagnostics)
        cut = interrupted(connection)
        if cut:
            problems.append(_cut_off(cut[1]))
        chain = verify_chain(connection)
        deployed = release_of(connection, chain[-1]) if chain else None
        drift = find_drift(connection, deployed.spec) if deployed and not cut else ()
        problems.extend(breaches(connection, deployed.spec) if deployed and not cut else ())
        return Status(
            release=chain[-1] if chain else None, pending=pending, problems=tuple(problems),
            up_to_date=deployed is not None and not pending
            and (desired is None or fingerprint(desired) == deployed.fingerprint),
            drift=drift, mends=read_mends(connection, deployed, drift) if deployed and drift else (),
            retired=retired_parts(connection), preparing=preparing(connection),
        )


def history(engine: sa.Engine) -> tuple[Entry, ...]:
    """Return the releases of a database, oldest first, after looking whether anybody changed them by hand."""
    with for_reading(engine).connect() as connection:
        refuse_newer_state(state_versions(connection))
        return verify_chain(connection)


def retired_parts(connection: sa.Connection) -> tuple[RetiredPart, ...]:
    """Return what is out of sight, oldest first."""
    if not has_table(connection, "crmspec_retired"):
        return ()
    in_order = sa.select(state.retired).order_by(state.retired.c.at, state.retired.c.stored_as)
    return tuple(RetiredPart(**row) for row in connection.execute(in_order).mappings())


def _never_deployed(connection: sa.Connection, project_folder: Path) -> Status:
    revisions = read_revisions(project_folder)
    current = current_revision(connection)
    names = real_shapes(connection)
    drift = tuple(Drift("unmanaged", name, "is a table that crmspec did not make") for name in names)
    return Status(release=None, up_to_date=False, drift=drift, retired=(),
                  pending=tuple(one.name for one in revisions.line) if current is None else ())


def _cut_off(revision: str) -> Diagnostic:
    return Diagnostic("CRM531", f"a deploy was cut off in the middle of the revision `{revision}`",
                      why="its tables are half made; nobody sees them, since the release was not written",
                      help="run it again, it goes on where it stopped: crmspec deploy")
