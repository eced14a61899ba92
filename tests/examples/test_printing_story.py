"""The story in examples/printing, step by step, with the sample records in place, on both databases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.examples.story import STEPS, STORY, Project, Rows, compare, crm, without


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A new project on the printing template and the address of an empty database."""
    folder = tmp_path / "acme"
    assert crm("init", str(folder), "--template", "printing").code == 0
    if request.param == "sqlite":
        return Project(folder, f"sqlite:///{folder / 'crm.db'}", "local")
    return Project(folder, request.getfixturevalue("postgres_url"), "production")


@pytest.mark.slow
def test_the_story(project: Project, update: bool) -> None:
    """Each step prints and writes what its folder shows, and keeps every value that it does not announce to change."""
    update = update and project.environment == "local"  # both databases show the same; one of them writes
    history: list[Rows] = []
    for step in STEPS:
        project.take(step)
        plan = without_time(project.done("plan"))
        files = project.generate(step[3:].replace("-", " "))
        compare(STORY / step / "expected", {"plan.txt": plan, **worth_showing(step, files)}, update=update)
        project.done("deploy", "--yes", *allowed(step))
        if not history:
            project.fill()
        history.append(project.rows())
        KEPT.get(step, nothing_changed)(history)
        assert project.run("plan", "--exit-code").code == 0, f"{step}: something is left to do"
    project.done("rollback", "--to", "1", "--yes")
    assert visible(project.rows()) == visible(history[0]), "a rollback to the start gives every value back"


def without_time(plan: str) -> str:
    """Leave out what depends on the database: how long it takes, and what is locked meanwhile."""
    return "\n\n".join(part for part in plan.split("\n\n") if not part.startswith(("time, estimated", "steps\n")))


def allowed(step: str) -> list[str]:
    """Return the flag that the step's own text says."""
    found = re.search(r"crmspec deploy (--allow) (\S+)", (STORY / step / "README.md").read_text("utf-8"))
    return list(found.groups()) if found else []


def worth_showing(step: str, files: dict[str, str]) -> dict[str, str]:
    """The first step writes every screen there is; two of them show what they look like."""
    if step != STEPS[0]:
        return files
    return {
        name: text
        for name, text in files.items()
        if not name.startswith("screens/") or name.endswith(("/account.yaml", "/quote.yaml"))
    }


def test_every_step_says_how_to_follow_it() -> None:
    """A step has a text, and its files are YAML that the project reads."""
    assert len(STEPS) == 8
    for step in STEPS:
        assert (STORY / step / "README.md").read_text("utf-8").startswith(f"# {int(step[:2])}. ")
        assert f"({step}/)" in (STORY / "README.md").read_text("utf-8")


# What each step may do to the records.


def records_are_there(history: list[Rows]) -> None:
    """The sample records were written."""
    assert len(history[0]["account"]) >= 200
    assert len(history[0]["activity"]) >= 1500


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
    "01-start": records_are_there,
    "03-drop-a-standard-field": fax_is_gone,
    "04-bring-it-back": fax_is_back,
    "05-text-becomes-a-picklist": terms_are_options,
    "06-rename-a-field": rating_is_interest,
}
