"""What formulas give, case by case, on all three back ends."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from crmspec.formula import Expression, check
from tests.formula.records import Everywhere, Fields

CASES = Path(__file__).parent / "cases" / "values.txt"


def written(expression: Expression, value: object) -> str:
    """Write a value as the cases do."""
    if value is None:
        return "blank"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        scale = expression.type.scale
        digits = f"{abs(value):0{scale + 1}}"
        return ("-" if value < 0 else "") + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)
    if isinstance(value, date):
        return value.isoformat()
    return "'" + str(value).replace("'", "\\'") + "'"


def test_every_case_has_its_value_everywhere(everywhere: Everywhere) -> None:
    """The file says what each formula gives; nothing in it depends on a record."""
    lines = [line for line in CASES.read_text(encoding="utf-8").splitlines() if " -> " in line]
    expected: list[str] = []
    found: list[str] = []
    for line in lines:
        text, value = (part.strip() for part in line.rsplit(" -> ", 1))
        expression = check(text, Fields()).expression
        assert expression is not None, (text, check(text, Fields()).problems)
        for place, answers in everywhere.answers(expression).items():
            expected.append(f"{text} -> {value} ({place})")
            found.append(f"{text} -> {written(expression, answers[0][1])} ({place})")
    assert expected == found


def test_a_result_can_be_rounded_to_its_field(everywhere: Everywhere) -> None:
    """A formula field of two decimals keeps two, rounded half away from zero."""
    checked = check("amount / 3 * 2", Fields(), expects="number", scale=2)
    assert checked.expression is not None
    assert checked.expression.type.scale == 2
    answers = everywhere.answers(checked.expression)
    assert answers["python"] == answers["sqlite"] == answers["postgresql"]
