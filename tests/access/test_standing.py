"""What people hold for a while, and what stays when they leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from crmspec.access import (
    add_person,
    delegate,
    end_delegations,
    field_level,
    grant_role,
    list_people,
    load_actor,
    may_reach,
    predicate,
    set_positions,
    share,
    system_table,
)
from crmspec.diagnostics import Refused
from crmspec.records import Forbidden, Masked, Records
from crmspec.spec import VERBS, Role
from tests.records.crm import NOW, Crm

LATER = NOW + timedelta(days=1)


def seen(crm: Crm, who: str, object_name: str = "opportunity") -> set[str]:
    """Return the titles of a list."""
    with crm.records(who) as records:
        return {row.title for row in records.page(object_name).rows}


def test_records_of_who_left_stay_where_they_were(crm: Crm) -> None:
    """A position that is vacant keeps the records of its last holder in sight; the holder has no right of it any more,
    and who takes another position takes the records along.
    """
    crm.make("rep_east", "opportunity", name="Press", stage="qualify")
    assert seen(crm, "sales_director") == {"Press"}
    with crm.connection() as connection:
        set_positions(connection, crm.spec, crm.people["rep_east"], ())
        [left] = [one for one in list_people(connection) if one.login == "rep_east"]
        assert left.positions == ()
    assert seen(crm, "sales_director") == {"Press"}
    with pytest.raises(Forbidden):
        seen(crm, "rep_east")
    with crm.connection() as connection:
        set_positions(connection, crm.spec, crm.people["rep_east"], ("auditor",))
    assert seen(crm, "sales_director") == set()


def test_a_stand_in_has_both_and_mixes_nothing(crm: Crm) -> None:
    """The colleague's records and one's own, each by its own rights; not before it begins and not after it ends."""
    crm.make("rep_east", "opportunity", name="East", stage="qualify")
    crm.make("rep_west", "opportunity", name="West", stage="qualify")
    east, west = crm.people["rep_east"], crm.people["rep_west"]
    with crm.connection() as connection:
        delegate(connection, away_id=east, stand_in_id=west, since=NOW, until=LATER, now=NOW)
    assert seen(crm, "rep_west") == {"East", "West"}
    assert seen(crm, "rep_east") == {"East"}
    with crm.connection() as connection:
        assert load_actor(connection, crm.spec, west, LATER).stands_in == ()
        assert load_actor(connection, crm.spec, west, NOW - timedelta(seconds=1)).stands_in == ()
        assert end_delegations(connection, away_id=east, now=NOW) == 1
        assert end_delegations(connection, away_id=east, now=NOW) == 0
    assert seen(crm, "rep_west") == {"West"}


def test_set_up_is_not_handed_on(crm: Crm) -> None:
    """Whoever stands in for an administrator reads what they read, and configures nothing."""
    with crm.connection() as connection:
        delegate(
            connection, away_id=crm.people["boss"], stand_in_id=crm.people["rep_west"], since=NOW, until=None, now=NOW
        )
        actor = load_actor(connection, crm.spec, crm.people["rep_west"], NOW)
        assert may_reach(actor, "delete", "account")
        assert not actor.rights.setup
        assert not any(one.rights.setup for one in actor.identities[1:])


def test_an_administrator_may_configure_without_reading(crm: Crm) -> None:
    """`setup: true` alone opens the set-up pages and not one record, field or search."""
    spec = replace(crm.spec, roles={**crm.spec.roles, "keeper": Role(name="keeper", setup=True)})
    crm.make("boss", "account", name="ACME")
    with crm.connection() as connection:
        keeper = add_person(connection, spec, login="keeper", name="Keeper", now=NOW, roles=("keeper",))
        actor = load_actor(connection, spec, keeper, NOW)
        assert actor.rights.setup
        for name in spec.objects:
            table = crm_table(crm, name)
            for verb in VERBS:
                assert not may_reach(actor, verb, name)
                assert not connection.execute(sa.select(table.c.id).where(predicate(actor, verb, name, table))).all()
            assert all(field_level(actor.rights, spec, name, field) == "none" for field in spec.objects[name].fields)
        with pytest.raises(Forbidden):
            Records(spec, connection, actor, now=lambda: NOW).page("account")
        assert Records(spec, connection, actor, now=lambda: NOW).search("ACME") == ()


def test_guests_see_what_they_were_given(crm: Crm) -> None:
    """What is open to everybody is not open to a guest; what was shared with them is, until it ends."""
    spec = replace(
        crm.spec, objects={**crm.spec.objects, "account": replace(crm.spec.objects["account"], default_access="read")}
    )
    first, second = (crm.make("boss", "account", name=name) for name in ("One", "Two"))
    table = crm_table(crm, "account")
    with crm.connection() as connection:
        made = {
            kind: add_person(connection, spec, login=kind, name=kind, now=NOW, roles=("sales_rep",), kind=kind)
            for kind in ("guest", "person")
        }
        for person in made.values():
            share(connection, object_name="account", record_id=first, person_id=person, access="read", now=NOW,
                  until=LATER)  # fmt: skip

        def read(kind: str, now: object) -> set[str]:
            actor = load_actor(connection, spec, made[kind], now)  # type: ignore[arg-type]
            return set(
                connection.execute(sa.select(table.c.id).where(predicate(actor, "read", "account", table))).scalars()
            )

        assert read("person", NOW) == {first, second}
        assert read("guest", NOW) == {first}
        assert read("guest", LATER) == set()


def test_a_share_goes_with_its_record(crm: Crm) -> None:
    """No row is left that could open what somebody makes later."""
    account = crm.make("boss", "account", name="ACME")
    with crm.connection() as connection:
        share(
            connection,
            object_name="account",
            record_id=account,
            person_id=crm.people["rep_east"],
            access="edit",
            now=NOW,
        )
    with crm.records("boss") as records:
        records.delete("account", account)
        table = system_table("crmspec_share")
        assert records.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0


def test_kinds_of_people_keep_to_themselves(crm: Crm) -> None:
    """Integrations have no password, guests no position; roles end by themselves."""
    with crm.connection() as connection:
        for more in ({"kind": "integration", "password": "correct horse battery"},
                     {"kind": "guest", "positions": ("rep_east",)}):  # fmt: skip
            with pytest.raises(Refused) as refused:
                add_person(connection, crm.spec, login="x", name="X", now=NOW, **more)
            assert refused.value.diagnostics[0].code == "CRM619"
        west = crm.people["rep_west"]
        grant_role(connection, crm.spec, west, "auditor", LATER)
        assert load_actor(connection, crm.spec, west, NOW).direct_roles == ("auditor",)
        assert load_actor(connection, crm.spec, west, LATER).direct_roles == ()


def test_a_mask_shows_what_its_pattern_says(crm: Crm) -> None:
    """A field of a usual type has a mask too, and a person whose role says `masked` gets no more than that."""
    account = crm.spec.objects["account"]
    fields = {**account.fields, "phone": replace(account.fields["phone"], mask="***{last2}")}
    rep = replace(crm.spec.roles["sales_rep"], fields={"account.phone": "masked"})
    crm.make("rep_east", "account", name="ACME", phone="021 6888 1234")
    crm.spec = replace(
        crm.spec,
        objects={**crm.spec.objects, "account": replace(account, fields=fields)},
        roles={**crm.spec.roles, "sales_rep": rep},
    )
    with crm.records("rep_east") as records:
        assert records.page("account", columns=["phone"]).rows[0]["phone"] == Masked("***34")


def crm_table(crm: Crm, name: str) -> sa.Table:
    """Return a table of the CRM."""
    from crmspec.access import metadata_for

    return metadata_for(crm.spec).tables[name]
