"""Answers with their reasons."""

from __future__ import annotations

from crmspec.access import actor_from, explain
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
    assert (
        said("rep_east", "delete", "account")[1][-1]
        == "no role grants `delete` on `account`, and what is not granted is denied"
    )
    assert (
        said("rep_east", "update", "opportunity", "rep_west")[1][-1]
        == "the record's owner is in none of the scopes `own`"
    )
    assert (
        said("rep_east", "read", "opportunity", None)[1][-1]
        == "the record has no owner: only the scope `all` reaches it"
    )
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
