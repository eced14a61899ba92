"""Python, SQLite and PostgreSQL give the same answer to every formula for every record."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, event, given, settings
from hypothesis.strategies import sampled_from

from crmspec.formula import check
from tests.formula.formulas import formulas
from tests.formula.records import ZONES, Everywhere, Fields

# More by hand: CRMSPEC_EXAMPLES=20000 pytest tests/formula/test_agreement.py
EXAMPLES = int(os.environ.get("CRMSPEC_EXAMPLES", "250"))


@given(text=formulas(depth=4), zone=sampled_from(ZONES))
@settings(
    max_examples=EXAMPLES, derandomize="CRMSPEC_EXAMPLES" not in os.environ, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
def test_every_formula_has_one_answer(text: str, zone: str, everywhere: Everywhere) -> None:
    """Whatever a formula says, its value does not depend on where it is worked out."""
    checked = check(text, Fields())
    event(f"{'refused' if checked.expression is None else checked.expression.type.kind}")
    if checked.expression is None:
        assert checked.problems
        return
    answers = everywhere.answers(checked.expression, zone)
    assert answers["python"] == answers["sqlite"]
    assert answers["python"] == answers["postgresql"]
