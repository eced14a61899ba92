"""Access tests of a spec, held against the model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crmspec.access import check_access_tests
from crmspec.diagnostics import Position as Place
from crmspec.spec import AccessTest, Deed, Position, Principal, Restriction, Role, Sharing, Spec
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


def test_records_of_which_nothing_is_known() -> None:
    """What narrows or shares some records leaves tests alone that speak of records as such."""
    test = AccessTest(as_="rep_east", verb="update", allowed=True, on="opportunity", owned_by="rep_east")
    other = AccessTest(as_="rep_east", verb="read", allowed=False, on="account")
    reps = (Principal(role="sales_rep"),)
    narrowed = Restriction(name="big", object="opportunity", where="amount > 5", principals=reps)
    shared = Sharing(name="big", object="account", where="name == 'x'", to=reps)
    spec = replace(SPEC, access_tests=(test, other), restrictions={"big": narrowed}, sharing={"big": shared})
    assert check_access_tests(spec) == ()
    everything = replace(shared, where="")
    assert len(check_access_tests(replace(spec, sharing={"big": everything}))) == 1


def test_a_test_that_does_not_hold_says_why() -> None:
    """The diagnostic carries the chain, and the places of the lines it speaks of."""
    spec = replace(SPEC, access_tests=(AccessTest(as_="rep_east", verb="read", allowed=True, on="opportunity.margin"),))
    place = Place("specs/roles.yaml", 4, 3)
    [found] = check_access_tests(
        spec, {"access_test:0": Place("specs/tests.yaml", 2, 5), "position:rep_east": place}
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


def everybody(**test: Any) -> AccessTest:
    """Make a sentence about everybody."""
    return AccessTest(**{"as_": "", "verb": "read", "allowed": False, "on": "", **test})


def said(*tests: AccessTest, spec: Spec = SPEC) -> list[tuple[str, str]]:
    """Check sentences; return each that does not hold with its reason."""
    return [(one.what, one.why) for one in check_access_tests(replace(spec, access_tests=tests))]


PAID, WON = Deed(verb="update", on="account.credit_limit"), Deed(verb="create", on="opportunity")


@pytest.mark.parametrize(
    ("test", "who"),
    [
        (everybody(only=("administrator",), verb="delete", allowed=True, on="account"), "sales_manager"),
        (everybody(only=("sales_rep", "auditor"), verb="create", allowed=True, on="opportunity"), "administrator"),
        (everybody(only=("administrator", "sales_rep"), verb="create", allowed=True, on="opportunity"), ""),
        (everybody(verb="import", on="competitor"), "administrator"),
        (everybody(never_both=(PAID, WON)), "sales_manager"),
        (everybody(never_both=(PAID, WON), except_=("administrator", "sales_manager")), ""),
    ],
)
def test_sentences_about_everybody(test: AccessTest, who: str) -> None:
    """`only`, `nobody` and `never_both` name the first role for which they do not hold; who includes a role has it."""
    found = said(test)
    assert [f"the role `{who}` can " in why for _, why in found] == ([True] if who else [])


def test_positions_are_held_to_them_with_all_their_roles() -> None:
    """Each role alone keeps the sentence; the position that brings both does not, and every line is named."""
    clerk = Role(name="clerk", grants={"account": {"read": ("all",), "update": ("all",)}})
    seller = Role(name="seller", grants={"opportunity": {"create": ("all",)}})
    both = Position(name="jack", roles=("clerk", "seller"))
    spec = replace(
        SPEC,
        roles={"clerk": clerk, "seller": seller},
        organization=replace(SPEC.organization, departments={}, positions={"jack": both}),
    )
    place = Place("specs/roles.yaml", 3, 9)
    [found] = check_access_tests(
        replace(spec, access_tests=(everybody(never_both=(PAID, WON)),)),
        {"role:clerk.grants.account.update": place, "access_test:0": Place("specs/tests.yaml", 1, 3)},
    )
    assert found.what == (
        "access test does not hold: `never both update account.credit_limit and create opportunity`"
    )
    assert found.why.startswith("the position `jack` can update account.credit_limit and create opportunity; ")
    assert "role `seller` grants `create` on `opportunity`" in found.why
    assert [(where, word) for where, word in found.related] == [
        (place, "role `clerk` grants `update` on `account` with scope `all`")
    ]
    assert said(everybody(never_both=(PAID, WON), except_=("jack",)), spec=spec) == []


def test_what_cannot_be_done_to_any_record_is_no_right() -> None:
    """Update without read, and a record whose parent nobody may see, let nobody through."""
    blind = Role(name="blind", grants={"account": {"update": ("all",)}})
    spec = replace(SPEC, roles={"blind": blind}, organization=replace(SPEC.organization, positions={}, departments={}))
    assert said(everybody(verb="update", on="account"), spec=spec) == []
    seeing = replace(blind, grants={"account": {"update": ("all",), "read": ("own",)}})
    assert len(said(everybody(verb="update", on="account"), spec=replace(spec, roles={"blind": seeing}))) == 1


def test_a_sentence_about_everybody_names_what_is_not_there() -> None:
    """A role, a field and an object that are nothing are each named."""
    assert [what for what, _ in said(
        everybody(only=("finanse",), on="account", allowed=True),
        everybody(never_both=(PAID, Deed(verb="create", on="opportunty"))),
        everybody(on="account.nam"),
    )] == [
        "access test speaks of `finanse`, which is no position or role",
        "access test speaks of `opportunty`, which is no object",
        "access test speaks of `nam`, which is no field of `account`",
    ]
