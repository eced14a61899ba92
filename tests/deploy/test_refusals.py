"""Every reason not to deploy is found before the first statement, and names the way through."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmspec.deploy import open_database, read_status
from crmspec.deploy.ready import read_deployed
from crmspec.deploy.revisions import read_revisions
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.spec import Field, Spec, fingerprint
from tests.deploy.project import PROTECTED, Checkout
from tests.deploy.records import add_records
from tests.deploy.specs import ACCOUNT, BASE, options, spec_of, with_field, without_field

VIP = with_field(BASE, "contact", Field(name="vip", type="boolean"))
NO_FAX = without_field(BASE, "contact", "fax")


def refused(act: Callable[[], object]) -> tuple[Diagnostic, ...]:
    """What a deploy was refused for."""
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.diagnostics


def everything(engine: sa.Engine) -> object:
    """The whole schema and every row of crmspec's own tables, to see that nothing was written."""
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        return {name: sorted(map(str, connection.exec_driver_sql(f'SELECT * FROM "{name}"'))) for name in tables}


def revision_file(checkout: Checkout, number: int) -> Path:
    """The file of a revision by its place."""
    return sorted((checkout.folder / "migrations" / "versions").glob("*.py"))[number - 1]


def test_a_hazard_that_was_not_allowed_is_refused_with_the_flag(engine: sa.Engine, checkout: Checkout) -> None:
    """The message is the command that goes on."""
    checkout.deploy(engine, BASE)
    before = everything(engine)
    (first, *_) = refused(lambda: checkout.deploy(engine, NO_FAX, allow=()))
    assert (first.code, first.what) == (
        "CRM501", "this plan poses a hazard that was not allowed: loses_data (`contact.fax`)")
    assert first.help.startswith("crmspec deploy --allow ")
    assert "loses_data" in first.help
    assert everything(engine) == before
    assert len(list((checkout.folder / "migrations" / "versions").glob("*.py"))) == 1, "nothing is left in the project"


def test_a_protected_environment_takes_only_what_was_generated(engine: sa.Engine, checkout: Checkout) -> None:
    """Elsewhere deploy generates by itself and says so."""
    (found,) = refused(lambda: checkout.deploy(engine, BASE, environment=PROTECTED))
    assert (found.code, found.help.split(",")[0]) == ("CRM514", "crmspec generate")
    checkout.generate(BASE)
    assert checkout.deploy(engine, BASE, environment=PROTECTED).generated == ()
    assert any("versions" in path for path in checkout.deploy(engine, VIP).generated)


def test_a_stale_plan_is_refused(engine: sa.Engine, checkout: Checkout, tmp_path: Path) -> None:
    """Both when the database and when the project has moved on."""
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"deployed": None, "desired": fingerprint(BASE)}))
    checkout.deploy(engine, BASE, plan_file=plan)
    (moved,) = refused(lambda: checkout.deploy(engine, VIP, plan_file=plan))
    assert (moved.code, moved.what) == ("CRM535", "this plan is stale: the database has moved on since it was made")
    assert moved.why == "it stands at release 1 now, deployed by tester"
    plan.write_text(json.dumps({"deployed": fingerprint(BASE), "desired": fingerprint(BASE)}))
    (changed,) = refused(lambda: checkout.deploy(engine, VIP, plan_file=plan))
    assert changed.what == "this plan is stale: the project has changed since it was made"
    plan.write_text("{")
    (unread,) = refused(lambda: checkout.deploy(engine, VIP, plan_file=plan))
    assert unread.code == "CRM534"


def test_a_plan_that_was_approved_for_another_database_is_refused(
    engine: sa.Engine, checkout: Checkout, tmp_path: Path,
) -> None:
    """Staging and production may say the same; what was looked at was one of them."""
    release = checkout.deploy(engine, BASE).release
    plan = tmp_path / "plan.json"
    sides = {"deployed": fingerprint(BASE), "desired": fingerprint(VIP)}
    plan.write_text(json.dumps({"release": "of another database", **sides}))
    (other,) = refused(lambda: checkout.deploy(engine, VIP, plan_file=plan))
    assert other.code == "CRM535"
    assert "another database" in other.what
    plan.write_text(json.dumps({"release": release.entry.hash, **sides}))
    assert checkout.deploy(engine, VIP, plan_file=plan).changed


def test_an_edited_revision_is_named(engine: sa.Engine, checkout: Checkout) -> None:
    """What a database has applied is never edited."""
    checkout.deploy(engine, BASE)
    file = revision_file(checkout, 1)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert not checkout.deploy(engine, BASE).changed, "line ends are git's business"
    file.write_text(file.read_text() + "# edited\n")
    (found,) = refused(lambda: checkout.deploy(engine, BASE))
    assert (found.code, file.name in found.what, file.name in found.help) == ("CRM518", True, True)


def test_a_missing_applied_revision_is_named(engine: sa.Engine, checkout: Checkout) -> None:
    """A hole in the line, a lost newest file, an older checkout, another branch: each in its own words."""
    checkout.deploy(engine, BASE)
    checkout.deploy(engine, VIP)
    newest = revision_file(checkout, 2)
    text = newest.read_text()
    spec_file = checkout.folder / "migrations" / "spec.json"
    newest.unlink()
    spec_file.unlink()
    other = Checkout(checkout.folder.parent / "other")
    other.folder.mkdir()
    other.generate(BASE)
    spec_file.write_text((other.folder / "migrations" / "spec.json").read_text())
    (older,) = refused(lambda: checkout.deploy(engine, BASE))
    assert (older.code, "older than what is deployed" in older.what) == ("CRM519", True)
    (branch,) = refused(lambda: checkout.deploy(engine, NO_FAX))
    assert branch.code == "CRM519"
    checkout.generate(NO_FAX)
    (branch,) = refused(lambda: checkout.deploy(engine, NO_FAX))
    assert "another branch was deployed" in branch.what
    newest.write_text(text)
    (heads,) = refused(lambda: checkout.deploy(engine, NO_FAX))
    assert heads.code == "CRM516"


TAMPERING = [
    ("UPDATE crmspec_release SET who = 'somebody' WHERE number = 1", "the row of release 1 was edited"),
    ("DELETE FROM crmspec_release WHERE number = 1", "release 1 is missing, release 2 stands in its place"),
    ("DELETE FROM crmspec_release WHERE number = 2", "the release of deploy"),
    ("UPDATE crmspec_content SET content = content || ' ' WHERE hash = (SELECT spec_hash FROM crmspec_release "
     "WHERE number = 2)", "1 of the release's contents are missing or changed"),
    ("INSERT INTO crmspec_release SELECT 3, 'x', action, fingerprint, revision, git_commit, who, at, made_by, "
     "spec_hash, artifacts_hash, origins_hash, previous_hash, hash FROM crmspec_release WHERE number = 2",
     "the row of release 3 was edited"),
]


def test_a_history_changed_by_hand_is_named(engine: sa.Engine, checkout: Checkout) -> None:
    """Edited, deleted, inserted, cut off at the end, or other contents than the hashes say."""
    checkout.deploy(engine, BASE)
    checkout.deploy(engine, VIP)
    revisions = read_revisions(checkout.folder)
    for statement, words in TAMPERING:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
            (found,) = refused(lambda connection=connection: read_deployed(connection, revisions))  # type: ignore[misc]
            assert (found.code, words in found.what) == ("CRM503", True), found.what


def test_a_newer_crmspecs_database_is_refused(engine: sa.Engine, checkout: Checkout) -> None:
    """What a later version means by its rows is not known here."""
    checkout.deploy(engine, BASE)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE crmspec_version SET version = 99 WHERE name = 'state'")
    (found,) = refused(lambda: checkout.deploy(engine, VIP))
    assert (found.code, found.help) == ("CRM502", "pip install --upgrade crmspec")


def test_other_peoples_tables_are_not_taken(engine: sa.Engine, checkout: Checkout) -> None:
    """A first deploy does not touch what is there already under one of its names."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE contact (mine integer)")
        connection.exec_driver_sql("CREATE TABLE unrelated (mine integer)")
    before = everything(engine)
    (found,) = refused(lambda: checkout.deploy(engine, BASE))
    assert (found.code, "`contact`" in found.what) == ("CRM533", True)
    assert everything(engine) == before


def test_a_table_changed_by_hand_stops_a_deploy_that_changes_it(engine: sa.Engine, checkout: Checkout) -> None:
    """A deploy that leaves the table alone goes through; `status` shows the difference all the while."""
    checkout.deploy(engine, BASE)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_contact_owner")
    (found,) = refused(lambda: checkout.deploy(engine, VIP))
    assert (found.code, "ix_contact_owner" in found.what) == ("CRM513", True)
    on_account = with_field(BASE, "account", Field(name="vip", type="boolean"))
    assert checkout.deploy(engine, on_account).changed
    assert [drift.place for drift in read_status(engine, checkout.folder).drift] == ["contact: ix_contact_owner"]


def test_an_empty_project_is_refused(engine: sa.Engine, checkout: Checkout) -> None:
    """A wrong folder must not put every record out of sight."""
    (found,) = refused(lambda: checkout.deploy(engine, spec_of()))
    assert found.what == "the project has no objects"
    checkout.deploy(engine, BASE)
    assert refused(lambda: checkout.deploy(engine, spec_of()))


def with_account(field: str, **changes: object) -> Spec:
    """`BASE` with other keys in a field of the account."""
    return with_field(BASE, "account", replace(ACCOUNT.fields[field], **changes))  # type: ignore[arg-type]


UNFIT = [
    (with_account("stars", required=True), "2 records are blank"),
    (with_account("name", unique=True), "1 values stand in more than one record"),
    (with_account("industry", options=options("print")), "1 records have an option that is removed"),
    (with_account("name", max_length=3), "3 values are longer than 3 characters"),
]


@pytest.mark.parametrize(("desired", "words"), UNFIT)
def test_data_that_does_not_fit_is_counted_first(
    engine: sa.Engine, checkout: Checkout, desired: Spec, words: str,
) -> None:
    """How many, which five, and what to do; nothing is changed."""
    checkout.deploy(engine, BASE)
    with engine.begin() as connection:
        add_records(connection, BASE, "account", [
            {"id": 1, "name": "ACME", "industry": "print", "stars": None},
            {"id": 2, "name": "ACME", "industry": "print", "stars": 3},
            {"id": 3, "name": "Other", "industry": "it's, (all) else", "stars": None}])
    before = everything(engine)
    found = refused(lambda: checkout.deploy(engine, desired))
    assert {one.code for one in found} == {"CRM550"}
    assert found[0].what.startswith(words), found[0].what
    assert found[0].why.startswith("the first are ")
    assert found[0].help
    assert everything(engine) == before


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """SQLite would say only that it is unable to open the database file."""
    (found,) = refused(lambda: open_database("sqlite:///missing/crm.db", project_folder=tmp_path))
    assert (found.code, found.help) == ("CRM523", f"mkdir -p {tmp_path / 'missing'}")
