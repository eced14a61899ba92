"""`user`: adding, listing, disabling, passwords."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Crm

PASSWORD = "correct horse battery"


@pytest.fixture
def site(crm: Crm) -> Crm:
    """The small project, deployed."""
    crm("deploy").ok()
    return crm


def add(site: Crm, login: str = "li.na", *more: str, password: str = PASSWORD) -> None:
    """Add somebody on a position."""
    site("user", "add", login, "--position", "rep_east", "--password-stdin", *more, typed=f"{password}\n").ok()


def test_a_person_is_added_listed_disabled_and_enabled(site: Crm) -> None:
    """The list says positions and roles; who is disabled is only listed with --all."""
    add(site, "li.na", "--name", "李娜", "--role", "boss")
    (person,) = site("user", "list", "--format", "json").ok().json["people"]
    assert person == {
        "login": "li.na", "name": "李娜", "kind": "person", "active": True, "positions": ["rep_east"],
        "roles": ["boss"], "roles_until": {},
    }  # fmt: skip
    assert site("user", "disable", "li.na").ok().out == "- li.na may not log in any more\n"
    assert site("user", "list").ok().out == "Nobody yet.\n"
    assert "disabled" in site("user", "list", "--all").ok().out
    site("user", "disable", "li.na", "--enable").ok()
    assert "李娜" in site("user", "list").ok().out


def test_a_person_in_the_database_can_be_asked_about(site: Crm) -> None:
    """`can` knows log-ins, with the position that gives the right."""
    add(site)
    answer = site("can", "li.na", "read", "contact").ok()
    assert "holds the position `rep_east`" in answer.out


@pytest.mark.parametrize(
    ("arguments", "password", "code", "words"),
    [
        (("li.na", "--position", "rep_eats"), PASSWORD, "CRM615", "did you mean `rep_east`?"),
        (("li.na", "--role", "bos"), PASSWORD, "CRM616", "did you mean `boss`?"),
        (("li.na",), "short", "CRM611", "at least 10"),
        (("li na",), PASSWORD, "CRM612", "cannot be a login"),
        (("li.na", "--language", "fr"), PASSWORD, "CRM626", "not a language"),
        (("x.y", "--name", "\x1b[2J"), PASSWORD, "CRM614", "on one line"),
    ],
)
def test_what_cannot_be_is_refused(site: Crm, arguments: tuple[str, ...], password: str, code: str, words: str) -> None:
    """One clear message, nobody added."""
    answer = site("user", "add", *arguments, "--password-stdin", typed=f"{password}\n")
    assert answer.code == 1
    assert code in answer.err
    assert words in answer.err
    assert site("user", "list", "--all").out == "Nobody yet.\n"


def test_a_login_is_taken_once(site: Crm) -> None:
    """The second of one name is refused, whatever its case."""
    add(site)
    answer = site("user", "add", "LI.NA", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (answer.code, "CRM613" in answer.err) == (1, True)


def test_a_password_is_never_an_argument(site: Crm) -> None:
    """Without a terminal it has to come on standard input, and no output has it."""
    answer = site("user", "add", "li.na")
    assert (answer.code, "--password-stdin" in answer.err) == (1, True)
    add(site)
    answer = site("user", "password", "li.na", "--password-stdin", typed="another long word\n").ok()
    assert "another long word" not in answer.out + answer.err
    answer = site("user", "password", "li.an", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (answer.code, "did you mean `li.na`?" in answer.err) == (1, True)


def test_without_a_database_nothing_is_made(crm: Crm) -> None:
    """A list of people is not a reason to make a database."""
    answer = crm("user", "list")
    assert (answer.code, "crmspec deploy" in answer.err) == (1, True)
    assert not (crm.folder / "crm.db").exists()


def test_one_record_can_be_asked_about(site: Crm) -> None:
    """By its title or its id, of whoever it is: each step of the rule with its line, and who could do it instead."""
    add(site)
    add(site, "ma.li")
    people = "".join(
        f"  - {{name: {name}, email: {owner}.{name}@acme.example, owner: {owner}}}\n"
        for name, owner in (("Ann", "ma.li"), ("Ben", "ma.li"), ("Ben", "li.na"))
    )
    site.write("specs/seed.yaml", f"seed: people\nobject: contact\nkey: email\nrows:\n{people}")
    site("deploy").ok()
    refused = site("can", "li.na", "read", "contact#Ann")
    assert refused.code == 1
    assert "- the record's owner (ma.li) is in none of the scopes `own`" in refused.out
    assert "granted by the roles `boss`; positions that bring one: `director`" in refused.out
    answer = site("can", "ma.li", "update", "contact.email#Ann", "--format", "json").ok().json
    assert [(step["fits"], step["at"] is not None) for step in answer["reasons"]] == [
        (None, True), (True, True), (True, False), (True, True),
    ]
    assert site("can", "director", "delete", "contact#Ann").code == 0
    for wanted, words in (("Ben", "several have that title"), ("Nobody", "write the id of one, or its title")):
        several = site("can", "li.na", "read", f"contact#{wanted}")
        assert (several.code, words in several.err) == (1, True)
    assert "CRM621" in site("can", "nobody", "read", "contact#Ann").err
