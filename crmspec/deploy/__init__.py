"""The only room that changes a database's shape: state, lock, apply, verify, drift, retire, restore, backup."""

from crmspec.deploy.counting import count_hazards
from crmspec.deploy.database import engine_settings, expanded, for_reading, open_database, redacted
from crmspec.deploy.deploy import Outcome, Project, deploy
from crmspec.deploy.doctor import Health, close_chain, examine
from crmspec.deploy.drift import Drift, find_drift
from crmspec.deploy.mend import Mend
from crmspec.deploy.online_choice import ONLINE_ABOVE
from crmspec.deploy.online_journal import Preparing
from crmspec.deploy.ready import retired_after
from crmspec.deploy.releases import Entry, Release, deployed_release
from crmspec.deploy.repair import Repair, plan_repair, repair
from crmspec.deploy.retired import RESTORING, Ending, endings, purge, restorable, restore, with_part
from crmspec.deploy.revisions import Standing, standing_of
from crmspec.deploy.rollback import plan_rollback, rollback
from crmspec.deploy.seeded import mark_seeded
from crmspec.deploy.status import RetiredPart, Status, history, read_status

__all__ = [
    "ONLINE_ABOVE", "RESTORING", "Drift", "Ending", "Entry", "Health", "Mend", "Outcome", "Preparing", "Project",
    "Release", "Repair", "RetiredPart", "Standing", "Status", "close_chain", "count_hazards", "deploy",
    "deployed_release", "endings", "engine_settings", "examine", "expanded", "find_drift", "for_reading", "history",
    "mark_seeded", "open_database", "plan_repair", "plan_rollback", "purge", "read_status", "redacted", "repair",
    "restorable", "restore", "retired_after", "rollback", "standing_of", "with_part",
]
