"""What a database says of a plan: hazards that its records do not pose, what stands in the way, what they become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from crmspec.deploy import count_hazards, plan_rollback, rollback
from crmspec.diagnostics import Refused
from crmspec.plan import Fact, Plan, make_plan
from crmspec.spec import Convert, Field, Rename, Spec
from tests.deploy.project import Checkout
from tests.deploy.records import add_records
from tests.deploy.specs import BASE, options, spec_of, with_field, without_field

ROWS: list[dict[str, object]] = [
    {"id": n, "name": f"A{n}", "revenue": n * 100 + 1 if n < 4 else None, "industry": "print" if n < 3 else None}
    for n in range(1, 11)
]


@pytest.fixture
def full(engine: sa.Engine, checkout: Checkout) -> Checkout:
    """The project deployed, with ten accounts."""
    checkout.deploy(engine, BASE)
    add(engine, ROWS)
    return checkout


def add(engine: sa.Engine, rows: Sequence[dict[str, object]]) -> None:
    with engine.begin() as connection:
        add_records(connection, BASE, "account", list(rows))


def changed(*fields: Field) -> Spec:
    return with_field(BASE, "account", *fields)


def names(plan: Plan) -> list[tuple[str, str]]:
    return [(hazard.name, hazard.address) for hazard in plan.hazards]


def facts(plan: Plan) -> dict[tuple[str, str], Fact]:
    return {(fact.kind, fact.address): fact for fact in plan.facts}


def test_what_fits_needs_no_allowance_and_is_counted_again(engine: sa.Engine, full: Checkout) -> None:
    """The plan says what it looked for; deploy counts by itself, whatever the plan found."""
    shorter = changed(replace(BASE.objects["account"].fields["name"], max_length=5))
    plan = count_hazards(make_plan(BASE, shorter), engine)
    assert plan.hazards == ()
    assert [(one.name, one.address) for one in plan.settled] == [("may_fail_on_data", "account.name")]
    add(engine, [{"id": 11, "name": "far too long"}])
    with pytest.raises(Refused) as caught:
        full.deploy(engine, shorter, allow=())
    (problem,) = caught.value.diagnostics
    assert problem.code == "CRM550"
    assert "(far too long)" in problem.why
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM account WHERE name = 'far too long'")
    outcome = full.deploy(engine, shorter, allow=("may_fail_on_data", "loses_data"))
    assert outcome.needless == ("may_fail_on_data", "loses_data")


def test_what_is_in_the_way_is_shown_with_its_values(engine: sa.Engine, full: Checkout) -> None:
    """Keys and values of the first five, in the field's own words."""
    plan = count_hazards(make_plan(BASE, changed(Field(name="revenue", type="currency", scale=2, max=Decimal(2)))),
                         engine)
    fact = facts(plan)["unfit", "account.revenue"]
    assert fact.rows == 2
    assert [one.value for one in fact.sample] == ["2.01", "3.01"]
    assert names(plan) == [("may_fail_on_data", "account.revenue")]


def test_every_kind_of_becoming_is_counted(engine: sa.Engine, full: Checkout) -> None:
    """Converted, emptied, filled and renamed, beside what goes out of sight."""
    industry = Field(name="industry", type="picklist", options=options("press"), required=True, default="press",
                     convert=Convert(map={"print": "press"}))
    plan = count_hazards(make_plan(BASE, changed(
        Field(name="revenue", type="text"), industry,
        Field(name="name", type="integer", convert=Convert(otherwise="empty")),
        Field(name="region", type="text", required=True, default="north"),
    )), engine)
    found = {key: (fact.rows, fact.of) for key, fact in facts(plan).items() if fact.rows}
    assert found["converted", "account.revenue"] == (3, 10)
    assert found["emptied", "account.name"] == (10, 10)
    assert found["filled", "account.region"] == (10, 10)
    assert found["converted", "account.industry"] == (2, 10)


def test_counts_follow_a_renamed_object(engine: sa.Engine, full: Checkout) -> None:
    """What goes is counted in the deployed table, whatever the object is called from now on."""
    before = without_field(BASE, "account", "revenue").objects
    company = replace(before["account"], name="company", fields={
        name: replace(field, to=("company",)) if field.to else field
        for name, field in before["account"].fields.items()})
    contact = replace(before["contact"], fields={
        name: replace(field, to=tuple("company" if to == "account" else to for to in field.to))
        for name, field in before["contact"].fields.items()})
    desired = spec_of(company, contact, renames=(Rename(before="account", after="company"),))
    plan = count_hazards(make_plan(BASE, desired), engine)
    assert (plan.counts["company.revenue"].rows, plan.counts["company.revenue"].of) == (3, 10)


def test_empty_parts_go_without_asking_where_the_project_says_so(engine: sa.Engine, full: Checkout) -> None:
    """`empty_removals: free`: no record has a fax. What has values is asked for as ever."""
    less = without_field(without_field(BASE, "contact", "fax"), "account", "revenue")
    assert ("loses_data", "contact.fax") in names(count_hazards(make_plan(BASE, less), engine))
    free = replace(less, project=replace(less.project, empty_removals="free"))
    plan = count_hazards(make_plan(BASE, free), engine)
    assert names(plan) == [("loses_data", "account.revenue")]
    assert [(one.name, one.address) for one in plan.settled] == [("loses_data", "contact.fax")]


def protected(spec: Spec, object_name: str, *fields: str, whole: bool = False) -> Spec:
    one = spec.objects[object_name]
    kept = {name: replace(field, protected=name in fields) for name, field in one.fields.items()}
    return replace(spec, objects={**spec.objects, object_name: replace(one, fields=kept, protected=whole)})


def refused(checkout: Checkout, engine: sa.Engine, spec: Spec) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        checkout.deploy(engine, spec)
    return [(one.code, one.what) for one in caught.value.diagnostics]


def test_a_protected_part_goes_only_when_its_protection_went_before(engine: sa.Engine, checkout: Checkout) -> None:
    """Every hazard is allowed, and it is refused all the same: removed, converted away, or gone with its object."""
    checkout.deploy(engine, protected(BASE, "contact", "fax", "email"))
    assert refused(checkout, engine, without_field(BASE, "contact", "fax")) == [
        ("CRM403", "`contact.fax` is protected, and this plan removes it")]
    assert refused(checkout, engine, with_field(BASE, "contact", Field(name="fax", type="json"))) == [
        ("CRM403", "`contact.fax` is protected, and this plan takes its values out of sight")]
    assert [what for _, what in refused(checkout, engine, spec_of(BASE.objects["account"]))] == [
        "`contact.email` is protected, and this plan removes it",
        "`contact.fax` is protected, and this plan removes it",
    ]
    checkout.deploy(engine, BASE)
    assert checkout.deploy(engine, without_field(BASE, "contact", "fax")).changed


def test_a_protected_object_is_refused_and_rollback_respects_it(engine: sa.Engine, checkout: Checkout) -> None:
    checkout.deploy(engine, spec_of(BASE.objects["account"]))
    checkout.deploy(engine, protected(BASE, "contact", whole=True))
    assert refused(checkout, engine, spec_of(BASE.objects["account"])) == [
        ("CRM403", "`contact` is protected, and this plan removes it")]
    with pytest.raises(Refused) as caught:
        rollback(checkout.folder, engine)
    assert [one.code for one in caught.value.diagnostics] == ["CRM403"]


def test_rollback_takes_what_it_may_accept_and_asks_no_renames(engine: sa.Engine, full: Checkout) -> None:
    """Given a set, it refuses what is not in it, as deploy does; nobody is asked whether something was renamed."""
    more = with_field(without_field(BASE, "contact", "fax"), "contact", Field(name="telex", type="phone"))
    full.deploy(engine, without_field(BASE, "contact", "fax"))
    full.deploy(engine, more)
    with engine.begin() as connection:
        add_records(connection, more, "contact", [{"id": 1, "name": "C", "account_id": 1, "telex": "12"}])
    plan, target = plan_rollback(engine, to=1)
    assert (target, plan.questions, names(plan)) == (1, (), [("loses_data", "contact.telex")])
    with pytest.raises(Refused) as caught:
        rollback(full.folder, engine, to=1, allow=("widens_access",))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.help) == ("CRM501", "crmspec rollback --allow loses_data")
    assert problem.why.startswith("1 of 1 records have a value in it; ")
    assert rollback(full.folder, engine, to=1, allow=("loses_data",)).changed


def test_sizes_of_tables_are_known(engine: sa.Engine, full: Checkout) -> None:
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE account")
    plan = count_hazards(make_plan(BASE, changed(Field(name="region", type="text"))), engine)
    assert plan.sizes["account"].rows == 10
    assert (plan.sizes["account"].bytes is None) == (engine.dialect.name == "sqlite")
