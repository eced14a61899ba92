"""A checked copy of a SQLite database before anything is changed in it."""

from __future__ import annotations

import glob
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crmspec.deploy.room import size_of, too_little_for
from crmspec.diagnostics import Diagnostic, Refused

KEPT = 10
BESIDE_ABOVE = 8_000_000  # bytes
_PAGES = 2_048  # copied in one go; then whoever has given up the deploy is listened to
_AS_ONE_FILE = b"\x01\x01"  # where a database says that its changes stand in a log beside it: 2, 2
_AT_WRITE_AND_READ_VERSION = 18


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a database is, and where its copy comes. The name says the release first: the order of backups does not
    hang on a clock.
    """

    file: Path
    release: int
    at: datetime

    @property
    def folder(self) -> Path:
        return self.file.with_name("backups")

    @property
    def copy(self) -> Path:
        moment = self.at.astimezone(UTC)
        return self.folder / f"{self.file.stem}.release-{self.release:05d}.{moment:%Y%m%dT%H%M%SZ}.db"

    @property
    def part(self) -> Path:
        """The copy while it is not whole."""
        return self.folder / f".{self.copy.name}.part"


class _GivenUp(Exception):
    """The deploy is over: nobody needs its copy."""


class Backup:
    """A copy that is made beside the deploy, a small one at once: `keep` it, or `give_up`."""

    def __init__(self, file: Path, *, release: int, at: datetime) -> None:
        self._place = _Place(file, release, at)
        _refuse_little_room(self._place)
        self._wrong: BaseException | None = None
        self._kept = False
        self._given_up = threading.Event()
        self._worker = threading.Thread(target=self._work, name="crmspec backup")
        if not _is_worth_a_thread(file) or not _started(self._worker):
            self._work()

    def _work(self) -> None:
        try:
            _make(self._place, self._go_on)
        except BaseException as error:  # whoever waits for the copy is told, whatever it is
            self._wrong = error

    def _go_on(self, *_: int) -> None:
        if self._given_up.is_set():
            raise _GivenUp

    @property
    def path(self) -> Path:
        """Where the copy is, once it is kept."""
        return self._place.copy

    def _wait(self) -> None:
        if self._worker.ident is not None:
            self._worker.join()

    def refuse_failed(self) -> None:
        """Refuse at once where it is known by now that there will be no copy."""
        if self._wrong is not None:
            raise self._wrong

    def keep(self) -> None:
        """Wait until the copy is whole, checked and on the disk, and give it its name; refuse when it is not."""
        self._wait()
        self.refuse_failed()
        if not self._kept:
            _keep(self._place)
            self._kept = True

    def give_up(self) -> None:
        """Stop, and take away what is not kept. Refuse what was wrong with the copy before that."""
        self._given_up.set()
        self._wait()
        if not self._kept:
            _remove(self._place.part)
        if isinstance(self._wrong, Refused):
            raise self._wrong


def _refuse_little_room(place: _Place) -> None:
    """Refuse before anything is begun where the copy cannot fit."""
    folder = place.folder if place.folder.is_dir() else place.file.parent
    if little := too_little_for(size_of(place.file), folder):
        raise Refused(Diagnostic(
            "CRM507", "there is no room for the backup before the deploy; nothing was changed", why=little,
            help=f"make room in {place.folder}: the oldest backups in it may go; then run this again"))


def _is_worth_a_thread(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > BESIDE_ABOVE


def _started(worker: threading.Thread) -> bool:
    """Start a thread; say no where there is no memory for one more."""
    try:
        worker.start()
    except RuntimeError:
        return False
    return True


def back_up(file: Path, *, release: int, at: datetime, kept: int = KEPT) -> Path:
    """Copy a database into `backups/` beside it, and return where; refuse, leaving nothing behind, when that fails."""
    place = _Place(file, release, at)
    _make(place, lambda *_: None)
    _keep(place, kept)
    return place.copy


def _make(place: _Place, go_on: Callable[..., None]) -> None:
    """Make a copy that is whole, checked and on the disk, but for its name. `go_on` raises to stop it.

    SQLite's backup interface copies page by page; `VACUUM INTO` would number rows anew, and the search index finds rows
    by number.
    """
    try:
        place.folder.mkdir(exist_ok=True)
        # By a deploy that was killed:
        for left_behind in place.folder.glob(f".{glob.escape(place.file.stem)}.release-*.part*"):
            left_behind.unlink(missing_ok=True)
        _copy(place.file, place.part, go_on)
        _check(place.part)
        _sync(place.part)
    except BaseException as error:
        _remove(place.part)
        if isinstance(error, OSError | sqlite3.Error):
            raise Refused(_failed(place.folder, error)) from error
        raise


def _keep(place: _Place, kept: int = KEPT) -> None:
    """Give a copy its name, and take away the oldest beyond those that are `kept`."""
    try:
        place.part.replace(place.copy)
        _sync(place.folder)
    except OSError as error:
        _remove(place.part)
        raise Refused(_failed(place.folder, error)) from error
    for old in sorted(place.folder.glob(f"{place.file.stem}.release-*.db"))[:-kept]:
        old.unlink(missing_ok=True)


def _copy(file: Path, part: Path, go_on: Callable[..., None]) -> None:
    """Copy page by page into one file, without companions that could be lost.

    A copy that is cut off is thrown away: nothing is kept to undo it, and it is brought to the disk once, at the end.
    """
    _remove(part)
    source, copy = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True), sqlite3.connect(part)
    try:
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")
        source.backup(copy, pages=_PAGES, progress=go_on)
    finally:
        copy.close()
        source.close()
    with part.open("r+b") as stream:
        stream.seek(_AT_WRITE_AND_READ_VERSION)
        stream.write(_AS_ONE_FILE)


def _check(part: Path) -> None:
    """Have SQLite look whether the copy is a database, all of it."""
    copy = sqlite3.connect(part)
    try:
        found = copy.execute("PRAGMA quick_check(5)").fetchall()
    finally:
        copy.close()
    if found != [("ok",)]:
        raise sqlite3.DatabaseError("; ".join(str(row[0]) for row in found))


def _sync(path: Path) -> None:
    """Have the disk hold what was written, so that a power cut right after cannot take it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(part: Path) -> None:
    if not part.parent.is_dir():
        return
    for companion in ("", "-journal", "-wal", "-shm"):
        part.with_name(part.name + companion).unlink(missing_ok=True)


def _failed(folder: Path, error: Exception) -> Diagnostic:
    damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
    if damaged:
        return Diagnostic("CRM506", "the database is damaged: its copy does not pass SQLite's own check",
                          why=str(error), help=f"go back to the newest backup in {folder}; nothing was changed")
    return Diagnostic("CRM507", "the backup before the deploy could not be written; nothing was changed",
                      why=str(error), help=f"make room in {folder}, or let it be written to, and run this again")
