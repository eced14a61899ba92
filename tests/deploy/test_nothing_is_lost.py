"""Rename, retype, remove, restore, roll back, with ten thousand records in place: every value, before and after."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from crmspec.deploy.drift import find_drift
from crmspec.deploy.retired import restore
from crmspec.deploy.rollback import plan_rollback, rollback
from crmspec.spec import Convert, Field, Object, Rename, Spec
from tests.deploy.project import LOCAL, Checkout
from tests.deploy.records import Rows, add_records, all_values, record_id
from tests.deploy.specs import fields, options, spec_of, with_field, without_field

COUNT = 10_000
DEAL = Object(name="deal", title_field="name", fields=fields(
    Field(name="name", type="text", required=True, max_length=80),
    Field(name="phone", type="phone"),
    Field(name="fax", type="phone"),
    Field(name="size", type="text"),
    Field(name="tier", type="picklist", options=options("gold", "silver", "tin"), default="tin"),
    Field(name="parent", type="lookup", to=("deal",)),
))
FIRST = spec_of(DEAL)


@pytest.fixture
def filled(engine: sa.Engine, checkout: Checkout) -> Checkout:
    """The first release, with its records."""
    checkout.deploy(engine, FIRST)
    with engine.begin() as connection:
        add_records(connection, FIRST, "deal", (
            {"id": n, "name": f"Deal {n} 客户's", "phone": f"+49 {n}" if n % 3 else None,
             "fax": f"{n}" if n % 2 else None,
             "size": str(n) if n % 5 else "", "tier": ("gold", "silver", "tin")[n % 3],
             "parent_id": n // 2 if n > 1 else None}
            for n in range(1, COUNT + 1)))
    return checkout


def values(engine: sa.Engine, spec: Spec, table: str = "deal") -> Rows:
    """Everything that stands in a table."""
    with engine.connect() as connection:
        return all_values(connection, spec, table)


def renamed(rows: Rows, **names: str) -> Rows:
    """The rows with other names for some columns."""
    return {key: {names.get(name, name): value for name, value in row.items()} for key, row in rows.items()}


def without(rows: Rows, *names: str) -> Rows:
    """The rows without some columns."""
    return {key: {name: value for name, value in row.items() if name not in names} for key, row in rows.items()}


def assert_shape(engine: sa.Engine, spec: Spec) -> None:
    """The database has exactly the shape that a fresh build would have."""
    with engine.connect() as connection:
        assert find_drift(connection, spec) == ()


SECOND = replace(
    without_field(
        with_field(without_field(FIRST, "deal", "phone"), "deal", Field(name="mobile", type="phone"),
                   Field(name="vip", type="boolean", default="false"),
                   Field(name="size", type="integer", convert=Convert(otherwise="empty"))),
        "deal", "fax"),
    renames=(Rename(before="deal.phone", after="deal.mobile"),))


def test_a_whole_life_loses_no_value(engine: sa.Engine, filled: Checkout) -> None:
    """One story: change everything at once, add records, go back, go forward again, bring a field back."""
    first = values(engine, FIRST)
    assert len(first) == COUNT

    filled.deploy(engine, SECOND)
    assert_shape(engine, SECOND)
    second = values(engine, SECOND)
    expected = without(renamed(first, phone="mobile"), "fax", "size")
    assert without(second, "vip", "size") == expected
    assert {row["size"] for row in second.values()} == {n for n in range(1, COUNT + 1) if n % 5} | {None}
    assert {row["vip"] for row in second.values()} == {False}

    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE deal SET vip = (tier = 'gold')")
        new = {"id": COUNT + 1, "name": "new", "mobile": "1", "size": 7, "vip": True}
        add_records(connection, SECOND, "deal", [new])
    plan, number = plan_rollback(engine)
    assert number == 1
    assert {change.address for change in plan.changes} >= {"deal.fax", "deal.vip", "deal.size"}

    outcome = rollback(filled.folder, engine, who="tester")
    assert (outcome.release.number, outcome.release.entry.action) == (3, "rollback to 1")
    assert_shape(engine, FIRST)
    back = values(engine, FIRST)
    new = back.pop(record_id(COUNT + 1))
    assert back == first
    assert (new["name"], new["phone"], new["size"]) == ("new", "1", "7")

    again = filled.deploy(engine, SECOND)
    assert (again.changed, again.release.number, again.generated) == (True, 4, ())
    assert_shape(engine, SECOND)
    forward = values(engine, SECOND)
    assert forward[record_id(COUNT + 1)]["vip"] is True
    assert {key: row["vip"] for key, row in forward.items()} == {
        key: row["tier"] == "gold" or key == record_id(COUNT + 1) for key, row in forward.items()}
    assert without({key: forward[key] for key in second}, "vip") == without(second, "vip")

    restore(filled.project_of(SECOND), engine, "deal.fax", environment=LOCAL, who="tester")
    third = with_field(SECOND, "deal", DEAL.fields["fax"])
    assert_shape(engine, third)
    assert {key: row["fax"] for key, row in values(engine, third).items() if key in first} == {
        key: row["fax"] for key, row in first.items()}


def test_an_object_that_goes_and_comes_back_has_its_records(engine: sa.Engine, filled: Checkout) -> None:
    """Removing an object puts its table out of sight; declaring it again brings the records back, ids and all."""
    first = values(engine, FIRST)
    other = Object(name="note", title_field="text", fields=fields(Field(name="text", type="text")))
    both = spec_of(DEAL, other)
    filled.deploy(engine, both)
    filled.deploy(engine, spec_of(other))
    assert_shape(engine, spec_of(other))
    filled.deploy(engine, both)
    assert_shape(engine, both)
    assert values(engine, both) == first


def test_a_renamed_object_keeps_everything(engine: sa.Engine, filled: Checkout) -> None:
    """Records, lookups to itself and the way back."""
    first = values(engine, FIRST)
    chance = replace(DEAL, name="chance", fields={
        name: replace(field, to=("chance",)) if field.to else field for name, field in DEAL.fields.items()})
    spec = replace(spec_of(chance), renames=(Rename(before="deal", after="chance"),))
    filled.deploy(engine, spec)
    assert_shape(engine, spec)
    assert values(engine, spec, "chance") == first
    rollback(filled.folder, engine)
    assert_shape(engine, FIRST)
    assert values(engine, FIRST) == first
