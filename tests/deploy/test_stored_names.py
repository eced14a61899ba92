"""A rename writes no row of history or search: they keep the first name, and are read by the name of today."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from crmspec.access import system_actor
from crmspec.deploy import rollback
from crmspec.records import Records
from crmspec.spec import Field, Object, Rename, Spec
from tests.deploy.project import Checkout
from tests.deploy.specs import fields, options, spec_of

ACCOUNT = Object(name="account", title_field="name", fields=fields(Field(name="name", type="text")))
DEAL = Object(name="deal", title_field="name", fields=fields(
    Field(name="name", type="text"),
    Field(name="phone", type="phone", search=True, history=True),
    Field(name="fax", type="phone", search=True, history=True),
    Field(name="status", type="picklist", options=options("open", "won", "lost"), history=True),
    Field(name="tags", type="multi_picklist", options=options("hot", "cold"), history=True),
    Field(name="account", type="lookup", to=("account",), history=True),
))
BASE = spec_of(ACCOUNT, DEAL)
ROWS = "SELECT object, record_id, field, content FROM crmspec_search ORDER BY 1, 2, 3"
PAST = "SELECT object, field, before, after FROM crmspec_history ORDER BY id"
_NOW = datetime(2026, 5, 6, 7, 8, tzinfo=UTC)


class Desk:
    """Somebody who may do everything, and writes and reads as everybody does."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine, self.saves = engine, 0

    def records(self, connection: sa.Connection, spec: Spec) -> Records:
        """Open the records a minute later than the last time."""
        self.saves += 1
        now = _NOW + timedelta(minutes=self.saves)
        return Records(spec, connection, system_actor(spec), now=lambda: now)

    def save(self, spec: Spec, of: str, key: str = "", /, **values: object) -> str:
        """Make a record, or change one."""
        with self.engine.begin() as connection:
            records = self.records(connection, spec)
            if not key:
                return records.create(of, values).id
            return records.update(of, key, values, version=None).id

    def past(self, spec: Spec, name: str, key: str) -> list[tuple[str, object, object]]:
        """Read every change of a record, the oldest first."""
        with self.engine.connect() as connection:
            events = self.records(connection, spec).history(name, key, limit=50)
        return [(one.field, one.before, one.after) for event in reversed(events) for one in event.changes]

    def found(self, spec: Spec, text: str) -> list[tuple[str, str]]:
        """Search, and say in which object and field."""
        with self.engine.connect() as connection:
            return [(hit.ref.object, hit.field) for hit in self.records(connection, spec).search(text)]

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Read rows as they are stored."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]


@pytest.fixture
def desk(engine: sa.Engine, checkout: Checkout) -> Desk:
    """A deployed project, with nothing in it yet."""
    checkout.deploy(engine, BASE)
    return Desk(engine)


def renamed(spec: Spec, name: str = "deal", **names: str) -> Spec:
    """The spec with fields of an object under other names."""
    one = spec.objects[name]
    kept = {names.get(key, key): replace(field, name=names.get(key, key)) for key, field in one.fields.items()}
    added = tuple(Rename(before=f"{name}.{old}", after=f"{name}.{new}") for old, new in names.items())
    objects = {**spec.objects, name: replace(one, fields=kept)}
    return replace(spec, objects=objects, renames=(*spec.renames, *added))


def as_opportunity(spec: Spec) -> Spec:
    """The spec with `deal` under another name."""
    objects = {("opportunity" if name == "deal" else name): (
        replace(one, name="opportunity") if name == "deal" else one) for name, one in spec.objects.items()}
    return replace(spec, objects=objects, renames=(*spec.renames, Rename(before="deal", after="opportunity")))


def test_what_was_written_is_read_under_the_names_of_today(engine: sa.Engine, checkout: Checkout, desk: Desk) -> None:
    """Object, fields that change places, options, the target of a look-up: read anew, and not a row is written."""
    account = desk.save(BASE, "account", name="Acme")
    key = desk.save(BASE, "deal", name="Big", phone="+1 234", fax="+9 876", status="open", tags=("hot",))
    desk.save(BASE, "deal", key, phone="+1 235", status="won", tags=("hot", "cold"), account=account)
    rows, past = desk.ask(ROWS), desk.ask(PAST)

    spec = renamed(BASE, phone="fax", fax="phone", status="state")
    deal = spec.objects["deal"]
    state = replace(deal.fields["state"], options=options("open", "gained", "lost"))
    tags = replace(deal.fields["tags"], options=options("cold", "hot"))
    deal = replace(deal, fields={**deal.fields, "state": state, "tags": tags})
    swapped = (Rename(before="deal.tags.hot", after="deal.tags.cold"),
               Rename(before="deal.tags.cold", after="deal.tags.hot"))
    spec = replace(spec, objects={**spec.objects, "deal": deal}, renames=(
        *spec.renames, Rename(before="deal.state.won", after="deal.state.gained"), *swapped))
    spec = as_opportunity(spec)
    company = replace(ACCOUNT, name="company")
    deal = spec.objects["opportunity"]
    deal = replace(deal, fields={**deal.fields, "account": replace(deal.fields["account"], to=("company",))})
    spec = replace(spec, objects={"company": company, "opportunity": deal},
                   renames=(*spec.renames, Rename(before="account", after="company")))
    checkout.deploy(engine, spec)

    assert (rows, past) == (desk.ask(ROWS), desk.ask(PAST))
    changes = {name: (before, after) for name, before, after in desk.past(spec, "opportunity", key)}
    assert changes["fax"] == ("+1 234", "+1 235")
    assert changes["state"] == ("open", "gained")
    assert changes["tags"] == (("cold",), ("cold", "hot"))
    (_, ref) = changes["account"]
    assert (ref.object, ref.id, ref.title) == ("company", account, "Acme")  # type: ignore[attr-defined]
    assert desk.found(spec, "235") == [("opportunity", "fax")]
    assert desk.found(spec, "876") == [("opportunity", "phone")]
    assert desk.found(spec, "acme") == [("company", "name")]

    desk.save(spec, "opportunity", key, fax="+1 236", state="lost")
    assert desk.found(spec, "235") == []
    assert desk.found(spec, "236") == [("opportunity", "fax")]
    assert desk.past(spec, "opportunity", key)[-2:] == [("fax", "+1 235", "+1 236"), ("state", "gained", "lost")]

    rollback(checkout.folder, engine, allow=None)
    assert desk.ask("SELECT * FROM crmspec_name") == []
    assert desk.past(BASE, "deal", key)[-2:] == [("phone", "+1 235", "+1 236"), ("status", "won", "lost")]
    assert desk.found(BASE, "236") == [("deal", "phone")]


def test_a_name_that_is_free_again_begins_anew(engine: sa.Engine, checkout: Checkout, desk: Desk) -> None:
    """A new field that takes the old name of another has a history of its own, however often that goes on."""
    key = desk.save(BASE, "deal", name="Big", phone="+1 234")
    desk.save(BASE, "deal", key, phone="+1 235")
    moved = renamed(BASE, phone="mobile")
    checkout.deploy(engine, moved)
    deal = moved.objects["deal"]
    again = replace(moved, objects={**moved.objects, "deal": replace(deal, fields={
        **deal.fields, "phone": Field(name="phone", type="phone", search=True, history=True)})})
    checkout.deploy(engine, again)
    desk.save(again, "deal", key, phone="+5 555", mobile="+1 236")
    assert desk.past(again, "deal", key) == [
        ("mobile", "+1 234", "+1 235"), ("mobile", "+1 235", "+1 236"), ("phone", None, "+5 555")]
    assert (desk.found(again, "555"), desk.found(again, "236")) == ([("deal", "phone")], [("deal", "mobile")])

    renamed_again = as_opportunity(renamed(again, mobile="cell", phone="mobile"))
    checkout.deploy(engine, renamed_again)
    assert desk.past(renamed_again, "opportunity", key) == [
        ("cell", "+1 234", "+1 235"), ("cell", "+1 235", "+1 236"), ("mobile", None, "+5 555")]
    desk.save(renamed_again, "opportunity", key, mobile=None)
    assert desk.found(renamed_again, "555") == []


def test_an_object_that_goes_and_comes_back_is_found_again(
    engine: sa.Engine, checkout: Checkout, desk: Desk,
) -> None:
    """Its history and its words wait with it; another object of its name has neither."""
    key = desk.save(BASE, "deal", name="Big", phone="+1 234")
    desk.save(BASE, "deal", key, phone="+1 235")
    checkout.deploy(engine, spec_of(ACCOUNT))
    other = spec_of(ACCOUNT, Object(name="deal", title_field="title", fields=fields(
        Field(name="title", type="text", required=True))))
    checkout.deploy(engine, BASE)
    assert desk.found(BASE, "235") == [("deal", "phone")]
    assert desk.past(BASE, "deal", key) == [("phone", "+1 234", "+1 235")]
    assert desk.ask("SELECT * FROM crmspec_name") == []
    checkout.deploy(engine, spec_of(ACCOUNT))
    checkout.deploy(engine, other)
    assert desk.found(other, "235") == []
    fresh = desk.save(other, "deal", title="Big again")
    assert desk.found(other, "big") == [("deal", "title")]
    with engine.begin() as connection:
        desk.records(connection, other).delete("deal", fresh)
    assert desk.found(other, "big") == []
