"""A stage's kind written as its stages means the same, blank included."""

from __future__ import annotations

import itertools

import pytest

from crmspec.formula import Expression, check, evaluate
from crmspec.formula.types import Context
from crmspec.reports.stages import by_stages
from crmspec.spec.scope import ObjectScope
from tests.records.crm import NOW, SPEC

STAGES = SPEC.pipelines["sales"].stages
CONTEXT = Context(NOW, NOW.date(), None)


def tree(text: str, object_name: str = "opportunity") -> Expression:
    found = check(text, ObjectScope(SPEC, object_name), expects="boolean").expression
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    ["stage.type == 'open'", "'won' == stage.type", "stage.type != 'lost'", "not (stage.type != 'open')",
     "stage.type == 'won' or amount > 5", "if(stage.type == 'open', amount > 5, isblank(amount))"],
)  # fmt: skip
def test_it_means_the_same(text: str) -> None:
    """For every stage and for none."""
    before = tree(text)
    after = by_stages(SPEC, "opportunity", before)
    assert ("stage", "type") in before.paths
    assert ("stage", "type") not in after.paths
    for stage, amount in itertools.product((*STAGES, None), (None, 1, 900)):
        values = {("stage",): stage, ("stage", "type"): STAGES[stage].type if stage else None, ("amount",): amount}
        assert evaluate(before, values.__getitem__, CONTEXT) is evaluate(after, values.__getitem__, CONTEXT), stage


@pytest.mark.parametrize("text", ["stage == 'won'", "amount > 5 and account.name == 'a'", "stage.type == account.name"])
def test_the_rest_is_left_alone(text: str) -> None:
    """Other comparisons stay the same tree."""
    before = tree(text)
    assert by_stages(SPEC, "opportunity", before) is before


def test_it_goes_through_lookups() -> None:
    """Behind a lookup the stage is that of the other record."""
    after = by_stages(SPEC, "quote", tree("opportunity.stage.type == 'open'", "quote"))
    assert after.paths == {("opportunity", "stage")}
