"""The access matrix: by role, by field, by person."""

from __future__ import annotations

from crmspec.access import field_matrix, matrix, matrix_of, rights_of
from tests.records.crm import SPEC


def test_the_matrix_has_effective_rights_and_no_empty_lines() -> None:
    """Includes are counted in, scopes stand from narrow to wide, `all` alone."""
    rows = {(row.role, row.object): row for row in matrix(SPEC)}
    assert ("everyone", "account") not in rows
    assert rows["sales_manager", "opportunity"].scopes["read"] == ("own", "subordinates")
    assert rows["sales_manager", "opportunity"].scopes["create"] == ("all",)
    assert rows["sales_rep", "opportunity"].fields == {"margin": "none"}


def test_one_field_across_roles() -> None:
    """Who sees a field, at which level, on which records, by which line; who does not is not there."""
    rows = {row.role: row for row in field_matrix(SPEC, "opportunity.margin")}
    assert sorted(rows) == ["administrator", "auditor", "sales_manager"]
    assert (rows["sales_manager"].level, rows["auditor"].level) == ("edit", "read")
    assert rows["sales_manager"].address == "role:sales_manager.fields.opportunity.margin"
    assert rows["sales_manager"].scopes["read"] == ("own", "subordinates")
    assert rows["auditor"].address == "opportunity.margin"


def test_a_person_has_what_all_roles_give_together() -> None:
    """The matrix of several roles is that of their rights."""
    rows = {row.object: row for row in matrix_of(SPEC, "li", rights_of(SPEC, ("sales_rep", "auditor")))}
    assert rows["account"].scopes["read"] == ("all",)
    assert rows["account"].scopes["update"] == ("own",)
