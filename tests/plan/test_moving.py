"""Objects that are merged and split: records keep their ids and values, lookups follow, and going back parts them."""

from __future__ import annotations

from typing import Any

import pytest

from crmspec.plan import make_plan
from crmspec.spec import Merge, Object, Spec, Split
from tests.plan.building import Database, field, spec, thing

LEAD = thing(
    "lead", field("name"), field("company_name"), field("fax"), field("status", "picklist", options="new old"),
    field("tags", "multi_picklist", options="x y"), field("boss", "lookup", to="lead"), title_field="name")
CONTACT = thing(
    "contact", field("name"), field("company"), field("origin", "picklist", options="lead web"),
    field("tags", "multi_picklist", options="x y"), field("boss", "lookup", to="contact"), title_field="name")
INTO = Merge(sources=("lead",), target="contact", fields={"lead.company_name": "contact.company"},
             values={"contact.origin": "lead"})


def deal(one: str, several: str, many: str) -> Object:
    return thing("deal", field("name"), field("one", "lookup", to=one), field("any", "lookup", to=several),
                 field("many", "many_to_many", to=many))


def people(database: Database) -> dict[str, str]:
    """Fill in two leads, a contact and two deals that point at all of them."""
    ids = {"L1": database.insert("lead", name="L1", company_name="ACME", fax="1", status="new")}
    ids["L2"] = database.insert("lead", name="L2", boss_id=ids["L1"])
    ids["C1"] = database.insert("contact", name="C1")
    database.insert("lead__tags", record_id=ids["L1"], value="x")
    ids["D1"] = database.insert("deal", name="D1", one_id=ids["L1"], any_id=ids["L1"], any_object="lead")
    ids["D2"] = database.insert("deal", name="D2", one_id=ids["L2"], any_id=ids["C1"], any_object="contact")
    database.insert("deal__many", record_id=ids["D2"], target_id=ids["L1"])
    for name, key in ids.items():
        if name[0] in "LC":
            database.execute(
                "INSERT INTO crmspec_search (object, record_id, field, content) VALUES (:object, :id, 'name', :words)",
                object="lead" if name[0] == "L" else "contact", id=key, words=name.lower())
    return ids


def everything(database: Database, *tables: str) -> dict[str, list[Any]]:
    """Return every row, ids as their last two digits."""
    found = {}
    for table in tables:
        rows = database.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
        found[table] = [
            {key: str(value)[-2:] if key.endswith("id") else value for key, value in row._mapping.items()
             if value is not None and not key.endswith("_at") and key != "version" and not key.startswith("crmspec_")}
            for row in rows]
    return found


def words(database: Database) -> list[Any]:
    return [tuple(row) for row in database.execute(
        "SELECT coalesce(n.name, s.object), content FROM crmspec_search AS s LEFT JOIN crmspec_name AS n "
        "ON n.place = '' AND n.stored = s.object WHERE coalesce(n.name, s.object) NOT LIKE 'crmspec%' ORDER BY 1, 2")]


BEFORE = ("lead", "lead__tags", "contact", "contact__tags", "deal", "deal__many")


@pytest.mark.parametrize("several", ["contact", "contact deal"])
def test_every_record_goes_along_and_comes_back(database: Database, several: str) -> None:
    before = spec(LEAD, CONTACT, deal("lead", f"lead {several}", "lead"))
    after = spec(CONTACT, deal("contact", several, "contact"), merges=(INTO,))
    database.follow(before)
    ids = people(database)
    database.execute("INSERT INTO crmspec_history (id, object, record_id, batch, at, action, field) SELECT id, 'lead', "
                     "id, id, created_at, 'update', 'company_name' FROM lead")
    there, found = everything(database, *BEFORE), words(database)
    database.follow(after)
    assert everything(database, "contact", "contact__tags", "deal__many") == {
        "contact": [
            {"id": "01", "name": "L1", "company": "ACME", "origin": "lead"},
            {"id": "02", "name": "L2", "origin": "lead", "boss_id": "01"}, {"id": "03", "name": "C1"}],
        "contact__tags": [{"record_id": "01", "value": "x"}],
        "deal__many": [{"record_id": "06", "target_id": "01"}]}
    assert [row["any_id"] for row in everything(database, "deal")["deal"]] == ["01", "03"]
    assert words(database) == [("contact", "c1"), ("contact", "l1"), ("contact", "l2")]
    assert set(database.values("crmspec_history", "object", "field")) == {("contact", "company")}
    new = database.insert("contact", name="new")
    database.execute("UPDATE contact SET company = 'NEW' WHERE name = 'L1'")
    database.execute("DELETE FROM contact WHERE id = :id", id=new)
    new = database.insert("contact", name="stays")
    database.follow(before, backward=True, same_revision=True)
    there["lead"][0]["company_name"] = "NEW"
    there["contact"].append({"id": str(new)[-2:], "name": "stays"})
    assert everything(database, *BEFORE) == there
    assert words(database) == found
    assert set(database.values("crmspec_history", "object", "field")) == {("lead", "company_name")}
    assert ids["L1"] in map(str, database.values("crmspec_0002_left_contact", "id"))


def test_what_has_no_place_is_counted(database: Database) -> None:
    """An option that the other does not have, a blank in what must be filled, a value that is there already."""
    kind = field("kind", "picklist", options="a b")
    before = spec(thing("lead", field("name"), kind, field("code")),
                  thing("contact", field("name"), field("kind", "picklist", options="a"), field("code", unique=True)))
    after = spec(thing("contact", field("name", required=True), field("kind", "picklist", options="a"),
                       field("code", unique=True)), merges=(Merge(sources=("lead",), target="contact"),))
    database.follow(before)
    database.insert("contact", name="x", code="1")
    database.insert("lead", name="x", code="1", kind="b")
    database.insert("lead", kind="a")
    assert {address: rows for address, (rows, _) in database.failing(after).items()} == {
        "contact.kind": 1, "contact.name": 1, "contact.code": 1}


def test_two_objects_become_a_new_one(database: Database) -> None:
    before = spec(thing("lead", field("name")), thing("prospect", field("name"), field("since", "date")))
    after = spec(thing("person_of_interest", field("name"), field("since", "date")),
                 merges=(Merge(sources=("lead", "prospect"), target="person_of_interest"),))
    database.follow(before)
    database.insert("lead", name="L")
    database.insert("prospect", name="P", since="2026-01-02")
    database.follow(after)
    assert database.values("person_of_interest", "name") == ["L", "P"]
    database.follow(before, backward=True)
    assert [database.values(name, "name") for name in ("lead", "prospect")] == [["L"], ["P"]]


# --- splits ---

PERSON = thing("contact", field("name"), field("company"), field("status", "picklist", options="new known"),
               field("tags", "multi_picklist", options="x y"), field("boss", "lookup", to="contact"),
               title_field="name")
FRESH = thing("lead", field("name"), field("company_name"),
              field("heat", "picklist", options="cold hot", default="cold"),
              field("tags", "multi_picklist", options="x y"), title_field="name")
OUT = Split(source="contact", targets=("lead",), where="status == 'new'",
            fields={"contact.company": "lead.company_name"})


def split_specs() -> tuple[Spec, Spec]:
    def pointing(*targets: str) -> Object:
        return thing("deal", field("name"), field("one", "lookup", to=" ".join(targets)),
                     field("fixed", "lookup", to="contact"))

    return spec(PERSON, pointing("contact")), spec(PERSON, FRESH, pointing("contact", "lead"), splits=(OUT,))


def test_some_records_go_over_and_come_back(database: Database) -> None:
    before, after = split_specs()
    database.follow(before)
    new = database.insert("contact", name="N", company="ACME", status="new")
    known = database.insert("contact", name="K", status="known")
    database.insert("contact__tags", record_id=new, value="y")
    database.insert("deal", name="D1", one_id=new)
    database.insert("deal", name="D2", one_id=known, fixed_id=known)
    tables = ("contact", "contact__tags", "deal")
    there = everything(database, *tables)
    database.follow(after)
    assert everything(database, "contact", "contact__tags", "lead", "lead__tags", "deal") == {
        "contact": [{"id": "02", "name": "K", "status": "known"}], "contact__tags": [],
        "lead": [{"id": "01", "name": "N", "company_name": "ACME", "heat": "cold"}],
        "lead__tags": [{"record_id": "01", "value": "y"}],
        "deal": [{"id": "04", "name": "D1", "one_id": "01", "one_object": "lead"},
                 {"id": "05", "name": "D2", "one_id": "02", "one_object": "contact", "fixed_id": "02"}]}
    database.execute("UPDATE lead SET company_name = 'NEW'")
    database.insert("lead", name="made since")
    database.follow(before, backward=True, same_revision=True)
    there["contact"][0]["company"] = "NEW"
    assert everything(database, *tables) == there


def test_a_lookup_that_cannot_follow_stops_the_split(database: Database) -> None:
    before, after = split_specs()
    database.follow(before)
    new = database.insert("contact", name="N", status="new")
    database.insert("contact", name="K", boss_id=new)
    database.insert("deal", fixed_id=new)
    assert {address: rows for address, (rows, _) in database.failing(after).items()} == {
        "contact.boss": 1, "deal.fixed": 1}


def test_what_was_passed_does_nothing() -> None:
    _, after = split_specs()
    assert not make_plan(after, after)
    merged = spec(CONTACT, merges=(INTO,))
    assert not make_plan(merged, merged)
