"""`user grant`, `positions`, `stand-in`, `token`: what people hold for a while."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Crm

PASSWORD = "correct horse battery\n"


@pytest.fixture
def site(crm: Crm) -> Crm:
    """The small project, deployed, with two people, a guest and a program."""
    crm("deploy").ok()
    for login, *more in (("ann", "--position", "rep_east"), ("bob",), ("gus", "--kind", "guest")):
        crm("user", "add", login, "--password-stdin", *more, typed=PASSWORD).ok()
    crm("user", "add", "bot", "--kind", "integration", "--role", "boss").ok()
    return crm


def test_roles_positions_and_standing_in(site: Crm) -> None:
    """A role with an end, leaving all positions, standing in and coming back; `can` answers for the stand-in."""
    assert site("user", "grant", "gus", "boss", "--until", "2099-12-31").ok().out == (
        "+ gus has the role boss until 2099-12-31\n"
    )
    assert "boss (until 2099-12-31)" in site("user", "list").ok().out
    assert "CRM616" in site("user", "withdraw", "ann", "boss").err
    site("user", "withdraw", "gus", "boss").ok()
    assert site("can", "bob", "read", "contact").code == 1
    assert "bob stands in for ann" in site("user", "stand-in", "ann", "bob", "--until", "2099-01-01").ok().out
    assert site("can", "bob", "read", "contact").code == 0
    (one,) = site("user", "stand-ins", "--format", "json").ok().json["delegations"]
    assert (one["away"], one["stand_in"], one["now"]) == ("ann", "bob", True)
    assert site("user", "back", "ann").ok().out == "- ann is back: 1 ended\n"
    assert site("can", "bob", "read", "contact").code == 1
    assert site("user", "positions", "ann").ok().out == "~ ann holds no position any more\n"
    assert site("can", "ann", "read", "contact").code == 1
    events = {entry["event"] for entry in site("audit", "list", "--format", "json").ok().json["entries"]}
    assert {"role_granted", "role_withdrawn", "delegation_added", "delegation_ended", "positions_changed"} <= events


WRONG = (
    (("grant", "ann", "boss", "--until", "2001-01-01"), "CRM617", "already"),
    (("positions", "gus", "rep_east"), "CRM619", "a guest holds no position"),
    (("stand-in", "ann", "ann"), "CRM617", "themselves"),
    (("stand-in", "ann", "bot"), "CRM617", "of the kind integration"),
    (("stand-in", "ann", "bob", "--until", "2001-01-01"), "CRM617", "over before it began"),
    (("stand-in", "ann", "bobb"), "CRM627", "did you mean `bob`?"),
    (("token", "add", "bot", "--name", "x", "--scope", "contct:read"), "CRM618", "did you mean `contact`?"),
    (("token", "add", "bot", "--name", "x", "--scope", "contact:reed"), "CRM618", "did you mean `read`?"),
    (("token", "add", "bot", "--name", "x", "--scope", "contact"), "CRM618", "an object and a verb"),
    (("token", "revoke", "x"), "CRM618", "no token"),
)


def test_what_would_mean_nothing_is_refused(site: Crm) -> None:
    """One clear message each."""
    for arguments, code, words in WRONG:
        answer = site("user", *arguments)
        assert answer.code == 1, arguments
        assert code in answer.err
        assert words in answer.err


def test_a_program_has_tokens_and_no_password(site: Crm) -> None:
    """The secret is printed once and kept as a hash; revoking ends it."""
    assert "CRM619" in site("user", "password", "bot", "--password-stdin", typed=PASSWORD).err
    secret = site("user", "token", "add", "bot", "--name", "mailer", "--scope", "contact:read").ok().out.strip()
    assert secret.startswith("crm_")
    (token,) = site("user", "token", "list", "bot", "--format", "json").ok().json["tokens"]
    assert (token["scopes"], token["works"], token["used_at"]) == (["contact:read"], True, None)
    assert secret not in site("user", "token", "list").ok().out
    site("user", "token", "revoke", token["id"]).ok()
    assert site("user", "token", "list").ok().out == "No token.\n"
    assert "revoked" in site("user", "token", "list", "--all").ok().out
