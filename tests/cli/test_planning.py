"""`plan` and `generate`."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Crm

CHANGED = """\
  name: {type: text, required: true}
  email: {type: email, unique: true}
  nickname: {type: text}
  tier: {type: picklist, options: [gold, silver, bronze], default: silver}
"""


@pytest.fixture
def changed(crm: Crm) -> Crm:
    """The small project deployed, then changed: a field gone, one new, one option more, a role that sees more."""
    crm("deploy").ok()
    text = (crm.folder / "specs/contact.yaml").read_text("utf-8")
    head, _, rest = text.partition("  name: ")
    _, _, tail = rest.partition("---")
    crm.write("specs/contact.yaml", f"{head}{CHANGED}---{tail}".replace("  contact.fax: none", "  contact.email: read"))
    return crm


def test_a_first_plan_adds_everything(crm: Crm) -> None:
    """Without a database everything is new; asking makes no file."""
    answer = crm("plan").ok()
    assert "+ contact  4 fields" in answer.out
    assert answer.out.splitlines()[-1].startswith("Plan: ")
    assert answer.err == "Next: crmspec deploy\n"
    assert not (crm.folder / "crm.db").exists()


def test_a_plan_says_what_changes_and_what_it_costs(changed: Crm) -> None:
    """Changes stand under their object with their hazards; the next command allows these."""
    answer = changed("plan").ok()
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert "contact" in lines
    assert "+ contact.nickname text" in lines
    assert "- contact.fax phone, 0 of 0 records have it ! loses_data" in lines
    assert "+ contact.tier.bronze" in lines
    assert "loses_data" in answer.err.split("--allow ")[1]


def test_plan_json_has_the_contracted_keys(changed: Crm) -> None:
    """changes, steps and hazards, as other people's scripts read them."""
    value = changed("plan", "--format", "json").ok().json
    assert {"action", "address", "before", "after"} <= set(value["changes"][0])
    assert {"sql", "hazards"} <= set(value["steps"][0])
    assert {"name", "address", "reason"} <= set(value["hazards"][0])
    fax = next(change for change in value["changes"] if change["address"] == "contact.fax")
    assert (fax["action"], fax["before"]["type"], fax["after"]) == ("remove", "phone", None)


def test_plan_markdown_folds_its_details(changed: Crm) -> None:
    """What a reviewer wants on a pull request: the summary, the hazards, the rest folded."""
    text = changed("plan", "--format", "markdown").ok().out
    assert text.startswith("**Plan: ")
    assert "| `loses_data` | `contact.fax` |" in text
    assert "<details><summary><code>contact</code>" in text


def test_a_plan_says_what_the_records_mean(changed: Crm) -> None:
    """In all three forms: what stands in the way with keys and values, who uses what goes, how long, how to undo."""
    with sqlite3.connect(changed.folder / "crm.db") as connection:
        connection.execute(
            "INSERT INTO contact (id, created_at, updated_at, name, fax) VALUES ('c1', '2026', '2026', 'Ann', '1')")
    connection.close()
    changed.replace("specs/contact.yaml", "name: {type: text, required: true}", "name: {type: text, max_length: 2}")
    answer = changed("plan").ok()
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert "contact.name 1 values are longer than 2 characters" in lines
    assert "c1 Ann" in lines
    assert "contact.fax role sales_rep specs/contact.yaml:9" in lines
    assert "contact.fax 1 of 1 records have a value in it" in lines
    assert any(line.startswith("time, estimated from the size of the tables: under a second") for line in lines)
    assert answer.err.startswith("Next: mend the records, then crmspec deploy --allow ")
    assert "may_fail_on_data" not in answer.err
    text = changed("plan", "--format", "markdown").ok().out
    assert "- `contact.name`: **1** values are longer than 2 characters" in text
    assert "first: `c1` Ann" in text
    assert "| who works with contact | changed: name; gone: fax; new: nickname |" in text
    assert "- **To undo:** `crmspec rollback --to 1`; what goes can be restored for 90 days" in text
    value = changed("plan", "--format", "json").ok().json
    (unfit,) = (fact for fact in value["facts"] if fact["kind"] == "unfit")
    assert (unfit["address"], unfit["rows"], unfit["sample"]) == ("contact.name", 1, [{"key": "c1", "value": "Ann"}])
    assert {"address": "contact.fax", "kind": "role", "name": "sales_rep", "place": "specs/contact.yaml:9"} in value[
        "impact"]
    assert value["undo"] == "crmspec rollback --to 1"
    assert {"seconds", "lock", "rewrites", "tables"} <= set(value["steps"][0])


def test_plan_sql_is_what_the_database_will_hear(changed: Crm) -> None:
    """Each step under its title, each statement ended."""
    text = changed("plan", "--format", "sql").ok().out
    assert 'ALTER TABLE "contact" ADD COLUMN "nickname"' in text or 'crmspec_rebuild_contact' in text
    assert all(part.strip().startswith("-- ") for part in text.split("\n\n") if part.strip())


def test_exit_code_3_says_that_there_are_changes(changed: Crm) -> None:
    """3 with changes, 0 without; without the flag always 0."""
    assert changed("plan", "--exit-code").code == 3
    assert changed("plan").code == 0
    changed("generate", "--not-renamed").ok()
    changed("deploy", "--allow", "loses_data,widens_access,narrows_access,breaks_consumers").ok()
    answer = changed("plan", "--exit-code").ok()
    assert answer.out == "Nothing to do: what is deployed is what the project says.\n"


def test_a_plan_against_a_folder_needs_no_database(changed: Crm, tmp_path: Path) -> None:
    """The other folder is the deployed side; the database is not asked, nor made."""
    other = Crm(tmp_path / "other")
    for name in ("crmspec.yaml", "specs/contact.yaml"):
        other.write(name, (changed.folder / name).read_text("utf-8"))
    (changed.folder / "crm.db").unlink()
    assert changed("plan", "--against", str(other.folder), "--exit-code").code == 0
    other.replace("specs/contact.yaml", "  nickname: {type: text}\n", "")
    assert "+ contact.nickname  text" in changed("plan", "--against", str(other.folder), "--env", "server").ok().out
    assert not (changed.folder / "crm.db").exists()


def test_a_variable_that_is_not_set_is_said(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """No database without its URL."""
    monkeypatch.delenv("CRM_DATABASE_URL", raising=False)
    answer = crm("plan", "--env", "server")
    assert answer.code == 1
    assert "`CRM_DATABASE_URL` is not set" in answer.err
    assert crm("plan", "--env", "sever").err.count("did you mean `server`?") == 1


def test_a_removal_and_an_addition_that_may_be_a_rename_are_asked(crm: Crm) -> None:
    """`generate` stops with the line to add; with the line, or with --not-renamed, it goes on."""
    crm("generate").ok()
    crm.replace("specs/contact.yaml", "  fax: {type: phone}\n", "  mobile: {type: phone}\n")
    crm.replace("specs/contact.yaml", "contact.fax", "contact.mobile")
    before = sorted(crm.folder.rglob("migrations/versions/*.py"))
    answer = crm("generate")
    assert answer.code == 1
    assert "- {from: contact.fax, to: contact.mobile}" in answer.err
    assert sorted(crm.folder.rglob("migrations/versions/*.py")) == before
    crm.write("specs/renames.yaml", "renames:\n  - {from: contact.fax, to: contact.mobile}\n")
    crm("generate").ok()
    assert "> contact.mobile" in crm("plan", "--against", str(crm.folder)).out or len(
        sorted(crm.folder.rglob("migrations/versions/*.py"))) == len(before) + 1


def test_generate_writes_once_and_check_says_when_it_is_stale(crm: Crm) -> None:
    """Twice is the same as once; `--check` writes nothing and exits with 1 when something is stale."""
    assert crm("generate", "--check").code == 1
    assert not (crm.folder / "migrations").exists()
    answer = crm("generate", "-m", "first release").ok()
    assert "+ migrations/spec.json" in answer.out
    crm("generate", "--check").ok()
    assert crm("generate").ok().out == "Up to date: every generated file is what the project says.\n"
    crm.replace("specs/contact.yaml", "{en: Contact, zh-CN: 联系人}", "{en: Person, zh-CN: 联系人}")
    answer = crm("generate", "--check", "--format", "json")
    assert answer.code == 1
    assert answer.json["changed"]


def test_generate_overwrites_nobodys_file(crm: Crm) -> None:
    """A file that crmspec did not make stays as it is, and nothing else is written."""
    crm.write("migrations/spec.json", "mine")
    answer = crm("generate")
    assert answer.code == 1
    assert "migrations/spec.json" in answer.err
    assert not (crm.folder / "generated").exists()


def test_a_saved_plan_says_what_it_was_made_from(changed: Crm, tmp_path: Path) -> None:
    """`--out` writes the same facts as JSON, with both fingerprints."""
    file = tmp_path / "plan.json"
    changed("plan", "--out", str(file)).ok()
    value = json.loads(file.read_text("utf-8"))
    assert value["format_version"] == 1
    assert len(value["deployed"]) == len(value["desired"]) == 64
