"""Every file in `cases/`: a sentence, a spec before and after, and the plan and the statements between them.

Each is carried out on both databases: the tables must equal a fresh build of `after`, a second plan must be empty, and
going back must give `before` again.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crmspec.diagnostics import Refused
from crmspec.plan import Plan, make_plan
from crmspec.plan.words import change_line
from crmspec.source import load_project
from crmspec.spec import Spec
from tests.plan.building import Database

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
_PART = re.compile(r"^-- (\S+) --\n", re.MULTILINE)
PROJECT = (
    "crm: test\nlanguages: [en]\ntime_zone: Asia/Shanghai\nenvironments: {local: {database: 'sqlite:///crm.db'}}\n"
)


def parts_of(file: Path) -> dict[str, str]:
    """Split a case into its parts; what stands before the first is the sentence."""
    pieces = _PART.split(file.read_text("utf-8"))
    return {"sentence": pieces[0], **dict(zip(pieces[1::2], pieces[2::2], strict=True))}


def load(folder: Path, yaml: str) -> Spec:
    """Read a spec as a project would."""
    (folder / "specs").mkdir(parents=True, exist_ok=True)
    (folder / "crmspec.yaml").write_text(PROJECT)
    (folder / "specs" / "all.yaml").write_text(yaml, "utf-8")
    loaded = load_project(folder)
    assert [one.what for one in loaded.diagnostics if one.severity == "error"] == []
    assert loaded.spec is not None
    return loaded.spec


def plan_of(before: Spec, after: Spec) -> Plan:
    return make_plan(before, after, revision="0002_case")


def plan_words(plan: Plan) -> str:
    """Write what a plan says, without its statements."""
    lines = [change_line(change) for change in plan.changes] or ["nothing to do"]
    lines += [f"! {hazard.name} {hazard.address}: {hazard.reason}" for hazard in plan.hazards]
    lines += [f"? {question.line}" for question in plan.questions]
    lines += [f"# {check.address}: {check.what}" for check in plan.checks]
    return "\n".join(lines) + "\n"


def statements(plan: Plan, dialect: str) -> str:
    """Write the statements of a plan, each step under its title."""
    found = []
    for step in plan.steps:
        sql = step.sql[dialect]  # type: ignore[index]
        if sql:
            found.append(f"-- {step.title}\n" + "".join(f"{one};\n" for one in sql))
    return "\n".join(found)


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_the_plan_is_as_expected(file: Path, tmp_path: Path, update: bool) -> None:
    parts = parts_of(file)
    before, after = load(tmp_path / "before", parts["before.yaml"]), load(tmp_path / "after", parts["after.yaml"])
    try:
        plan = plan_of(before, after)
    except Refused as refused:
        found = {"refused": "".join(f"{one.code} {one.what}\n" for one in refused.diagnostics)}
    else:
        found = {"plan": plan_words(plan)}
        if "sqlite" in parts or "postgresql" in parts:
            found |= {dialect: statements(plan, dialect) for dialect in ("sqlite", "postgresql")}
    wanted = {
        name: text.strip("\n") + "\n"
        for name, text in parts.items()
        if name not in ("sentence", "before.yaml", "after.yaml")
    }
    if update:
        kept = parts["sentence"] + "".join(f"-- {name} --\n{parts[name]}" for name in ("before.yaml", "after.yaml"))
        file.write_text(kept + "".join(f"-- {name} --\n{text}" for name, text in found.items()), "utf-8")
    else:
        assert {name: text.strip("\n") + "\n" for name, text in found.items()} == wanted


def test_the_plan_is_carried_out_there_and_back(database: Database, tmp_path: Path) -> None:
    """One database takes every case in turn, each from an empty start, in one transaction."""
    for file in CASES:
        parts = parts_of(file)
        if "plan" in parts:
            before, after = (
                load(tmp_path / file.stem, parts["before.yaml"]),
                load(tmp_path / f"{file.stem}2", parts["after.yaml"]),
            )
            with database.anew():
                database.follow(before)
                database.follow(after)
                database.follow(before, backward=True, same_revision=True)
