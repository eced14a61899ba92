"""Answers with their reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from crmspec.access import actor_from, explain
from crmspec.access.actor import in_front
from crmspec.spec import Principal, Restriction, Role, Sharing, Spec, Verb
from tests.records.crm import SPEC

HOLDERS = {name: (name,) for name in SPEC.organization.positions}


def said(position: str, verb: str, target: str, owner: str | None = "") -> tuple[bool, list[str]]:
    """Ask as the holder of a position; with an owner, of a record of theirs."""
    actor = actor_from(SPEC, position, (position,), (), HOLDERS)
    answer = explain(actor, verb, target, None if owner == "" else {"owner_id": owner})  # type: ignore[arg-type]
    return answer.allowed, [step.text for step in answer.steps]


def test_the_chain_goes_from_position_to_line() -> None:
    """Position, role, line of the role, and what of it reaches the record."""
    assert said("sales_director", "update", "opportunity", "rep_east") == (
        True,
        [
            "holds the position `sales_director`, which brings `sales_manager`",
            "role `sales_manager` grants `update` on `opportunity` with scope `subordinates`",
            "role `sales_manager` → `sales_rep` grants `update` on `opportunity` with scope `own`",
            "the record's owner is in scope `subordinates`",
        ],
    )


def test_the_missing_piece_is_named() -> None:
    """No grant, no scope that reaches, no owner: each has its own sentence."""
    assert said("rep_east", "delete", "account")[1][-2:] == [
        "no role grants `delete` on `account`, and what is not granted is denied",
        "`delete` is granted by the roles `sales_manager`, `administrator`; positions that bring one: `boss`,"
        " `sales_director`",
    ]
    assert said("rep_east", "update", "opportunity", "rep_west")[1][-3:] == [
        "the record's owner is in none of the scopes `own`",
        "no sharing rule opens it to them, and nobody shared it with them",
        "`update` on other records is granted by the roles `sales_manager`, `administrator`; positions that bring one:"
        " `boss`, `sales_director`",
    ]
    nobodys = said("rep_east", "read", "opportunity", None)[1]
    assert "the record has no owner: only the scope `all` reaches it" in nobodys
    assert said("rep_east", "read", "nothing") == (False, ["there is no object `nothing`"])


def test_the_object_may_be_open() -> None:
    """An object that everybody with the verb may read says so."""
    allowed, steps = said("rep_east", "read", "contact", "boss")
    assert (allowed, steps[-1]) == (True, "`contact` is open to everybody who has the verb: default_access is `read`")


def test_fields_have_their_own_step() -> None:
    """The level of a field, and the line that sets it."""
    allowed, steps = said("rep_east", "read", "opportunity.margin")
    assert not allowed
    assert (
        steps[-1]
        == "role `sales_rep` sets `opportunity.margin` to `none`; its level is `none`, and `read` needs `read`"
    )
    assert said("sales_director", "update", "opportunity.margin")[0]
    assert not said("auditor", "update", "opportunity.name")[0]
    assert said("auditor", "read", "opportunity.name")[1][-1] == (
        "no role names `opportunity.name`, so it is as the verbs say; its level is `read`, and `read` needs `read`"
    )


def test_steps_know_the_line_of_the_spec() -> None:
    """Addresses lead to the YAML."""
    actor = actor_from(SPEC, "x", ("rep_east",), (), HOLDERS)
    assert [step.address for step in explain(actor, "read", "account").steps] == [
        "position:rep_east",
        "role:sales_rep.grants.account.read",
    ]


def of_one(spec: Spec, position: str, verb: Verb, row: dict[str, object], **more: Any) -> list[tuple[bool | None, str]]:
    """Ask about one record of an opportunity as the holder of a position; return only what is said of the record."""
    actor = replace(actor_from(spec, position, (position,), (), HOLDERS), **more)
    steps = explain(actor, verb, "opportunity", row, name_of=str.upper).steps
    return [(one.fits, one.text) for one in steps if one.sentence not in ("position", "role", "grant", "wider")]


def test_each_way_to_a_record_has_its_own_sentence() -> None:
    """Restriction, owner by name, sharing rule, single share, and read that is missing for another verb."""
    big = Sharing(name="big", object="opportunity", where="amount >= 100", to=(Principal(position="rep_east"),))
    own = Restriction(
        name="no_lost", object="opportunity", where="stage != 'lost'", principals=(Principal(role="sales_rep"),)
    )
    spec = replace(SPEC, sharing={"big": big}, restrictions={"no_lost": own})
    row = {"id": "o1", "owner_id": "rep_west", "amount": 20000, "stage": "won"}
    met = (True, "the restriction `no_lost` lets it through: stage != 'lost'")
    assert of_one(spec, "rep_east", "read", row) == [met, (True, "the sharing rule `big` opens it")]
    assert of_one(spec, "rep_east", "read", {**row, "stage": "lost"}) == [
        (False, "the restriction `no_lost` holds it back: it lets through only where stage != 'lost'")
    ]
    small = {**row, "amount": 20}
    assert of_one(spec, "rep_east", "read", small) == [
        met,
        (False, "the record's owner (REP_WEST) is in none of the scopes `own`, `subordinates`"),
        (False, "no sharing rule opens it to them, and nobody shared it with them"),
    ]
    assert of_one(spec, "rep_east", "read", small, shares={"opportunity": {"o1": "read"}}) == [
        met, (True, "this one record is shared with them: `read`")
    ]
    assert of_one(spec, "rep_east", "delete", {**small, "owner_id": "rep_east"}) == [
        met, (True, "the record's owner (REP_EAST) is in scope `own`")
    ]
    exporter = Role(name="auditor", grants={"opportunity": {"export": ("all",), "read": ("own",)}})
    exporting = replace(SPEC, roles={**SPEC.roles, "auditor": exporter})
    assert of_one(exporting, "auditor", "export", small)[0] == (
        False, "`export` reaches the record, but `read` does not, and `export` needs it"
    )


def test_whoever_stands_in_is_answered_as_the_one_who_may() -> None:
    """Their own rights first; then those of each person they stand in for, who is named."""
    away = replace(actor_from(SPEC, "boss", ("boss",), (), HOLDERS), name="Boss")
    actor = in_front(actor_from(SPEC, "rep_east", ("rep_east",), (), HOLDERS), [away])
    answer = explain(actor, "delete", "account")
    assert answer.allowed
    assert [one.text for one in answer.steps][:2] == [
        "stands in for Boss", "holds the position `boss`, which brings `administrator`"
    ]
    assert explain(actor, "create", "opportunity").steps[0].text.startswith("holds the position `rep_east`")


def test_a_verb_that_needs_read_says_so() -> None:
    """Update without read reaches nothing."""
    role = Role(name="auditor", grants={"account": {"update": ("all",)}})
    blind = replace(SPEC, roles={**SPEC.roles, "auditor": role})
    answer = explain(actor_from(blind, "auditor", ("auditor",), (), HOLDERS), "update", "account")
    assert not answer.allowed
    assert "`update` needs `read`, and no role grants that on `account`" in [one.text for one in answer.steps]
