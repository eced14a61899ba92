"""Text as people type it, to values and back."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmspec.records.accepting import accept
from crmspec.records.texts import Unfit, duration, duration_text, number, parse_text, text_of
from tests.records.crm import SPEC, field

ACCOUNT = SPEC.objects["account"].fields
NUMBER = field("n", "number", precision=18, scale=4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("+5", "5"),
        (" 5 ", "5"),
        ("1234.5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("１２.５", "12.5"),
        ("007", "7"),
        ("-12,345,678.9", "-12345678.9"),
    ],
)
def test_numbers_in_plain_digits(text: str, expected: str) -> None:
    """Signs, spaces, thousands' marks and full-width digits are understood; minus nothing is nothing."""
    found = accept(NUMBER, text)
    assert isinstance(found, Decimal)
    assert found == Decimal(expected)
    assert not found.is_signed() or found < 0


@pytest.mark.parametrize(
    "text",
    [
        "1_000",
        "1e3",
        ".inf",
        ".nan",
        "NaN",
        "Infinity",
        "0x1F",
        "1,23",
        "12,34.5",
        "--1",
        "1.",
        ".5",
        "1 000",
        "٣",
        "½",
        "5 %x",
    ],
)
def test_other_notations_are_refused(text: str) -> None:
    """Nothing is guessed: what is no plain number is refused, the same everywhere."""
    with pytest.raises(Unfit) as unfit:
        accept(NUMBER, text)
    assert unfit.value.code == "not_number"


def test_numbers_of_other_languages() -> None:
    """Where a comma stands before decimals, it does here."""
    assert number("1.234,56", "de") == Decimal("1234.56")
    assert number("1234.56", "de") == Decimal("1234.56")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("revenue", "1.234", "decimals"),
        ("revenue", "-1", "too_small"),
        ("revenue", "9" * 19, "digits"),
        ("revenue", "9" * 17, "digits"),
        ("revenue", float("nan"), "not_number"),
        ("revenue", True, "not_number"),
        ("staff", "1.5", "not_whole"),
        ("staff", "100001", "too_large"),
        ("ratio", "123456.789", "digits"),
        ("stars", "6", "too_large"),
        ("stars", 0, "too_small"),
        ("name", "x" * 81, "too_long"),
        ("name", "a\nb", "one_line"),
        ("name", "a\x00b", "unstorable"),
        ("name", "a\ud800b", "unstorable"),
        ("name", "a\x1b[31m", "unstorable"),
        ("name", 5, "not_text"),
        ("email", "a@b", "not_email"),
        ("email", "a b@c.de", "not_email"),
        ("phone", "call me", "not_phone"),
        ("website", "javascript:alert(1)", "not_url"),
        ("website", "ftp://x.y", "not_url"),
        ("website", 'https://x.y/"><b>', "not_url"),
        ("brand", "red", "not_color"),
        ("founded", "2024-02-30", "no_such_day"),
        ("founded", "30.2.2024", "not_date"),
        ("founded", "0000-00-00", "no_such_day"),
        ("first_call", "yesterday", "not_datetime"),
        ("first_call", datetime(2026, 1, 1), "not_datetime"),
        ("opens_at", "25:00", "not_time"),
        ("lead_time", "soon", "not_duration"),
        ("industry", "mining", "not_option"),
        ("tags", "fair; nothing", "not_option"),
        ("key_account", "maybe", "not_boolean"),
        ("code", "ab123", "pattern"),
        ("code", "AB1234", "pattern"),
        ("place", {"latitude": "91", "longitude": "0"}, "not_place"),
        ("place", {"lat": 1}, "not_place"),
        ("billing", "x\x00", "unstorable"),
        ("billing", {"planet": "Mars"}, "not_parts"),
        ("facts", "{a: 1}", "not_json"),
        ("facts", "NaN", "not_json"),
        ("facts", {"a": "\x00"}, "unstorable"),
        ("facts", "[" * 100 + "]" * 100, "too_deep"),
        ("facts", "[" * 100_000, "too_deep"),
    ],
)
def test_values_that_are_none_of_their_field(name: str, value: Any, code: str) -> None:
    """Every field type knows what it is not."""
    with pytest.raises(Unfit) as unfit:
        accept(ACCOUNT[name], value)
    assert unfit.value.code == code


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("revenue", "1,234.50", Decimal("1234.50")),
        ("revenue", 3, Decimal("3.00")),
        ("staff", "1,000", 1000),
        ("stars", "5", 5),
        ("name", "  Ünï 公司 🏭 ", "  Ünï 公司 🏭 "),
        ("name", "   ", None),
        ("email", " A@b.cn ", "A@b.cn"),
        ("phone", "+86 (21) 1234-5678", "+86 (21) 1234-5678"),
        ("website", "https://例子.中国/路?x=1", "https://例子.中国/路?x=1"),
        ("brand", "#ABCDEF", "#abcdef"),
        ("founded", "2024/2/9", date(2024, 2, 9)),
        ("founded", "2024年2月9日", date(2024, 2, 9)),
        ("first_call", "2026-01-31T18:30", datetime(2026, 1, 31, 10, 30, tzinfo=UTC)),
        ("first_call", "2026-01-31T18:30:00Z", datetime(2026, 1, 31, 18, 30, tzinfo=UTC)),
        ("first_call", "2026-01-31 18:30+02:00", datetime(2026, 1, 31, 16, 30, tzinfo=UTC)),
        ("opens_at", "9:05", time(9, 5)),
        ("lead_time", "1h 30m", 5400),
        ("lead_time", "2d", 172_800),
        ("lead_time", "1:30", 5400),
        ("industry", "Printing", "printing"),
        ("industry", "retail项", "retail"),
        ("tags", "web；fair", ("fair", "web")),
        ("tags", ["phone", "phone"], ("phone",)),
        ("tags", [], None),
        ("key_account", "是", True),
        ("key_account", "no", False),
        ("code", "AB123", "AB123"),
        (
            "billing",
            "city=上海; country=CN",
            {"street": None, "city": "上海", "region": None, "postcode": None, "country": "CN"},
        ),
        ("billing", {"street": " "}, None),
        ("place", "31.2304, 121.4737", {"latitude": Decimal("31.2304000"), "longitude": Decimal("121.4737000")}),
        ("facts", '{"a": [1, null]}', {"a": [1, None]}),
        ("notes", '<p onclick="x()">a<script>b</script></p>', "<p>a</p>"),
        ("notes", '<a href="javascript:x()">y</a>', '<a rel="noopener noreferrer">y</a>'),
    ],
)
def test_values_of_their_field(name: str, value: Any, expected: Any) -> None:
    """Every field type takes what people mean by it, moments in the reader's time zone."""
    assert accept(ACCOUNT[name], value, "en", "Asia/Shanghai") == expected


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, one in ACCOUNT.items()
        if one.type not in ("lookup", "rollup", "secret", "rich_text", "file", "image")
    ],
)
def test_what_is_written_can_be_read_again(name: str) -> None:
    """The canonical text of a value stands for the same value."""
    samples = {
        "text": "AB123",
        "picklist": "retail",
        "multi_picklist": ("fair", "phone"),
        "email": "a@b.cn",
        "phone": "123 456",
        "url": "https://x.y",
        "address": {"street": "a", "city": "b", "region": None, "postcode": None, "country": None},
        "geolocation": {"latitude": Decimal("1.5000000"), "longitude": Decimal("-2.0000000")},
        "currency": Decimal("5.50"),
        "rating": 3,
        "color": "#00ff00",
        "json": {"b": 1, "a": [True, None, "x"]},
        "boolean": True,
        "date": date(2026, 2, 28),
        "datetime": datetime(2026, 2, 28, 12, 30, 15, tzinfo=UTC),
        "time": time(23, 59),
        "duration": 93_784,
        "integer": 42,
        "number": Decimal("1.125"),
    }
    one = ACCOUNT[name]
    value = accept(one, samples[one.type])
    assert accept(one, text_of(one, value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.integers() | st.floats(), st.integers(0, 9))
def test_any_number_is_a_value_or_refused(value: Any, scale: int) -> None:
    """Whatever its size and its digits: kept exactly, or refused."""
    with suppress(Unfit):
        found = accept(field("n", "number", precision=18, scale=scale), value)
        assert found == Decimal(str(value))
        assert isinstance(found, Decimal)
        assert abs(int(found.scaleb(scale))) < 10**18


@given(st.integers(-(10**9), 10**9))
def test_lengths_of_time(seconds: int) -> None:
    """Whatever is written can be read."""
    assert duration(duration_text(seconds)) == seconds


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_refused(text: str) -> None:
    """Nothing that is typed raises anything but a refusal."""
    for one in ACCOUNT.values():
        with suppress(Unfit):
            parse_text(one, text)
