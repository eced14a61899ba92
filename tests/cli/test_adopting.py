"""What somebody made by hand becomes part of the project: the YAML, the revision, and nothing lost in the database."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from crmspec.artifact.committed import spec_json
from crmspec.deploy import open_database
from crmspec.history import read_files, read_text
from crmspec.spec import Spec, from_json
from tests.cli.conftest import Crm
from tests.cli.test_branching import commit, git

ID = "0198c0de-0000-7000-8000-00000000000{0}"
KINDS = {"sqlite": {"id": "TEXT", "moment": "TEXT"}, "postgresql": {"id": "uuid", "moment": "timestamptz"}}


@pytest.fixture
def site(crm: Crm, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Crm:
    """The small project on a database of each kind."""
    monkeypatch.setenv("CRM_TEST_URL", engine.url.render_as_string(hide_password=False))
    crm.replace("crmspec.yaml", '"sqlite:///crm.db"', '"${CRM_TEST_URL}"')
    return crm


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """The database, for whoever works by hand."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def by_hand(engine: sa.Engine, *statements: str) -> None:
    """Do what somebody with the database's own tool does; `{id}` is the type of ids."""
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.format(**KINDS[engine.dialect.name]))


def rows(engine: sa.Engine, query: str) -> list[tuple[object, ...]]:
    """Ask the database itself."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def add_contact(engine: sa.Engine, number: int, **more: str) -> None:
    """Save a record."""
    values = {"id": ID.format(number), "created_at": "2026-01-02T03:04:05.000000Z",
              "updated_at": "2026-01-02T03:04:05.000000Z", "name": f"C{number}"} | more
    columns, words = ", ".join(values), ", ".join(f"'{value}'" for value in values.values())
    by_hand(engine, f"INSERT INTO contact ({columns}) VALUES ({words})")


def settled(crm: Crm) -> None:
    """Assert that the next plan has nothing to do, and that nothing differs."""
    assert crm("plan", "--exit-code").code == 0
    assert "agree with the release" in crm("status").ok().out
    crm("generate", "--check").ok()
    crm("validate").ok()
    assert crm("adopt").ok().out == "Nothing to adopt: everything in the database is what the project says.\n"


def test_columns_and_an_index_are_taken_over(site: Crm, engine: sa.Engine) -> None:
    """Declared in files of their own, with values and names; another database gets them from the revision."""
    site("deploy").ok()
    by_hand(engine, "ALTER TABLE contact ADD COLUMN mine text", "ALTER TABLE contact ADD COLUMN score integer",
            "CREATE INDEX by_hand ON contact (mine, created_at DESC)")
    add_contact(engine, 1, mine="kept", score="7")
    listed = site("adopt").ok()
    assert [line.split()[1:] for line in listed.out.splitlines()] == [
        ["contact.mine", "column"], ["contact.score", "column"], ["contact:", "by_hand", "index"]]
    dry = site("adopt", "contact.mine", "--dry-run").ok()
    assert "extend: contact\nfields:\n  mine: {type: text}" in dry.out
    assert not (site.folder / "specs" / "adopted").exists()
    done = site("adopt", "contact: by_hand", "contact.mine", "contact.score").ok()
    assert "Adopted, as release 2." in done.out
    assert "+ specs/adopted/contact_mine.yaml" in done.out
    (file,) = (site.folder / "specs" / "adopted").glob("*_index.yaml")
    assert file.read_text("utf-8").count("  - {") == 1, "only what was adopted: the object has others"
    settled(site)
    assert rows(engine, "SELECT mine, score FROM contact") == [("kept", 7)]
    site("rollback", "--yes").ok()
    assert "contact.mine" in site("status").ok().out  # retired
    site("deploy").ok()
    assert rows(engine, "SELECT mine, score FROM contact") == [("kept", 7)]
    settled(site)
    _same_from_the_revisions(site)


def _same_from_the_revisions(crm: Crm) -> None:
    """A database that has nothing of what was adopted goes through the revisions like through any other."""
    crm.replace("crmspec.yaml", '"${CRM_TEST_URL}"', '"sqlite:///fresh.db"')
    crm("deploy").ok()
    assert "agree with the release" in crm("status").ok().out


def test_what_differs_is_mended_in_place(site: Crm, engine: sa.Engine) -> None:
    """A shorter type, a default, a column that must be filled, a unique one: the field says so, the values stay."""
    site("deploy").ok()
    if engine.dialect.name == "postgresql":
        by_hand(engine, "ALTER TABLE contact ADD COLUMN code varchar(8) NOT NULL DEFAULT 'x'",
                "ALTER TABLE contact ALTER code DROP DEFAULT", "CREATE UNIQUE INDEX mine ON contact (code)")
    else:
        by_hand(engine, "ALTER TABLE contact ADD COLUMN code VARCHAR(8)", "CREATE UNIQUE INDEX mine ON contact (code)")
    add_contact(engine, 1, code="a")
    add_contact(engine, 2, code="b")
    site("adopt", "contact.code").ok()
    text = (site.folder / "specs" / "adopted" / "contact_code.yaml").read_text("utf-8")
    assert "unique: true" in text
    assert "max_length: 8" in text
    settled(site)
    assert rows(engine, "SELECT code FROM contact ORDER BY code") == [("a",), ("b",)]


def test_a_table_becomes_an_object(site: Crm, engine: sa.Engine) -> None:
    """Its rows stay, with what every record has; the object is written out, and what it points at is kept."""
    site("deploy").ok()
    add_contact(engine, 1)
    by_hand(engine, "CREATE TABLE visit (id {id} PRIMARY KEY, subject text NOT NULL, day text, "
                    "contact_id {id} REFERENCES contact (id))",
            f"INSERT INTO visit VALUES ('{ID.format(5)}', 'hello', NULL, '{ID.format(1)}')",
            "CREATE INDEX visits ON visit (day)")
    assert site("adopt", "visit", "--format", "json").ok().json["release"] == 2
    text = (site.folder / "specs" / "adopted" / "visit.yaml").read_text("utf-8")
    assert "title_field: subject" in text
    assert "contact: {type: lookup" in text
    found = rows(engine, "SELECT CAST(id AS text), subject, version, CAST(contact_id AS text), owner_id FROM visit")
    assert found == [(ID.format(5), "hello", 1, ID.format(1), None)]
    assert rows(engine, "SELECT count(*) FROM visit WHERE created_at IS NULL") == [(0,)]
    site("adopt", "visit: visits").ok()
    settled(site)


def test_a_declared_object_takes_the_table_that_is_there(site: Crm, engine: sa.Engine) -> None:
    """B24: the very first deploy meets a stranger's table, and only the differences are made."""
    by_hand(engine, "CREATE TABLE contact (id {id} PRIMARY KEY, name text, email text, fax text, created_at {moment}, "
                    "theirs text)",
            f"INSERT INTO contact VALUES ('{ID.format(1)}', 'Ann', 'a@example.com', NULL, "
            "'2026-01-02T03:04:05.000000Z', 'x')")
    refused = site("deploy")
    assert refused.code == 1
    assert "crmspec adopt contact" in refused.err
    done = site("adopt", "contact").ok()
    assert "Adopted, as release 1." in done.out
    assert rows(engine, "SELECT name, email, tier, theirs, version FROM contact") == [
        ("Ann", "a@example.com", "silver", "x", 1)]
    assert "? `contact.theirs` is a column that no spec knows" in site("status").ok().out
    assert site("plan", "--exit-code").code == 0


@pytest.mark.parametrize(("statements", "place", "code", "words"), [
    (["CREATE TABLE visit (id integer PRIMARY KEY, name text)"], "visit", "CRM573", "its column `id` is integer"),
    (["CREATE TABLE visit (name text)"], "visit", "CRM573", "its column `id` is not there"),
    (["CREATE TABLE visit (id {id}, name text)", "INSERT INTO visit (name) VALUES ('a')"], "visit", "CRM550",
     "1 records have no id"),
    (["ALTER TABLE contact ADD COLUMN mine numeric"], "contact.mine", "CRM572", "no field keeps its values as numeric"),
    (["ALTER TABLE contact ADD COLUMN owner text"], "contact.owner", "CRM572", "no field may have its name"),
    (["CREATE INDEX mine ON contact (lower(name))"], "contact: mine", "CRM572", "cannot be adopted"),
    ([], "contact.nothing", "CRM571", "there is nothing at `contact.nothing`"),
])
def test_what_cannot_be_taken_over_is_said(
    site: Crm, engine: sa.Engine, statements: list[str], place: str, code: str, words: str,
) -> None:
    """Refused with what is missing and how to help it; neither the project nor the database has changed."""
    site("deploy").ok()
    by_hand(engine, *statements)
    before = sorted(path.name for path in site.folder.rglob("*.yaml")), sorted(site.folder.rglob("versions/*.py"))
    refused = site("adopt", place)
    assert refused.code == 1
    assert code in refused.err
    assert words in refused.err
    assert before == (sorted(path.name for path in site.folder.rglob("*.yaml")),
                      sorted(site.folder.rglob("versions/*.py")))
    assert len(site("history", "--format", "json").ok().json["releases"]) == 1


def _rebased(crm: Crm) -> None:
    """Have somebody else publish another revision first: what is taken over is taken over on top of it."""
    newest = sorted((crm.folder / "migrations" / "versions").glob("*.py"))[-1]
    ours, state = newest.read_text("utf-8"), (crm.folder / "migrations" / "spec.json").read_text("utf-8")
    other = Crm(crm.folder.parent / "theirs")
    shutil.copytree(crm.folder, other.folder, ignore=shutil.ignore_patterns("*.db*", ".crmspec", "visit.yaml"))
    (other.folder / "migrations" / "versions" / newest.name).unlink()
    git(crm, "init", "-q", "-b", "mine")
    crm.write(".gitignore", "*.db\n*.db-*\nbackups/\n.crmspec/\n")
    commit(crm, "mine")
    before = read_files(crm.folder)[-2]
    other.write("migrations/spec.json", spec_json(
        without_object(state), before.name))
    other.write("specs/trip.yaml", "object: trip\nfields:\n  name: {type: text}\n")
    other("generate", "-m", "trips").ok()
    trips = sorted((other.folder / "migrations" / "versions").glob("*.py"))[-1]
    crm.write(f"migrations/versions/{trips.name}", trips.read_text("utf-8"))
    crm.write("migrations/spec.json", (other.folder / "migrations" / "spec.json").read_text("utf-8"))
    crm.write("specs/trip.yaml", (other.folder / "specs" / "trip.yaml").read_text("utf-8"))
    theirs = next(one.name for one in read_files(crm.folder) if one.title == "trips")
    crm("rebase", "--onto", theirs, "--settled").ok()
    rebased = read_files(crm.folder)[-1]
    assert (rebased.after, list(rebased.adopts)) == (theirs, list(read_text(ours, "").adopts))  # type: ignore[union-attr]


def without_object(text: str) -> Spec:
    """The spec before the table was taken over."""
    spec = from_json(text)
    return replace(spec, objects={name: one for name, one in spec.objects.items() if name != "visit"})


def test_ids_have_our_form(crm: Crm) -> None:
    """SQLite would take any text for one; the statement that is named makes ids that fit."""
    crm("deploy").ok()
    engine = open_database(f"sqlite:///{crm.folder / 'crm.db'}")
    by_hand(engine, "CREATE TABLE visit (id TEXT PRIMARY KEY, name TEXT)", "INSERT INTO visit VALUES ('7', 'a')")
    refused = crm("adopt", "visit")
    assert refused.code == 1
    assert "1 records of `visit` have an id that is none of ours" in refused.err
    by_hand(engine, re.search(r'UPDATE "visit" SET "id" = .*(?=, and)', refused.err)[0])  # type: ignore[index]
    engine.dispose()
    crm("adopt", "visit").ok()
    settled(crm)


def test_other_changes_come_first(site: Crm, engine: sa.Engine) -> None:
    """A revision that takes something over does nothing else."""
    site("deploy").ok()
    by_hand(engine, "ALTER TABLE contact ADD COLUMN mine text")
    site.replace("specs/contact.yaml", "  tier:", "  other: {type: text}\n  tier:")
    refused = site("adopt", "contact.mine")
    assert refused.code == 1
    assert "CRM574" in refused.err
    assert not (site.folder / "specs" / "adopted").exists()


def test_a_declared_field_takes_the_column_that_is_there(site: Crm, engine: sa.Engine) -> None:
    """Declaring it is not enough: the deploy says so instead of running into the column."""
    site("deploy").ok()
    by_hand(engine, "ALTER TABLE contact ADD COLUMN mine text")
    add_contact(engine, 1, mine="kept")
    site.replace("specs/contact.yaml", "  tier:", "  mine: {type: text}\n  tier:")
    refused = site("deploy")
    assert refused.code == 1
    assert "crmspec adopt contact.mine" in refused.err
    site("adopt", "contact.mine").ok()
    assert not (site.folder / "specs" / "adopted").exists()
    settled(site)
    assert rows(engine, "SELECT mine FROM contact") == [("kept",)]


def test_a_protected_environment_takes_what_was_reviewed(crm: Crm) -> None:
    """The files are written; the deploy after the review takes the column over."""
    url = f"sqlite:///{crm.folder / 'crm.db'}"
    os.makedirs(crm.folder, exist_ok=True)
    crm.replace("crmspec.yaml", 'local: {database: "sqlite:///crm.db"}',
                'local: {database: "sqlite:///crm.db", protected: true}')
    crm("generate").ok()
    crm("deploy", "--yes").ok()
    engine = open_database(url)
    by_hand(engine, "ALTER TABLE contact ADD COLUMN mine text")
    add_contact(engine, 1, mine="kept")
    answer = crm("adopt", "contact.mine").ok()
    assert "when they are reviewed: crmspec deploy --env local" in answer.err
    assert len(crm("history", "--format", "json").ok().json["releases"]) == 1
    assert "+ contact.mine" in crm("plan").ok().out
    crm("deploy", "--yes").ok()
    assert rows(engine, "SELECT mine FROM contact") == [("kept",)]
    by_hand(engine, "CREATE TABLE visit (id {id} PRIMARY KEY, name text)",
            f"INSERT INTO visit VALUES ('{ID.format(3)}', 'one')")
    crm("adopt", "visit").ok()
    assert "+ visit" in crm("plan").ok().out
    _rebased(crm)
    crm("deploy", "--yes").ok()
    assert rows(engine, "SELECT name FROM visit") == [("one",)]
    engine.dispose()
    settled(crm)
