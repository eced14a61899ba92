"""One row of the trail as a value, and the hash that ties it to the row before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from crmspec.audit.events import EVENTS
from crmspec.schema.metadata import add_tables
from crmspec.schema.system import SYSTEM_TABLES

Plain = str | int | bool | None
Detail = Plain | tuple[Plain, ...]
TEXT_LENGTH_MAX = 2_000  # of one text in the detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What happened. `person_id` and `who` are the one who did it; `detail` says to whom, from what, to what.

    `who` is the log-in at that moment: people are renamed, and what was written stays as it was. `session` is the
    beginning of the session's hash, enough to tell sessions apart and nothing to log in with.
    """

    event: str
    at: datetime
    person_id: str | None = None
    who: str = ""
    address: str = ""
    session: str = ""
    object: str | None = None
    record_id: str | None = None
    detail: Mapping[str, Detail] = attribute(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse an event that no reader would know."""
        if self.event not in EVENTS:
            raise ValueError(f"no event is called {self.event!r}")


@lru_cache(maxsize=1)
def _tables() -> sa.MetaData:
    metadata = sa.MetaData()
    add_tables(metadata, (table for table in SYSTEM_TABLES if table.name in ("crmspec_audit", "crmspec_counter")))
    return metadata


def audit_table() -> sa.Table:
    """Return the trail's table."""
    return _tables().tables["crmspec_audit"]


def counter_table() -> sa.Table:
    """Return the table of counters, one of which counts the trail."""
    return _tables().tables["crmspec_counter"]


def own_hash(row: Mapping[str, Any]) -> str:
    """Return what `hash` has to be in a row: of everything else that stands in it, the hash before included."""
    at: datetime = row["at"]
    values = [
        row["previous_hash"], row["number"], row["id"], at.astimezone(UTC).isoformat(timespec="microseconds"),
        row["event"], row["person_id"], row["who"], row["address"], row["session"], row["object"], row["record_id"],
        row["detail"],
    ]
    return sha256(json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def plain_detail(detail: Mapping[str, Detail]) -> dict[str, object]:
    """Return a detail as both databases give it back: no NUL, no lone surrogate, lists for tuples, nothing endless."""
    return {clean(name): _plain(value) for name, value in detail.items() if value not in (None, "", ())}


def _plain(value: Detail) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return clean(value) if isinstance(value, str) else value


def clean(text: str, length_max: int = TEXT_LENGTH_MAX) -> str:
    """Return a text that every database takes, cut to a length."""
    return text[:length_max].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
