"""Who looks at somebody else's screens sees what both may see: no record and no field beyond that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmspec.access import Actor, allows, explain, field_level, is_everything, metadata_for, predicate, rights_of
from crmspec.access.actor import in_front
from crmspec.records import Forbidden, Records
from crmspec.spec import Role
from tests.records.crm import SPEC, Crm


def looked_at(viewed: Actor, viewer: Actor) -> Actor:
    """Show one's screens to the other, as the server does."""
    return replace(viewed, within=viewer, rights=replace(viewed.rights, within=viewer.rights))


def titles(crm: Crm, connection: object, actor: Actor) -> set[str]:
    """List opportunities under somebody's rights."""
    records = Records(crm.spec, connection, actor, now=lambda: crm.now)  # type: ignore[arg-type]
    return {one.title for one in records.page("opportunity").rows}


def test_records_are_those_that_both_reach(crm: Crm) -> None:
    """Whoever of the two reaches less decides, whichever looks."""
    for owner in ("rep_east", "rep_west", "boss"):
        crm.make("boss", "opportunity", name=f"of {owner}", owner=crm.people[owner])
    with crm.connection() as connection:
        east, director, boss, auditor = (
            crm.actor(connection, who) for who in ("rep_east", "sales_director", "boss", "auditor")
        )
        of_east, of_both = {"of rep_east"}, {"of rep_east", "of rep_west"}
        assert titles(crm, connection, looked_at(east, boss)) == of_east
        assert titles(crm, connection, looked_at(boss, east)) == of_east
        assert titles(crm, connection, looked_at(director, auditor)) == of_both
        assert titles(crm, connection, looked_at(in_front(east, [boss]), director)) == of_both
        table = metadata_for(SPEC).tables["opportunity"].alias()
        assert is_everything(predicate(looked_at(boss, auditor), "read", "opportunity", table))
        row = {"id": "x", "owner_id": crm.people["rep_west"]}
        assert allows(boss, "read", "opportunity", row)
        assert not allows(looked_at(boss, east), "read", "opportunity", row)


def test_fields_are_those_that_both_see() -> None:
    """The lower of two levels, for a field, a path and a formula."""
    director, rep = (rights_of(SPEC, (role,)) for role in ("sales_manager", "sales_rep"))
    assert field_level(director, SPEC, "opportunity", "margin") == "edit"
    assert field_level(replace(director, within=rep), SPEC, "opportunity", "margin") == "none"
    assert field_level(replace(rep, within=director), SPEC, "opportunity", "margin") == "none"
    assert field_level(replace(director, within=rep), SPEC, "opportunity", "margin_share") == "none"


def test_set_up_rights_are_no_rights_to_data(crm: Crm) -> None:
    """Whoever configures without any grant opens set-up, reaches no record, and reaches none through anybody."""
    crm.make("boss", "opportunity", name="of the boss")
    spec = replace(SPEC, roles={**SPEC.roles, "configurer": Role(name="configurer", setup=True)})
    rights = rights_of(spec, ("configurer",))
    configurer = Actor(spec=spec, person_id=crm.people["rep_west"], direct_roles=("configurer",), rights=rights)
    assert configurer.rights.setup
    assert not any(explain(configurer, verb, name).allowed for name in spec.objects for verb in ("read", "export"))
    with crm.connection() as connection:
        boss = crm.actor(connection, "boss")
        assert titles(crm, connection, boss) == {"of the boss"}
        for actor in (configurer, looked_at(boss, configurer)):
            with pytest.raises(Forbidden):
                titles(crm, connection, actor)
            records = Records(crm.spec, connection, actor, now=lambda: crm.now)
            assert records.search("boss") == ()
