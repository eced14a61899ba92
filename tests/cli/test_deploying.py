"""`deploy`, `status`, `history`, `rollback`, `purge` on both databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from tests.cli.conftest import Crm

Rows = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture
def site(crm: Crm, database_url: str) -> Crm:
    """The small project on a database of each kind."""
    crm.replace("crmspec.yaml", '"sqlite:///crm.db"', f'"{database_url.replace("not-for-printing@", "${PGWORD}@")}"')
    return crm


@pytest.fixture(autouse=True)
def word(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password that the project's URL names by a variable."""
    monkeypatch.setenv("PGWORD", "not-for-printing")


@pytest.fixture
def rows(database_url: str) -> Rows:
    """Ask the database itself."""

    def ask(statement: str) -> list[tuple[object, ...]]:
        engine = sa.create_engine(database_url)
        with engine.begin() as connection:
            result = connection.exec_driver_sql(statement)
            found = [tuple(row) for row in result] if result.returns_rows else []
        engine.dispose()
        return found

    return ask


def test_deploy_then_nothing_to_do(site: Crm, rows: Rows) -> None:
    """The first deploy makes the tables; the second says that there is nothing to do."""
    answer = site("deploy").ok()
    assert answer.out.startswith("Deployed release 1: ")
    assert rows("SELECT count(*) FROM contact") == [(0,)]
    assert site("deploy").ok().out == "Nothing to do: release 1 is what the project says.\n"
    assert site("deploy", "--format", "json").ok().json["changed"] is False


def test_a_hazard_is_refused_with_the_flag_that_allows_it(site: Crm, rows: Rows) -> None:
    """Nothing changes until the flag is given; then the plan is carried out, and can be taken back."""
    site("deploy").ok()
    site.replace("specs/contact.yaml", "  fax: {type: phone}\n", "")
    site.replace("specs/contact.yaml", "fields:\n  contact.fax: none\n", "")
    refused = site("deploy")
    assert refused.code == 1
    assert "crmspec deploy --allow loses_data" in refused.err
    assert rows("SELECT count(*) FROM crmspec_release") == [(1,)]
    done = site("deploy", "--allow", "loses_data").ok()
    assert "release 2" in done.out
    assert "crmspec rollback --to 1" in done.err
    back = site("rollback", "--yes").ok()
    assert back.out.startswith("Back at release 1, as release 3: ")
    assert rows("SELECT fax FROM contact") == []
    actions = [one["action"] for one in site("history", "--format", "json").ok().json["releases"]]
    assert actions == ["rollback to 1", "deploy", "deploy"]


def test_an_unknown_hazard_is_wrong_usage(site: Crm) -> None:
    """A misspelt permission is not silently none."""
    answer = site("deploy", "--allow", "lose_data")
    assert answer.code == 2
    assert "did you mean `loses_data`?" in answer.err


def test_a_saved_plan_is_refused_when_it_is_stale(site: Crm, tmp_path: Path) -> None:
    """What was looked at is what is deployed."""
    file = tmp_path / "plan.json"
    site("deploy").ok()
    site.replace("specs/contact.yaml", "options: [gold, silver]", "options: [gold, silver, bronze]")
    site("plan", "--out", str(file)).ok()
    site.replace("specs/contact.yaml", "[gold, silver, bronze]", "[gold, silver, tin]")
    answer = site("deploy", "--plan", str(file))
    assert answer.code == 1
    assert "stale" in answer.err
    site("plan", "--out", str(file)).ok()
    site("deploy", "--plan", str(file)).ok()


def test_status_says_what_is_deployed_and_what_was_changed_by_hand(site: Crm, rows: Rows) -> None:
    """Everything agrees: 0. A column changed by hand: 1, named."""
    site("deploy").ok()
    answer = site("status").ok()
    assert "is what is deployed" in answer.out
    assert "agree with the release" in answer.out
    rows("DROP INDEX uq_contact_email")
    answer = site("status")
    assert answer.code == 1
    assert "uq_contact_email" in answer.out
    assert site("status", "--format", "json").json["drift"][0]["owner"] == "ours"


def test_a_protected_environment_has_to_be_confirmed(site: Crm) -> None:
    """Without a terminal nobody can be asked: `--yes` says it, for what was generated before."""
    site.replace("crmspec.yaml", '"}\n  server', '", protected: true}\n  server')
    answer = site("deploy")
    assert (answer.code, "--yes" in answer.err) == (1, True)
    answer = site("deploy", "--yes")
    assert (answer.code, "crmspec generate" in answer.err) == (1, True)
    site("generate").ok()
    site("deploy", "--yes").ok()


def test_from_how_many_records_on_a_table_is_changed_online(site: Crm, database_url: str) -> None:
    """Said on the command line, there and back; only PostgreSQL prepares anything."""
    site("deploy").ok()
    site.replace("specs/contact.yaml", "fax: {type: phone}", "fax: {type: phone, unique: true}")
    assert site("deploy", "--online-above", "few").code == 2
    deployed = site("deploy", "--online-above", "0", "--allow", "may_fail_on_data,blocks_writes").ok()
    assert ("preparing 0002" in deployed.err) == database_url.startswith("postgresql")
    assert site("status", "--format", "json").ok().json["preparing"] == []
    assert site("rollback", "--yes", "--online-above", "0").ok().out.startswith("Back at release 1")


def test_rollback_has_to_be_confirmed(site: Crm) -> None:
    """Going back changes what people see: it is asked, or said with --yes."""
    site("deploy").ok()
    site.replace("specs/contact.yaml", "options: [gold, silver]", "options: [gold, silver, bronze]")
    site("deploy").ok()
    answer = site("rollback")
    assert answer.code == 1
    assert "crmspec rollback --yes" in answer.err


def test_a_project_with_errors_touches_no_database(site: Crm, rows: Rows) -> None:
    """Every error is said, and nothing is done; an access test that does not hold is one."""
    site("deploy").ok()
    site.write("specs/tests.yaml", "access_tests:\n  - {as: rep_east, can: delete, on: contact}\n")
    for command in (["deploy"], ["deploy", "--format", "json"]):
        answer = site(*command)
        assert answer.code == 1
        assert "CRM601" in answer.err + answer.out
    assert rows("SELECT count(*) FROM crmspec_release") == [(1,)]


def test_restore_brings_a_field_back_with_its_values(site: Crm, rows: Rows) -> None:
    """The field is declared again in the project, and what was stored is there."""
    site("deploy").ok()
    site.write("contacts.csv", "name,fax\nAnn,+1 555 0100\n")
    site("import", "contact", str(site.folder / "contacts.csv")).ok()
    site.replace("specs/contact.yaml", "  fax: {type: phone}\n", "")
    site.replace("specs/contact.yaml", "fields:\n  contact.fax: none\n", "")
    site("deploy", "--allow", "loses_data").ok()
    answer = site("restore", "contact.fxa")
    assert (answer.code, "did you mean `contact.fax`?" in answer.err) == (1, True)
    answer = site("restore", "contact.fax").ok()
    assert "~ specs/restored/contact_fax.yaml" in answer.out
    assert rows("SELECT name, fax FROM contact") == [("Ann", "+1 555 0100")]
    assert site("plan").ok().out.startswith("Nothing to do")


def test_purge_says_what_it_would_end(site: Crm) -> None:
    """What was removed is named with the day until which it is kept; ending it early needs both flags."""
    site("deploy").ok()
    site.replace("specs/contact.yaml", "  fax: {type: phone}\n", "")
    site.replace("specs/contact.yaml", "fields:\n  contact.fax: none\n", "")
    site("deploy", "--allow", "loses_data").ok()
    assert "nothing that was removed is past its retention" in site("purge").ok().out
    assert "- contact.fax" in site("purge", "contact.fax", "--dry-run").ok().out
    assert site("purge", "contact.fax", "--allow", "loses_data").code == 1
    site("purge", "contact.fax", "--early", "--allow", "loses_data").ok()
    assert site("purge", "contact.fax", "--dry-run").code == 1


def test_no_output_has_the_password(site: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The URL's password is in no message, whatever happens."""
    commands = (["plan"], ["deploy"], ["status"], ["history"], ["deploy", "--format", "json"])
    outputs = [site(*command) for command in commands]
    monkeypatch.setenv("CRM_DATABASE_URL", "postgresql://crm:not-for-printing@127.0.0.1:1/nowhere")
    outputs += [site(*command, "--env", "server") for command in (["plan"], ["deploy"], ["status"])]
    assert [answer.code for answer in outputs[-3:]] == [1, 1, 1]
    assert "CRM999" not in "".join(answer.err for answer in outputs)
    assert "not-for-printing" not in "".join(answer.out + answer.err for answer in outputs)


@pytest.mark.parametrize("secret", ["p%40ss%2Fw%25rd%3F", "pa:ss:wörd", "100%25", "a%20b%26c=d"])
def test_any_password_works_and_none_is_printed(
    crm: Crm, postgres_url: str, monkeypatch: pytest.MonkeyPatch, secret: str,
) -> None:
    """Whatever signs a password has, the URL is understood; no message has it, encoded or not."""
    monkeypatch.setenv("CRM_DATABASE_URL", postgres_url.replace("not-for-printing", secret))
    outputs = [crm(*command, "--env", "server") for command in (["plan"], ["deploy"], ["status"], ["plan"])]
    assert [answer.code for answer in outputs] == [0, 0, 0, 0]
    monkeypatch.setenv("CRM_DATABASE_URL", f"postgresql://crm:{secret}@127.0.0.1:1/nowhere")
    outputs += [crm(*command, "--env", "server") for command in (["plan"], ["deploy", "--format", "json"])]
    assert [answer.code for answer in outputs[-2:]] == [1, 1]
    printed = "".join(answer.out + answer.err for answer in outputs)
    assert secret not in printed
    assert unquote(secret) not in printed


APART = """\
role: loader
grants: {contact: {create: true, import: true}}
---
role: lister
grants: {contact: {read: all, export: all}}
---
access_tests:
  - {only: [sales_rep, boss, lister], can: read, on: contact}
  - {never_both: [import: contact, export: contact], except: [sales_rep, boss]}
"""


def test_nobody_is_given_what_access_tests_keep_apart(site: Crm, rows: Rows) -> None:
    """Adding somebody is refused with the lines; what came about otherwise shows in `status` and stops a deploy."""
    site.write("specs/apart.yaml", APART)
    site("deploy").ok()
    password = ("--password-stdin",)
    site("user", "add", "ma.li", "--role", "loader", *password, typed="correct horse battery\n").ok()
    refused = site(
        "user", "add", "li.na", "--role", "loader", "--role", "lister", *password, typed="correct horse battery\n"
    )
    assert refused.code == 1
    assert "never both import contact and export contact, except sales_rep, boss" in refused.err
    assert "`li.na` can import contact and export contact" in refused.err
    assert "role `lister` grants `export` on `contact`" in refused.err
    assert rows("SELECT login FROM crmspec_person") == [("ma.li",)]
    rows("INSERT INTO crmspec_person_role (person_id, role) SELECT id, 'lister' FROM crmspec_person")
    told = site("status")
    assert (told.code, "`ma.li` can import contact and export contact" in told.err) == (1, True)
    site.replace("specs/contact.yaml", "options: [gold, silver]", "options: [gold, silver, bronze]")
    stopped = site("deploy")
    assert stopped.code == 1
    assert "specs/apart.yaml:9:5: error[CRM601]" in stopped.err
    assert "specs/apart.yaml:5:39  role `lister` grants `export` on `contact`" in stopped.err
    assert rows("SELECT count(*) FROM crmspec_release") == [(1,)]
    site("user", "disable", "ma.li").ok()
    site("deploy").ok()
    again = site("user", "disable", "ma.li", "--enable")
    assert (again.code, "CRM601" in again.err) == (1, True)
