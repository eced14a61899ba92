"""Lists and records under a person's rights."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from crmspec.records import BadQuestion, Condition, Forbidden, Invalid, Masked, NotFound, Record, Ref
from tests.records.crm import Crm, statements

SORTS = [
    ("amount",),
    ("-amount",),
    ("name",),
    ("-name", "amount"),
    ("account", "-amount"),
    ("stage", "-close_date"),
    ("-created_at",),
    ("created_at",),
    ("-net",),
    ("owner", "number"),
    ("days_in_stage", "-number"),
    ("account.industry", "close_date", "name"),
    ("-account.owner",),
]


def hide(crm: Crm, address: str) -> None:
    """Take a field away from sales representatives."""
    role = crm.spec.roles["sales_rep"]
    hidden = replace(role, fields={**role.fields, address: "none"})
    crm.spec = replace(crm.spec, roles={**crm.spec.roles, "sales_rep": hidden})


def fill(crm: Crm, count: int = 23, seed: int = 1) -> list[str]:
    """Make opportunities with every mixture of blank and equal values."""
    chance = random.Random(seed)
    names = ["alpha", "Beta", "beta", "ALPHA", "Zürich", "上海", "北京", "a_b", "50%"]
    with crm.records("boss") as records:
        accounts = [
            records.create(
                "account", {"name": f"Account {name}", "industry": chance.choice(["retail", "printing", None])}
            ).id
            for name in ("b", "A", "c")
        ]
        ids = []
        for number in range(count):
            values: dict[str, Any] = {
                "name": f"{chance.choice(names)} {number}",
                "account": chance.choice([*accounts, None]),
                "amount": chance.choice([None, "0", "10", "10", "25.5"]),
                "discount": chance.choice([None, "0", "12.5"]),
                "close_date": chance.choice([None, "2026-12-01", "2027-01-15"]),
                "owner": crm.people[chance.choice(["rep_east", "rep_west", "boss"])],
            }
            ids.append(records.create("opportunity", values).id)
    return ids


@pytest.mark.parametrize("sort", SORTS, ids="+".join)
def test_pages_meet_without_gap_or_double_in_both_directions(crm: Crm, sort: tuple[str, ...]) -> None:
    """Going through the pages, forwards and backwards, gives every record once, in the order of one large page."""
    fill(crm)
    with crm.records("boss") as records:
        whole = [row.id for row in records.page("opportunity", sort=sort, limit=100).rows]
        assert len(set(whole)) == 23
        forwards, cursor, pages = [], "", []
        while True:
            page = records.page("opportunity", sort=sort, cursor=cursor, limit=5)
            pages.append([row.id for row in page.rows])
            forwards += pages[-1]
            if not page.next:
                break
            cursor = page.next
        assert forwards == whole
        back = []
        while page.previous:
            page = records.page("opportunity", sort=sort, cursor=page.previous, limit=5)
            back.append([row.id for row in page.rows])
        assert [one for chunk in reversed(back) for one in chunk] == whole[: -len(pages[-1])]
        assert page.next


def test_the_order_is_the_same_on_both_databases(crm: Crm) -> None:
    """Text sorts by bytes with A to Z as a to z, blank comes last in either direction, options in their order."""
    fill(crm)
    with crm.records("boss") as records:

        def column(*sort: str) -> list[Any]:
            return [
                row.get(sort[0].lstrip("-"))
                for row in records.page("opportunity", columns=[sort[0].lstrip("-")], sort=sort, limit=100).rows
            ]

        names = column("name")
        assert names == sorted(
            names, key=lambda name: name.translate({letter: letter + 32 for letter in range(65, 91)}).encode()
        )
        amounts = column("-amount")
        filled = [amount for amount in amounts if amount is not None]
        assert filled == sorted(filled, reverse=True)
        assert amounts[len(filled) :] == [None] * (len(amounts) - len(filled))
        titles = [str(account) for account in column("account") if account]
        assert titles == sorted(titles, key=str.lower)


@pytest.mark.parametrize("cursor", ["x", "AAAA", "eyJ4IjoxfQ", "x" * 10_000, "é", "W1sibmFtZSJdLDAsWzFdLCJ4Il0"])
def test_a_cursor_that_is_none_is_refused(crm: Crm, cursor: str) -> None:
    """Whatever stands in the address: a refusal, never an error of ours."""
    with crm.records("boss") as records, pytest.raises(BadQuestion):
        records.page("opportunity", cursor=cursor)


def test_a_cursor_of_another_order_is_refused(crm: Crm) -> None:
    """Keys fit only the order they were made for."""
    fill(crm)
    with crm.records("boss") as records:
        page = records.page("opportunity", sort=["name"], limit=2)
        with pytest.raises(BadQuestion):
            records.page("opportunity", sort=["amount"], cursor=page.next)


def test_a_page_costs_the_same_however_many_rows(crm: Crm) -> None:
    """Titles of lookups, formulas and rollups come with the rows; several values in one statement a field."""
    fill(crm)
    columns = [
        "name",
        "account",
        "owner",
        "net",
        "stage",
        "days_in_stage",
        "account.parent",
        "account.billing.city",
        "account.owner",
        "account.opportunities",
        "competitors",
        "account_industry",
    ]
    with crm.records("boss") as records, statements(crm.engine) as sent:
        page = records.page(
            "opportunity", columns=columns, where=[Condition("amount", "at_least", "1")], sort=["account", "-amount"]
        )
    assert len(page.rows) > 5
    assert len(sent) == 3


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("name", "contains", "ALPHA"), {"Alpha", "alphabet", "50%_alpha"}),
        (("name", "contains", "%"), {"50%_alpha"}),
        (("name", "contains", "_"), {"50%_alpha"}),
        (("name", "contains", "\\"), {"back\\slash"}),
        (("name", "starts_with", "b"), {"Beta", "back\\slash"}),
        (("name", "is", "Beta"), {"Beta"}),
        (("name", "contains", "%' or 1=1 --"), set()),
        (("amount", "is", "10.00"), {"Beta"}),
        (("amount", "is", "10.001"), set()),
        (("amount", "at_least", "10"), {"Beta", "alphabet"}),
        (("amount", "at_most", "9.999"), {"Alpha"}),
        (("amount", "is_empty", ""), {"50%_alpha", "back\\slash"}),
        (("net", "at_least", "15"), {"alphabet"}),
        (("amount", "at_least", "999999999999999999"), set()),
        (("amount", "at_most", "-999999999999999999.5"), None),
        (("close_date", "in", "this_month"), {"Alpha", "back\\slash"}),
        (("close_date", "in", "next_month"), {"Beta"}),
        (("close_date", "from", "2026-12-31"), {"alphabet"}),
        (("close_date", "until", "2026-11-23"), {"Alpha"}),
        (("close_date", "is", "2026-12-01"), {"Beta"}),
        (("close_date", "is_not_empty", ""), {"Alpha", "Beta", "alphabet", "back\\slash"}),
        (("created_at", "in", "today"), {"Alpha", "Beta", "alphabet", "50%_alpha", "back\\slash"}),
        (("created_at", "from", "2026-11-24"), set()),
        (("stage", "is", "proposal"), {"Beta"}),
        (("stage", "is_not", "qualify"), {"Beta"}),
        (("stage.type", "is", "open"), {"Alpha", "Beta", "alphabet", "50%_alpha", "back\\slash"}),
        (("account", "is_empty", ""), {"Alpha", "50%_alpha", "back\\slash"}),
        (("account.name", "contains", "acme"), {"Beta", "alphabet"}),
        (("account.tags", "is", "web"), None),
        (("owner", "is", "me"), {"Alpha", "Beta", "alphabet", "50%_alpha", "back\\slash"}),
        (("owner", "is_not", "me"), set()),
        (("account.key_account", "is", "true"), {"Beta", "alphabet"}),
        (("account.key_account", "is", "false"), {"Alpha", "50%_alpha", "back\\slash"}),
    ],
    ids=lambda value: ":".join(value) if isinstance(value, tuple) else "",
)
def test_filters(crm: Crm, condition: tuple[str, str, str], expected: set[str] | None) -> None:
    """Each operator of each kind, through lookups, with wildcards that stand for themselves."""
    account = crm.make("boss", "account", name="ACME", key_account=True)
    rows = [
        ("Alpha", "9.99", "2026-11-23", None),
        ("Beta", "10", "2026-12-01", account),
        ("alphabet", "20", "2027-02-28", account),
        ("50%_alpha", None, None, None),
        ("back\\slash", None, "2026-11-30", None),
    ]
    for name, amount, close_date, account_id in rows:
        crm.make(
            "boss",
            "opportunity",
            name=name,
            amount=amount,
            close_date=close_date,
            account=account_id,
            discount="0" if name == "alphabet" else None,
            stage="proposal" if name == "Beta" else "qualify",
        )
    with crm.records("boss") as records:
        if expected is None:
            with pytest.raises(BadQuestion):
                records.page("opportunity", where=[Condition(*condition)])
        else:
            page = records.page("opportunity", columns=["name"], where=[Condition(*condition)])
            assert {row["name"] for row in page.rows} == expected
            assert page.count == len(expected)


@pytest.mark.parametrize(
    "condition",
    [
        ("nothing", "is", "x"),
        ("amount", "contains", "1"),
        ("amount", "is", "ten"),
        ("amount", "is", "1e5"),
        ("close_date", "in", "some_day"),
        ("close_date", "is", "2026-13-01"),
        ("stage", "is", "nowhere"),
        ("account", "is", "not-an-id"),
        ("name; drop table", "is", "x"),
        ("name", "contains", "x\x00"),
        ("name", "contains", "x" * 300),
        ("account.key_account", "is", "perhaps"),
        ("competitors", "is", "x"),
    ],
    ids=":".join,
)
def test_filters_that_make_no_sense_are_refused(crm: Crm, condition: tuple[str, str, str]) -> None:
    """Unknown fields, operators of another kind, values of another type."""
    with crm.records("boss") as records, pytest.raises(BadQuestion):
        records.page("opportunity", where=[Condition(*condition)])


def test_several_is_of_one_field_are_alternatives(crm: Crm) -> None:
    """All else must hold together; values of several-valued fields are found among them."""
    for name, industry, tags in [("a", "retail", ["web"]), ("b", "printing", ["web", "fair"]), ("c", "software", [])]:
        crm.make("boss", "account", name=name, industry=industry, tags=tags)
    with crm.records("boss") as records:

        def names(*where: tuple[str, str, str]) -> set[Any]:
            return {
                row["name"]
                for row in records.page("account", columns=["name"], where=[Condition(*one) for one in where]).rows
            }

        assert names(("industry", "is", "retail"), ("industry", "is", "printing")) == {"a", "b"}
        assert names(("industry", "is", "retail"), ("industry", "is", "printing"), ("tags", "is", "fair")) == {"b"}
        assert names(("tags", "is_not", "fair")) == {"a", "c"}
        assert names(("tags", "is_empty", "")) == {"c"}
        assert names(("tags", "is", "web")) == {"a", "b"}


@pytest.mark.parametrize(
    "path",
    [
        "margin",
        "margin_share",
        "account.credit_limit",
        "nothing",
        "account.nothing",
        "owner.password_hash",
        "competitors",
        "1; drop",
    ],
)
def test_hidden_and_masked_fields_cannot_be_guessed(crm: Crm, path: str) -> None:
    """What may not be read in clear cannot be sorted or filtered by, and is told apart from nothing in no way."""
    with crm.records("rep_east") as records:
        with pytest.raises(BadQuestion):
            records.page("opportunity", sort=[path])
        with pytest.raises(BadQuestion):
            records.page("opportunity", where=[Condition(path, "at_least", "1")])
        with pytest.raises((Forbidden, BadQuestion)):
            records.page("opportunity", filter="margin > 1")


def test_columns_one_may_not_see_are_left_out(crm: Crm) -> None:
    """The page says which; masked ones come masked."""
    account = crm.make("boss", "account", name="ACME", credit_limit="5000", owner=crm.people["rep_east"])
    crm.make("boss", "opportunity", name="Deal", margin="3", account=account, owner=crm.people["rep_east"])
    with crm.records("rep_east") as records:
        page = records.page(
            "opportunity", columns=["name", "margin", "margin_share", "account.credit_limit", "nothing"]
        )
        assert (page.columns, page.omitted) == (("name", "account.credit_limit"), ("margin", "margin_share", "nothing"))
        assert page.rows[0]["account.credit_limit"] == Masked("***")
        record = records.get("opportunity", page.rows[0].id)
        assert "margin" not in record.values


def test_what_one_may_not_read_is_not_there(crm: Crm) -> None:
    """A hidden record and no record give one answer, word for word."""
    hidden = crm.make("boss", "opportunity", name="Secret deal")
    with crm.records("rep_east") as records:
        messages = []
        for record_id in (hidden, "01a209bf-6f73-7417-8534-000000000000", "not-an-id", "", "' or 1=1"):
            with pytest.raises(NotFound) as found:
                records.get("opportunity", record_id)
            messages.append(found.value.message)
            for call in (records.history, records.gates):
                with pytest.raises(NotFound):
                    call("opportunity", record_id)
            with pytest.raises(NotFound):
                records.update("opportunity", record_id, {"name": "x"}, 1)
            with pytest.raises(NotFound):
                records.delete("opportunity", record_id)
        assert len(set(messages)) == 1
        assert records.title("opportunity", hidden) == ""
        assert records.may_do("opportunity", hidden, ("read", "update")) == {"read": False, "update": False}
        with pytest.raises(Forbidden):
            records.page("no_such_object")


def test_a_lookup_to_a_hidden_record_says_only_that_there_is_one(crm: Crm) -> None:
    """No id, no title; what lies behind it is blank, in columns, formulas, filters and sorts."""
    account = crm.make("boss", "account", name="Hidden Ltd", industry="retail")
    crm.make("boss", "opportunity", name="Deal", account=account, owner=crm.people["rep_east"])
    with crm.records("rep_east") as records:
        page = records.page("opportunity", columns=["account", "account.name", "account_industry"], sort=["account"])
        row = page.rows[0]
        assert row["account"] == Ref("account", "", "…", hidden=True)
        assert row["account.name"] is None
        assert row["account_industry"] == "/Rep East"
        assert records.page("opportunity", where=[Condition("account.name", "contains", "hidden")]).count == 0
        assert records.choices("opportunity", "account", "hidden") == ()
        assert records.search("hidden") == ()


def test_rollups_count_what_one_may_see(crm: Crm) -> None:
    """The sum on a record is the sum of the list that it leads to."""
    account = crm.make("boss", "account", name="ACME", owner=crm.people["rep_east"])
    for who, amount in [("rep_east", "10"), ("rep_east", "5.50"), ("boss", "1000")]:
        crm.make("boss", "opportunity", name=f"Deal {amount}", account=account, amount=amount, owner=crm.people[who])
    with crm.records("rep_east") as records:
        record = records.get("account", account)
        assert [str(record[name]) for name in ("pipeline_total", "opportunities", "average_amount")] == [
            "15.50",
            "2",
            "7.75",
        ]
    with crm.records("boss") as records:
        assert str(records.get("account", account)["average_amount"]) == "338.50"


def test_records_follow_their_parent(crm: Crm) -> None:
    """Quotes and their lines are seen by whoever sees the opportunity, two levels down."""
    deal = crm.make("boss", "opportunity", name="Deal", owner=crm.people["rep_east"])
    quote = crm.make("boss", "quote", name="Quote", opportunity=deal)
    crm.make("boss", "quote_line", name="Line", quote=quote, amount="5")
    for who, seen in [("rep_east", 1), ("rep_west", 0), ("sales_director", 1), ("auditor", 1)]:
        with crm.records(who) as records:
            assert (records.page("quote").count, records.page("quote_line").count) == (seen, seen)


def test_list_views(crm: Crm) -> None:
    """A view brings columns, filter and order; one for other roles is not there."""
    fill(crm)
    with crm.records("rep_east") as records:
        page = records.page("opportunity", list_view="open_opportunities")
        assert page.columns == ("name", "account", "amount", "stage")
        assert page.sort == ("-amount",)
        assert records.has_view("open_opportunities")
        assert not records.has_view("for_managers")
        with pytest.raises(NotFound):
            records.page("opportunity", list_view="for_managers")


def test_related_lists(crm: Crm) -> None:
    """The records that point here, by any kind of lookup; of a hidden record there are none."""
    account = crm.make("rep_east", "account", name="ACME")
    crm.make("rep_east", "opportunity", name="Deal", account=account)
    crm.make("rep_east", "note", name="Called", about=f"account:{account}")
    with crm.records("rep_east") as records:
        assert [row.title for row in records.related("account", account, "opportunities", columns=["name"]).rows] == [
            "Deal"
        ]
        assert [row.title for row in records.related("account", account, "notes").rows] == ["Called"]
        with pytest.raises(Forbidden):
            records.related("account", account, "nothing")
    with crm.records("rep_west") as records, pytest.raises(NotFound):
        records.related("account", account, "opportunities")


def test_search_finds_words_in_any_order_anywhere(crm: Crm) -> None:
    """All words, in titles first; Chinese, two letters, telephone numbers as they come; wildcards are signs."""
    crm.make("rep_east", "account", name="上海海森印刷有限公司", phone="021-6888 1234", email="info@haisen.cn")
    crm.make("rep_east", "contact", name={"family": "王", "given": "小雷"})
    crm.make("rep_east", "opportunity", name="100% cotton_bags")
    with crm.records("rep_east") as records:

        def titles(text: str) -> list[str]:
            return [hit.ref.title for hit in records.search(text)]

        assert (
            titles("海森印刷")
            == titles("印刷 海森")
            == titles("上海")
            == titles("68881234")
            == titles("HAISEN")
            == ["上海海森印刷有限公司"]
        )
        assert titles("王小雷") == titles("小雷") == ["王小雷"]
        assert titles("100%") == titles("n_b") == titles("COTTON") == ["100% cotton_bags"]
        assert titles("%") == ["100% cotton_bags"]
        for nothing in ("", "  ", "xyz", '"', "a OR b", "col:x", "*", "\x00", "'"):
            assert titles(nothing) == []
        assert records.page("account", search="印刷").count == 1
        assert records.page("account", search="nothing").count == 0
    with crm.records("rep_west") as records:
        assert [hit.ref.object for hit in records.search("雷")] == ["contact"]
        assert records.search("haisen") == ()


def test_search_puts_titles_first(crm: Crm) -> None:
    """A title that begins so, then titles, then other fields with the words around; few of each object."""
    for number in range(15):
        crm.make("rep_east", "account", name=f"Other {number}", phone=f"555 12{number:02}")
    crm.make("rep_east", "account", name="Call 555 now")
    crm.make("rep_east", "account", name="555 Ltd")
    with crm.records("rep_east") as records:
        hits = records.search("555", per_object=5)
        assert [hit.ref.title for hit in hits[:2]] == ["555 Ltd", "Call 555 now"]
        assert (len(hits), hits[2].field, hits[2].found[:7]) == (5, "phone", "555 121")
        assert [hit.found for hit in records.search("14 555")] == ["555 1214 5551214"]


def test_search_keeps_to_fields_one_may_read(crm: Crm) -> None:
    """What stands in a field one may not read does not find its record."""
    with crm.records("rep_east") as records:
        assert records.reads("account", "email")
    crm.make("rep_east", "account", name="ACME", email="secret@acme.cn")
    hide(crm, "account.email")
    with crm.records("rep_east") as records:
        assert records.search("secret") == ()
        assert records.page("account", search="secret").count == 0
        assert records.choices("opportunity", "account", "secret") == ()
        assert len(records.search("acme")) == 1


def test_a_title_is_as_hidden_as_its_field(crm: Crm) -> None:
    """Whoever may not read the name of accounts sees it in no lookup, hit, list or history either."""
    account = crm.make("rep_east", "account", name="ACME", phone="1234567")
    deal = crm.make("rep_east", "opportunity", name="Deal", account=account)
    hide(crm, "account.name")
    with crm.records("rep_east") as records:
        assert records.get("account", account).title == records.title("account", account) == ""
        row = records.page("opportunity", columns=["account", "account.name"]).rows[0]
        assert (row["account"], row.get("account.name")) == (Ref("account", account, ""), None)
        assert [hit.ref.title for hit in records.search("1234567")] == [""]
        assert records.search("acme") == ()
        assert records.choices("opportunity", "account", "acme") == ()
        with pytest.raises(Invalid):
            records.update("opportunity", deal, {"account": "ACME"}, 1)


def test_counts_are_exact_while_it_is_cheap(crm: Crm) -> None:
    """Beyond a thousand records a list says about how many."""
    from crmspec.records.reading import Reading
    from crmspec.records.storing import Made, insert_records, new_id
    from tests.records.crm import NOW

    with crm.records("boss") as records:
        reading: Reading = records.reading
        row = {
            "owner_id": None,
            "created_at": NOW,
            "updated_at": NOW,
            "version": 1,
            "created_by_id": None,
            "updated_by_id": None,
        }
        insert_records(
            records.connection,
            reading,
            [Made("competitor", {**row, "id": new_id(), "name": f"c{n}"}) for n in range(1200)],
            NOW,
            None,
        )
        page = records.page("competitor", limit=5)
        assert (page.count >= 1000, page.count_is_exact) == (True, False)
        many = records.page("competitor", where=[Condition("name", "starts_with", "c")], limit=5)
        assert (many.count >= 1000, many.count_is_exact) == (True, False)
        if records.connection.dialect.name == "sqlite":
            assert many.count == 1200  # stretches of the table say it; PostgreSQL asks its statistics
        few = records.page("competitor", where=[Condition("name", "starts_with", "c11")])
        assert (few.count, few.count_is_exact) == (111, True)


def test_sums_are_those_of_the_records_one_may_see(crm: Crm) -> None:
    """Over all of the list and not the page; a field that is hidden is added up by nobody."""
    fill(crm)
    sums: dict[str, Any] = {}
    for who in ("boss", "rep_east"):
        with crm.records(who) as records:
            columns = ("name", "amount", "discount", "account.industry")
            every = records.page("opportunity", columns=columns, limit=100)
            amounts: list[Any] = [row.get("amount") for row in every.rows]
            page = records.page("opportunity", columns=columns, limit=3, sums=True)
            sums[who] = page.sums
            assert page.sums == {"amount": sum(one for one in amounts if one)}
            assert every.sums == {}
    assert sums["boss"]["amount"] > sums["rep_east"]["amount"] > 0
    hide(crm, "opportunity.amount")
    with crm.records("rep_east") as records:
        assert records.page("opportunity", columns=("name", "amount"), sums=True).sums == {}


def test_values_come_out_as_they_went_in(crm: Crm) -> None:
    """Every field type, on both databases."""
    from datetime import UTC, date, datetime, time
    from decimal import Decimal

    values: dict[str, Any] = {
        "name": "<script>alert(1)</script> {{7*7}} Ω≈ç√ 👩‍👩‍👧",
        "industry": "printing",
        "tags": ("fair", "web"),
        "email": "a@b.cn",
        "phone": "+86 21 1",
        "website": "https://x.y/?a=1&b=2",
        "billing": {"street": "1", "city": "上海", "region": None, "postcode": "200000", "country": "CN"},
        "place": {"latitude": Decimal("31.2304000"), "longitude": Decimal("-121.4737123")},
        "revenue": Decimal("12345678901.25"),
        "stars": 4,
        "notes": "<p>x</p>",
        "brand": "#aabbcc",
        "facts": {"a": [1, {"b": None}], "c": "ü"},
        "key_account": True,
        "founded": date(1999, 12, 31),
        "first_call": datetime(2026, 2, 28, 23, 59, 59, 123456, tzinfo=UTC),
        "opens_at": time(9, 30),
        "lead_time": 5400,
        "staff": 12,
        "ratio": Decimal("-1.125"),
        "code": "AB123",
        "credit_limit": Decimal("-5.00"),
    }
    record_id = crm.make("boss", "account", **values)
    with crm.records("boss") as records:
        record: Record = records.get("account", record_id)
        assert {name: record[name] for name in values} == values
        assert {name: type(record[name]) for name in values} == {name: type(value) for name, value in values.items()}
