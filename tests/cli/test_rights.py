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


def test_access_by_field_and_by_person(crm: Crm) -> None:
    """Who sees a field, by which line; what a position may do with everything it holds."""
    lines = crm("access", "--field", "contact.fax").ok().out.splitlines()
    assert lines[0].split() == ["role", "level", "read", "update", "export", "decided", "by"]
    assert [line.split()[0] for line in lines[1:]] == ["boss"]
    assert "specs/contact.yaml:6:" in lines[1]
    value = crm("access", "--person", "rep_east", "--format", "json").ok().json
    assert value["positions"] == ["rep_east"]
    assert value["access"] == [
        {"object": "contact", "verbs": {
            "create": ["all"], "read": ["own"], "update": ["own"], "export": ["own"], "import": ["all"],
        }, "fields": {"fax": "none"}}
    ]
    assert crm("access", "--field", "contact.faks").code == 1
    assert crm("access", "--field", "contact").code == 2
    assert crm("access", "--diff", "--field", "contact.fax").code == 2


def test_the_difference_counts_people(crm: Crm) -> None:
    """Renames are followed; who gains is counted; the deploy asks for the flag with the same words."""
    crm("deploy").ok()
    password = "correct horse battery\n"
    for login, held in (("li.na", "rep_east"), ("ma.li", "rep_east"), ("zhu.de", "director")):
        crm("user", "add", login, "--position", held, "--password-stdin", typed=password).ok()
    crm("rename", "contact.tier", "contact.class").ok()
    assert crm("access", "--diff").ok().out == "Nobody's rights change.\n"
    crm.replace("specs/contact.yaml", "read: own, update: own", "read: all, update: own")
    crm.replace("specs/contact.yaml", "contact.fax: none", "contact.fax: read")
    answer = crm("access", "--diff").ok()
    assert answer.out.splitlines() == [
        "+ gives 2 people (role `sales_rep`) read on `contact`: all records (before: own)",
        "+ gives 2 people (role `sales_rep`) read of `contact.fax` (before: none)",
    ]
    assert "crmspec deploy --allow widens_access" in answer.err
    plan = crm("plan").ok().out
    assert "gives 2 people (role `sales_rep`) read of `contact.fax` (before: none)" in plan
    markdown = crm("plan", "--format", "markdown").ok().out
    assert "gives 2 people (role `sales_rep`) read of `contact.fax` (before: none)" in markdown
    [first, _] = crm("access", "--diff", "--format", "json").ok().json["changes"]
    assert (first["people"], first["roles"], first["widens"]) == (2, ["sales_rep"], True)
    refused = crm("deploy")
    assert refused.code == 1
    assert "gives 2 people (role `sales_rep`) read of `contact.fax` (before: none)" in refused.err
    crm("deploy", "--allow", "widens_access").ok()
