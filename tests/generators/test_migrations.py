"""Revisions as people and Alembic see them: written once, run with Alembic's own commands, up and down again."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmspec.artifact import Context, committed, generate_artifacts, write_artifacts
from crmspec.deploy.database import open_database
from crmspec.deploy.drift import find_drift
from crmspec.plan import make_plan
from crmspec.spec import Convert, Option, Spec, fingerprint
from tests.plan.building import field, spec, thing

ROOT = Path(__file__).parent.parent.parent
ACCOUNT = thing("account", field("name", required=True, default="it's 100 % :new"), field("tier"))
CONTACT = thing(
    "contact",
    field("name"),
    field("account", "lookup", to="account"),
    field("fax"),
    field("kind", "picklist", options="hot cold"),
)
FIRST = spec(ACCOUNT, CONTACT)
SECOND = spec(
    replace(
        ACCOUNT,
        fields={
            **ACCOUNT.fields,
            "tier": field(
                "tier", "picklist", options="gold silver", convert=Convert(map={"Au": "gold"}, otherwise="silver")
            ),
        },
    ),
    thing(
        "person",
        field("name"),
        field("account", "lookup", to="account"),
        field("kind", "picklist", options="warm cold"),
        field("tags", "multi_picklist", options="a b"),
    ),
    renames=[("contact.kind.hot", "contact.kind.warm"), ("contact", "person")],
)


def generate(folder: Path, desired: Spec, message: str = "") -> None:
    """Do what `crmspec generate` does."""
    known = committed(folder)
    plan = make_plan(known.spec, desired, retired=known.retired, revision=known.next_revision(desired))
    write_artifacts(folder, generate_artifacts(plan, context=Context(known.revision, message)))


def alembic(folder: Path, url: str, *arguments: str) -> str:
    """Run Alembic's own command in a project."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "-c", "migrations/alembic.ini", *arguments],
        cwd=folder,
        text=True,
        capture_output=True,
        check=False,
        env={**os.environ, "CRM_DATABASE_URL": url, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def drift(url: str, desired: Spec) -> list[str]:
    """Return how a database differs from a fresh build."""
    engine = open_database(url)
    try:
        with engine.connect() as connection:
            return [str(one) for one in find_drift(connection, desired)]
    finally:
        engine.dispose()


def execute(url: str, text: str, **values: object) -> list[tuple[object, ...]]:
    """Execute one statement and return its rows."""
    engine = open_database(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(sa.text(text), values)
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's folder with two revisions."""
    folder = tmp_path / "project"
    folder.mkdir()
    generate(folder, FIRST, "the first release")
    generate(folder, SECOND)
    return folder


def test_alembic_goes_up_and_down_and_up_again(project: Path, database_url: str) -> None:
    alembic(project, database_url, "upgrade", "+1")
    assert drift(database_url, FIRST) == []
    key = "00000000-0000-7000-8000-00000000000"
    system = {"now": "2026-01-02T03:04:05.000000Z"}
    for number, (name, tier) in enumerate([("a", "Au"), ("b", "?"), ("c", None)]):
        execute(
            database_url,
            "INSERT INTO account (id, created_at, updated_at, name, tier) VALUES (:id, :now, :now, :name, :tier)",
            id=f"{key}{number}",
            name=name,
            tier=tier,
            **system,
        )
    execute(
        database_url,
        "INSERT INTO contact (id, created_at, updated_at, name, fax, kind, account_id) "
        "VALUES (:id, :now, :now, 'Ann', '11', 'hot', :account)",
        id=f"{key}9",
        account=f"{key}0",
        **system,
    )
    alembic(project, database_url, "upgrade", "head")
    assert drift(database_url, SECOND) == []
    assert execute(database_url, "SELECT tier FROM account ORDER BY id") == [("gold",), ("silver",), (None,)]
    execute(database_url, f"UPDATE account SET tier = 'gold' WHERE id = '{key}1'")
    alembic(project, database_url, "downgrade", "-1")
    assert drift(database_url, FIRST) == []
    assert execute(database_url, "SELECT tier FROM account ORDER BY id") == [("Au",), ("gold",), (None,)]
    assert execute(database_url, "SELECT name, fax, kind FROM contact") == [("Ann", "11", "hot")]
    alembic(project, database_url, "upgrade", "head")
    assert drift(database_url, SECOND) == []
    alembic(project, database_url, "downgrade", "base")
    alembic(project, database_url, "current")


@pytest.mark.parametrize("url", ["sqlite:///crm.db", "postgresql://somebody@localhost/somewhere"])
def test_alembic_prints_the_statements(project: Path, url: str) -> None:
    text = alembic(project, url, "upgrade", "head", "--sql")
    assert 'ALTER TABLE "contact" RENAME TO "person";' in text
    assert "DEFAULT 'it''s 100 % :new'" in text


def test_a_revision_says_what_it_does_and_between_what(project: Path) -> None:
    versions = sorted(file.name for file in (project / "migrations" / "versions").glob("*.py"))
    assert versions == ["0001_the_first_release.py", "0002_alter_account_tier_rename_person_and_2_more.py"]
    text = (project / "migrations" / "versions" / versions[1]).read_text("utf-8")
    assert f'FINGERPRINT_BEFORE = "{fingerprint(FIRST)}"' in text
    assert f'FINGERPRINT_AFTER = "{fingerprint(SECOND)}"' in text
    assert "> person" in text
    assert committed(project).spec == SECOND
    assert [one.address for one in committed(project).retired] == ["account.tier", "person.fax"]


def test_the_same_plan_gives_the_same_bytes() -> None:
    def artifacts() -> list[tuple[str, str]]:
        plan = make_plan(FIRST, SECOND, revision="0002_x")
        return [(one.path, one.content) for one in generate_artifacts(plan, context=Context("0001_x"))]

    assert artifacts() == artifacts()


def test_nothing_new_makes_no_revision(project: Path) -> None:
    generate(project, SECOND)
    assert len(list((project / "migrations" / "versions").glob("*.py"))) == 2


def test_words_of_people_stay_words(tmp_path: Path) -> None:
    """A message or an option cannot end a docstring, a comment or a literal of the revision."""
    strange = 'x"""\nimport os\nos.abort()\n"""\\'
    options = thing("thing", field("kind", "picklist", options=()))
    before = spec(replace(options, fields={"kind": replace(options.fields["kind"], options=(replace_option("a"),))}))
    after = spec(
        replace(
            options,
            fields={"kind": replace(options.fields["kind"], options=(replace_option("a"), replace_option(strange)))},
        )
    )
    generate(tmp_path, before, strange)
    generate(tmp_path, after, strange)
    for file in (tmp_path / "migrations" / "versions").glob("*.py"):
        code = compile(file.read_text("utf-8"), str(file), "exec")
        assert "os" not in code.co_names


def replace_option(name: str) -> Option:
    return Option(name=name)
