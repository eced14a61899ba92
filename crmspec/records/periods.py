"""Names for stretches of days, counted from today: what people filter dates by."""

from __future__ import annotations

from datetime import date, timedelta

PERIODS = (
    "today",
    "yesterday",
    "tomorrow",
    "this_week",
    "last_week",
    "next_week",
    "this_month",
    "last_month",
    "next_month",
    "this_quarter",
    "last_quarter",
    "next_quarter",
    "this_year",
    "last_year",
    "next_year",
    "last_7_days",
    "last_30_days",
    "last_90_days",
    "next_7_days",
    "next_30_days",
)
_UNITS = {"week": 0, "month": 1, "quarter": 3, "year": 12}
_SHIFT = {"this": 0, "last": -1, "next": 1}


def period(name: str, today: date) -> tuple[date, date]:
    """Return the first day of a period and the first day after it. Weeks begin on Monday; `last_7_days` ends today."""
    if name in ("today", "yesterday", "tomorrow"):
        start = today + timedelta(days={"today": 0, "yesterday": -1, "tomorrow": 1}[name])
        return start, start + timedelta(days=1)
    which, _, rest = name.partition("_")
    if rest.endswith("_days"):
        days = int(rest.removesuffix("_days"))
        tomorrow = today + timedelta(days=1)
        return (tomorrow - timedelta(days=days), tomorrow) if which == "last" else (today, today + timedelta(days=days))
    if rest == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=_SHIFT[which])
        return monday, monday + timedelta(weeks=1)
    months = _UNITS[rest]
    first = (today.year * 12 + today.month - 1) // months * months + _SHIFT[which] * months
    return _month(first), _month(first + months)


def _month(index: int) -> date:
    """Return the first day of a month counted from the year 0."""
    return date(index // 12, index % 12 + 1, 1)
