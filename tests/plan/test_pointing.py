"""Texts become lookups by the names of records, and lookups the names of their records: on both databases alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmspec.plan import make_plan
from crmspec.spec import Convert, Field, Object, Spec
from tests.plan.building import Database, field, spec, thing

ACCOUNT = thing("account", field("name"), field("code"), title_field="name")
TEXT = thing("deal", field("customer"), field("kind", "picklist", options="it ACME"))


def deal(customer: Field, **others: Field) -> Object:
    return thing("deal", customer, others.get("kind", TEXT.fields["kind"]))


def to_account(name: str = "customer", **convert: object) -> Field:
    return field(name, "lookup", to="account", convert=Convert(**convert) if convert else None)  # type: ignore[arg-type]


@pytest.fixture
def filled(database: Database) -> Database:
    """Three accounts, two of one name, and four deals that name customers."""
    database.follow(spec(ACCOUNT, TEXT))
    for name, code in (("ACME", "a1"), ("it", "a2"), ("it", "a3"), (None, "a4")):
        database.insert("account", name=name, code=code)
    for customer in ("ACME", " ACME ", "", None):
        database.insert("deal", customer=customer, kind="ACME")
    return database


def names(database: Database, spec: Spec, column: str = "customer_id") -> list[str | None]:
    """The codes of the accounts that deals point at."""
    codes = {str(key): code for key, code in database.values("account", "id", "code")}
    return [codes.get(str(key)) for key in database.values("deal", column)]


def test_records_are_found_by_their_title_and_come_back_as_text(filled: Database) -> None:
    before, after = spec(ACCOUNT, TEXT), spec(ACCOUNT, deal(to_account()))
    filled.follow(after)
    assert names(filled, after) == ["a1", "a1", None, None]
    filled.follow(before, backward=True)
    assert filled.values("deal", "customer") == ["ACME", " ACME ", "", None]


def test_records_are_found_by_a_named_field_and_a_map(filled: Database) -> None:
    after = spec(ACCOUNT, deal(to_account(by="code", map={"ACME": "a2"})))
    filled.follow(after)
    assert names(filled, after) == ["a2", "a2", None, None]


def test_what_names_no_record_or_several_is_counted_with_its_value(filled: Database) -> None:
    filled.insert("deal", customer="it", kind="it")
    filled.insert("deal", customer="nobody", kind="it")
    failing = filled.failing(spec(ACCOUNT, deal(to_account())))
    count, sample = failing["deal.customer"]
    assert count == 2
    assert '"it"' in (sample or "")
    assert '"nobody"' in (sample or "")
    after = spec(ACCOUNT, deal(to_account(otherwise="empty")))
    filled.follow(after)
    assert names(filled, after) == ["a1", "a1", None, None, None, None]


def test_a_picklist_becomes_a_lookup(filled: Database) -> None:
    after = spec(ACCOUNT, deal(TEXT.fields["customer"], kind=to_account("kind")))
    filled.follow(after)
    assert names(filled, after, "kind_id") == ["a1"] * 4


def test_a_lookup_becomes_the_name_of_its_record(database: Database) -> None:
    """By the title, by a named field, by the id; also where the object itself goes in the same release."""
    before = spec(ACCOUNT, deal(to_account()))
    for by, others in (("", [ACCOUNT]), ("code", [ACCOUNT]), ("id", [ACCOUNT]), ("", [])):
        with database.anew():
            database.follow(before)
            key = database.insert("account", name="ACME", code="a1")
            for customer in (key, None):
                database.insert("deal", customer_id=customer)
            text = field("customer", convert=Convert(by=by) if by else None)
            database.follow(spec(*others, deal(text)))
            assert database.values("deal", "customer") == [{"": "ACME", "code": "a1", "id": key}[by], None]
            database.follow(before, backward=True)
            assert [str(one) for one in database.values("deal", "customer_id")] == [key, "None"]


def test_names_follow_renames_of_the_same_release(filled: Database) -> None:
    """The object that is pointed at, and its title, have other names from now on: the count asks under the old ones."""
    company = thing("company", field("title"), field("code"), title_field="title")
    after = spec(
        company,
        deal(field("customer", "lookup", to="company")),
        renames=[("account.name", "account.title"), ("account", "company")],
    )
    filled.follow(after)
    codes = {str(key): code for key, code in filled.values("company", "id", "code")}
    assert codes[str(filled.values("deal", "customer_id")[0])] == "a1"


def test_a_text_that_can_name_no_record_is_a_loss() -> None:
    """The object is new, so nothing of that name is there: the plan says so instead of counting."""
    plan = make_plan(spec(TEXT), spec(replace(ACCOUNT), deal(to_account())))
    assert ("loses_data", "deal.customer") in [(hazard.name, hazard.address) for hazard in plan.hazards]


def made() -> Field:
    return to_account(make_missing=True)


def test_records_that_are_missing_are_made(filled: Database) -> None:
    """One for each name, found by it; those that are there are not made again."""
    filled.insert("deal", customer="Neu & Co.", kind="it")
    filled.insert("deal", customer="Neu & Co. ", kind="it")
    filled.follow(spec(ACCOUNT, deal(made())))
    assert sorted(name for name in filled.values("account", "name") if name) == ["ACME", "Neu & Co.", "it", "it"]
    names = dict(filled.values("account", "id", "name"))
    assert [names.get(key) for key in filled.values("deal", "customer_id")] == [
        "ACME", "ACME", None, None, "Neu & Co.", "Neu & Co."]
    content = filled.execute("SELECT content FROM crmspec_search WHERE object = 'account'")
    assert ("neu & co.",) in [tuple(row) for row in content]


def test_records_of_a_new_object_are_made(filled: Database) -> None:
    """A picklist becomes an object of its own: every option that is used becomes a record."""
    kind = thing("kind", field("label", required=True), field("rank", "integer", default="1"), title_field="label")
    convert = Convert(make_missing=True, map={"ACME": "Acme"})
    pointing = field("kind", "lookup", to="kind", required=True, convert=convert)
    before, after = spec(ACCOUNT, TEXT), spec(ACCOUNT, kind, deal(TEXT.fields["customer"], kind=pointing))
    filled.follow(after)
    assert filled.values("kind", "label", "rank") == [("Acme", 1)]
    assert len(set(filled.values("deal", "kind_id"))) == 1
    filled.follow(before, backward=True)
    assert filled.values("deal", "kind") == ["ACME"] * 4


def test_a_name_that_several_records_bear_is_refused_even_so(filled: Database) -> None:
    filled.insert("deal", customer="it", kind="it")
    assert filled.failing(spec(ACCOUNT, deal(made()))).keys() == {"deal.customer"}
