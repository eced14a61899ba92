"""The only room that changes a database's shape: state, lock, apply, verify, drift, retire, restore, backup."""

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
from crmspec.deploy.ready import plan_from
from crmspec.deploy.releases import Entry, Release, deployed_release, retired_after
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
