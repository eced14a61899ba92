"""Every way of showing a plan says what is prepared before the release, and what is the release."""

from __future__ import annotations

import pytest

from crmspec.cli.show_plan import plan_sql, plan_text
from crmspec.cli.show_plan_data import About
from crmspec.cli.show_plan_json import plan_value
from crmspec.cli.show_plan_markdown import plan_markdown
from crmspec.plan import Plan, make_plan
from crmspec.schema import Dialect
from tests.plan.building import field, spec, thing

BEFORE = spec(thing("deal", field("name"), field("code")))
AFTER = spec(thing("deal", field("name", unique=True), field("code", "integer")))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(BEFORE, AFTER, revision="0002_x")


def test_sql_stands_under_its_phase(plan: Plan) -> None:
    text = plan_sql(plan, "postgresql")
    before, after = text.split("-- == the release: one transaction ==\n")
    assert before.startswith("-- == prepared before the release")
    assert 'CREATE UNIQUE INDEX CONCURRENTLY "crmspec_new_uq_deal_name"' in before
    assert 'RENAME TO "uq_deal_name"' in after
    assert "==" not in plan_sql(plan, "sqlite")


def test_text_and_markdown_list_the_steps_with_their_phase(plan: Plan) -> None:
    about = About(dialect="postgresql")
    lines = [line.split(maxsplit=1) for line in plan_text(plan, about).splitlines() if line.startswith("  ")]
    assert ["prepare", "build the new indexes of deal"] in lines
    assert ["release", "index deal"] in lines
    assert "| `prepare` | build the new indexes of deal |" in plan_markdown(plan, about)
    assert "prepare" not in plan_text(plan, About(dialect="sqlite"))


@pytest.mark.parametrize(("dialect", "phases"), [("postgresql", {"prepare", "release"}), ("sqlite", {"release"})])
def test_json_has_the_phase_of_each_step(plan: Plan, dialect: Dialect, phases: set[str]) -> None:
    steps = plan_value(plan, About(dialect=dialect), "", "")["steps"]
    assert isinstance(steps, list)
    assert {step["phase"] for step in steps if step["sql"]} == phases
