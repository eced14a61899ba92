"""What a formula sees of a record in Python is what it sees in SQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from crmspec.access import passed
from crmspec.records.facts import Facts
from crmspec.records.paths import look
from crmspec.records.sources import Source
from crmspec.records.storing import several_of
from tests.records.crm import NOW, Crm

OPPORTUNITY = [
    "id",
    "name",
    "number",
    "account",
    "amount",
    "discount",
    "net",
    "margin_share",
    "account_industry",
    "close_date",
    "stage",
    "stage.type",
    "stage.probability",
    "stage.stuck_after_days",
    "stage.label",
    "days_in_stage",
    "stage_since",
    "owner",
    "owner.name",
    "owner.login",
    "owner.department",
    "owner.position",
    "created_at",
    "created_by",
    "version",
    "account.name",
    "account.industry",
    "account.key_account",
    "account.revenue",
    "account.billing.city",
    "account.owner.name",
    "account.parent.name",
    "account.opportunities",
    "account.pipeline_total",
    "account.average_amount",
    "account.last_close",
    "account.founded",
    "account.first_call",
    "account.opens_at",
    "account.ratio",
    "account.stars",
]
ACCOUNT = [
    "name",
    "tags",
    "billing.city",
    "place.latitude",
    "parent.name",
    "opportunities",
    "pipeline_total",
    "average_amount",
    "last_close",
]


def compare(crm: Crm, object_name: str, record_id: str, paths: list[str]) -> None:
    """Ask both for every path of one stored record."""
    with crm.records("rep_east") as records:
        reading = records.reading.unguarded
        one = reading.object(object_name)
        table = passed(reading.object_table(object_name).alias(), "everybody")
        row = dict(records.connection.execute(sa.select(table).where(table.c.id == record_id)).mappings().one())
        several = {
            field.name: several_of(records.connection, reading, one, field, record_id)
            for field in one.fields.values()
            if field.row.child
        }
        facts = Facts(records.connection, reading, object_name, row, several)
        source = Source(reading, object_name, table)
        for path in paths:
            segments = tuple(path.split("."))
            seen = look(reading.spec, object_name, segments)
            assert seen is not None, path
            if seen.kind == "choices":
                assert facts.value(segments) == several[path]
                continue
            column = source.column(segments)
            by_sql = records.connection.execute(
                sa.select(column).select_from(source.from_clause).where(source.table.c.id == record_id)
            ).scalar_one()
            assert facts.value(segments) == by_sql, path


def test_a_full_record(crm: Crm) -> None:
    """Own fields, parts, formulas, rollups, people, two lookups deep."""
    parent = crm.make("boss", "account", name="Parent")
    account = crm.make(
        "boss",
        "account",
        name="ACME",
        industry="retail",
        parent=parent,
        key_account=True,
        revenue="12.50",
        billing={"city": "上海"},
        tags=["web", "fair"],
        founded="1999-01-02",
        first_call="2026-01-01T08:00:00Z",
        opens_at="9:30",
        ratio="-1.5",
        stars=2,
        place={"latitude": "1.5", "longitude": "2"},
    )
    deal = crm.make(
        "boss",
        "opportunity",
        name="Deal",
        account=account,
        amount="99.99",
        discount="12.5",
        margin="33.33",
        close_date="2026-12-24",
        owner=crm.people["rep_west"],
        stage="proposal",
    )
    crm.make("boss", "opportunity", name="Other", account=account, amount="0.02", close_date="2027-01-31")
    crm.now = NOW + timedelta(days=9, hours=20)
    compare(crm, "opportunity", deal, OPPORTUNITY)
    compare(crm, "account", account, ACCOUNT)


def test_an_empty_record(crm: Crm) -> None:
    """Blank is blank on both sides."""
    compare(crm, "opportunity", crm.make("boss", "opportunity", name="Bare"), OPPORTUNITY)
    compare(crm, "account", crm.make("boss", "account", name="Bare"), ACCOUNT)


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "amount.nothing",
        "account.nothing",
        "competitors.name",
        "stage.type.x",
        "owner.password_hash",
        "account.bank.x",
    ],
)
def test_paths_that_lead_nowhere(crm: Crm, path: str) -> None:
    """A path is known or it is not; people have few attributes."""
    assert look(crm.spec, "opportunity", tuple(path.split("."))) is None
