"""Access tests held against people: with all their positions and roles, and those they stand in for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from uuid_utils import uuid7

from crmspec.access import Holding, check_people, grant_role, holdings, keeping_apart, set_positions, system_table
from crmspec.diagnostics import Refused
from crmspec.spec import AccessTest, Deed, Role
from tests.records.crm import NOW, SPEC, Crm

LOADER = Role(name="auditor", grants={"*": {"read": ("all",)}, "opportunity": {"import": ("all",)}})
CREATES, LOADS = Deed(verb="create", on="opportunity"), Deed(verb="import", on="opportunity")
APART = replace(
    SPEC,
    roles={**SPEC.roles, "auditor": LOADER},
    access_tests=(
        AccessTest(
            as_="", verb="read", allowed=False, on="", never_both=(CREATES, LOADS),
            except_=("administrator", "sales_manager"),
        ),
    ),
)


def said(crm: Crm, connection: sa.Connection, *, later: timedelta = timedelta()) -> list[str]:
    """Return why the sentence does not hold."""
    return [one.why for one in check_people(connection, APART, NOW + later)]


def stand_in(crm: Crm, connection: sa.Connection, away: str, instead: str) -> None:
    """Let one stand in for another for a day, from tomorrow on."""
    connection.execute(
        sa.insert(system_table("crmspec_delegation")).values(
            id=str(uuid7()), person_id=crm.people[away], stand_in_id=crm.people[instead], created_at=NOW,
            since=NOW + timedelta(days=1), until=NOW + timedelta(days=2),
        )
    )


def test_two_roles_of_one_person_break_what_each_keeps(crm: Crm) -> None:
    """Both ways are told, and a role whose time is over breaks nothing any more."""
    with crm.connection() as connection:
        assert said(crm, connection) == []
        grant_role(connection, APART, crm.people["rep_east"], "auditor", until=NOW + timedelta(hours=1))
        [why] = said(crm, connection)
        assert "can create opportunity and import opportunity; holds the position `rep_east`" in why
        assert "holds the role `auditor` directly" in why
        assert said(crm, connection, later=timedelta(hours=1)) == []


def test_standing_in_counts_while_it_lasts(crm: Crm) -> None:
    """What somebody may do for another, and what they may do themselves, are one person's deeds."""
    with crm.connection() as connection:
        stand_in(crm, connection, "auditor", "rep_east")
        assert said(crm, connection) == []
        [why] = said(crm, connection, later=timedelta(days=1))
        assert "stands in for " in why
        assert said(crm, connection, later=timedelta(days=2)) == []


def test_an_exempt_person_s_stand_in_is_exempt_for_them(crm: Crm) -> None:
    """Whom the sentence does not speak of, it does not speak of in somebody else's hands either."""
    with crm.connection() as connection:
        stand_in(crm, connection, "sales_director", "rep_east")
        assert said(crm, connection, later=timedelta(days=1)) == []


def test_only_what_a_change_breaks_is_refused(crm: Crm) -> None:
    """Somebody who broke the sentence before can be given less, or something that has nothing to do with it."""
    with crm.connection() as connection:
        east, west = crm.people["rep_east"], crm.people["rep_west"]
        grant_role(connection, APART, east, "auditor")
        with keeping_apart(connection, APART, NOW, east):
            grant_role(connection, APART, east, "everyone")
        with pytest.raises(Refused, match="never both create opportunity"), keeping_apart(connection, APART, NOW, west):
            set_positions(connection, APART, west, ["rep_west", "auditor"])


def test_who_stands_in_is_concerned_by_what_the_other_is_given(crm: Crm) -> None:
    """A role for somebody away is one for their stand-in, and what begins tomorrow is refused today."""
    with crm.connection() as connection:
        east, west = crm.people["rep_east"], crm.people["rep_west"]
        with pytest.raises(Refused, match="never both"), connection.begin_nested(), keeping_apart(
            connection, APART, NOW, east
        ):
            stand_in(crm, connection, "auditor", "rep_east")
        set_positions(connection, APART, west, [])
        stand_in(crm, connection, "rep_west", "rep_east")
        with pytest.raises(Refused, match="never both"), keeping_apart(connection, APART, NOW, west):
            grant_role(connection, APART, west, "auditor")


def test_equal_holdings_are_counted_together(crm: Crm) -> None:
    """People by what they hold, stand-ins with what they hold for others."""
    with crm.connection() as connection:
        set_positions(connection, SPEC, crm.people["rep_west"], ["rep_east"])
        stand_in(crm, connection, "auditor", "boss")
        found = holdings(connection, SPEC, NOW + timedelta(days=1))
    assert Holding(("rep_east",), (), 2) in found
    assert Holding(("boss", "auditor"), (), 1) in found
