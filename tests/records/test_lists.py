"""Long lists: filters in groups, sums, groups of records, and the way to any place of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from crmspec.records import LAST, BadQuestion, Condition, Group, conditions_in, counting, read_filter, write_filter
from tests.records.crm import NOW, Crm
from tests.records.test_reading import fill, hide

TODAY = NOW.date()


def names(crm: Crm, *where: Condition | Group) -> list[str]:
    """Return which opportunities a filter leaves, by name."""
    with crm.records("boss") as records:
        rows = records.page("opportunity", columns=["name"], where=where, sort=["name"], limit=100).rows
        return [str(row["name"]) for row in rows]


@pytest.fixture
def five(crm: Crm) -> Crm:
    """Five opportunities with amounts and days that can be told apart."""
    with crm.records("boss") as records:
        for number, (name, amount) in enumerate((("a", "5"), ("b", "10"), ("c", "10.01"), ("d", "20"), ("e", None))):
            day = TODAY + timedelta(days=10 * number)
            records.create("opportunity", {"name": name, "amount": amount, "close_date": day})
    return crm


@pytest.mark.parametrize(
    ("field", "operator", "value", "left"),
    [
        ("amount", "more_than", "10", "cd"),
        ("amount", "less_than", "10.01", "ab"),
        ("amount", "less_than", "10.005", "ab"),
        ("amount", "between", "10..10.01", "bc"),
        ("amount", "is_not", "10", "acde"),
        ("name", "not_contains", "B", "acde"),
        ("name", "ends_with", "C", "c"),
        ("close_date", "before", "today+20", "ab"),
        ("close_date", "after", "today+30", "e"),
        ("close_date", "between", "today+10..today+30", "bcd"),
        ("close_date", "in", "last_11_days", "a"),
        ("close_date", "in", "next_2_weeks", "ab"),
        ("created_at", "is", "today", "abcde"),
        ("stage", "any_of", "qualify,won", "abcde"),
        ("stage", "none_of", "qualify,won", ""),
        ("owner", "any_of", "me", "abcde"),
    ],
)
def test_operators(five: Crm, field: str, operator: str, value: str, left: str) -> None:
    """Each operator leaves the same records on both databases."""
    assert names(five, Condition(field, operator, value)) == list(left)


def test_groups(five: Crm) -> None:
    """Groups stand in one another: all of them must hold, or any one; a group of nothing holds always."""
    cheap, dear, late = (
        Condition("amount", "at_most", "5"),
        Condition("amount", "at_least", "20"),
        Condition("close_date", "after", "today+20"),
    )
    assert names(five, Group((cheap, dear), any=True)) == ["a", "d"]
    assert names(five, Group((Group((cheap, dear), any=True), late))) == ["d"]
    assert names(five, Group((cheap, Group((dear, late))), any=True)) == ["a", "d"]
    assert len(names(five, Group((), any=True))) == 5


def test_a_filter_is_written_and_read_back() -> None:
    """The word of an address says the same group again; whatever else stands there is refused."""
    group = Group((Condition("stage", "is", "won"), Group((Condition("name", "contains", "甲\""),))), any=True)
    assert read_filter(write_filter(group), "en") == group
    assert [one.field for one in conditions_in([group])] == ["stage", "name"]
    assert read_filter("", "en") is None
    deep = '{"all":[' * 9 + "]}" * 9
    for text in ("{", "[]", '{"not":[]}', '{"all":[["a","is"]]}', '{"all":[[1,2,3]]}', '{"all":1}', deep, "x" * 9_000):
        with pytest.raises(BadQuestion):
            read_filter(text, "en")


def test_a_hidden_field_is_none_in_groups_sums_and_orders(crm: Crm) -> None:
    """What may not be read cannot be asked for inside a group, is not added up, and groups nothing."""
    fill(crm)
    hide(crm, "opportunity.amount")
    with crm.records("rep_east") as records:
        hidden = Group((Condition("name", "contains", "a"), Condition("amount", "more_than", "1")), any=True)
        with pytest.raises(BadQuestion):
            records.page("opportunity", where=[hidden])
        with pytest.raises(BadQuestion):
            records.page("opportunity", group="amount")
        assert records.page("opportunity", columns=["name", "amount"], sums=True).sums == {}


def test_sums_and_groups(five: Crm) -> None:
    """Columns are added up over the whole list, not the page; groups come first in the order, each with its own sum."""
    with five.records("boss") as records:
        page = records.page("opportunity", columns=["amount"], sums=True, group="amount", sort=["name"], limit=2)
        assert page.sums == {"amount": Decimal("45.01")}
        assert page.sort == ("amount", "name")
        assert sum(one.count for one in page.groups) == page.count == 5
        by_account = records.page("opportunity", columns=["name"], group="account", limit=2)
        assert [(one.key, one.count) for one in by_account.groups] == [(None, 5)]


def test_pages_from_anywhere(five: Crm) -> None:
    """A page begins at letters, a number, a day, behind so many records or at the end; it leads on and back."""
    with five.records("boss") as records:

        def page(**asked: object) -> tuple[str, bool, bool]:
            found = records.page("opportunity", columns=["name"], limit=2, **asked)  # type: ignore[arg-type]
            return "".join(str(row["name"]) for row in found.rows), bool(found.previous), bool(found.next)

        assert page(sort=["name"], start="C") == ("cd", True, True)
        assert page(sort=["-name"], start="c") == ("cb", True, True)
        assert page(sort=["amount"], start="10.01") == ("cd", True, True)
        assert page(sort=["-amount"], start="10") == ("ba", True, True)
        assert page(sort=["close_date"], start=str(TODAY + timedelta(days=21))) == ("de", True, False)
        assert page(sort=["name"], skip=3) == ("de", True, False)
        assert page(sort=["name"], cursor=LAST) == ("de", True, False)
        last = records.page("opportunity", sort=["name"], cursor=LAST, limit=2)
        before = records.page("opportunity", columns=["name"], sort=["name"], cursor=last.previous, limit=2)
        assert [row["name"] for row in before.rows] == ["b", "c"]
        with pytest.raises(BadQuestion):
            page(sort=["close_date"], start="soon")


def test_a_long_list_is_counted_about(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what is counted, the number is an estimate of the right size, and asked for it is exact."""
    fill(crm, 60)
    monkeypatch.setattr(counting, "EXACT_COUNT_MAX", 20)
    with crm.records("boss") as records:
        if records.reading.dialect == "postgresql":
            records.connection.exec_driver_sql("ANALYZE opportunity")
        some = Condition("name", "is_not_empty")
        about = records.page("opportunity", columns=["amount"], where=[some], sums=True, group="amount")
        assert (about.count_is_exact, dict(about.sums), about.groups) == (False, {}, ())
        assert 20 <= about.count <= 120
        exact = records.page("opportunity", columns=["amount"], where=[some], sums=True, whole=True)
        assert (exact.count, exact.count_is_exact, list(exact.sums)) == (60, True, ["amount"])
