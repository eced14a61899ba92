"""A spec survives being written as JSON, and its fingerprint looks only at what it means."""

from __future__ import annotations

from decimal import Decimal

from crmspec.spec import (
    AccessTest,
    Chart,
    Environment,
    Field,
    Layout,
    Object,
    Option,
    Organization,
    Pipeline,
    Position,
    Project,
    Rename,
    Report,
    Role,
    Section,
    Seed,
    Spec,
    Stage,
    fingerprint,
    from_json,
    to_json,
)


def some_spec() -> Spec:
    """A spec with something of every shape a value can have."""
    stages = {"open": Stage(name="open", probability=10), "won": Stage(name="won", type="won")}
    fields = {
        "name": Field(name="name", type="text", label={"en": "Name", "zh-CN": "名称"}, required=True),
        "stage": Field(
            name="stage", type="picklist", pipeline="sales", options=(Option(name="open"), Option(name="won"))
        ),
        "amount": Field(name="amount", type="currency", min=Decimal("0.50"), scale=2),
        "owner_account": Field(name="owner_account", type="lookup", to=("account", "contact")),
    }
    return Spec(
        project=Project(
            crm="acme",
            languages=("en", "zh-CN"),
            environments={"local": Environment(name="local", database="sqlite:///crm.db")},
        ),
        objects={"deal": Object(name="deal", fields=fields)},
        pipelines={"sales": Pipeline(name="sales", object="deal", stages=stages, transitions=(("open", "won"),))},
        roles={"rep": Role(name="rep", grants={"deal": {"read": ("own", "team")}}, fields={"deal.amount": "masked"})},
        organization=Organization(positions={"rep_east": Position(name="rep_east", roles=("rep",))}),
        reports={"all": Report(name="all", object="deal", totals={"amount": ("sum",)}, chart=Chart(by="stage"))},
        layouts={"main": Layout(name="main", object="deal", sections=(Section(fields=("name",)),))},
        seeds={"s": Seed(name="s", object="deal", rows=({"name": "a", "tags": ("x", "y")},))},
        access_tests=(AccessTest(as_="rep", verb="read", allowed=False, on="deal.amount"),),
        renames=(Rename(before="deal.a", after="deal.b"),),
    )


def test_what_is_written_reads_back() -> None:
    """Every shape comes back equal."""
    assert from_json(to_json(some_spec())) == some_spec()


def test_maps_keep_the_order_of_the_project() -> None:
    """A form shows the fields in the order they were written."""
    assert list(from_json(to_json(some_spec())).objects["deal"].fields) == ["name", "stage", "amount", "owner_account"]


def test_no_address_of_a_database_is_written() -> None:
    """Environments belong to the checkout, not to the release."""
    assert "sqlite" not in to_json(some_spec())


def test_the_order_of_maps_does_not_change_the_fingerprint() -> None:
    """Sorting the fields of an object in its file is no change."""
    one = Spec(project=Project(crm="x"), objects={"a": Object(name="a"), "b": Object(name="b")})
    other = Spec(project=Project(crm="x"), objects={"b": Object(name="b"), "a": Object(name="a")})
    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(one) != fingerprint(some_spec())
