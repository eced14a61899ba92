"""The day that a moment falls on is that of the project's time zone: on SQLite worked out here.

PostgreSQL knows time zones. SQLite does not: what a zone with one unchanging offset needs is written in SQL, the rest
are two functions that whoever opens a SQLite database gives it (`add_functions`).
"""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LOCAL, MIDNIGHT = "crmspec_local", "crmspec_midnight"
_NAME = re.compile(r"[A-Za-z0-9_+/-]+")
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_SECOND_DAY = _EARLIEST + timedelta(days=1)  # from then on, every zone's clocks show the year 1 or later
# Rules that are known of for years ahead go on: a zone that keeps one offset through these keeps it.
_YEARS = range(2037, 1900, -1)


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """Return a time zone; raises ValueError for what is no name of one."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"no time zone has the name {name!r}")
    return ZoneInfo(name)


def local(moment: datetime, zone: str) -> datetime:
    """Return a moment as the clocks of a zone show it, without the zone; on the first day of all, those of UTC."""
    return moment.astimezone(zone_of(zone) if moment >= _SECOND_DAY else UTC).replace(tzinfo=None)


def midnight(day: datetime, zone: str) -> datetime:
    """Return the moment at which a day begins in a zone, in UTC.

    Where clocks show midnight twice it is the later one, where they leave it out the moment they do: as PostgreSQL has
    it. The first day of the year 1 begins everywhere with that of UTC: before it there is nothing.
    """
    home = zone_of(zone)
    if day.replace(tzinfo=UTC) == _EARLIEST:
        return _EARLIEST
    for fold in (1, 0):
        moment = day.replace(tzinfo=home, fold=fold).astimezone(UTC)
        if moment.astimezone(home).replace(tzinfo=None, fold=0) == day.replace(fold=0):
            return moment
    return moment


def add_functions(driver: sqlite3.Connection) -> None:
    """Give a SQLite connection the two functions that formulas use."""
    driver.create_function(LOCAL, 2, _local_text, deterministic=True)
    driver.create_function(MIDNIGHT, 2, _midnight_text, deterministic=True)


def _local_text(moment: str | None, zone: str) -> str | None:
    return None if moment is None else local(datetime.fromisoformat(moment), zone).isoformat(timespec="microseconds")


def _midnight_text(day: str | None, zone: str) -> str | None:
    if day is None:
        return None
    moment = midnight(datetime.fromisoformat(day), zone)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@lru_cache(maxsize=64)
def unchanging(zone: str) -> tuple[str, int] | None:
    """Return since when, as SQLite keeps moments, a zone has its present offset for good, and that, in minutes."""
    home = zone_of(zone)
    moments = [datetime(year, month, 1, tzinfo=UTC) for year in _YEARS for month in range(12, 0, -1)]
    offset = moments[0].astimezone(home).utcoffset() or timedelta()
    since = None
    for moment in moments:
        if moment.astimezone(home).utcoffset() != offset:
            break
        since = moment
    minutes, rest = divmod(offset.total_seconds(), 60)
    if since is None or since.year > _YEARS[0] - 20 or rest:
        return None
    return since.strftime("%Y-%m-%dT%H:%M:%S.000000Z"), int(minutes)
