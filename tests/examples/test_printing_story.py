"""The story in examples/printing, step by step, with the sample records in place, on both databases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from crmspec.cli import main
from tests.examples.story import STEPS, STORY, Project, Rows, compare, without

# Step → the hazards that its deploy has to be allowed.
ALLOW = {
    "03-drop-a-standard-field": "loses_data",
    "05-text-becomes-a-picklist": "rewrites_table,blocks_writes,may_fail_on_data",
    "08-take-a-field-from-a-role": "narrows_access",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A demonstration of the printing template: deployed, and full of sample records."""
    folder = tmp_path / "acme"
    arguments = ["demo", "printing", "--dir", str(folder), "--no-serve", "--format", "json"]
    if request.param == "postgresql":
        arguments += ["--database", request.getfixturevalue("postgres_url")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    made = json.loads(result.stdout)
    return Project(folder, made["database"], "local" if request.param == "sqlite" else "production")


def test_the_story(project: Project, update: bool, tmp_path: Path) -> None:
    """Each step prints and writes what its folder shows, and keeps every value that it does not announce to change."""
    update = update and project.environment == "local"  # both databases show the same; one of them writes
    start(tmp_path / "start", update=update)
    project.generate("start")
    history = [project.rows()]
    assert len(history[0]["account"]) >= 200
    for step in STEPS[1:]:
        project.take(step)
        plan = project.done("plan")
        files = project.generate(step[3:].replace("-", " "))
        compare(STORY / step / "expected", {"plan.txt": plan, **files}, update=update)
        project.done("deploy", "--yes", "--allow", ALLOW.get(step, "loses_data"))
        history.append(project.rows())
        KEPT.get(step, nothing_changed)(history)
        assert project.run("plan", "--exit-code").exit_code == 0, f"{step}: something is left to do"


def start(folder: Path, *, update: bool) -> None:
    """The first step needs no database: what would a first deploy do, and what is generated?"""
    result = CliRunner().invoke(main, ["init", str(folder), "--template", "printing"])
    assert result.exit_code == 0, result.output
    project = Project(folder, "", "local")
    plan = project.done("plan")
    files = project.generate("start")
    shown = {
        name: text
        for name, text in files.items()
        if name.startswith("migrations/") or name.endswith(("/account.yaml", "/quote.yaml"))
    }
    compare(STORY / STEPS[0] / "expected", {"plan.txt": plan, **shown}, update=update)


# What each step may do to the records.


def nothing_changed(history: list[Rows]) -> None:
    """Every value is where it was."""
    assert history[-1] == history[-2]


def fax_is_gone(history: list[Rows]) -> None:
    """The column is out of sight; all the rest stays."""
    before, after = history[-2:]
    assert any(row["fax"] for row in before["account"].values())
    assert not any("fax" in row for row in after["account"].values())
    assert visible(after) == without(before, account="fax")


def fax_is_back(history: list[Rows]) -> None:
    """Every number is where it was two steps before."""
    assert visible(history[-1]) == visible(history[-3])


def terms_are_options(history: list[Rows]) -> None:
    """Each text has become its option."""
    options = {
        "月结30天": "monthly_30",
        "月结60天": "monthly_60",
        "预付30%，货到付清": "deposit_30",
        "预付50%，验收后付清": "deposit_50",
        None: None,
    }
    before, after = history[-2:]
    expected = {key: options[row["payment_terms"]] for key, row in before["quote"].items()}  # type: ignore[index]
    assert {key: row["payment_terms"] for key, row in after["quote"].items()} == expected
    assert visible(without(after, quote="payment_terms")) == visible(without(before, quote="payment_terms"))


def rating_is_interest(history: list[Rows]) -> None:
    """Every value under its new name."""
    before, after = history[-2:]
    assert {key: row["interest"] for key, row in after["account"].items()} == {
        key: row["rating"] for key, row in before["account"].items()
    }
    assert visible(without(after, account="interest")) == visible(without(before, account="rating"))


def visible(rows: Rows) -> Rows:
    """Leave out the columns of retired fields."""
    return {
        table: {
            key: {column: value for column, value in row.items() if not column.startswith("crmspec_")}
            for key, row in records.items()
        }
        for table, records in rows.items()
        if not table.startswith("crmspec_")
    }


KEPT = {
    "03-drop-a-standard-field": fax_is_gone,
    "04-bring-it-back": fax_is_back,
    "05-text-becomes-a-picklist": terms_are_options,
    "06-rename-a-field": rating_is_interest,
}
