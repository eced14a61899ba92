"""The only room that changes a database's shape: state, lock, apply, verify, drift, retire, restore, backup."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmspec.deploy.adoption import Adopted, addresses_of, check_adoption
    from crmspec.deploy.count_adopting import count_hazards_of
    from crmspec.deploy.counting import count_hazards
    from crmspec.deploy.database import engine_settings, expanded, for_reading, open_database, redacted
    from crmspec.deploy.deploy import Outcome, Project, deploy
    from crmspec.deploy.doctor import Health, close_chain, examine
    from crmspec.deploy.drift import Drift, find_drift
    from crmspec.deploy.mend import Mend
    from crmspec.deploy.online_choice import ONLINE_ABOVE
    from crmspec.deploy.online_journal import Preparing
    from crmspec.deploy.planning import plan_from, retired_after
    from crmspec.deploy.release import Entry, Release
    from crmspec.deploy.releases import deployed_release
    from crmspec.deploy.repair import Repair, plan_repair, repair
    from crmspec.deploy.retired import RESTORING, Ending, endings, purge, restorable, restore, with_part
    from crmspec.deploy.revisions import Standing, standing_of
    from crmspec.deploy.rollback import plan_rollback, rollback
    from crmspec.deploy.seeded import mark_seeded
    from crmspec.deploy.status import RetiredPart, Status, history, read_status
    from crmspec.deploy.strangers import Place, Strangers, field_of, index_of, object_of, read_strangers

__all__ = [
    "ONLINE_ABOVE", "RESTORING", "Adopted", "Drift", "Ending", "Entry", "Health", "Mend", "Outcome", "Place",
    "Preparing", "Project", "Release", "Repair", "RetiredPart", "Standing", "Status", "Strangers", "addresses_of",
    "check_adoption", "close_chain", "count_hazards", "count_hazards_of", "deploy", "deployed_release", "endings",
    "engine_settings", "examine", "expanded", "field_of", "find_drift", "for_reading", "history", "index_of",
    "mark_seeded", "object_of", "open_database", "plan_from", "plan_repair", "plan_rollback", "purge", "read_status",
    "read_strangers", "redacted", "repair", "restorable", "restore", "retired_after", "rollback", "standing_of",
    "with_part",
]

# Where each of them is: SQLAlchemy and what builds on it are loaded by who uses them. A plan needs little of either.
_PLACES = {
    "adoption": ("Adopted", "addresses_of", "check_adoption"),
    "count_adopting": ("count_hazards_of",),
    "counting": ("count_hazards",),
    "database": ("engine_settings", "expanded", "for_reading", "open_database", "redacted"),
    "deploy": ("Outcome", "Project", "deploy"),
    "doctor": ("Health", "close_chain", "examine"),
    "drift": ("Drift", "find_drift"),
    "mend": ("Mend",),
    "online_choice": ("ONLINE_ABOVE",),
    "online_journal": ("Preparing",),
    "planning": ("plan_from", "retired_after"),
    "release": ("Entry", "Release"),
    "releases": ("deployed_release",),
    "repair": ("Repair", "plan_repair", "repair"),
    "retired": ("Ending", "RESTORING", "endings", "purge", "restorable", "restore", "with_part"),
    "revisions": ("Standing", "standing_of"),
    "rollback": ("plan_rollback", "rollback"),
    "seeded": ("mark_seeded",),
    "status": ("RetiredPart", "Status", "history", "read_status"),
    "strangers": ("Place", "Strangers", "field_of", "index_of", "object_of", "read_strangers"),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = found
    return found


class _Room(ModuleType):
    """`deploy` is the function, also once the file that it is in, which is called so too, has been loaded."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _MODULES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Room
