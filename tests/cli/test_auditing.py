"""`audit`, and what commands themselves leave in the trail."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from crmspec.deploy import open_database
from tests.cli.conftest import Answer, Crm

PASSWORD = "correct horse battery"


@pytest.fixture
def site(crm: Crm) -> Crm:
    """The small project, deployed, with a person."""
    crm("deploy").ok()
    crm("user", "add", "li.na", "--position", "rep_east", "--password-stdin", typed=f"{PASSWORD}\n").ok()
    return crm


def refused(answer: Answer, *words: str) -> None:
    """The command did nothing, and said why."""
    assert answer.code == 1
    assert all(one in answer.err for one in words), answer.err


def events(site: Crm, *filters: str) -> list[str]:
    """Return what the trail says, oldest first."""
    found = site("audit", "list", *filters, "--format", "json").ok().json["entries"]
    return [one["event"] for one in reversed(found)]


def test_commands_leave_their_lines(site: Crm) -> None:
    """Deploys, people, passwords, codes, exports: each with the account that ran the command."""
    site("user", "password", "li.na", "--once", "--password-stdin", typed=f"{PASSWORD} again\n").ok()
    code = site("user", "reset", "li.na", "--format", "json").ok().json["code"]
    assert len(code) == 19
    site("user", "unlock", "li.na", "--second-factor").ok()
    site("user", "disable", "li.na").ok()
    site("export", "contact").ok()
    assert events(site) == [
        "deployed", "person_added", "password_set", "password_reset", "second_factor_reset", "unlocked",
        "person_disabled", "export"]
    assert events(site, "--event", "release", "--event", "export") == ["deployed", "export"]
    assert events(site, "--object", "contact") == ["export"]
    line = json.loads(site("audit", "list", "--limit", "1", "--format", "jsonl").ok().out)
    assert (line["event"], line["object"], line["detail"]["records"]) == ("export", "contact", 0)
    assert "@" in line["who"]
    assert PASSWORD not in site("audit", "list").ok().out


def test_a_trail_is_verified_with_anchors(site: Crm) -> None:
    """The head that was printed is the anchor of the next time; what does not fit is refused, with the row."""
    head = site("audit", "verify", "--format", "json").ok().json["head"]
    assert head in site("audit", "verify").ok().out
    assert "holds: 2 rows" in site("audit", "verify", "--anchor", head).ok().out
    refused(site("audit", "verify", "--anchor", f"2:{'0' * 64}"), "CRM691", "row 2 is not the one of the anchor")
    refused(site("audit", "verify", "--anchor", "2"), "CRM692")
    engine = open_database("sqlite:///crm.db", project_folder=site.folder)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER crmspec_audit_no_update"))
        connection.execute(sa.text("UPDATE crmspec_audit SET who = 'somebody else' WHERE number = 1"))
    engine.dispose()
    refused(site("audit", "verify"), "CRM691", "row 1 (deployed) was altered")
    assert "crmspec_audit_no_update" in site("status").out


def test_a_trail_is_shortened_only_on_purpose(site: Crm) -> None:
    """Without --yes it is said what would be done; with it, the rest still holds."""
    archive = site.folder / "old.jsonl"
    arguments = ("audit", "shorten", "--before", "2999-01-01", "--archive", str(archive))
    refused(site(*arguments), "CRM693")
    assert not archive.exists()
    done = site(*arguments, "--yes", "--format", "json").ok().json
    assert done["rows"] == 1  # the newest row stays
    assert json.loads(archive.read_text("utf-8"))["event"] == "deployed"
    assert "from row 2" in site("audit", "verify").ok().out
    assert events(site) == ["person_added", "shortened"]


def test_an_event_that_is_none_is_named(site: Crm) -> None:
    """With the near word."""
    refused(site("audit", "list", "--event", "exprot"), "CRM690", "did you mean `export`?")
