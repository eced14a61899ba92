"""A plan's counts where the project's revisions take over what the database has already."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from crmspec.deploy.adoption import adopted_by, without_adopted
from crmspec.deploy.counting import count_hazards
from crmspec.deploy.revisions import read_revisions
from crmspec.diagnostics import Refused
from crmspec.plan import Plan

_IN_THE_WAY = "CRM533"


def count_hazards_of(plan: Plan, engine: sa.Engine, project_folder: Path) -> Plan:
    """Count as `count_hazards` does; what would be in the way is not where a revision of the project adopts it."""
    try:
        return count_hazards(plan, engine)
    except Refused as refusal:
        if {one.code for one in refusal.diagnostics} != {_IN_THE_WAY}:
            raise
        # Only now are the revisions looked through: most plans meet nothing of the kind.
        adopted = [one for revision in read_revisions(project_folder).line for one in adopted_by(revision)]
        if not adopted:
            raise
    places = {place for one in adopted for place in one.places}
    return count_hazards(without_adopted(plan, adopted), engine, adopted=places)
