"""What the server's set-up pages ask of `deploy` and `plan`, which it may not import itself."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from crmspec.cli.show_plan import plan_text, shown_changes, words_of
from crmspec.deploy.release import Entry, release_of
from crmspec.deploy.releases import entries, entry_of
from crmspec.plan import make_plan
from crmspec.server.backstage import ReleaseEntry, ReleasePlan
from crmspec.server.views import PlanLine


class Backstage:
    """The releases of a database, as `deploy` keeps them."""

    def releases(self, connection: sa.Connection) -> Sequence[ReleaseEntry]:
        """Return every release, newest first."""
        return [_entry(entry) for entry in reversed(entries(connection))]

    def plan_of(self, connection: sa.Connection, number: int) -> ReleasePlan:
        """Return what a release changed against the one before it."""
        release = release_of(connection, entry_of(connection, number))
        before = release_of(connection, entry_of(connection, number - 1)).spec if number > 1 else None
        plan = make_plan(before, release.spec, backward=release.entry.action.startswith("rollback"))
        hazards: dict[str, list[str]] = {}
        for hazard in plan.hazards:
            hazards.setdefault(hazard.address, []).append(hazard.name)
        lines = tuple(
            PlanLine(
                sign=change.symbol, address=change.address, text=words_of(change, plan),
                hazards=tuple(hazards.get(change.address, ())),
            )
            for change in shown_changes(plan)
        )
        return ReleasePlan(lines=lines, text=plan_text(plan))


def _entry(entry: Entry) -> ReleaseEntry:
    return ReleaseEntry(
        number=entry.number, action=entry.action, at=entry.at, who=entry.who, git_commit=entry.git_commit or "",
        version=entry.made_by, fingerprint=entry.fingerprint,
    )
