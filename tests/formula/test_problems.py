"""What people are told when a formula is not right."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from crmspec.formula import FUNCTIONS, FormulaProblem, check, parse
from tests.formula.records import Fields

CASES = Path(__file__).parent / "cases" / "problems.txt"


def shown(text: str) -> str:
    """Show a formula with its problems, each under its place."""
    lines = [f"> {text}"]
    for problem in check(text, Fields()).problems:
        lines.append(" " * (problem.start + 1) + "^" * max(1, problem.end - problem.start))
        lines.append(f"  {problem.what}")
        lines += [f"  {word}  {said}" for word, said in (("why ", problem.why), ("help", problem.help)) if said]
    return "\n".join(lines)


def test_every_problem_says_where_what_and_how(update: bool) -> None:
    """The file holds faulty formulas with all that is said about each; `--update` writes it again."""
    expected = CASES.read_text(encoding="utf-8")
    formulas = [line[2:] for line in expected.splitlines() if line.startswith("> ")]
    found = "\n\n".join(shown(text) for text in formulas) + "\n"
    if update:
        CASES.write_text(found, encoding="utf-8")
    assert expected == found or update
    assert [text for text in formulas if not check(text, Fields()).problems] == []


LARGE = {
    "5,000 parentheses": "(" * 5_000 + "1" + ")" * 5_000,
    "4,900 parentheses": "(" * 4_900 + "1" + ")" * 4_900,
    "parentheses that stay open": "(" * 9_000,
    "20,000 terms": " + ".join(["1"] * 20_000),
    "3,000 terms": "+".join(["1"] * 3_000),
    "2,000 conditions": " or ".join(["a"] * 2_000),
    "3,000 arguments": f"concat({','.join(['1'] * 3_000)})",
    "9,000 minus signs": "-" * 9_000 + "1",
    "2,000 words not": "not " * 2_000 + "active",
    "a million characters": "a" * 1_000_000,
    "a million characters in quotes": "'" + "a" * 1_000_000 + "'",
    "half a surrogate": "name == '\ud83d'",
    "NUL": "name == '\x00'",
    "a path of 4,000 segments": ".".join(["a"] * 4_000),
}


@pytest.mark.parametrize("text", LARGE.values(), ids=list(LARGE))
def test_no_text_is_too_much(text: str) -> None:
    """What is too large, too deep or no text at all gets one problem, at once."""
    before = time.perf_counter()
    found = check(text, Fields())
    assert found.expression is None
    assert len(found.problems) == 1
    assert time.perf_counter() - before < 2


@pytest.mark.parametrize("name", ["today", "now", "me"])
def test_what_is_stored_cannot_look_at_the_clock(name: str) -> None:
    """A stored result would not follow the day, the moment or the person."""
    assert check(f"isblank({name}())", Fields()).expression is not None
    (problem,) = check(f"isblank({name}())", Fields(), stored=True).problems
    assert problem.what == f"`{name}()` cannot be used where the result is stored"


def test_the_wanted_kind_is_checked() -> None:
    """The result must be what its field is."""
    (problem,) = check("amount", Fields(), expects="boolean").problems
    assert problem == FormulaProblem(1, 7, "the formula gives a number, not true or false")
    assert check("'2026-01-31'", Fields(), expects="date").expression is not None
    assert check("starts", Fields(), expects="datetime").expression is not None
    assert check("kind", Fields(), expects="text").expression is not None
    assert check("blank", Fields(), expects="number").expression is not None


def test_a_number_that_may_be_cut_is_noted() -> None:
    """A formula that could pass 18 digits works, with a note; a certain overflow is refused."""
    found = check("huge * quantity", Fields())
    assert found.expression is not None
    assert [note.what for note in found.notes] == ["`huge * quantity` is blank where it would exceed 18 digits"]
    assert check("rate * quantity", Fields()).notes == ()


def test_paths_and_functions_are_known() -> None:
    """Other rooms ask what a formula reads."""
    text = "if(account.amount > amount, today(), starts)"
    expression = check(text, Fields()).expression
    assert expression is not None
    assert expression.paths == {("account", "amount"), ("amount",), ("starts",)} == parse(text).paths
    assert expression.functions == {"if", "today"}


def test_every_function_has_a_signature_and_help() -> None:
    """The table is what the docs and the editor show."""
    assert all(function.help.endswith(".") and function.name in function.signature for function in FUNCTIONS.values())
    assert FUNCTIONS["round"].signature == "round(number, [decimals])"
