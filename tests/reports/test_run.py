"""Reports under a person's rights: what is shown, what is left out, what is refused, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from crmspec.access import metadata_for
from crmspec.records import Forbidden, NotFound, Ref
from crmspec.reports import Result, has_report, reports_of, run
from crmspec.spec import Chart, Report
from tests.records.crm import NOW, SPEC, Crm, crm_at, statements

ACCOUNT = "00000000-0000-7000-8000-0000000000a{}"
OPPORTUNITY = "00000000-0000-7000-8000-0000000000b{}"
# name, account, amount, stage, close date, owner, margin
DEALS = (
    ("Annual report", 1, 1000_00, "proposal", date(2026, 1, 31), "rep_east", 10_00),
    ("Brochure", 1, 250_05, "qualify", date(2026, 2, 1), "rep_east", 20_00),
    ("Catalogue", 2, None, "qualify", date(2026, 4, 30), "rep_east", None),
    ("Diary", 2, 0, "won", date(2025, 12, 29), "rep_west", 30_00),
    ("Envelope", 3, 33_33, "lost", None, "rep_west", -40_00),
    ("Flyer", None, 1, "qualify", date(2026, 12, 31), None, 50_00),
)


@pytest.fixture
def crm(database_url: str) -> Iterator[Crm]:
    """Six opportunities of three accounts; account 3 belongs to the west."""
    with crm_at(database_url) as crm:
        tables = metadata_for(SPEC).tables
        stamps = {"created_at": NOW - timedelta(days=30), "updated_at": NOW}
        with crm.connection() as connection:
            for at, (name, owner) in enumerate((("Zeta", "rep_east"), ("阿里", "rep_east"), ("北风", "rep_west")), 1):
                row = {"id": ACCOUNT.format(at), "name": name, "owner_id": crm.people[owner], "industry": "retail"}
                connection.execute(sa.insert(tables["account"]).values(**row, **stamps))
            for at, (name, account, amount, stage, close, holder, margin) in enumerate(DEALS, 1):
                deal: dict[str, Any] = {
                    "id": OPPORTUNITY.format(at), "name": name, "amount": amount, "stage": stage,
                    "stage_since": NOW - timedelta(days=at), "close_date": close,
                    "owner_id": crm.people[holder] if holder else None, "margin": margin,
                    "lost_reason": "price" if stage == "lost" else None,
                }  # fmt: skip
                deal["account_id"] = ACCOUNT.format(account) if account else None
                connection.execute(sa.insert(tables["opportunity"]).values(**deal, **stamps))
        yield crm


def report(**keys: Any) -> Report:
    """Make a report of opportunities."""
    return Report(**({"name": "a_report", "object": "opportunity", "columns": ("name",)} | keys))


def ask(crm: Crm, who: str, asked: Report, **more: Any) -> Result:
    """Run a report as the holder of a position."""
    with crm.connection() as connection:
        return run(crm.spec, connection, crm.actor(connection, who), asked, now=NOW, **more)


def names(result: Result) -> list[str]:
    return [str(row["name"]) for row in result.rows]


def labels(result: Result) -> list[tuple[str, int]]:
    return [(group.label, group.count) for group in result.groups]


def test_a_plain_list_has_totals(crm: Crm) -> None:
    """Without groups a report is its records in order, blank last, and what they come to."""
    result = ask(
        crm, "boss",
        report(columns=("name", "account.name", "amount"), sort=("-amount",),
               totals={"amount": ("sum", "avg", "min", "max", "count"), "records": ("count",)}),
    )  # fmt: skip
    assert names(result) == ["Annual report", "Brochure", "Envelope", "Flyer", "Diary", "Catalogue"]
    assert result.rows[0]["account.name"] == "Zeta"
    assert result.totals == {
        ("amount", "sum"): Decimal("1283.39"), ("amount", "avg"): Decimal("256.6780"),
        ("amount", "min"): Decimal("0.00"), ("amount", "max"): Decimal("1000.00"),
        ("amount", "count"): 5, ("records", "count"): 6,
    }  # fmt: skip
    assert (result.groups, result.chart, result.truncated) == ((), None, False)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [((1, 2), "0.0150"), ((-1, -2), "-0.0150"), ((1, 1, 0), "0.0067"), ((-1, -1, 0), "-0.0067"), ((1, 0, 0), "0.0033"),
     ((10**17, 10**17 - 1), "999999999999999.9950"), ((None, None), None)],
)  # fmt: skip
def test_averages_round_half_away_from_zero(crm: Crm, amounts: tuple[int | None, ...], expected: str | None) -> None:
    """An average has two decimals more than what it is made from, and is as exact as whole numbers are."""
    table = metadata_for(SPEC).tables["opportunity"]
    with crm.connection() as connection:
        connection.execute(sa.update(table).values(margin=None))
        for at, amount in enumerate(amounts, 1):
            connection.execute(sa.update(table).where(table.c.id == OPPORTUNITY.format(at)).values(margin=amount))
    result = ask(crm, "boss", report(totals={"margin": ("avg", "sum")}))
    assert result.totals["margin", "avg"] == (None if expected is None else Decimal(expected))
    assert result.totals["margin", "sum"] == Decimal(sum(amount or 0 for amount in amounts)).scaleb(-2)


def test_groups_stand_in_their_own_order(crm: Crm) -> None:
    """Stages as the pipeline has them, time as it goes, accounts by sound, blank last; records inside as sorted."""
    result = ask(crm, "boss", report(group_by=("stage", "account"), sort=("-name",), totals={"amount": ("sum",)}))
    assert labels(result) == [("Qualify", 3), ("Proposal", 1), ("Won", 1), ("Lost", 1)]
    inner = result.groups[0].groups
    assert [(group.label, group.count) for group in inner] == [("Zeta", 1), ("阿里", 1), ("(blank)", 1)]
    assert result.groups[0].totals == {("amount", "sum"): Decimal("250.06")}
    assert [row["name"] for group in inner for row in group.rows] == ["Brochure", "Catalogue", "Flyer"]
    by_account = ask(crm, "boss", report(group_by=("account",)))
    assert labels(by_account) == [("Zeta", 2), ("阿里", 2), ("北风", 1), ("(blank)", 1)]


@pytest.mark.parametrize(
    ("part", "expected"),
    [("year", ["2025", "2026"]), ("quarter", ["2025-Q4", "2026-Q1", "2026-Q2", "2026-Q4"]),
     ("month", ["2025-12", "2026-01", "2026-02", "2026-04", "2026-12"]),
     ("week", ["2026-W01", "2026-W05", "2026-W18", "2026-W53"])],
)  # fmt: skip
def test_days_are_grouped_by_their_parts(crm: Crm, part: str, expected: list[str]) -> None:
    """A week belongs to the year of its Thursday."""
    result = ask(crm, "boss", report(group_by=(f"close_date.{part}",)))
    assert [group.label for group in result.groups] == [*expected, "(blank)"]


def test_paths_go_through_lookups(crm: Crm) -> None:
    """The owner's department, the kind of a stage and the days in it can be grouped by, shown and filtered by."""
    result = ask(
        crm, "boss",
        report(columns=("name", "owner.department", "days_in_stage"), group_by=("owner.department", "stage.type"),
               filter="days_in_stage >= 2 and owner.department != 'nowhere'", totals={"days_in_stage": ("max",)}),
    )  # fmt: skip
    assert labels(result) == [("east", 2), ("west", 2)]
    assert [group.label for group in result.groups[1].groups] == ["Won", "Lost"]
    assert result.totals == {("days_in_stage", "max"): 5}
    assert {row["owner.department"] for row in result.rows} == {"east", "west"}


def test_only_what_may_be_read_is_counted(crm: Crm) -> None:
    """The rule holds in rows, groups and totals alike."""
    asked = report(group_by=("owner",), totals={"amount": ("sum",), "records": ("count",)})
    east = ask(crm, "rep_east", asked)
    assert names(east) == ["Catalogue", "Brochure", "Annual report"]
    assert east.totals["amount", "sum"] == Decimal("1250.05")
    assert labels(east) == [("Rep East", 3)]
    assert ask(crm, "sales_director", asked).count == 5
    assert ask(crm, "boss", asked).count == 6


def test_what_lies_behind_a_lookup_keeps_its_own_rule(crm: Crm) -> None:
    """Accounts that may not be seen are one group without a name, and say nothing to filters."""
    with crm.connection() as connection:
        table = metadata_for(SPEC).tables["opportunity"]
        for at, account in ((1, 3), (2, 3), (3, 1)):
            change = sa.update(table).where(table.c.id == OPPORTUNITY.format(at))
            connection.execute(change.values(account_id=ACCOUNT.format(account)))
    result = ask(crm, "rep_east", report(columns=("name", "account"), group_by=("account",)))
    assert labels(result) == [("Zeta", 1), ("…", 2)]
    hidden = result.groups[1]
    assert hidden.key == Ref("account", "", "…", hidden=True)
    assert [row["account"] for row in hidden.rows] == [hidden.key, hidden.key]
    assert ask(crm, "rep_east", report(group_by=("account.name",))).groups[-1].label == "(blank)"
    assert ask(crm, "rep_east", report(filter="account.name == '北风'")).count == 0
    assert ask(crm, "boss", report(filter="account.name == '北风'")).count == 3


def test_a_column_that_may_not_be_read_is_left_out(crm: Crm) -> None:
    """It is named, and everything else is shown; a masked one stays, masked."""
    result = ask(crm, "rep_east", report(columns=("name", "margin", "account.credit_limit")))
    assert result.omitted == ("margin",)
    assert [column.path for column in result.columns] == ["name", "account.credit_limit"]


@pytest.mark.parametrize(
    "keys",
    [{"filter": "margin > 0"}, {"filter": "amount > 0 and margin_share > 5"}, {"group_by": ("margin",)},
     {"sort": ("-margin",)}, {"totals": {"margin": ("sum",)}}, {"totals": {"margin_share": ("avg",)}},
     {"group_by": ("stage",), "totals": {"margin": ("max",)}, "chart": Chart(by="stage", value="margin")},
     {"filter": "account.credit_limit > 0"}],
)  # fmt: skip
def test_a_number_that_tells_of_a_hidden_field_is_refused(crm: Crm, keys: dict[str, Any]) -> None:
    """Filters, groups, order, totals and charts would say what the field hides, so the report is refused by name."""
    with pytest.raises(Forbidden) as refused:
        ask(crm, "rep_east", report(**keys))
    assert refused.value.fields[0] in ("margin", "margin_share", "account.credit_limit")
    assert refused.value.fields[0] in refused.value.message
    ask(crm, "boss", report(**keys))


def test_a_report_is_for_its_roles(crm: Crm) -> None:
    """Who has none of them cannot tell it from one that is not there."""
    asked = report(roles=("sales_manager",))
    hidden = report(name="hidden", totals={"margin": ("sum",)})
    others = {"open": report(name="open"), "hidden": hidden, "notes": Report(name="notes", object="note")}
    spec = replace(SPEC, reports={"a_report": asked, **others})
    with crm.connection() as connection:
        rep, manager = crm.actor(connection, "rep_east"), crm.actor(connection, "sales_director")
    assert (has_report(rep, asked), has_report(manager, asked)) == (False, True)
    assert [one.name for one in reports_of(spec, rep)] == ["open", "notes"]
    with pytest.raises(NotFound):
        ask(crm, "rep_east", asked)
    assert ask(crm, "sales_director", asked).count == 5


def test_an_object_that_may_not_be_read_has_no_reports(crm: Crm) -> None:
    """Nor may records be exported by who may only read them."""
    with pytest.raises(Forbidden):
        ask(crm, "rep_east", Report(name="a_report", object="nothing", columns=("name",)))
    with pytest.raises(Forbidden):
        ask(crm, "auditor", report(), verb="export")
    assert ask(crm, "auditor", report()).count == 6


def test_export_has_its_own_scope(crm: Crm) -> None:
    """What may be read but not exported is not in it, in its totals neither."""
    asked = report(totals={"records": ("count",)})
    assert ask(crm, "rep_east", asked, verb="export").totals == {("records", "count"): 3}
    assert ask(crm, "sales_director", asked, verb="export").totals == {("records", "count"): 4 + 1}


def test_more_records_than_the_limit_are_said(crm: Crm) -> None:
    """The first in order are shown, totals are of all, groups without a shown record stay."""
    result = ask(crm, "boss", report(group_by=("stage",), sort=("name",), totals={"amount": ("sum",)}), limit=2)
    assert (names(result), result.truncated, result.count) == (["Annual report", "Brochure"], True, 6)
    assert labels(result) == [("Qualify", 3), ("Proposal", 1), ("Won", 1), ("Lost", 1)]
    assert [len(group.rows) for group in result.groups] == [1, 1, 0, 0]
    assert result.totals == {("amount", "sum"): Decimal("1283.39")}


@pytest.mark.parametrize("limit", [0, 3, 500])
def test_a_report_is_two_statements(crm: Crm, limit: int) -> None:
    """However many records and groups there are."""
    asked = report(columns=("name", "account", "account.owner", "net", "competitors"), group_by=("owner", "stage"),
                   totals={"amount": ("sum", "avg")}, chart=Chart(by="stage", value="amount"))  # fmt: skip
    with crm.connection() as connection:
        actor = crm.actor(connection, "boss")
        with statements(crm.engine) as sent:
            run(crm.spec, connection, actor, asked, now=NOW, limit=limit)
    assert len(sent) == (3 if limit else 1)  # one more for the many competitors of all records


def test_groups_can_be_sorted_by_what_they_come_to(crm: Crm) -> None:
    """A report that counts can be sorted by the count; one that shows no records by any total."""
    counted = report(group_by=("account",), totals={"records": ("count",)}, sort=("records", "name"))
    assert labels(ask(crm, "boss", counted)) == [("北风", 1), ("(blank)", 1), ("Zeta", 2), ("阿里", 2)]
    summed = report(columns=(), group_by=("stage",), totals={"amount": ("sum",)}, sort=("-amount",))
    result = ask(crm, "boss", summed)
    assert [group.label for group in result.groups] == ["Proposal", "Qualify", "Lost", "Won"]
    assert (result.rows, result.truncated) == ((), False)


def test_a_chart_goes_along_any_group(crm: Crm) -> None:
    """Inner groups are put together across the outer ones."""
    asked = report(group_by=("owner", "stage"), totals={"amount": ("avg", "sum")},
                   chart=Chart(type="pie", by="stage", value="amount", function="sum"))  # fmt: skip
    chart = ask(crm, "boss", asked).chart
    assert chart is not None
    assert [(point.key, point.number) for point in chart.points] == [
        ("qualify", Decimal("250.06")), ("proposal", Decimal("1000.00")), ("won", Decimal("0.00")),
        ("lost", Decimal("33.33")),
    ]  # fmt: skip
    assert (chart.type, chart.by.path, chart.measure.key) == ("pie", "stage", ("amount", "sum"))


def test_a_chart_of_time_has_no_gaps(crm: Crm) -> None:
    """Months without records count nought and have no average."""
    totals = {"records": ("count",), "amount": ("avg",)}
    asked = report(group_by=("close_date.month",), totals=totals, chart=Chart(type="line"))
    chart = ask(crm, "boss", asked).chart
    assert chart is not None
    assert [point.label for point in chart.points[:5]] == ["2025-12", "2026-01", "2026-02", "2026-03", "2026-04"]
    assert [point.number for point in chart.points] == [1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    averages = ask(crm, "boss", replace(asked, chart=Chart(type="line", value="amount"))).chart
    assert averages is not None
    assert averages.points[3].number is None


def test_a_chart_keeps_the_largest_of_many(crm: Crm) -> None:
    """More groups than a picture can show are one point at its end."""
    table = metadata_for(SPEC).tables["opportunity"]
    stamps = {"created_at": NOW, "updated_at": NOW, "stage": "qualify"}
    with crm.connection() as connection:
        connection.execute(sa.delete(table))
        for at in range(60):
            row = {"id": f"00000000-0000-7000-8000-0000000c{at:04}", "name": f"{at:02}", "amount": 100 * at}
            connection.execute(sa.insert(table).values(**row, **stamps))
    chart = ask(crm, "boss", report(group_by=("name",), totals={"amount": ("sum",)}, chart=Chart(value="amount"))).chart
    assert chart is not None
    assert [point.label for point in chart.points] == [*(f"{at:02}" for at in range(21, 60)), "All others"]
    assert (chart.points[-1].number, chart.points[-1].is_rest) == (sum(range(21)), True)


def test_formulas_hold_for_the_day_that_is_asked(crm: Crm) -> None:
    """`today()` and `me()` are those of the question."""
    assert ask(crm, "rep_east", report(filter="owner == me() and close_date >= add_days(today(), -295)")).count == 2
    assert ask(crm, "boss", report(filter="close_date > today()")).count == 1


def test_words_are_those_of_the_reader(crm: Crm) -> None:
    """Columns, groups and totals speak the language that is asked for."""
    asked = report(group_by=("stage",), totals={"amount": ("sum",), "records": ("count",)})
    result = ask(crm, "boss", asked, language="zh-CN")
    assert [group.label for group in result.groups] == ["qualify项", "proposal项", "won项", "lost项"]
    assert [measure.label for measure in result.measures] == ["amount字段（合计）", "记录数"]


def test_empty_reports_are_empty(crm: Crm) -> None:
    """Nothing found is no error: no groups, sums of nought, no averages."""
    totals = {"amount": ("sum", "avg"), "records": ("count",)}
    asked = report(filter="amount > 99999", group_by=("stage",), totals=totals)
    result = ask(crm, "boss", replace(asked, chart=Chart()))
    assert (result.count, result.groups, result.rows) == (0, (), ())
    assert result.totals == {("amount", "sum"): 0, ("amount", "avg"): None, ("records", "count"): 0}
    assert result.chart is not None
    assert result.chart.points == ()


def test_values_of_several_can_be_counted(crm: Crm) -> None:
    """A count asks whether there is a value: of an address, of several options, of linked records."""
    result = ask(crm, "boss", Report(name="a", object="account", totals={
        "tags": ("count",), "billing": ("count",), "website": ("count",), "place": ("count",)}))  # fmt: skip
    assert set(result.totals.values()) == {0}
    made = crm.make("boss", "account", name="Full", tags=("fair", "web"), billing={"city": "Ulm"}, website="https://a.b")
    assert made
    result = ask(crm, "boss", Report(name="a", object="account", totals={"tags": ("count",), "billing": ("count",)}))
    assert result.totals == {("tags", "count"): 1, ("billing", "count"): 1}


def test_moments_are_grouped_by_their_day(crm: Crm) -> None:
    """A moment's day is that of the project's time zone, on both databases: late in UTC is tomorrow in Shanghai."""
    table = metadata_for(SPEC).tables["opportunity"]
    with crm.connection() as connection:
        change = sa.update(table).where(table.c.id == OPPORTUNITY.format(1))
        connection.execute(change.values(created_at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC)))
    result = ask(crm, "boss", report(group_by=("created_at.day",)))
    assert [(group.key, group.count) for group in result.groups] == [(date(2026, 10, 24), 5), (date(2026, 11, 1), 1)]
