"""An empty database → the newest spec at once, instead of through every revision that ever was.

The same tables come of it, and what is out of sight is there, too, empty (`plan.straight`). It is done only where
nobody could tell the difference: the database is empty, every revision is as it was generated (what somebody wrote into
one by hand would be left out), and one transaction can hold it all. Otherwise the revisions are gone through.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from crmspec.deploy.apply import Journal, locks_max_of, locks_of, pass_revisions
from crmspec.deploy.lock import Held, Say
from crmspec.deploy.looking import dialect_of
from crmspec.deploy.planning import retired_after
from crmspec.deploy.ready import Ready
from crmspec.deploy.releases import Draft
from crmspec.deploy.revisions import Revision
from crmspec.deploy.statements import execute_all
from crmspec.history import as_generated
from crmspec.plan.straight import straight_steps

_WORTH_IT = 2


def straight_way(
    connection: sa.Connection, ready: Ready, draft: Draft, pending: Sequence[Revision],
) -> tuple[str, ...] | None:
    """Return the statements that build a database straight, or None where the revisions have to be gone through."""
    if len(pending) < _WORTH_IT or ready.deployed or ready.current or ready.resumed or pending[0].after is not None:
        return None
    if pending[-1].leads_to != draft.fingerprint or not all(as_generated(one.file) for one in pending):
        return None
    if any(one.adopts for one in pending):
        return None
    dialect = dialect_of(connection)
    steps = straight_steps(draft.spec, retired_after(draft))
    statements = tuple(statement for step in steps for statement in step.sql[dialect])
    fits = sum(map(locks_of, statements)) <= locks_max_of(connection)
    return statements if fits else None


def build_straight(
    held: Held, journal: Journal, pending: Sequence[Revision], statements: Sequence[str], say: Say,
) -> None:
    """Build the tables, and note every revision as passed."""
    say(f"building the tables straight from the newest spec; {len(pending)} revisions are passed with it")
    execute_all(held.connection, statements)
    pass_revisions(held.connection, journal, pending)
