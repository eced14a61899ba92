"""People and their passwords."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from crmspec.access import (
    add_person,
    find_person,
    list_people,
    set_active,
    set_password,
    set_positions,
    system_table,
    verify_login,
)
from crmspec.access.people import hash_password
from crmspec.diagnostics import Refused
from tests.records.crm import CHEAP, NOW, SPEC, Crm

GOOD = "correct horse battery"


def test_a_person_is_added_and_listed(crm: Crm) -> None:
    """Logins are kept in small letters, so that nobody is there twice."""
    with crm.connection() as connection:
        add_person(
            connection,
            SPEC,
            login=" Wang.Lei ",
            name="王磊",
            now=NOW,
            positions=["rep_east"],
            roles=["auditor"],
            password=GOOD,
            cost=CHEAP,
        )
        person = next(one for one in list_people(connection) if one.login == "wang.lei")
        assert (person.name, person.positions, person.roles, person.has_password) == (
            "王磊",
            ("rep_east",),
            ("auditor",),
            True,
        )
        assert find_person(connection, "WANG.LEI") == person.id


def test_everything_wrong_is_said_at_once(crm: Crm) -> None:
    """A login with spaces, no name, a position and a role that are not there, a short password: five sentences."""
    with crm.connection() as connection, pytest.raises(Refused) as refused:
        add_person(
            connection, SPEC, login="a b", name=" ", now=NOW, positions=["rep_esat"], roles=["bos"], password="short"
        )
    assert [one.code for one in refused.value.diagnostics] == ["CRM612", "CRM614", "CRM615", "CRM616", "CRM611"]
    assert refused.value.diagnostics[2].help.startswith("did you mean `rep_")


def test_a_login_is_there_once(crm: Crm) -> None:
    """A second person with the same login is refused, whatever the letters' size."""
    with crm.connection() as connection, pytest.raises(Refused, match="already"):
        add_person(connection, SPEC, login="REP_EAST", name="X", now=NOW)


def test_log_in(crm: Crm) -> None:
    """Only the right password of an active person with a password opens."""
    with crm.connection() as connection:
        person_id = crm.people["rep_east"]
        assert verify_login(connection, "rep_east", GOOD, CHEAP) is None
        set_password(connection, person_id, GOOD, NOW, CHEAP)
        assert verify_login(connection, "Rep_East ", GOOD, CHEAP) == person_id
        for login, password in [
            ("rep_east", GOOD + "!"),
            ("nobody", GOOD),
            ("rep_east", ""),
            ("rep_east", "x" * 100_000),
            ("a\x00b", GOOD),
            ("rep_east", "\ud800"),
            ("x" * 5000, GOOD),
        ]:
            assert verify_login(connection, login, password, CHEAP) is None
        set_active(connection, person_id, active=False)
        assert verify_login(connection, "rep_east", GOOD, CHEAP) is None


def test_one_password_whatever_the_keyboard(crm: Crm) -> None:
    """é typed as one sign or as two is one password."""
    with crm.connection() as connection:
        set_password(connection, crm.people["rep_east"], "cafe\u0301 au lait", NOW, CHEAP)
        assert verify_login(connection, "rep_east", "caf\u00e9 au lait", CHEAP) == crm.people["rep_east"]


def test_an_old_hash_is_renewed_at_log_in(crm: Crm) -> None:
    """When the cost has changed, the next log-in stores a hash of the new cost."""
    person = system_table("crmspec_person")
    with crm.connection() as connection:
        connection.execute(
            sa.update(person).where(person.c.login == "rep_east").values(password_hash=hash_password(GOOD, CHEAP))
        )
        assert verify_login(connection, "rep_east", GOOD) == crm.people["rep_east"]
        stored = connection.execute(sa.select(person.c.password_hash).where(person.c.login == "rep_east")).scalar_one()
    assert "m=19456,t=2,p=1" in stored
    assert stored.startswith("$argon2id$")


def test_a_new_password_ends_sessions(crm: Crm) -> None:
    """Whoever was logged in with the old password is logged out."""
    session = system_table("crmspec_session")
    with crm.connection() as connection:
        person_id = crm.people["rep_east"]
        ends: tuple[Callable[[], None], ...] = (
            lambda: set_password(connection, person_id, GOOD, NOW, CHEAP),
            lambda: set_active(connection, person_id, active=False),
        )
        for end in ends:
            connection.execute(
                sa.insert(session).values(id="hash", person_id=person_id, csrf="x", created_at=NOW, seen_at=NOW)
            )
            end()
            assert connection.execute(sa.select(sa.func.count()).select_from(session)).scalar_one() == 0


def test_positions_must_be_there(crm: Crm) -> None:
    """Nobody sits on a chair that no spec has; what was is kept."""
    with crm.connection() as connection:
        with pytest.raises(Refused, match="no position `nowhere`"):
            set_positions(connection, SPEC, crm.people["rep_east"], ["nowhere"])
        assert crm.actor(connection, "rep_east").positions == ("rep_east",)
