"""URL of an environment in, an engine out that behaves the same on both databases."""

from __future__ import annotations

import os
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from crmspec.diagnostics import Diagnostic, Refused
from crmspec.formula.zones import add_functions
from crmspec.spec.variables import filled_in, variables_of

SQLITE_OLDEST = (3, 37, 0)        # STRICT-aware catalogue, UPDATE … FROM, RENAME COLUMN that follows views and triggers
POSTGRESQL_OLDEST = 140000        # as `server_version_num` says it
BUSY_SECONDS = 5
LOCK_SECONDS = 10
_SECRET = re.compile(r"(?P<scheme>[a-z][a-z0-9+]*://[^\s:/@]*):[^\s@]*@")
_SECRET_KEY = re.compile(r"(?P<key>\b(?:password|sslpassword)=)[^&\s]*", re.IGNORECASE)
_BEGIN = "crmspec_begin"
_NO_DATABASE = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


@dataclass(frozen=True, slots=True)
class Settings:
    """What `create_engine` is told."""

    url: str
    connect_args: dict[str, Any]

    @property
    def sqlite_file(self) -> Path | None:
        """The file of a SQLite database, None for a server."""
        return Path(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite:") else None


def redacted(text: str) -> str:
    """Return a text with the password of every URL in it hidden."""
    return _SECRET_KEY.sub(r"\g<key>***", _SECRET.sub(r"\g<scheme>:***@", text))


def open_database(url: str, *, project_folder: Path | None = None, foreign_keys: bool = True) -> sa.Engine:
    """Open a database. A SQLite file is made when it is not there; a server is asked when a connection is first needed.

    On SQLite every transaction begins with BEGIN IMMEDIATE, so that none can fail half-way because another wrote
    first; `for_reading` gives an engine whose transactions wait for nobody. `foreign_keys=False` is for rebuilding
    tables, and only for that.
    """
    settings = engine_settings(url, project_folder=project_folder)
    engine = sa.create_engine(settings.url, connect_args=settings.connect_args)
    if engine.dialect.name == "sqlite":
        _follow_sqlite_connections(engine, foreign_keys=foreign_keys)
    return engine


def for_reading(engine: sa.Engine) -> sa.Engine:
    """Return the engine for transactions that only read: on SQLite they neither wait for a writer nor hold one up."""
    return engine.execution_options(**{_BEGIN: "BEGIN"})


def engine_settings(url: str, *, project_folder: Path | None = None) -> Settings:
    """Work out what is meant by the URL of an environment; refuse what is no database of ours.

    `${NAME}` is filled in from the environment. A relative SQLite path is relative to the project. A server is spoken
    to without server-side prepared statements: a release that changes a column would break them.
    """
    filled = expanded(url)
    try:
        parsed = make_url(filled)
    except (ArgumentError, ValueError):
        raise Refused(_unreadable(url)) from None
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            if parsed.query:
                names = ", ".join(parsed.query)
                raise Refused(_unreadable(url, why=f"a SQLite file takes no parameters behind its name: {names}"))
            return _sqlite_settings(url, parsed.database or "", project_folder)
        case "postgresql" | "postgres" | "postgresql+psycopg":
            whole = parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
            return Settings(whole, {
                # A database without an encoding would answer in bytes; it is to be looked at, and refused in words.
                "client_encoding": "utf8",
                "prepare_threshold": None, "application_name": "crmspec", "connect_timeout": LOCK_SECONDS,
                "options": f"-c lock_timeout={LOCK_SECONDS}s -c timezone=UTC",
            })
    raise Refused(_unreadable(url))


def expanded(url: str) -> str:
    """Fill in `${NAME}` from the environment; refuse a variable that is not set."""
    missing = [name for name in variables_of(url) if not os.environ.get(name)]
    if missing:
        raise Refused(*(
            Diagnostic("CRM520", f"the environment variable `{name}` is not set",
                       why=f"the database is written as {redacted(url)}",
                       help=f"export {name}=postgresql://user:password@host/database")
            for name in missing
        ))
    return filled_in(url, os.environ)


def _unreadable(url: str, *, why: str = "") -> Diagnostic:
    return Diagnostic("CRM521", f"this is no database URL that crmspec can use: {redacted(url)}", why=why,
                      help="write sqlite:///crm.db or postgresql://user:password@host/database")


def _sqlite_settings(url: str, database: str, project_folder: Path | None) -> Settings:
    if database in ("", ":memory:") or database.startswith("file:"):
        raise Refused(Diagnostic("CRM522", f"a SQLite database must be a file: {redacted(url)}",
                                 why="one in memory is gone when the command ends", help="write sqlite:///crm.db"))
    file = (project_folder or Path.cwd()) / database
    if not file.parent.is_dir():
        raise Refused(Diagnostic("CRM523", f"there is no folder {file.parent} for the database {file.name}",
                                 help=f"mkdir -p {file.parent}"))
    return Settings(f"sqlite:///{file.absolute()}", {"timeout": BUSY_SECONDS, "isolation_level": None})


def _follow_sqlite_connections(engine: sa.Engine, *, foreign_keys: bool) -> None:
    """Set up every new connection, and begin transactions ourselves: the driver's own BEGIN comes too late for DDL."""

    @event.listens_for(engine, "connect")
    def set_up(driver: sqlite3.Connection, _record: object) -> None:
        try:
            _set_up_sqlite(driver, foreign_keys=foreign_keys)
        except sqlite3.DatabaseError as error:
            driver.close()
            if error.sqlite_errorcode not in _NO_DATABASE:
                raise
            raise Refused(Diagnostic(
                "CRM524", f"{engine.url.database} is not a SQLite database, or is damaged", why=str(error),
                help="name another file, or put the newest file of backups/ in its place")) from error

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))


def _set_up_sqlite(driver: sqlite3.Connection, *, foreign_keys: bool) -> None:
    driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    driver.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    if driver.execute("PRAGMA journal_mode").fetchone()[0] != "wal" and not _read_only(driver):
        driver.execute("PRAGMA journal_mode = WAL")
    driver.execute("PRAGMA synchronous = NORMAL")
    add_functions(driver)


def _read_only(driver: sqlite3.Connection) -> bool:
    """Say whether the file cannot be written: then it stays in the mode it has, and can still be looked at."""
    path = driver.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()[0]
    return bool(path) and not os.access(path, os.W_OK)
