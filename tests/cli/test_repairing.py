"""`status` with what restores each difference, and `deploy --repair`."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.cli.conftest import Crm


def by_hand(crm: Crm, *statements: str) -> None:
    """Change the database as somebody with its own tool does."""
    with closing(sqlite3.connect(crm.folder / "crm.db")) as driver:
        for statement in statements:
            driver.execute(statement)
        driver.commit()


def test_status_names_what_differs_and_repair_restores_it(crm: Crm) -> None:
    """Ours with the statement that restores it, other people's without; the repair says what it did."""
    crm("deploy").ok()
    assert "agree with the release" in crm("status").ok().out
    by_hand(crm, "DROP INDEX ix_contact_recent", "ALTER TABLE contact ADD COLUMN mine TEXT")
    answer = crm("status")
    assert answer.code == 1
    assert "! `contact: ix_contact_recent` is an index that is not in the database" in answer.out
    assert 'mend  CREATE INDEX "ix_contact_recent" ON "contact"' in answer.out
    assert "? `contact.mine` is a column that no spec knows" in answer.out
    assert "Next: crmspec deploy --repair" in answer.err
    drift = crm("status", "--format", "json").json["drift"]
    assert [(one["owner"], one["place"], bool(one.get("mend"))) for one in drift] == [
        ("ours", "contact: ix_contact_recent", True), ("unmanaged", "contact.mine", False)]
    done = crm("deploy", "--repair").ok()
    assert done.out.startswith("Repaired 1 difference, as release 2")
    assert 'mend  CREATE INDEX "ix_contact_recent"' in done.err
    assert crm("status").ok().out.count("contact.mine") == 1
    assert crm("deploy", "--repair").ok().out == "Nothing to repair: the tables are what release 2 says.\n"
    assert [one["action"] for one in crm("history", "--format", "json").ok().json["releases"]] == ["repair", "deploy"]


def test_what_a_repair_costs_has_to_be_allowed(crm: Crm) -> None:
    """A dropped column comes back empty only when that is said; what may be a rename is left to a person."""
    crm("deploy").ok()
    by_hand(crm, "ALTER TABLE contact RENAME COLUMN fax TO telefax")
    stopped = crm("deploy", "--repair")
    assert stopped.code == 1
    assert "CRM570" in stopped.err
    assert 'ALTER TABLE "contact" RENAME COLUMN "telefax" TO "fax"' in stopped.err
    by_hand(crm, "ALTER TABLE contact DROP COLUMN telefax")
    refused = crm("deploy", "--repair")
    assert refused.code == 1
    assert "crmspec deploy --repair --allow loses_data" in refused.err
    assert crm("deploy", "--repair", "--allow", "loses_data", "--format", "json").ok().json["changed"] is True
    assert "agree with the release" in crm("status").ok().out
