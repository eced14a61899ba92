"""What was prepared and not released yet, in the rows of `crmspec_online`: enough to go on with it, or take it back.

A row is written in the transaction of its step where that has one. A concurrent index build has none: its row says
`started` before it and `done` after it was seen in the catalogue. A backfill's row says `started` with the key of the
last row there was (`last`) and the key it got to (`cursor`), which every batch writes in its own transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

import sqlalchemy as sa

from crmspec.deploy import state
from crmspec.deploy.lock import deployer
from crmspec.deploy.looking import has_table
from crmspec.deploy.prepare import BuildIndex, Change, Preparation
from crmspec.deploy.state import database_clock
from crmspec.schema.ddl import quoted

Direction = Literal["upgrade", "downgrade"]


@dataclass(frozen=True, slots=True)
class Place:
    """What a step is prepared for: a revision, up or down."""

    revision: str
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step that was prepared, or is being prepared."""

    number: int
    revision: str
    direction: Direction
    kind: str                         # Change, BuildIndex, Validate, Backfill
    state: Literal["started", "done"]
    undo: str
    cursor: str | None
    last: str | None
    checksum: str
    at: datetime

    @property
    def place(self) -> Place:
        """Say what it is for."""
        return Place(self.revision, self.direction)


def journalled(connection: sa.Connection, place: Place | None = None) -> tuple[Row, ...]:
    """Return the rows of one place, or of all, in the order they were done."""
    if not has_table(connection, "crmspec_online"):
        return ()
    rows = sa.select(state.online).order_by(state.online.c.number)
    if place:
        rows = rows.where(state.online.c.revision == place.revision, state.online.c.direction == place.direction)
    return tuple(Row(**row) for row in connection.execute(rows).mappings())


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparing:
    """A revision that is prepared for its release, or was by a deploy that ended before it."""

    revision: str
    direction: Direction
    done: int                         # steps
    at: datetime                      # when the last thing was done
    by: str                           # who is at work just now; empty when nobody is


def preparing(connection: sa.Connection) -> tuple[Preparing, ...]:
    """Return what is being prepared, or was left prepared."""
    rows = journalled(connection)
    by = deployer(connection) if rows else ""
    found = []
    for place in dict.fromkeys(row.place for row in rows):
        own = [row for row in rows if row.place == place]
        found.append(Preparing(revision=place.revision, direction=place.direction, by=by, at=max(row.at for row in own),
                               done=sum(row.state == "done" for row in own)))
    return tuple(found)


def add(
    connection: sa.Connection, place: Place, work: Preparation, *, done: bool, last: str | None = None,
) -> int:
    """Write the row of a step and return its number."""
    number: int = (connection.execute(sa.select(sa.func.max(state.online.c.number))).scalar() or 0) + 1
    connection.execute(state.online.insert().values(
        number=number, revision=place.revision, direction=place.direction, kind=type(work).__name__,
        state="done" if done else "started", undo=_undo_of(work), last=last, checksum=checksum_of(work),
        at=database_clock(connection)))
    return number


def note_cursor(connection: sa.Connection, number: int, cursor: str) -> None:
    """Write how far a backfill got."""
    connection.execute(sa.update(state.online).where(state.online.c.number == number).values(
        cursor=cursor, at=database_clock(connection)))


def finish(connection: sa.Connection, number: int) -> None:
    """Write that a step is done."""
    connection.execute(sa.update(state.online).where(state.online.c.number == number).values(
        state="done", at=database_clock(connection)))


def forget(connection: sa.Connection, number: int) -> None:
    """Remove the row of a step that was taken back."""
    connection.execute(sa.delete(state.online).where(state.online.c.number == number))


def released(connection: sa.Connection, place: Place) -> None:
    """Remove the rows of a revision: what it prepared is in use from now on."""
    connection.execute(sa.delete(state.online).where(
        state.online.c.revision == place.revision, state.online.c.direction == place.direction))


def checksum_of(work: Preparation) -> str:
    """Return what tells one step from any other."""
    return sha256(repr(work).encode()).hexdigest()


def _undo_of(work: Preparation) -> str:
    match work:
        case Change():
            return work.undo
        case BuildIndex():
            return f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(work.name)}"
        case _:
            return ""
