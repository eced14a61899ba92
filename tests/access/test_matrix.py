"""The access matrix, and what changes between two specs in words."""

from __future__ import annotations

from dataclasses import replace

from crmspec.access import diff_access, matrix
from crmspec.spec import Role, Spec
from tests.records.crm import ROLES, SPEC


def with_role(role: Role) -> Spec:
    """Replace one role of the test CRM."""
    return replace(SPEC, roles={one.name: role if one.name == role.name else one for one in (*ROLES, role)})


def test_the_matrix_has_effective_rights_and_no_empty_lines() -> None:
    """Includes are counted in, scopes stand from narrow to wide, `all` alone."""
    rows = {(row.role, row.object): row for row in matrix(SPEC)}
    assert ("everyone", "account") not in rows
    assert rows["sales_manager", "opportunity"].scopes["read"] == ("own", "subordinates")
    assert rows["sales_manager", "opportunity"].scopes["create"] == ("all",)
    assert rows["sales_rep", "opportunity"].fields == {"margin": "none"}


def test_no_change_says_nothing() -> None:
    """A spec compared with itself is silent."""
    assert diff_access(SPEC, SPEC) == ()


def test_a_first_release_only_gives() -> None:
    """Against nothing, everything widens."""
    assert {change.widens for change in diff_access(None, SPEC)} == {True}


def test_verbs_that_come_and_go() -> None:
    """Gained, lost, wider and narrower scopes each have a sentence."""
    rep = next(one for one in ROLES if one.name == "auditor")
    before = with_role(replace(rep, grants={"account": {"read": ("own",), "delete": ("own",), "update": ("all",)}}))
    after = with_role(
        replace(rep, grants={"account": {"read": ("team",), "update": ("own",), "export": ("own", "team")}})
    )
    changes = [(change.widens, change.text) for change in diff_access(before, after)]
    assert changes == [
        (True, "`auditor`: read on `account` goes from own to team"),
        (False, "`auditor`: update on `account` goes from all to own"),
        (False, "`auditor` loses delete on `account` (own)"),
        (True, "`auditor` gains export on `account` (own, team)"),
    ]


def test_fields_are_told_together() -> None:
    """Several fields that change alike are one sentence."""
    auditor = next(one for one in ROLES if one.name == "auditor")
    after = with_role(
        replace(auditor, fields={"account.email": "none", "account.phone": "none", "account.name": "masked"})
    )
    texts = {change.text for change in diff_access(SPEC, after)}
    assert "`auditor` loses read on 2 fields of `account` (email, phone) (was read, is none)" in texts
    assert "`auditor` loses read on `account.name` (was read, is masked)" in texts


def test_defaults_and_set_up() -> None:
    """What opens an object to others, and the right to set-up, are changes too."""
    objects = {**SPEC.objects, "account": replace(SPEC.objects["account"], default_access="read")}
    auditor = next(one for one in ROLES if one.name == "auditor")
    after = replace(with_role(replace(auditor, setup=True)), objects=objects)
    texts = [change.text for change in diff_access(SPEC, after) if change.role == "auditor"]
    assert texts == [
        "`auditor` may now open set-up",
        "`auditor`: records of `account` it does not reach by scope go from private to read",
    ]
