"""What changes for whom between two specs, in words and in numbers of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from crmspec.access import Holding, diff_access, with_people
from crmspec.spec import Department, Position, Principal, Restriction, Role, Sharing, Spec
from tests.records.crm import ROLES, SPEC


def with_role(name: str, **keys: Any) -> Spec:
    """Change a role of the test CRM, or add one."""
    known = {one.name: one for one in ROLES}
    role = replace(known.get(name, Role(name=name)), **keys)
    return replace(SPEC, roles={**known, name: role})


def with_object(name: str, **keys: Any) -> Spec:
    """Change an object of the test CRM."""
    return replace(SPEC, objects={**SPEC.objects, name: replace(SPEC.objects[name], **keys)})


def with_seats(positions: Mapping[str, Position], departments: Mapping[str, Department] | None = None) -> Spec:
    """Change positions and departments of the test CRM."""
    was = SPEC.organization
    return replace(
        SPEC,
        organization=replace(
            was,
            positions={**was.positions, **positions},
            departments={**was.departments, **(departments or {})},
        ),
    )


def said(before: Spec | None, after: Spec) -> list[str]:
    """Say what changes, `+` what is given."""
    return [f"{'+' if one.widens else '-'} {one.text}" for one in diff_access(before, after)]


def test_no_change_says_nothing() -> None:
    """A spec compared with itself is silent."""
    assert diff_access(SPEC, SPEC) == ()


def test_a_first_release_only_gives() -> None:
    """Against nothing, everything widens."""
    assert {change.widens for change in diff_access(None, SPEC)} == {True}


def test_verbs_that_come_and_go() -> None:
    """Gained, lost, wider and narrower scopes each have a sentence."""
    before = with_role(
        "auditor", grants={"account": {"read": ("own",), "delete": ("own",), "update": ("all",), "import": ("all",)}}
    )
    after = with_role("auditor", grants={"account": {"read": ("team",), "export": ("own", "team")}})
    assert said(before, after) == [
        "+ gives the role `auditor` read on `account`: team (before: own)",
        "- takes from the role `auditor` update on `account`: own",
        "- takes from the role `auditor` delete on `account`: own",
        "+ gives the role `auditor` export on `account`: team",
        "- takes from the role `auditor` import on `account`: all records",
    ]


def test_scopes_contain_others() -> None:
    """What a scope contains beside it is nothing more; one that is wider and narrower gives and takes."""
    before = with_role("auditor", grants={"account": {"read": ("own", "department")}})
    same = with_role("auditor", grants={"account": {"read": ("department",)}})
    other = with_role("auditor", grants={"account": {"read": ("subordinates",)}})
    assert said(before, same) == []
    assert said(before, other) == [
        "+ gives the role `auditor` read on `account`: subordinates (before: department)",
        "- takes from the role `auditor` read on `account`: department (left: subordinates)",
    ]


def test_fields_are_told_together() -> None:
    """Several fields that change alike are one sentence."""
    after = with_role("auditor", fields={"account.email": "none", "account.phone": "none", "account.name": "masked"})
    assert said(SPEC, after) == [
        "- takes from the role `auditor` read of `account.name` (left: masked)",
        "- takes from the role `auditor` read of 2 fields of `account` (email, phone) (left: none)",
    ]


def test_equal_changes_of_several_roles_are_one_sentence() -> None:
    """Who includes the role that changed is named with it."""
    [line] = said(SPEC, with_role("everyone", grants={"competitor": {"read": ("own",), "create": ("all",)}}))
    assert line == (
        "- takes from the roles `everyone`, `sales_rep` and `sales_manager` update on `competitor`: all records"
    )


def test_roles_rearranged_say_nothing() -> None:
    """Lines that move into an included role, and a position that gets two roles for one, change nobody's rights."""
    rep = next(one for one in ROLES if one.name == "sales_rep")
    half, rest = dict(list(rep.grants.items())[:2]), dict(list(rep.grants.items())[2:])
    roles = {one.name: one for one in ROLES}
    moved = replace(SPEC, roles={
        **roles,
        "base": Role(name="base", grants=half, fields=rep.fields),
        "sales_rep": replace(rep, grants=rest, fields={}, include=("everyone", "base")),
    })
    assert said(SPEC, moved) == []
    both = ("auditor", "everyone")
    together = replace(
        SPEC,
        roles={**roles, "checker": Role(name="checker", include=both)},
        organization=replace(SPEC.organization, positions={"a": Position(name="a", roles=("checker",))}),
    )
    apart = replace(together, organization=replace(
        SPEC.organization, positions={"a": Position(name="a", roles=both)}
    ))
    assert said(together, apart) == []


EAST = SPEC.organization.positions["rep_east"]
DIRECTOR = SPEC.organization.positions["sales_director"]


GIVEN = [
    (with_role("auditor", grants={"*": {"read": ("all",)}, "account": {"delete": ("own",)}}), "delete on"),
    (with_role("sales_rep", fields={}), "of `opportunity.margin` (before: none)"),
    (with_role("auditor", setup=True), "the set-up pages"),
    (with_role("auditor", include=("sales_rep",)), "create on `account`"),
    (with_object("account", default_access="read"), "read on `account`: all records (before: department)"),
    (with_object("account", default_access="edit"), "update on `account`: all records (before: own)"),
    (
        with_object("account", fields={
            **SPEC.objects["account"].fields,
            "credit_limit": replace(SPEC.objects["account"].fields["credit_limit"], mask="*{last4}"),
        }),
        "another part of `account.credit_limit`: its mask changes",
    ),
    (with_seats({"rep_east": replace(EAST, roles=("sales_rep", "auditor"))}), "the position `rep_east` read on"),
    (with_seats({"auditor": replace(SPEC.organization.positions["auditor"], reports_to="sales_director")}),
     "the position `sales_director` the records of the position `auditor` by `subordinates`: read on `"),
    (with_seats({"auditor": replace(SPEC.organization.positions["auditor"], department=EAST.department)}),
     "the position `rep_east` the records of the position `auditor` by `department`: read on `account`"),
    (with_seats({}, {"head_office": replace(SPEC.organization.departments["head_office"], manager="rep_east")}),
     "gives the position `rep_east` the records of the positions "),
]
HOW = (
    "verb", "field", "set-up", "include", "default read", "default edit", "mask", "position", "reports_to",
    "department", "manager",
)
WAYS = {name: (SPEC, after) for name, (after, _) in zip(HOW, GIVEN, strict=True)}


@pytest.mark.parametrize(("after", "expected"), GIVEN, ids=HOW)
def test_every_way_to_give_more_is_said(after: Spec, expected: str) -> None:
    """Forward it is given, backward it is taken."""
    assert [line for line in said(SPEC, after) if expected in line and line.startswith("+ gives")]
    assert any(not one.widens for one in diff_access(after, SPEC)) or "mask" in expected


def test_a_mute_that_goes_gives_back() -> None:
    """What a role took back from its includes is its own again."""
    muted = with_role("sales_manager", mute={"contact": {"create": ("all",)}})
    assert said(muted, SPEC) == ["+ gives the role `sales_manager` create on `contact`: own"]


def test_what_follows_a_parent() -> None:
    """Records that follow their parent are neither more nor less than those of a scope: both are said."""
    before = with_object("quote", default_access="private")
    texts = said(before, with_object("quote", default_access="controlled_by_parent"))
    assert any(line.startswith("+ gives") and "as the parent lets them" in line for line in texts)
    assert any(line.startswith("- takes") for line in texts)


def test_people_are_counted_with_all_they_hold() -> None:
    """Who had it already by another role gains nothing; a role nobody holds gives nobody anything yet."""
    after = with_role("sales_rep", grants={**next(one for one in ROLES if one.name == "sales_rep").grants,
                                           "competitor": {"read": ("all",), "delete": ("all",)}})
    holdings = (
        Holding(("rep_east",), (), people=11),
        Holding((), ("sales_rep",), people=1),
        Holding(("rep_west",), ("administrator",), people=5),
        Holding(("auditor",), (), people=7),
    )
    changes = with_people(diff_access(SPEC, after), SPEC, after, holdings)
    assert [one.text for one in changes] == [
        "gives 12 people (roles `sales_rep` and `sales_manager`) delete on `competitor`: all records"
    ]
    [none] = with_people(diff_access(SPEC, after), SPEC, after, ())
    assert none.text.startswith("gives nobody yet (roles ")


def test_a_position_that_goes_takes_its_roles_along() -> None:
    """So does a role that goes, from whoever holds it directly."""
    seats = {name: one for name, one in SPEC.organization.positions.items() if name != "auditor"}
    roles = {name: one for name, one in SPEC.roles.items() if name != "auditor"}
    after = replace(SPEC, roles=roles, organization=replace(SPEC.organization, positions=seats))
    assert said(SPEC, after) == [
        "- takes from the role `auditor` everything it gave: the role goes",
        "- takes from the position `auditor` the role `auditor`: the position goes",
    ]


def with_rules(*rules: Sharing | Restriction, spec: Spec = SPEC) -> Spec:
    """Add sharing rules and restrictions."""
    return replace(
        spec,
        sharing={one.name: one for one in rules if isinstance(one, Sharing)},
        restrictions={one.name: one for one in rules if isinstance(one, Restriction)},
    )


BIG = Sharing(
    name="big", object="opportunity", where="amount >= 100000", to=(Principal(role="auditor"),), access="edit"
)
OWN = Restriction(
    name="own", object="account", where="industry == 'retail'", principals=(Principal(position="rep_east"),)
)


def test_rules_that_come_and_go() -> None:
    """A sharing rule gives, a restriction takes; without them it is the other way round."""
    lines = said(SPEC, with_rules(BIG, OWN))
    assert lines == [
        "+ gives the role auditor read and update on `opportunity`: records where amount >= 100000",
        "- takes from the position rep_east every record of `account` but those where industry == 'retail'",
    ]
    assert said(with_rules(BIG, OWN), SPEC) == [
        "- takes from the role auditor read and update on `opportunity`: records where amount >= 100000: the rule goes",
        "+ gives the position rep_east every record of `account` but those where industry == 'retail': the rule goes",
    ]


@pytest.mark.parametrize(
    ("before", "after", "signs"),
    [
        (BIG, replace(BIG, access="read"), "-"),
        (BIG, replace(BIG, where="amount >= 10"), "+-"),
        (BIG, replace(BIG, to=(*BIG.to, Principal(position="boss"))), "+"),
        (BIG, replace(BIG, owned_by=(Principal(department="sales"),)), "-"),
        (OWN, replace(OWN, where="industry == 'printing'"), "+-"),
        (OWN, replace(OWN, principals=(*OWN.principals, Principal(role="auditor"))), "-"),
        (BIG, replace(BIG, label={"en": "Large ones"}), ""),
    ],
)
def test_rules_that_change(before: Sharing | Restriction, after: Sharing | Restriction, signs: str) -> None:
    """People who come, people who go, and another condition are told apart; a label is nothing."""
    assert "".join(line[0] for line in said(with_rules(before), with_rules(after))) == signs


def test_who_comes_under_a_rule_is_said() -> None:
    """By another role of a position, by another place in the organization, as one who looks or as one who owns."""
    both = replace(EAST, roles=(*EAST.roles, "auditor"))
    lines = said(with_rules(BIG), with_rules(BIG, spec=with_seats({"rep_east": both})))
    assert any("the position `rep_east` what `sharing:big` opens" in line for line in lines)
    shared = replace(BIG, owned_by=(Principal(department="west"),))
    moved = with_seats({"rep_east": replace(EAST, department="west")})
    lines = said(with_rules(shared), with_rules(shared, spec=moved))
    assert "+ gives the role auditor what the rule opens of records owned by `rep_east`" in lines
    held = with_rules(replace(OWN, principals=(Principal(department="west"),)))
    lines = said(held, with_rules(*held.restrictions.values(), spec=moved))
    assert any("- takes from the position `rep_east` what `restriction:own` holds back" in line for line in lines)


def test_people_named_by_a_rule_are_counted() -> None:
    """Whoever has the role, through whatever they hold."""
    after = with_rules(BIG)
    [one] = with_people(diff_access(SPEC, after), SPEC, after, (Holding(("auditor",), (), 3), Holding(("boss",), ())))
    assert one.text.startswith("gives 3 people (role auditor) read and update on `opportunity`")
