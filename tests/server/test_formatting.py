"""Values are written as the reader's language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from crmspec.server.formatting import Reader, dial, hue, initials, web_address
from crmspec.server.rendering import translations
from crmspec.server.views import Address, PersonName

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)  # already the 24th in Shanghai


def reader(language: str, currency: str = "CNY") -> Reader:
    """Return somebody in Shanghai."""
    return Reader(language, "Asia/Shanghai", currency, NOW, translations(language))


@pytest.mark.parametrize(
    ("language", "value", "currency", "decimals", "expected"),
    [
        ("en", "1234.5", "", None, "¥1,234.50"),
        ("en", "-3", "USD", None, "-$3.00"),
        ("en", "7", "JPY", None, "¥7"),
        ("zh-CN", "1234.5", "", 0, "¥1,234"),
        ("zh-CN", "3", "USD", None, "US$3.00"),
        ("de", "1234.5", "EUR", 2, "1.234,50\xa0€"),
    ],
)
def test_money(language: str, value: str, currency: str, decimals: int | None, expected: str) -> None:
    """One's own currency has the short sign; others are told apart."""
    assert reader(language).money(Decimal(value), currency, decimals) == expected


def test_numbers() -> None:
    """As many digits as there are, or as many as asked for."""
    english = reader("en")
    assert english.number(Decimal("1234567.125")) == "1,234,567.125"
    assert english.number(12, 2) == "12.00"
    assert english.percent(Decimal("38.50")) == "38.5%"
    assert english.percent(Decimal(100)) == "100%"
    assert english.short_number(1200000) == "1.2M"
    assert reader("zh-CN").short_number(1200000) == "120万"


def test_days_are_those_of_the_reader() -> None:
    """Today is told by the reader's zone, not by the server's."""
    english, chinese = reader("en"), reader("zh-CN")
    assert english.today == date(2026, 11, 24)
    assert english.when(NOW).startswith("Today 2:30")
    assert chinese.when(NOW) == "今天 02:30"
    assert english.when(date(2026, 11, 23)) == "Yesterday"
    assert chinese.when(date(2026, 11, 25)) == "明天"
    assert english.when(NOW - timedelta(days=30)) == "Oct 25"
    assert chinese.when(date(2025, 3, 1)) == "2025年3月1日"


def test_lengths_of_time_and_sizes() -> None:
    """Hours, minutes, seconds; bytes in steps of a thousand."""
    english = reader("en")
    assert [english.duration(each) for each in (5400, 59, 0, -60)] == ["1h 30m", "59s", "0m", "-1m"]
    assert reader("zh-CN").duration(3660) == "1小时 1分钟"
    assert [english.size(each) for each in (0, 999, 1000, 2480000, 150_000_000)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "2.5 MB",
        "150 MB",
    ]


def test_names_and_addresses() -> None:
    """In the order of the language; Chinese names close together whoever reads."""
    assert reader("en").full_name(PersonName(family="Berg", given="Anna")) == "Anna Berg"
    assert reader("en").full_name(PersonName(family="欧阳", given="雪")) == "欧阳雪"
    there = Address(street="1 High St", city="Leeds", postcode="LS1", country="UK")
    assert reader("en").address_lines(there) == ("1 High St", "Leeds LS1", "UK")
    here = Address(street="南京西路1266号", city="静安区", region="上海市", country="中国", postcode="200040")
    assert reader("zh-CN").address_lines(here) == ("中国上海市静安区南京西路1266号", "200040")


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        ("green", "hue-green"),
        ("", "hue-gray"),
        ("gray", "hue-gray"),
        ("#2f9e44", "hue-green"),
        ("#e03131", "hue-red"),
        ("#1c7ed6", "hue-blue"),
        ("#888888", "hue-gray"),
        ("#000000", "hue-gray"),
        ('"><script>', "hue-gray"),
    ],
)
def test_colours_become_those_of_the_design(color: str, expected: str) -> None:
    """A colour of a spec is shown by the nearest one that is legible in both themes."""
    assert hue(color) == expected


def test_portraits_and_links() -> None:
    """Initials, dialled numbers, addresses that may be followed."""
    assert [initials(each) for each in ("Anna Berg", "王小明", "anna@x.example", "", "🖨️ !")] == [
        "AB",
        "王",
        "AE",
        "?",
        "?",
    ]
    assert dial("+86 (21) 5555-0188 ext") == "+862155550188"
    assert [
        web_address(each) for each in ("https://a.example/b", "javascript:alert(1)", "a.example", "http://a b")
    ] == ["https://a.example/b", "", "", ""]
