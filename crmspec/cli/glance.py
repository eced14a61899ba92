"""One look at what is deployed, with the driver alone: most plans find nothing to do, and say so at once.

Whatever cannot be told this way (no database, no release, a server that does not answer) is left to the whole way
through `deploy`, which has the words for it.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from crmspec.spec.stamp import stamp
from crmspec.spec.variables import filled_in

if TYPE_CHECKING:
    from crmspec.schema import Dialect

_NEWEST = "SELECT fingerprint FROM crmspec_release ORDER BY number DESC LIMIT 1"
_SQLITE = "sqlite:///"
_STAMPS = ("application_id", "user_version")
_SECONDS_MAX = 5


def dialect_of(database: str) -> Dialect:
    """Return the kind of a database by its URL; a variable that is not set is a server's."""
    return "sqlite" if filled_in(database, os.environ).startswith("sqlite") else "postgresql"


def is_deployed(database: str, folder: Path, fingerprint: str) -> bool:
    """Say whether the newest release has a fingerprint; no where that cannot be told at a glance."""
    url = filled_in(database, os.environ)
    if url.startswith(_SQLITE):
        return _stamp_of(folder / url.removeprefix(_SQLITE).partition("?")[0]) == stamp(fingerprint)
    scheme, _, rest = url.partition("://")
    known = scheme in ("postgresql", "postgresql+psycopg")
    return known and _in_postgresql(f"postgresql://{rest}") == fingerprint


def _stamp_of(file: Path) -> tuple[int, int] | None:
    """Read the head of a file: asking for a row would parse the whole schema first."""
    if not file.is_file():
        return None
    try:
        connection = sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro", uri=True, timeout=_SECONDS_MAX)
    except sqlite3.Error:
        return None
    try:
        first, second = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _STAMPS)
    except sqlite3.Error:
        return None
    finally:
        connection.close()
    return first, second


def _in_postgresql(url: str) -> str | None:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=_SECONDS_MAX) as connection:
            row = connection.execute(_NEWEST).fetchone()
    except psycopg.Error:
        return None
    return str(row[0]) if row else None
