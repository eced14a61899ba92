"""Every conversion of one release, deployed and taken back: on PostgreSQL prepared beside the table in use."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from crmspec.deploy import rollback
from crmspec.spec import Convert, Spec, Split
from tests.deploy.project import Checkout
from tests.deploy.records import add_records
from tests.deploy.specs import spec_of
from tests.plan.building import field, thing

RIVAL = thing("rival", field("name"), title_field="name")
BEFORE = spec_of(RIVAL, thing(
    "deal", field("name"), field("person"), field("day"), field("at"), field("sum"), field("sure"), field("customer"),
    field("kind", "picklist", options="small large"), field("tags", "multi_picklist", options="a b"),
    field("winner", "lookup", to="rival"), field("others", "many_to_many", to="rival"), title_field="name",
))
AFTER = replace(
    spec_of(
        RIVAL,
        thing("kind", field("name", required=True), title_field="name"),
        thing("account", field("name", required=True), title_field="name"),
        thing(
            "deal", field("name"), field("given"), field("family"),
            field("day", "date", convert=Convert(format=("D.M.YYYY",))),
            field("at", "datetime", convert=Convert(format=("DD.MM.YYYY HH:mm",))),
            field("sum", "currency", convert=Convert(decimal=",", thousands=".", strip=("€",))),
            field("sure", "boolean", convert=Convert(yes=("ja",), no=("nein",))),
            field("customer", "lookup", to="account", convert=Convert(make_missing=True)),
            field("kind", "lookup", to="kind", convert=Convert(make_missing=True, map={"small": "Small"})),
            field("tags", "picklist", options="a b", convert=Convert(keep="first")),
            field("winner"),
            field("others", "lookup", to="rival", convert=Convert(keep="last")),
            title_field="name",
        ),
    ),
    splits=(Split(source="deal.person", targets=("deal.given", "deal.family")),),
)
ROWS: list[dict[str, object]] = [
    {"id": 11, "name": "one", "person": "Ann Lee", "day": "1.2.2024", "at": "29.02.2024 13:05", "sum": "1.234,50 €",
     "sure": "Ja", "customer": "ACME", "kind": "small", "winner_id": 1},
    {"id": 12, "name": "two", "person": "Bo", "day": "", "at": None, "sum": "-7", "sure": "nein", "customer": "ACME ",
     "kind": "large", "winner_id": None},
    {"id": 13, "name": "three", "person": None, "day": None, "at": None, "sum": None, "sure": None, "customer": None,
     "kind": None, "winner_id": 2},
]
WANTED = """
SELECT deal.name, given, family, CAST(day AS text), sum, sure, account.name, kind.name, tags, winner, rival.name
FROM deal LEFT JOIN account ON account.id = customer_id LEFT JOIN kind ON kind.id = kind_id
LEFT JOIN rival ON rival.id = others_id ORDER BY deal.id"""


def rows(engine: sa.Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def everything(engine: sa.Engine, spec: Spec) -> dict[str, list[tuple[object, ...]]]:
    """Every value of deals, those of their several ones included."""
    names = ["id", "name", "person", "day", "at", "sum", "sure", "customer", "kind", "winner_id"]
    return {
        "deal": rows(engine, f"SELECT {', '.join(names)} FROM deal ORDER BY id"),
        "tags": rows(engine, "SELECT * FROM deal__tags ORDER BY 1, 2"),
        "others": rows(engine, "SELECT * FROM deal__others ORDER BY 1, 2"),
        "objects": [(name,) for name in spec.objects],
    }


def test_every_conversion_of_one_release(engine: sa.Engine, checkout: Checkout) -> None:
    checkout.deploy(engine, BEFORE)
    with engine.begin() as connection:
        add_records(connection, BEFORE, "rival", [{"id": 1, "name": "R1"}, {"id": 2, "name": "R2"}])
        add_records(connection, BEFORE, "deal", ROWS)
        add_records(connection, BEFORE, "deal__tags", [{"record_id": 11, "value": tag} for tag in "ba"])
        add_records(connection, BEFORE, "deal__others", [{"record_id": 11, "target_id": key} for key in (1, 2)])
    before = everything(engine, BEFORE)
    checkout.deploy(engine, AFTER, online_above=0)
    assert [(*row[:5], None if row[5] is None else bool(row[5]), *row[6:]) for row in rows(engine, WANTED)] == [
        ("one", "Ann", "Lee", "2024-02-01", 123450, True, "ACME", "Small", "a", "R1", "R2"),
        ("two", "Bo", None, None, -700, False, "ACME", "large", None, None, None),
        ("three", None, None, None, None, None, None, None, None, "R2", None),
    ]
    ((moment,),) = rows(engine, "SELECT at FROM deal WHERE name = 'one'")
    assert str(moment).replace("T", " ")[:16] == "2024-02-29 13:05", "the project's zone is UTC"
    assert rows(engine, "SELECT count(*) FROM account") == [(1,)]
    rollback(checkout.folder, engine)
    assert everything(engine, BEFORE) == before
    checkout.deploy(engine, AFTER, online_above=0)
    assert rows(engine, WANTED)[0][6:8] == ("ACME", "Small"), "once more gives the same"
