"""What a deploy begins with on SQLite: a copy of the database, made beside the work that comes before the commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from crmspec.deploy import state
from crmspec.deploy.backup import Backup
from crmspec.deploy.lock import Held, Say
from crmspec.deploy.looking import has_table
from crmspec.deploy.state import database_clock
from crmspec.diagnostics import Refused


class Saving:
    """The copy of one deploy. PostgreSQL's backups are its administrator's; before the first release there is none."""

    def __init__(self, engine: sa.Engine, held: Held, say: Say) -> None:
        self._engine, self._connection, self._say = engine, held.connection, say
        self._backup: Backup | None = None

    def begin(self) -> None:
        """Copy the database as it is now, under the lock, once there is something in it.

        The copy is of what everybody else sees until the commit. Without a log beside the file they and we would wait
        for one another: there it is made before anything else.
        """
        if self._backup is not None:
            self._backup.refuse_failed()
            return
        release = self._newest() if self._engine.dialect.name == "sqlite" else None
        if release is None:
            return
        self._say("backing the database up")
        at = database_clock(self._connection)
        self._backup = Backup(Path(self._engine.url.database or ""), release=release, at=at)
        self._backup.refuse_failed()
        if self._connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() != "wal":
            self._backup.keep()

    def _newest(self) -> int | None:
        if not has_table(self._connection, "crmspec_release"):
            return None
        newest: int | None = self._connection.execute(sa.select(sa.func.max(state.release.c.number))).scalar()
        return newest

    def keep(self) -> None:
        """Wait until the copy is whole, checked and on the disk, before the commit; refuse when it is not."""
        if self._backup is not None:
            self._backup.keep()

    @property
    def path(self) -> Path | None:
        """Where the copy is, once it is kept."""
        return self._backup.path if self._backup is not None else None

    def end(self) -> None:
        """Stop, and take away what is not kept; refuse what was wrong with it."""
        if self._backup is not None:
            self._backup.give_up()


@contextmanager
def saving(engine: sa.Engine, held: Held, say: Say) -> Iterator[Saving]:
    """Have a copy for a deploy; a deploy that is refused leaves none."""
    copy = Saving(engine, held, say)
    try:
        yield copy
        copy.end()
    except BaseException as error:
        try:
            copy.end()
        except Refused as refused:
            # A full disk or a damaged file is met by both at once: this one says what it is.
            if isinstance(error, Exception):
                raise refused from error
        raise
