"""Whether the trail is what was written: every row read in order, and the first that is not, told in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmspec.audit.entries import audit_table, counter_table, own_hash
from crmspec.audit.writing import COUNTER

_TOGETHER = 1_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """A row's number and hash, kept where nobody who can change the database can change it too."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What verifying found. `wrong` is about the first wrong row, `number` which it is; empty where all is well."""

    rows: int
    first: int
    head: Anchor | None
    number: int | None = None
    wrong: str = ""

    @property
    def holds(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.wrong


class _Wrong(Exception):
    def __init__(self, number: int | None, words: str) -> None:
        super().__init__(words)
        self.number, self.words = number, words


def verify(connection: sa.Connection, anchors: Iterable[Anchor] = ()) -> Verdict:
    """Read the whole trail, and say the first row that is altered, missing, inserted or out of order.

    A chain does not feel its last links being taken off; the counter does, and an anchor kept elsewhere does even
    when the whole trail was written anew.
    """
    kept = {anchor.number: anchor.hash for anchor in anchors}
    rows, first, starts = 0, 0, _shortened(connection)
    last: Mapping[str, Any] | None = None
    try:
        for row in _rows(connection):
            _check(row, last, starts)
            _check_anchor(row, kept)
            rows, first, last = rows + 1, first or row["number"], row
        _check_end(connection, last, kept)
    except _Wrong as found:
        return Verdict(rows=rows, first=first, head=_head(last), number=found.number, wrong=found.words)
    return Verdict(rows=rows, first=first, head=_head(last))


def _head(row: Mapping[str, Any] | None) -> Anchor | None:
    return Anchor(row["number"], row["hash"]) if row else None


def _rows(connection: sa.Connection) -> Iterator[Mapping[str, Any]]:
    """Yield every row in order, some thousand at a time, those without a number first: nobody chained them."""
    table = audit_table()
    loose = connection.execute(sa.select(table.c.id, table.c.event).where(table.c.number.is_(None)).limit(1)).first()
    if loose:
        raise _Wrong(None, f"the row {loose.id} ({loose.event}) has no number: it was put there by somebody else")
    after = -1
    while True:
        page = connection.execute(
            sa.select(table).where(table.c.number > after).order_by(table.c.number).limit(_TOGETHER)
        ).mappings().all()
        yield from (dict(row) for row in page)
        if len(page) < _TOGETHER:
            return
        after = page[-1]["number"]


def _check(row: Mapping[str, Any], last: Mapping[str, Any] | None, starts: Mapping[int, str]) -> None:
    number: int = row["number"]
    expected: int = last["number"] + 1 if last else 1
    if number != expected:
        if last or number - 1 not in starts:
            gone = f"row {expected}" if number == expected + 1 else f"rows {expected} to {number - 1}"
            raise _Wrong(expected, f"{gone} missing: row {number} comes next")
        if row["previous_hash"] != starts[number - 1]:
            raise _Wrong(number, f"row {number} does not follow the row that the trail was shortened at")
    if own_hash(row) != row["hash"]:
        raise _Wrong(number, f"row {number} ({row['event']}) was altered: it does not have its own hash")
    if number == expected and row["previous_hash"] != (last["hash"] if last else ""):
        raise _Wrong(number, f"row {number} ({row['event']}) does not follow row {number - 1}: one of the two was "
                             "replaced, inserted or moved")


def _shortened(connection: sa.Connection) -> dict[int, str]:
    """Return the row numbers at which the trail was shortened, with the hash of the last row that was taken off."""
    table = audit_table()
    found = connection.execute(sa.select(table.c.detail).where(table.c.event == "shortened")).scalars()
    return {int(one["last_number"]): str(one["last_hash"]) for one in found if one and "last_number" in one}


def _check_anchor(row: Mapping[str, Any], kept: dict[int, str]) -> None:
    number: int = row["number"]
    if number in kept and kept.pop(number) != row["hash"]:
        raise _Wrong(number, f"row {number} is not the one of the anchor: the trail up to it was written anew")


def _check_end(connection: sa.Connection, last: Mapping[str, Any] | None, kept: Mapping[int, str]) -> None:
    table = counter_table()
    counted = connection.execute(sa.select(table.c.value).where(table.c.name == COUNTER)).scalar_one_or_none() or 0
    number: int = last["number"] if last else 0
    if counted != number:
        raise _Wrong(number + 1, f"the trail ends at row {number}, and {counted} were written: the last are missing"
                     if counted > number else f"the trail has {number} rows, and {counted} were counted")
    beyond = [one for one in kept if one > number]
    if beyond:
        raise _Wrong(number + 1, f"the trail ends at row {number}, before the anchor of row {min(beyond)}")
