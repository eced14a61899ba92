"""Days and midnights are those of the project's time zone, the same in Python and in both databases."""

from __future__ import annotations

import pytest

from crmspec.formula import check
from crmspec.formula.zones import unchanging, zone_of
from tests.formula.records import ZONES, Everywhere, Fields

FORMULAS = (
    "date(created_at)", "year(created_at) * 10000 + month(created_at) * 100 + day(created_at)", "created_at >= starts",
    "days_between(created_at, ends)", "coalesce(created_at, starts)", "max(created_at, '2025-11-02')",
    "between(created_at, '2024-09-08', ends)", "date(coalesce(created_at, starts))", "created_at == '2026-03-31'",
)  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("text", FORMULAS)
def test_days_of_a_zone(text: str, zone: str, everywhere: Everywhere) -> None:
    """Every record's answer, in every kind of zone."""
    checked = check(text, Fields())
    assert checked.expression is not None, checked.problems
    answers = everywhere.answers(checked.expression, zone)
    assert answers["python"] == answers["sqlite"]
    assert answers["python"] == answers["postgresql"]


def test_a_day_in_shanghai_begins_eight_hours_before_that_of_utc(everywhere: Everywhere) -> None:
    """Half past eleven in the evening, UTC, is the next day's morning there."""
    checked = check("date(max(created_at, '9998-01-31T23:30:00Z'))", Fields())
    assert checked.expression is not None
    days = {zone: {str(day) for _, day in everywhere.answers(checked.expression, zone)["sqlite"]} for zone in ZONES[:2]}
    assert "9998-01-31" in days["UTC"]
    assert "9998-01-31" not in days["Asia/Shanghai"]
    assert "9998-02-01" in days["Asia/Shanghai"]


def test_which_zones_need_no_function() -> None:
    """One that changed its clocks for the last time long ago, and none that will do so again."""
    assert unchanging("UTC") is not None
    assert unchanging("Europe/Berlin") is None
    since, minutes = unchanging("Asia/Shanghai") or ("", 0)
    assert ("1991" <= since < "1992", minutes) == (True, 480)


def test_what_is_no_zone_is_never_written_into_sql() -> None:
    """The name becomes part of a statement."""
    with pytest.raises(ValueError, match="no time zone"):
        zone_of("UTC'; DROP TABLE person; --")
