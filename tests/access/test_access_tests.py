"""Access tests of a spec, held against the model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crmspec.access import check_access_tests
from crmspec.diagnostics import Position
from crmspec.spec import AccessTest
from tests.records.crm import SPEC


def problems(*tests: dict[str, Any]) -> list[str]:
    """Check tests and return what is said."""
    made = tuple(AccessTest(as_=test.pop("who"), allowed=test.pop("can", True), **test) for test in tests)
    return [one.what for one in check_access_tests(replace(SPEC, access_tests=made))]


@pytest.mark.parametrize(
    "test",
    [
        {"who": "rep_east", "verb": "read", "on": "opportunity.margin", "can": False},
        {"who": "sales_director", "verb": "update", "on": "opportunity", "owned_by": "rep_east"},
        {"who": "rep_east", "verb": "update", "on": "opportunity", "owned_by": "rep_west", "can": False},
        {"who": "rep_east", "verb": "update", "on": "opportunity", "owned_by": "rep_east"},
        {"who": "rep_east", "verb": "create", "on": "opportunity"},
        {"who": "rep_east", "verb": "read", "on": "account", "can": False},
        {"who": "administrator", "verb": "delete", "on": "account"},
        {"who": "sales_rep", "verb": "read", "on": "contact"},
        {"who": "sales_director", "verb": "update", "on": "opportunity.margin", "owned_by": "rep_west"},
    ],
)
def test_tests_that_hold(test: dict[str, Any]) -> None:
    """Positions and roles, objects and fields, somebody's records and a stranger's."""
    assert problems(dict(test)) == []
    assert len(problems({**test, "can": not test.get("can", True)})) == 1


def test_a_test_that_does_not_hold_says_why() -> None:
    """The diagnostic carries the chain, and the places of the lines it speaks of."""
    spec = replace(SPEC, access_tests=(AccessTest(as_="rep_east", verb="read", allowed=True, on="opportunity.margin"),))
    place = Position("specs/roles.yaml", 4, 3)
    [found] = check_access_tests(
        spec, {"access_test:0": Position("specs/tests.yaml", 2, 5), "position:rep_east": place}
    )
    assert found.what == "access test does not hold: `rep_east can read opportunity.margin`"
    assert str(found.position) == "specs/tests.yaml:2:5"
    assert "sets `opportunity.margin` to `none`" in found.why
    assert [where for where, _ in found.related] == [place]


def test_words_that_are_nothing_are_named() -> None:
    """A position, object, field or owner that is not there is its own problem."""
    assert problems(
        {"who": "rep_eest", "verb": "read", "on": "account"},
        {"who": "rep_east", "verb": "read", "on": "acount"},
        {"who": "rep_east", "verb": "read", "on": "account.nam"},
        {"who": "rep_east", "verb": "read", "on": "account", "owned_by": "x"},
    ) == [
        "access test speaks of `rep_eest`, which is no position or role",
        "access test speaks of `acount`, which is no object",
        "access test speaks of `nam`, which is no field of `account`",
        "access test speaks of `x`, which is no position",
    ]
