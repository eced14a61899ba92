"""Names for stretches of days, counted from today: what people filter dates by."""

from __future__ import annotations

import re
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
# Any number of them beside those that are offered: `last_45_days`, `next_6_weeks`, `last_18_months`.
_COUNTED = re.compile(r"(last|next)_(\d{1,4})_(days|weeks|months|years)\Z")


def is_period(name: str) -> bool:
    """Say whether a name is one of a stretch of days."""
    found = _COUNTED.match(name)
    return name in PERIODS or (found is not None and int(found[2]) > 0)


def period(name: str, today: date) -> tuple[date, date]:
    """Return the first day of a period and the first day after it. Weeks begin on Monday; `last_7_days` ends today."""
    counted = _COUNTED.match(name)
    if counted is not None:
        return _counted(counted[1], int(counted[2]), counted[3], today)
    if name in ("today", "yesterday", "tomorrow"):
        start = today + timedelta(days={"today": 0, "yesterday": -1, "tomorrow": 1}[name])
        return start, start + timedelta(days=1)
    which, _, rest = name.partition("_")
    if rest == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=_SHIFT[which])
        return monday, monday + timedelta(weeks=1)
    months = _UNITS[rest]
    first = (today.year * 12 + today.month - 1) // months * months + _SHIFT[which] * months
    return _month(first), _month(first + months)


def _counted(which: str, count: int, unit: str, today: date) -> tuple[date, date]:
    tomorrow = today + timedelta(days=1)
    if unit in ("days", "weeks"):
        days = timedelta(days=count * (7 if unit == "weeks" else 1))
        return (tomorrow - days, tomorrow) if which == "last" else (today, today + days)
    months = count * (12 if unit == "years" else 1)
    return (_moved(tomorrow, -months), tomorrow) if which == "last" else (today, _moved(today, months))


def _moved(start: date, months: int) -> date:
    """Return the same day of another month, or that month's last day."""
    index = start.year * 12 + start.month - 1 + months
    last = _month(index + 1) - timedelta(days=1)
    return last.replace(day=min(start.day, last.day))


def _month(index: int) -> date:
    """Return the first day of a month counted from the year 0."""
    return date(index // 12, index % 12 + 1, 1)
