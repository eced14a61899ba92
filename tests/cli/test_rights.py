"""`can` and `access`."""

from __future__ import annotations

from tests.cli.conftest import Crm


def test_can_answers_with_the_line_that_decides(crm: Crm) -> None:
    """Yes is 0, no is 1; the reasons name the file and the line."""
    yes = crm("can", "rep_east", "read", "contact").ok()
    assert yes.out.startswith("yes: `rep_east` can read `contact`\n")
    assert "specs/contact.yaml:12:" in yes.out
    no = crm("can", "rep_east", "read", "contact.fax")
    assert (no.code, no.out.splitlines()[0]) == (1, "no: `rep_east` cannot read `contact.fax`")
    assert "sets `contact.fax` to `none`" in no.out


def test_can_takes_a_role_too(crm: Crm) -> None:
    """A role that nobody holds yet can be asked about."""
    assert crm("can", "boss", "delete", "contact").code == 0
    assert crm("can", "sales_rep", "delete", "contact", "--format", "json").json["allowed"] is False


def test_can_refuses_what_there_is_not(crm: Crm) -> None:
    """Person, object and field each get their own message and a near word."""
    for arguments, code, near in (
        (("rep_eats", "read", "contact"), "CRM621", "rep_east"),
        (("boss", "read", "contacts"), "CRM623", "contact"),
        (("boss", "read", "contact.emial"), "CRM624", "email"),
    ):
        answer = crm("can", *arguments)
        assert answer.code == 1
        assert code in answer.err
        assert f"did you mean `{near}`?" in answer.err


def test_access_is_a_table_of_roles_and_objects(crm: Crm) -> None:
    """One line for each role and object, fields that are named at its end."""
    lines = crm("access").ok().out.splitlines()
    assert lines[0].split() == ["role", "object", "create", "read", "update", "delete", "transfer", "export", "import",
                                "share", "fields"]
    assert lines[1].split()[:4] == ["sales_rep", "contact", "all", "own"]
    assert lines[1].endswith("fax=none")
    assert len(crm("access", "--role", "boss").ok().out.splitlines()) == 2


def test_access_as_json(crm: Crm) -> None:
    """The same facts for programs."""
    rows = crm("access", "--format", "json").ok().json["access"]
    assert [row["role"] for row in rows] == ["sales_rep", "boss"]
    assert rows[0]["verbs"]["read"] == ["own"]
    assert rows[0]["fields"] == {"fax": "none"}
