"""A checked copy of a SQLite database before anything is changed in it."""

from __future__ import annotations

import glob
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from crmspec.diagnostics import Diagnostic, Refused

KEPT = 10


def back_up(file: Path, *, release: int, at: datetime, kept: int = KEPT) -> Path:
    """Copy a database into `backups/` beside it, and return where; refuse, leaving nothing behind, when that fails.

    It is called while the deploy's transaction holds the write lock, so nothing changes meanwhile. SQLite's backup
    interface copies page by page; `VACUUM INTO` would number rows anew, and the search index finds rows by number.
    The name says the release first: the order of backups does not hang on a clock.
    """
    folder = file.with_name("backups")
    name = f"{file.stem}.release-{release:05d}.{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.db"
    part = folder / f".{name}.part"
    try:
        folder.mkdir(exist_ok=True)
        for left_behind in folder.glob(f".{glob.escape(file.stem)}.release-*.part*"):  # by a deploy that was killed
            left_behind.unlink(missing_ok=True)
        _copy(file, part)
        _sync(part)
        part.replace(folder / name)
        _sync(folder)
    except (OSError, sqlite3.Error) as error:
        raise Refused(_failed(folder, error)) from error
    finally:
        _remove(part)
    for old in sorted(folder.glob(f"{file.stem}.release-*.db"))[:-kept]:
        old.unlink(missing_ok=True)
    return folder / name


def _copy(file: Path, part: Path) -> None:
    _remove(part)
    source, copy = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True), sqlite3.connect(part)
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without companions that could be lost
        found = copy.execute("PRAGMA quick_check(5)").fetchall()
    finally:
        copy.close()
        source.close()
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
