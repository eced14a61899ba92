"""Records that come with a release."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from crmspec.diagnostics import Refused
from crmspec.records import load_seeds
from crmspec.records.relative import Unreadable, relative_day, relative_moment
from crmspec.spec import Seed
from tests.records.crm import NOW, SPEC, Crm


def seed(object_name: str, *rows: dict[str, Any], key: str = "name") -> Seed:
    """Make a seed."""
    return Seed(name=f"{object_name}s", object=object_name, key=key, rows=rows)


PEOPLE = seed(
    "person",
    {"login": "wang.lei", "name": "王磊", "positions": ("rep_east",), "language": "zh-CN"},
    {"login": "li.na", "name": "李娜", "positions": ("rep_west", "rep_east"), "roles": ("auditor",)},
    key="login",
)
ACCOUNTS = seed(
    "account",
    {
        "name": "Child",
        "parent": "Parent",
        "tags": ("web", "fair"),
        "revenue": "1250.50",
        "owner": "wang.lei",
        "bank": "1234567890",
    },
    {"name": "Parent", "billing.city": "上海", "billing.country": "CN", "lead_time": "1h 30m", "owner": "rep_east"},
)
DEALS = seed(
    "opportunity",
    {
        "name": "Old",
        "account": "Child",
        "stage": "proposal",
        "amount": "10",
        "close_date": "today()+30",
        "competitors": ("Rival",),
        "owner": "rep_east",
        "created_at": "today()-400d+9h+20m",
        "stage_since": "now()-36h",
    },
    {"name": "New", "account": "Parent", "close_date": "2026-12-24", "owner": "rep_east"},
)
RIVALS = seed("competitor", {"name": "Rival"})
NOTES = seed("note", {"name": "Called", "about": "opportunity:Old"}, {"name": "Visited", "about": "account:Parent"})
ALL = (DEALS, ACCOUNTS, NOTES, RIVALS, PEOPLE)


def test_seeds_in_any_order(crm: Crm) -> None:
    """People first, lookups by key, those of later seeds completed afterwards; moments and owners as the rows say."""
    with crm.connection() as connection:
        assert load_seeds(connection, SPEC, ALL, now=NOW) == 9
    with crm.records("boss") as records:
        deals = {
            row.title: row
            for row in records.page(
                "opportunity",
                columns=[
                    "account",
                    "number",
                    "owner",
                    "created_at",
                    "stage_since",
                    "close_date",
                    "competitors",
                    "updated_by",
                ],
            ).rows
        }
        old, new = deals["Old"], deals["New"]
        assert [str(old[name]) for name in ("account", "number", "owner")] == ["Child", "O-2025-0001", "Rep East"]
        assert [str(new[name]) for name in ("account", "number", "owner")] == ["Parent", "O-2026-0001", "王磊"]
        assert old["created_at"] == datetime(2025, 10, 19, 1, 20, tzinfo=UTC)
        assert old["stage_since"] == datetime(2026, 11, 21, 21, 30, tzinfo=UTC)
        assert (old["close_date"], new["close_date"]) == (date(2026, 12, 23), date(2026, 12, 24))
        assert [str(one) for one in old["competitors"]] == ["Rival"]  # type: ignore[union-attr]
        accounts = {
            row.title: row
            for row in records.page(
                "account", columns=["parent", "tags", "revenue", "billing", "lead_time", "owner", "bank"]
            ).rows
        }
        assert [str(accounts["Child"][name]) for name in ("parent", "owner", "bank")] == ["Parent", "王磊", "****7890"]
        assert (accounts["Child"]["tags"], accounts["Child"]["revenue"], accounts["Parent"]["lead_time"]) == (
            ("fair", "web"),
            Decimal("1250.50"),
            5400,
        )
        assert accounts["Parent"]["billing"]["city"] == "上海"  # type: ignore[call-overload, index]
        assert {row.title: str(row["about"]) for row in records.page("note", columns=["about"]).rows} == {
            "Called": "Old",
            "Visited": "Parent",
        }
        [created] = records.history("account", accounts["Parent"].id)
        assert (created.action, created.who) == ("created", None)


def test_seeds_again_change_only_what_differs(crm: Crm) -> None:
    """A row is found again by its key; what people changed beside it stays, what the row says is brought back."""
    with crm.connection() as connection:
        load_seeds(connection, SPEC, ALL, now=NOW)
        before = connection.execute(sa.text("SELECT count(*) FROM crmspec_history")).scalar_one()
        load_seeds(connection, SPEC, ALL, now=NOW)
        assert connection.execute(sa.text("SELECT count(*) FROM crmspec_history")).scalar_one() == before
    with crm.records("boss") as records:
        parent = next(row for row in records.page("account").rows if row.title == "Parent")
        records.update("account", parent.id, {"lead_time": "5h", "website": "https://x.y"}, None)
    with crm.connection() as connection:
        load_seeds(connection, SPEC, ALL, now=NOW)
    with crm.records("boss") as records:
        record = records.get("account", parent.id)
        assert (record["lead_time"], record["website"], records.page("account").count) == (5400, "https://x.y", 2)


def test_everything_wrong_with_seeds_is_said_and_nothing_kept(crm: Crm) -> None:
    """Values, rules, lookups, people: each row with its key."""
    wrong = seed(
        "opportunity",
        {"name": "a", "amount": "-1"},
        {"name": "b", "account": "Nobody"},
        {"name": "c", "owner": "nobody"},
        {"name": "d", "stage": "lost"},
        {"name": "e", "created_at": "then"},
        {"name": "f", "close_date": "2020-01-01"},
    )
    with pytest.raises(Refused) as refused, crm.connection() as connection:
        load_seeds(connection, SPEC, (RIVALS, wrong), now=NOW)
    said = [one.what.split(" cannot be written: ") for one in refused.value.diagnostics]
    assert [key[-4:-1] for key, _ in said] == ["`a`", "`c`", "`d`", "`e`", "`f`"]
    assert said[0][1] == "amount: Amount must be at least 0."
    with crm.connection() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM competitor")).scalar_one() == 0
    with pytest.raises(Refused, match="there is no account `Nobody`"), crm.connection() as connection:
        load_seeds(connection, SPEC, (seed("opportunity", {"name": "b", "account": "Nobody"}),), now=NOW)


def test_numbers_that_rows_bring_are_counted_on(crm: Crm) -> None:
    """The next number comes after those of the rows."""
    with crm.connection() as connection:
        load_seeds(
            connection, SPEC, (seed("opportunity", {"name": "a", "number": "O-2026-0041"}, {"name": "b"}),), now=NOW
        )
    record_id = crm.make("boss", "opportunity", name="c")
    with crm.records("boss") as records:
        assert records.get("opportunity", record_id)["number"] == "O-2026-0043"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today()", "2026-11-23"),
        ("today()-12", "2026-11-11"),
        ("today()+30d", "2026-12-23"),
        ("today() + 1 - 3d", "2026-11-21"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_relative_days(text: str, expected: str) -> None:
    """Days are counted from the day of loading."""
    assert relative_day(text, date(2026, 11, 23)).isoformat() == expected


@pytest.mark.parametrize("text", ["now()", "today()-3h", "today()-999999", "yesterday", "2024-02-30"])
def test_days_that_are_none(text: str) -> None:
    """What is no day is said so."""
    with pytest.raises(Unreadable):
        relative_day(text, date(2026, 11, 23))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now()", "2026-11-23T09:30:00+00:00"),
        ("now()-36h", "2026-11-21T21:30:00+00:00"),
        ("today()-12d+9h+20m", "2026-11-11T01:20:00+00:00"),
        ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00+00:00"),
        ("2026-01-31", "2026-01-30T16:00:00+00:00"),
    ],
)
def test_relative_moments(text: str, expected: str) -> None:
    """`today()` is midnight in the project's time zone."""
    assert relative_moment(text, NOW, ZoneInfo("Asia/Shanghai")).isoformat() == expected
