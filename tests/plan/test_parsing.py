"""Texts as people write them: both databases read them as plain Python does, whatever the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmspec.plan import parsing
from crmspec.plan.parsing import Digits
from crmspec.schema import Dialect
from crmspec.spec.writing import MOMENTS, format_fault

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York")
UNFIT = "unfit"
Sql = Callable[[str, Dialect], str]


def read(connections: dict[Dialect, sa.Connection], texts: list[str], value: Sql, unfit: Sql) -> list[list[Any]]:
    """Return what each database makes of each text, in one query."""
    found = []
    for dialect, connection in connections.items():
        rows = ", ".join(f"({number}, '{text.replace(chr(39), chr(39) * 2)}')" for number, text in enumerate(texts))
        wrong = unfit("given.text", dialect)
        shown = f"CASE WHEN {wrong} THEN '{UNFIT}' ELSE {as_text(value('given.text', dialect), dialect)} END"
        query = f"WITH given (number, text) AS (VALUES {rows}) SELECT {shown} FROM given ORDER BY number"
        found.append(list(connection.exec_driver_sql(query, execution_options={"no_parameters": True}).scalars()))
    return found


def as_text(value: str, dialect: Dialect) -> str:
    """Write a value as a text of one form."""
    if dialect == "sqlite":
        return f"CAST({value} AS TEXT)"
    moment = f"to_jsonb({value}) #>> '{{}}'"
    return f"({moment})"


# --- numbers ---


def number(text: str, digits: Digits, scale: int) -> str | None:
    """Read a number as the language reference says it is read."""
    for word in digits.strip:
        text = text.replace(word, "")
    text = text.strip(" ")
    if not text:
        return None
    sign, unsigned = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, mark, fraction = unsigned.partition(digits.decimal)
    if digits.thousands and digits.thousands in whole:
        if not re.fullmatch(rf"[1-9][0-9]{{0,2}}({re.escape(digits.thousands)}[0-9]{{3}})+", whole):
            return UNFIT
        whole = whole.replace(digits.thousands, "")
    if not re.fullmatch("[0-9]+", whole) or (mark and not re.fullmatch("[0-9]+", fraction)):
        return UNFIT
    if len(whole) > 18 - scale or (len(fraction.rstrip("0")) > scale and not digits.rounded):
        return UNFIT
    scaled = Decimal(f"{whole}.{fraction or 0}").scaleb(scale)
    return str(int(sign * scaled.to_integral_value(ROUND_HALF_UP)))


DIGITS = st.builds(
    Digits,
    decimal=st.sampled_from((".", ",")),
    thousands=st.sampled_from(("", " ", "'", "\u00a0", "_")),
    strip=st.sampled_from(((), ("€",), ("EUR", "$"))),
    rounded=st.booleans(),
) | st.sampled_from((Digits(",", "."), Digits(".", ",")))
NUMBERS = st.text(alphabet="0123456789.,'-_ €$x\u00a0", max_size=9) | st.from_regex(
    r"\A(€ ?)?-?[0-9]{1,3}([.,' _][0-9]{3}){0,4}([.,][0-9]{1,4})?( ?(EUR|€))?\Z") | st.integers().map(str)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DIGITS, st.integers(0, 4), st.lists(NUMBERS, min_size=20, max_size=40))
def test_numbers(connections: dict[Dialect, sa.Connection], digits: Digits, scale: int, texts: list[str]) -> None:
    expected = [number(text, digits, scale) for text in texts]
    for found in read(
        connections, texts,
        lambda column, dialect: parsing.parsed_number(column, digits, scale, dialect),
        lambda column, dialect: parsing.no_number(column, digits, scale, dialect),
    ):
        assert dict(zip(texts, found, strict=True)) == dict(zip(texts, expected, strict=True))


# --- days, times, moments ---

TOKENS = {
    "YYYY": "(?P<year>[0-9]{4})", "YY": "(?P<short>[0-9]{2})", "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})", "DD": "(?P<day>[0-9]{2})", "D": "(?P<day>[0-9]{1,2})",
    "HH": "(?P<hour>[0-9]{2})", "H": "(?P<hour>[0-9]{1,2})", "mm": "(?P<minute>[0-9]{2})",
    "ss": "(?P<second>[0-9]{2})", "SSSSSS": "(?P<micro>[0-9]{6})", "A": "(?P<half>[AaPp][Mm])",
}


def parts(text: str, formats: tuple[str, ...]) -> tuple[dict[str, str], str] | None:
    """Return the parts of a text by the first format that it is written in."""
    for one in formats:
        pattern = re.sub("|".join(sorted(TOKENS, key=len, reverse=True)) + "|.", lambda match: TOKENS.get(
            match[0], re.escape(match[0])), one)
        found = re.fullmatch(pattern, text)
        if found:
            return {name: value for name, value in found.groupdict().items() if value is not None}, one
    return None


def day_of(said: dict[str, str]) -> date:
    year = said.get("year") or ("19" if said["short"] >= "70" else "20") + said["short"]
    return date(int(year), int(said["month"]), int(said["day"]))


def time_of(said: dict[str, str]) -> time:
    hour, half = int(said.get("hour", 0)), said.get("half", "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, int(said.get("minute", 0)), int(said.get("second", 0)), int(said.get("micro", 0)))


def moment_of(day: date, at: time, zone: str) -> datetime:
    """Work out a moment; an hour that a clock shows twice is its second, one that it leaves out goes by the first."""
    first, second = (datetime.combine(day, at, ZoneInfo(zone)).replace(fold=fold) for fold in (0, 1))
    before, after = first.utcoffset(), second.utcoffset()
    assert before is not None
    assert after is not None
    return (second if before > after else first).astimezone(UTC)


def expected_of(text: str, formats: tuple[str, ...], kind: str, zone: str = "UTC") -> str | None:
    text = text.strip(" ")
    found = parts(text, formats)
    if not text or found is None:
        return UNFIT if text else None
    said, written = found
    try:
        if kind == "date":
            return day_of(said).isoformat()
        if kind == "time":
            return f"{time_of(said):%H:%M:%S.%f}"
        moment = moment_of(day_of(said), time_of(said), "UTC" if written.endswith("Z") else zone)
    except ValueError:
        return UNFIT
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"


DAYS = st.dates(date(1971, 1, 1), date(2036, 12, 31))
CLOCKS = st.times()


@st.composite
def written(draw: st.DrawFn, formats: tuple[str, ...]) -> str:
    """Draw a text in one of the formats, or one that is nearly so."""
    day, at, one = draw(DAYS), draw(CLOCKS), draw(st.sampled_from(formats))
    values = {
        "YYYY": f"{day:%Y}", "YY": f"{day:%y}", "MM": f"{day:%m}", "M": str(day.month), "DD": f"{day:%d}",
        "D": str(day.day), "HH": f"{at:%H}", "H": str(at.hour), "mm": f"{at:%M}", "ss": f"{at:%S}",
        "SSSSSS": f"{at:%f}", "A": draw(st.sampled_from(("AM", "pm"))),
    }
    if "A" in one:
        values |= {"HH": f"{draw(st.integers(0, 13)):02d}", "H": str(draw(st.integers(0, 13)))}
    if not draw(st.integers(0, 3)):
        values |= {"DD": draw(st.sampled_from(("00", "29", "30", "31", "32"))), "MM": "02", "mm": "60", "ss": "61"}
    text = re.sub("|".join(sorted(values, key=len, reverse=True)), lambda match: values[match[0]], one)
    odd = (text, f" {text} ", text[:-1], f"{text}x", "")
    return text if draw(st.integers(0, 4)) else draw(st.sampled_from(odd))


@pytest.mark.parametrize(
    "formats",
    [("DD.MM.YYYY",), ("D.M.YYYY", "YYYY-MM-DD"), ("M/D/YY",), ("YYYY年M月D日",), ("YYYYMMDD",), ("YYYY-MM-DD",)],
    ids=str,
)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_days(connections: dict[Dialect, sa.Connection], data: st.DataObject, formats: tuple[str, ...]) -> None:
    texts = data.draw(st.lists(written(formats), min_size=20, max_size=40))
    expected = [expected_of(text, formats, "date") for text in texts]
    for found in read(
        connections, texts,
        lambda column, dialect: parsing.parsed_day(column, formats, dialect),
        lambda column, dialect: parsing.no_day(column, formats, dialect),
    ):
        assert dict(zip(texts, found, strict=True)) == dict(zip(texts, expected, strict=True))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(ZONES), st.sampled_from((MOMENTS, ("DD.MM.YYYY HH:mm",), ("M/D/YYYY H:mm A",))), st.data())
def test_moments(
    connections: dict[Dialect, sa.Connection], zone: str, formats: tuple[str, ...], data: st.DataObject
) -> None:
    texts = data.draw(st.lists(written(formats), min_size=20, max_size=40))
    expected = [expected_of(text, formats, "datetime", zone) for text in texts]
    for found in read(
        connections, texts,
        lambda column, dialect: parsing.parsed_moment(column, formats, zone, dialect),
        lambda column, dialect: parsing.no_moment(column, formats, dialect),
    ):
        assert [moment(one) for one in found] == expected


def moment(text: str | None) -> str | None:
    """Write a moment as either database shows it in one form."""
    if text in (None, UNFIT):
        return text
    return f"{datetime.fromisoformat(text.replace('Z', '+00:00')).astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def test_the_hours_around_a_change_of_the_clock(connections: dict[Dialect, sa.Connection]) -> None:
    """The hour that is left out in spring, the one that is there twice in autumn, and those beside them."""
    for zone in ZONES:
        starts = (datetime(2024, 3, 10), datetime(2024, 3, 31), datetime(2024, 10, 27), datetime(2024, 11, 3))
        texts = [f"{start + timedelta(minutes=20 * step):%Y-%m-%d %H:%M}" for start in starts for step in range(15)]
        expected = [expected_of(text, MOMENTS, "datetime", zone) for text in texts]
        for found in read(
            connections, texts,
            lambda column, dialect, zone=zone: parsing.parsed_moment(  # type: ignore[misc]
                column, MOMENTS, zone, dialect),
            lambda column, dialect: parsing.no_moment(column, MOMENTS, dialect),
        ):
            assert [moment(one) for one in found] == expected


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from((("HH:mm",), ("H:mm A",), ("HH:mm:ss", "HH:mm"))), st.data())
def test_times(connections: dict[Dialect, sa.Connection], formats: tuple[str, ...], data: st.DataObject) -> None:
    texts = data.draw(st.lists(written(formats), min_size=20, max_size=40))
    expected = [expected_of(text, formats, "time") for text in texts]
    for found in read(
        connections, texts,
        lambda column, dialect: parsing.parsed_time(column, formats, dialect),
        lambda column, dialect: parsing.no_time(column, formats, dialect),
    ):
        shown = [one if one in (None, UNFIT) else f"{time.fromisoformat(one):%H:%M:%S.%f}" for one in found]
        assert shown == expected


def test_words_for_yes_and_no(connections: dict[Dialect, sa.Connection]) -> None:
    """Capitals of Latin letters make no difference, those of others do: the same in both databases."""
    texts = ["Ja", " ja ", "NEIN", "x", "", "ÄH", "äh", "maybe"]
    for found in read(
        connections, texts,
        lambda column, dialect: parsing.parsed_boolean(column, ("JA", "x"), ("nein", "äh"), dialect),
        lambda column, dialect: parsing.no_boolean(column, ("JA", "x"), ("nein", "äh"), dialect),
    ):
        words = {"1": True, "0": False, "true": True, "false": False}
        assert [words.get(one, one) for one in found] == [True, True, False, True, None, UNFIT, False, UNFIT]


@pytest.mark.parametrize(("text", "type_name", "fault"), [
    ("DD.MM.YYYY", "date", ""), ("DD.MM", "date", "year, month and day"), ("DD.MM.YYYY HH:mm", "date", "no time"),
    ("HH:mm", "time", ""), ("HH", "time", "hour and minute"), ("DD.MM.YYYY HH", "datetime", "only one"),
    ("DD.MM.YYYY DD", "date", "twice"), ("[DD].MM.YYYY", "date", "characters"),
])
def test_formats_that_cannot_be_used(text: str, type_name: str, fault: str) -> None:
    found = format_fault(text, type_name)
    assert fault in found
    assert bool(fault) == bool(found)
