"""Days and moments counted from the day of loading: `today()-12`, `today()+30`, `now()-36h`, `today()-12d+9h+20m`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crmspec.records.texts import Unfit, day, moment

_RELATIVE = re.compile(r"(today|now)\(\)((?:\s*[+-]\s*\d{1,6}[dhm]?)*)\Z")
_STEP = re.compile(r"([+-])\s*(\d+)([dhm]?)")
_UNITS = {"": timedelta(days=1), "d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


class Unreadable(ValueError):
    """A text of a seed that stands for nothing here."""


def relative_day(text: str, today: date) -> date:
    """Return the day a seed writes."""
    match = _RELATIVE.match(text.strip())
    if match is None:
        try:
            return day(text)
        except Unfit:
            raise Unreadable(f"`{text}` is no day; write 2026-01-31 or today()-12") from None
    if match[1] == "now" or any(unit in ("h", "m") for _, _, unit in _STEP.findall(match[2])):
        raise Unreadable(f"`{text}`: a day is counted in days")
    return _moved(datetime.combine(today, time(), UTC), match[2]).date()


def relative_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment a seed writes; `today()` is the beginning of the day in the project's time zone."""
    match = _RELATIVE.match(text.strip())
    if match is None:
        try:
            return moment(text, zone.key)
        except Unfit:
            raise Unreadable(f"`{text}` is no moment; write 2026-01-31T09:30:00Z or now()-36h") from None
    start = now
    if match[1] == "today":
        start = datetime.combine(now.astimezone(zone).date(), time(), zone)
    return _moved(start.astimezone(UTC), match[2])


def _moved(start: datetime, steps: str) -> datetime:
    try:
        for sign, amount, unit in _STEP.findall(steps):
            start += (1 if sign == "+" else -1) * int(amount) * _UNITS[unit]
    except OverflowError:
        raise Unreadable(f"`{steps}` leads out of the calendar") from None
    return start
