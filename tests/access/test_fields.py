"""Field levels, and the levels of what is worked out from fields."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmspec.access import field_level, fields_read, formula_level, path_level, rights_of
from crmspec.spec import Level, Role, Spec
from tests.records.crm import ROLES, SPEC


@pytest.mark.parametrize(
    ("role", "field", "expected"),
    [
        ("sales_rep", "opportunity.name", "edit"),
        ("auditor", "opportunity.name", "read"),
        ("sales_rep", "opportunity.margin", "none"),
        ("sales_manager", "opportunity.margin", "edit"),
        ("sales_rep", "account.credit_limit", "masked"),
        ("sales_rep", "opportunity.net", "read"),
        ("sales_rep", "opportunity.margin_share", "none"),
        ("sales_manager", "opportunity.margin_share", "read"),
        ("sales_rep", "opportunity.owner", "read"),
        ("sales_rep", "opportunity.nothing", "none"),
        ("everyone", "opportunity.name", "none"),
        ("everyone", "account.opportunities", "none"),
        ("sales_rep", "account.pipeline_total", "read"),
        ("sales_rep", "opportunity.number", "edit"),
    ],
)
def test_levels(role: str, field: str, expected: Level) -> None:
    """The highest named level, else as the verbs say; formulas as low as what they read."""
    object_name, _, name = field.partition(".")
    assert field_level(rights_of(SPEC, (role,)), SPEC, object_name, name) == expected


def test_the_most_generous_role_counts() -> None:
    """A person with two roles has the higher level of those that name the field."""
    assert field_level(rights_of(SPEC, ("sales_rep", "sales_manager")), SPEC, "opportunity", "margin") == "edit"


def test_a_role_that_names_no_level_does_not_raise_one() -> None:
    """Another role's silence is not consent: only roles that name the field are asked."""
    assert field_level(rights_of(SPEC, ("sales_rep", "auditor")), SPEC, "opportunity", "margin") == "none"


def test_edit_needs_a_verb_that_writes() -> None:
    """A named `edit` without create or update is read."""
    spec = _with(Role(name="reader", grants={"account": {"read": ("all",)}}, fields={"account.name": "edit"}))
    assert field_level(rights_of(spec, ("reader",)), spec, "account", "name") == "read"


def test_masked_inputs_make_masked_formulas() -> None:
    """A formula of a masked field is masked."""
    spec = _with(Role(name="half", grants={"opportunity": {"read": ("all",)}}, fields={"opportunity.margin": "masked"}))
    assert field_level(rights_of(spec, ("half",)), spec, "opportunity", "margin_share") == "masked"


def test_a_path_is_as_low_as_every_field_it_passes() -> None:
    """`account.credit_limit` reads the lookup and the field behind it."""
    rights = rights_of(SPEC, ("sales_rep",))
    assert path_level(rights, SPEC, "opportunity", ("account", "credit_limit")) == "masked"
    assert path_level(rights, SPEC, "opportunity", ("account", "name")) == "edit"
    assert formula_level(rights, SPEC, "opportunity", "amount > 10 and account.credit_limit > 5") == "masked"


def test_an_object_without_read_has_no_fields_behind_lookups() -> None:
    """What lies behind a lookup to an object one may not read does not exist."""
    spec = _with(Role(name="blind", grants={"opportunity": {"read": ("all",)}}))
    assert path_level(rights_of(spec, ("blind",)), spec, "opportunity", ("account", "name")) == "none"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("stage.type", [("opportunity", "stage")]),
        ("days_in_stage", [("opportunity", "stage")]),
        ("stage_since", [("opportunity", "stage")]),
        ("account.owner.name", [("opportunity", "account"), ("account", "owner")]),
        ("close_date.quarter", [("opportunity", "close_date")]),
    ],
)
def test_fields_a_path_reads(path: str, expected: list[tuple[str, str]]) -> None:
    """Parts of stages, dates and people belong to the field before them."""
    assert list(fields_read(SPEC, "opportunity", tuple(path.split(".")))) == expected


def _with(role: Role) -> Spec:
    return replace(SPEC, roles={one.name: one for one in (*ROLES, role)})
