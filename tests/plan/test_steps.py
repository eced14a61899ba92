"""Plans carried out on real databases: each ends as a fresh build, with every value where it should be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from crmspec.plan import make_plan
from crmspec.spec import Convert, Field, Index, Merge, Object
from tests.plan.building import Database, field, spec, thing, without

ACCOUNT = thing("account", field("name", required=True, max_length=80), field("size", "integer", min=0))
CONTACT = thing(
    "contact",
    field("name", required=True),
    field("phone", "phone", unique=True),
    field("fax"),
    field("account", "lookup", to="account"),
    field("kind", "picklist", options="hot cold", default="cold"),
    field("vip", "boolean"),
    field("limit", "currency", min=0),
    title_field="name",
)


def filled(database: Database) -> None:
    """Deploy accounts and contacts with a few records."""
    database.follow(spec(ACCOUNT, CONTACT))
    account = database.insert("account", name="Acme", size=3)
    database.insert("contact", name="Ann", phone="1", fax="11", account_id=account, kind="hot", vip=True, limit=1250)
    database.insert("contact", name="Bob", phone="2", fax=None, account_id=account, kind="cold", vip=False, limit=700)
    database.insert("contact", name="Cy", kind=None)


def with_field(*fields: Field, **keys: Any) -> Object:
    """Return contacts with some fields more, or others."""
    return replace(CONTACT, fields={**CONTACT.fields, **{one.name: one for one in fields}}, **keys)


def test_what_a_foreign_key_lets_go_of_is_touched_too() -> None:
    """Dropping a foreign key locks both ends: a release takes all its locks at once, so the plan names them."""
    both = spec(ACCOUNT, CONTACT)
    assert "account" in make_plan(both, spec(ACCOUNT, without(CONTACT, "account"))).tables
    assert "account" in make_plan(both, spec(ACCOUNT)).tables
    assert "account" not in make_plan(both, spec(ACCOUNT, without(CONTACT, "fax"))).tables


def test_objects_that_point_at_one_another_are_made_whatever_their_order(database: Database) -> None:
    first = thing("first", field("next", "lookup", to="second"), field("name"))
    second = thing("second", field("next", "lookup", to="third"), field("tags", "multi_picklist", options="a b"))
    third = thing("third", field("next", "lookup", to="first"), field("many", "many_to_many", to="second"))
    database.follow(spec(first, second, third))


def test_added_fields_start_with_their_default(database: Database) -> None:
    filled(database)
    database.follow(
        spec(
            ACCOUNT,
            with_field(
                field("nick"),
                field("score", "integer", required=True, default="5", min=0),
                field("tier", "picklist", options="a b", default="b"),
                field("ok", "boolean", required=True, default="true"),
                field("other", "lookup", to="contact"),
                field("who", "lookup", to="account contact"),
                field("since", "datetime", required=True, default="now()"),
                field("home", "address"),
                field("data", "json"),
                field("tags", "multi_picklist", options="x y"),
            ),
        )
    )
    assert database.values("contact", "score", "tier") == [(5, "b")] * 3
    assert [bool(one) for one in database.values("contact", "ok")] == [True] * 3
    assert all(database.values("contact", "since"))


def test_a_removed_field_comes_back_with_its_values(database: Database) -> None:
    filled(database)
    plan = database.follow(
        spec(
            ACCOUNT,
            replace(
                CONTACT,
                fields={
                    name: one for name, one in CONTACT.fields.items() if name not in ("fax", "account", "kind", "vip")
                },
            ),
        )
    )
    assert [(one.name, one.address) for one in plan.hazards] == [
        ("loses_data", "contact.account"),
        ("loses_data", "contact.fax"),
        ("loses_data", "contact.kind"),
        ("loses_data", "contact.vip"),
    ]
    database.insert("contact", name="Di")
    database.follow(spec(ACCOUNT, CONTACT))
    assert database.values("contact", "fax", "kind") == [("11", "hot"), (None, "cold"), (None, None), (None, None)]
    assert database.retired == ()
    assert len([one for one in database.values("contact", "account_id") if one]) == 2


def test_a_removed_object_comes_back_with_its_records(database: Database) -> None:
    tagged = with_field(field("tags", "multi_picklist", options="x y"))
    database.follow(spec(ACCOUNT, tagged))
    account = database.insert("account", name="Acme")
    contact = database.insert("contact", name="Ann", account_id=account, kind="hot", vip=True, limit=5)
    database.insert("contact__tags", record_id=contact, value="x")
    database.follow(spec(ACCOUNT))
    database.follow(
        spec(
            ACCOUNT,
            replace(tagged, fields={**tagged.fields, "new": field("new", "integer", required=True, default="3")}),
        )
    )
    assert database.values("contact", "name", "kind", "new") == [("Ann", "hot", 3)]
    assert database.values("contact__tags", "value", order="value") == ["x"]


def test_everything_can_be_renamed_at_once(database: Database) -> None:
    filled(database)
    person = thing(
        "person_card",
        field("full_name", required=True),
        field("mobile", "phone", unique=True),
        field("fax"),
        field("company", "lookup", to="company"),
        field("kind", "picklist", options="warm cold", default="cold"),
        field("vip", "boolean"),
        field("limit", "currency", min=0),
        title_field="full_name",
    )
    company = replace(ACCOUNT, name="company")
    plan = database.follow(
        spec(
            company,
            person,
            renames=[
                ("account", "company"),
                ("contact", "person_card"),
                ("contact.name", "contact.full_name"),
                ("person_card.phone", "person_card.mobile"),
                ("contact.account", "contact.company"),
                ("contact.kind.hot", "contact.kind.warm"),
            ],
        )
    )
    assert {change.action for change in plan.changes} == {"rename"}
    assert plan.hazards == ()
    assert database.values("person_card", "full_name", "mobile", "kind") == [
        ("Ann", "1", "warm"),
        ("Bob", "2", "cold"),
        ("Cy", None, None),
    ]


def test_two_fields_two_options_and_two_objects_swap(database: Database) -> None:
    a = thing(
        "alpha",
        field("x"),
        field("y"),
        field("k", "picklist", options="p q"),
        field("m", "multi_picklist", options="p q"),
    )
    b = thing("beta", field("n"), field("a", "lookup", to="alpha"), field("w", "lookup", to="alpha beta"))
    database.follow(spec(a, b))
    first = database.insert("alpha", x="x", y="y", k="p")
    for value in ("p", "q"):
        database.insert("alpha__m", record_id=first, value=value)
    database.insert("alpha__m", record_id=database.insert("alpha", x="x2", k="q"), value="p")
    database.insert("beta", n="n", a_id=first, w_id=first, w_object="alpha")
    database.follow(
        spec(
            thing(
                "beta",
                field("y"),
                field("x"),
                field("k", "picklist", options="q p"),
                field("m", "multi_picklist", options="q p"),
            ),
            thing("alpha", field("n"), field("a", "lookup", to="beta"), field("w", "lookup", to="beta alpha")),
            renames=[
                ("alpha.x", "alpha.y"),
                ("alpha.y", "alpha.x"),
                ("alpha.k.p", "alpha.k.q"),
                ("alpha.k.q", "alpha.k.p"),
                ("alpha.m.p", "alpha.m.q"),
                ("alpha.m.q", "alpha.m.p"),
                ("alpha", "beta"),
                ("beta", "alpha"),
            ],
        )
    )
    assert database.values("beta", "x", "y", "k") == [("y", "x", "q"), (None, "x2", "p")]
    assert database.values("beta__m", "record_id", "value", order="value")[0][1] == "p"
    assert sorted(database.values("beta__m", "value", order="value")) == ["p", "q", "q"]
    assert database.values("alpha", "w_object") == ["beta"]


def test_types_change_and_the_old_values_are_kept(database: Database) -> None:
    before = thing(
        "thing",
        field("a", "text"),
        field("b", "integer"),
        field("c", "number"),
        field("d", "date"),
        field("e", "picklist", options="x y"),
        field("f", "boolean"),
        field("g", "text"),
        field("h", "text"),
        field("i", "lookup", to="thing"),
        field("j", "datetime"),
    )
    database.follow(spec(before))
    row = {"a": "1.50", "b": 7, "c": -125, "d": "2026-03-01", "e": "x", "f": True, "g": "good", "h": " 2024-02-29 "}
    first = database.insert("thing", **row, j="2026-03-01T20:00:00.000000Z")
    database.insert("thing", i_id=first)
    after = thing(
        "thing",
        field("a", "number"),
        field("b", "number", scale=3),
        field("c", "text"),
        field("d", "datetime"),
        field("e", "multi_picklist", options="x y"),
        field("f", "text"),
        field("g", "picklist", options="good bad", convert=Convert(map={"fine": "good"}, otherwise="bad")),
        field("h", "date"),
        field("i", "many_to_many", to="thing"),
        field("j", "date"),
    )
    plan = database.follow(spec(after))
    assert database.values("thing", "a", "b", "c", "f", "g") == [
        (150, 7000, "-1.25", "true", "good"),
        (None, None, None, None, None),
    ]
    assert [one and str(one) for one in database.values("thing", "h")] == ["2024-02-29", None]
    assert [one and str(one) for one in database.values("thing", "j")] == ["2026-03-02", None]
    assert database.values("thing__e", "value", order="value") == ["x"]
    assert len(database.values("thing__i", "target_id", order="target_id")) == 1
    assert {hazard.name for hazard in plan.hazards} >= {"rewrites_table"}
    database.follow(spec(before), backward=True, same_revision=True)
    assert database.values("thing", "a", "b", "c", "e", "g") == [
        ("1.50", 7, -125, "x", "good"),
        (None, None, None, None, None),
    ]
    database.follow(spec(after))


def test_fields_become_one(database: Database) -> None:

    before = thing("deal", field("one"), field("two"), field("three"))
    database.follow(spec(before))
    database.insert("deal", one="", two="b", three="c")
    database.insert("deal", one="a", two="b")
    after = thing("deal", field("all"), field("three"))
    database.follow(spec(after, merges=(Merge(sources=("deal.one", "deal.two"), target="deal.all"),)))
    assert database.values("deal", "all") == ["b", "a"]


def test_rules_become_tighter_and_looser(database: Database) -> None:
    filled(database)
    tight = with_field(
        field("phone", "phone"),
        field("fax", unique=True, max_length=10),
        field("kind", "picklist", options="cold hot new", required=True, default="cold"),
        field("limit", "currency", min=1, max=100, scale=3),
        indexes=[Index(name="name_kind", fields=("name", "-kind"))],
    )
    database.follow(spec(ACCOUNT, tight))
    assert database.values("contact", "kind", "limit") == [("hot", 12500), ("cold", 7000), ("cold", None)]
    database.follow(spec(ACCOUNT, CONTACT))
    assert database.values("contact", "limit") == [1250, 700, None]


def test_data_that_does_not_fit_is_counted_first(database: Database) -> None:
    filled(database)
    failing = database.failing(
        spec(
            ACCOUNT,
            with_field(
                field("must"),
                field("owner_text", required=True),
                field("phone", "phone", required=True),
                field("kind", "picklist", options="cold"),
                field("limit", "currency", max=10),
                field("name", unique=True, max_length=2),
                field("fax", "date"),
            ),
        )
    )
    assert {address: count for address, (count, _) in failing.items()} == {
        "contact.owner_text": 3,
        "contact.phone": 1,
        "contact.kind": 1,
        "contact.limit": 1,
        "contact.name": 2,
        "contact.fax": 1,
    }


def test_options_become_one_and_are_told_apart_again(database: Database) -> None:
    before = thing(
        "lead", field("status", "picklist", options="new hot warm"), field("tags", "multi_picklist", options="a b c")
    )
    database.follow(spec(before))
    for status in ("new", "hot", "warm"):
        key = database.insert("lead", status=status)
        for tag in ("a", "b"):
            database.insert("lead__tags", record_id=key, value=tag)
    after = thing(
        "lead", field("status", "picklist", options="new working"), field("tags", "multi_picklist", options="c")
    )
    merges = (
        Merge(sources=("lead.status.hot", "lead.status.warm"), target="lead.status.working"),
        Merge(sources=("lead.tags.a", "lead.tags.b"), target="lead.tags.c"),
    )
    plan = database.follow(spec(after, merges=merges))
    assert plan.questions == ()
    assert database.values("lead", "status") == ["new", "working", "working"]
    assert database.values("lead__tags", "value", order="record_id") == ["c", "c", "c"]
    database.insert("lead", status="working")
    database.run(
        [
            "UPDATE lead SET status = 'new' WHERE id LIKE '%03'"
            if database.dialect == "sqlite"
            else "UPDATE lead SET status = 'new' WHERE id::text LIKE '%03'"
        ]
    )
    assert database.failing(spec(before)).keys() == {"lead.status"}


def test_a_restored_lookup_forgets_records_that_are_gone(database: Database) -> None:
    filled(database)
    database.follow(spec(ACCOUNT, without(CONTACT, "account")))
    database.run(["DELETE FROM account"])
    database.follow(spec(ACCOUNT, CONTACT))
    assert database.values("contact", "account_id") == [None, None, None]


def test_a_lookup_gets_another_target(database: Database) -> None:
    filled(database)
    other = thing("branch", field("name"))
    database.follow(spec(ACCOUNT, other, with_field(field("account", "lookup", to="account branch"))))
    assert database.values("contact", "account_object") == ["account", "account", None]
    database.follow(spec(ACCOUNT, other, with_field(field("account", "lookup", to="branch"))))
    assert database.values("contact", "account_id") == [None, None, None]


def test_what_people_made_on_a_table_stays(database: Database) -> None:
    filled(database)
    database.run(
        [
            "CREATE VIEW hot AS SELECT name, phone FROM contact WHERE kind = 'hot'",
            "CREATE INDEX mine ON contact (name, phone)",
            "CREATE TABLE seen (name text)",
        ]
    )
    if database.dialect == "sqlite":
        database.run(
            ["CREATE TRIGGER noted AFTER UPDATE OF phone ON contact BEGIN INSERT INTO seen VALUES (new.phone); END"]
        )
    people = replace(with_field(field("fax", required=True, default="none")), name="person")
    fields = {
        "mobile" if name == "phone" else name: replace(one, name="mobile") if name == "phone" else one
        for name, one in people.fields.items()
    }
    database.follow(
        spec(
            ACCOUNT,
            replace(people, fields=fields),
            renames=[("contact.phone", "contact.mobile"), ("contact", "person")],
        )
    )
    assert [tuple(row) for row in database.execute("SELECT * FROM hot")] == [("Ann", "1")]
    database.execute("UPDATE person SET mobile = '9' WHERE name = 'Ann'")
    assert [tuple(row) for row in database.execute("SELECT * FROM hot")] == [("Ann", "9")]
    if database.dialect == "sqlite":
        assert [row[0] for row in database.execute("SELECT name FROM seen")] == ["9"]
        assert database.execute("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name = 'mine'")[0][0] == 1
    else:
        assert database.execute("SELECT count(*) FROM pg_indexes WHERE indexname = 'mine'")[0][0] == 1


def test_search_and_numbering_follow_their_fields(database: Database) -> None:
    filled(database)
    (key,) = database.execute("SELECT id FROM contact WHERE name = 'Ann'")[0]
    database.execute("INSERT INTO crmspec_search VALUES ('contact', :key, 'name', 'ann')", key=str(key))
    database.execute("INSERT INTO crmspec_counter VALUES ('contact.name:2026', 7)")
    words = (
        "SELECT coalesce((SELECT name FROM crmspec_name WHERE place = '' AND stored = object), object), field, content "
        "FROM crmspec_search ORDER BY 1, 2, 3"
    )
    database.follow(
        spec(ACCOUNT, with_field(field("name", required=True), field("phone", "phone", unique=True, search=True)))
    )
    assert [tuple(row) for row in database.execute(words)] == [
        ("contact", "name", "ann"),
        ("contact", "phone", "1 1"),
        ("contact", "phone", "2 2"),
    ]
    moved = replace(with_field(field("phone", "phone", unique=True)), name="person")
    database.follow(spec(ACCOUNT, moved, renames=[("contact", "person")]))
    assert [tuple(row) for row in database.execute(words)] == [("person", "name", "ann")]
    assert database.execute("SELECT name FROM crmspec_counter")[0][0] == "person.name:2026"
    database.follow(spec(ACCOUNT, without(moved, "name")))
    assert database.execute(words) == []


def test_a_merge_undone_gives_its_sources_back(database: Database) -> None:
    before = thing("deal", field("one"), field("two"), field("kind", "picklist", options="a b c"))
    after = thing("deal", field("all"), field("kind", "picklist", options="a d"))
    database.follow(spec(before))
    database.insert("deal", one="x", two="y", kind="b")
    database.insert("deal", one=None, two="z", kind="c")
    database.insert("deal", one=None, two=None, kind="a")
    merges = (
        Merge(sources=("deal.one", "deal.two"), target="deal.all", keep="join"),
        Merge(sources=("deal.kind.b", "deal.kind.c"), target="deal.kind.d"),
    )
    database.follow(spec(after, merges=merges))
    assert database.values("deal", "all", "kind") == [("x\ny", "d"), ("z", "d"), (None, "a")]
    database.follow(spec(before), backward=True, same_revision=True)
    assert database.values("deal", "one", "two", "kind") == [("x", "y", "b"), (None, "z", "c"), (None, None, "a")]


def test_what_is_rounded_or_cut_comes_back_whole(database: Database) -> None:
    """The old values are kept, since the new ones say less."""
    before = thing("deal", field("name"), field("rate", "number", scale=4))
    after = thing(
        "deal",
        field("name", max_length=4, convert=Convert(cut=True)),
        field("rate", "number", scale=2, convert=Convert(round=True)),
    )
    database.follow(spec(before))
    for name, rate in (("abcdef", 12_345), ("abc", -12_350), (None, None)):
        database.insert("deal", name=name, rate=rate)
    assert database.failing(spec(after)) == {}
    database.follow(spec(after))
    assert database.values("deal", "name", "rate") == [("abcd", 123), ("abc", -124), (None, None)]
    database.follow(spec(before), backward=True)
    assert database.values("deal", "name", "rate") == [("abcdef", 12_345), ("abc", -12_350), (None, None)]


def test_what_cannot_be_merged_is_counted_with_all_it_was(database: Database) -> None:
    """Two texts become a day: one that is none is found before anything is done."""
    before = thing("deal", field("name"), field("begun"), field("started"))
    after = thing("deal", field("name"), field("since", "date", convert=Convert(format=("D.M.YYYY",))))
    merge = Merge(sources=("deal.begun", "deal.started"), target="deal.since")
    database.follow(spec(before))
    for begun, started in (("1.2.2024", None), (None, "29.2.2024"), ("", "3.3.2024")):
        database.insert("deal", begun=begun, started=started)
    odd = database.insert("deal", begun="soon", started="1.1.2024")
    failing = database.failing(spec(after, merges=(merge,)))
    assert failing.keys() == {"deal.since"}
    assert failing["deal.since"][0] == 1
    assert "soon / 1.1.2024" in (failing["deal.since"][1] or "")
    database.execute("UPDATE deal SET begun = '' WHERE id = :id", id=odd)
    database.follow(spec(after, merges=(merge,)))
    found = [str(day) for day in database.values("deal", "since")]
    assert found == ["2024-02-01", "2024-02-29", "2024-03-03", "2024-01-01"]
