"""Days and moments of a time zone in SQL: PostgreSQL knows the zones, SQLite is told their offsets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from crmspec.schema import Dialect
from crmspec.schema.ddl import literal

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)


def moment_of_day(column: str, zone: str, dialect: Dialect) -> str:
    """Write the moment at which a day begins in the zone."""
    if dialect == "postgresql":
        return f"{column}::timestamp AT TIME ZONE {literal(zone)}"
    minutes = _cases(column, [(f"{moment + offset:%Y-%m-%d}", -offset) for moment, offset in offsets(zone)])
    return f"strftime('%Y-%m-%dT%H:%M:%S.000000Z', {column}, {minutes})"


def moment_of_time(day: str, time: str, zone: str, dialect: Dialect) -> str:
    """Write the moment at which it is a time of a day in the zone. An hour that a clock shows twice is its second."""
    if dialect == "postgresql":
        return f"({day} || ' ' || {time})::timestamp AT TIME ZONE {literal(zone)}"
    local = f"{day} || 'T' || substr({time}, 1, 8)"
    since = [(f"{moment + offset:%Y-%m-%dT%H:%M:%S}", -offset) for moment, offset in offsets(zone)]
    minutes = _cases(local, since, or_equal=True)
    return f"strftime('%Y-%m-%dT%H:%M:%S', {local}, {minutes}) || substr({time}, 9) || 'Z'"


def day_of_moment(column: str, zone: str, dialect: Dialect) -> str:
    """Write the day that it is in the zone at a moment."""
    if dialect == "postgresql":
        return f"({column} AT TIME ZONE {literal(zone)})::date"
    minutes = _cases(column, [(f"{moment:%Y-%m-%dT%H:%M:%S}", offset) for moment, offset in offsets(zone)])
    return f"date({column}, {minutes})"


def _cases(column: str, since: list[tuple[str, timedelta]], *, or_equal: bool = False) -> str:
    words = [literal(f"{int(offset.total_seconds()) // 60:+d} minutes") for _, offset in since]
    if len(words) == 1:
        return words[0]
    newest_first = list(zip(since, words, strict=True))[:0:-1]
    sign = ">=" if or_equal else ">"
    cases = " ".join(f"WHEN {column} {sign} {literal(moment)} THEN {word}" for (moment, _), word in newest_first)
    return f"CASE {cases} ELSE {words[0]} END"


@cache
def offsets(zone: str) -> tuple[tuple[datetime, timedelta], ...]:
    """Return (from which moment, offset) of a zone, in order, for the years a CRM has dates in."""
    return tuple(_offsets(ZoneInfo(zone)))


def _offsets(zone: ZoneInfo) -> Iterator[tuple[datetime, timedelta]]:
    moment, offset = _FIRST, _offset(_FIRST, zone)
    yield moment, offset
    while moment < _LAST:
        later = moment + timedelta(days=7)
        if _offset(later, zone) != offset:
            moment = _change(moment, later, zone)
            offset = _offset(moment, zone)
            yield moment, offset
        else:
            moment = later


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first minute of the new offset, by halving."""
    offset = _offset(before, zone)
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) // 2
        middle -= timedelta(seconds=middle.second, microseconds=middle.microsecond)
        if middle <= before:
            break
        before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
    return after


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
