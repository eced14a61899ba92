"""A database asked with its driver alone. Whatever cannot be done this way is left to whoever has SQLAlchemy loaded:
where a connection cannot be had, there is none, and the words for why are found there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from crmspec.deploy.by_hand import refuse_changes_by_hand
from crmspec.deploy.counting import counted, is_of_rights
from crmspec.deploy.looking import has_table
from crmspec.deploy.planning import plan_from
from crmspec.deploy.release import Entry, Release, release_of
from crmspec.diagnostics import Refused
from crmspec.formula.zones import add_functions
from crmspec.plan import Plan
from crmspec.schema import Dialect
from crmspec.schema.tables import MOMENT_FORMAT
from crmspec.spec import Spec
from crmspec.spec.variables import filled_in

_SQLITE, _SECONDS_MAX = "sqlite:///", 5


class Found:
    """Rows, as far as they are needed as SQLAlchemy gives them."""

    def __init__(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._rows)

    def all(self) -> list[tuple[Any, ...]]:
        """Return every row."""
        return list(self._rows)

    def first(self) -> tuple[Any, ...] | None:
        """Return the first row, None where there is none."""
        return self._rows[0] if self._rows else None

    def one(self) -> tuple[Any, ...]:
        """Return the one row there is."""
        (row,) = self._rows
        return row

    def scalars(self) -> list[Any]:
        """Return the first value of every row."""
        return [row[0] for row in self._rows]

    def scalar_one(self) -> Any:
        """Return the first value of the one row there is."""
        return self.one()[0]


@dataclass(frozen=True, slots=True)
class _Kind:
    name: Dialect
    server_version_info: tuple[int, ...] = ()


class Asked:
    """A connection in a transaction that only reads."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder
        self.closed = False
        self.dbapi_connection: Any
        if url.startswith(_SQLITE):
            self.dbapi_connection, self.dialect = self._sqlite(), _Kind("sqlite")
        else:
            self.dbapi_connection = self._postgresql()
            version = self.dbapi_connection.info.server_version  # 180001 for 18.1
            self.dialect = _Kind("postgresql", (version // 10_000, version % 10_000))

    def _sqlite(self) -> sqlite3.Connection:
        file = (self._folder / self._url.removeprefix(_SQLITE)).absolute()
        # Whoever may not write leaves the log's files behind: so it may, and does not.
        driver = sqlite3.connect(f"file:{quote(str(file))}?mode=rw", uri=True, timeout=_SECONDS_MAX,
                                 isolation_level=None)
        add_functions(driver)
        driver.execute("PRAGMA query_only = ON")
        driver.execute("BEGIN")
        return driver

    def _postgresql(self) -> Any:
        import psycopg

        driver = psycopg.connect(self._url, connect_timeout=_SECONDS_MAX, prepare_threshold=None,
                                 client_encoding="utf8", application_name="crmspec",
                                 options=f"-c lock_timeout={_SECONDS_MAX}s -c timezone=UTC")
        driver.read_only = True
        return driver

    @property
    def connection(self) -> Asked:
        """What holds the driver's own connection."""
        return self

    def exec_driver_sql(self, statement: str, parameters: Any = None, execution_options: Any = None) -> Found:
        """Ask. Without parameters a statement is always taken as it is written."""
        driver = self.dbapi_connection
        given = (statement,) if parameters is None else (statement, parameters)
        return Found(driver.execute(*given).fetchall())

    def close(self) -> None:
        """End it."""
        self.closed = True
        self.dbapi_connection.close()

    @contextmanager
    def again(self) -> Iterator[Asked]:
        """Give another connection to the same database."""
        other = Asked(self._url, self._folder)
        try:
            yield other
        finally:
            other.close()


def asked(database: str, folder: Path) -> Asked | None:
    """Open the database of an environment to ask it; None where that cannot be done, for whatever reason."""
    url = filled_in(database, os.environ)
    if url.startswith(_SQLITE):
        if "?" in url or not (folder / url.removeprefix(_SQLITE)).is_file():
            return None
        faults: tuple[type[Exception], ...] = (sqlite3.Error,)
    else:
        scheme, _, rest = url.partition("://")
        if scheme not in ("postgresql", "postgresql+psycopg"):
            return None
        import psycopg

        faults, url = (psycopg.Error, OSError, ValueError), f"postgresql://{rest}"
    try:
        return Asked(url, folder)
    except faults:
        return None


def plan_asked(database: str, folder: Path, desired: Spec) -> tuple[Plan, Release] | None:
    """Plan from what is deployed, with what the records say of it; None where that takes more than this.

    It does where nothing is deployed, where rights change, and for all that is refused: the words are found elsewhere.
    """
    connection = asked(database, folder)
    if connection is None:
        return None
    try:
        entry = newest_entry(connection)
        if entry is None:
            return None
        release = release_of(connection, entry, whole=False)
        made = plan_from(release, desired, folder)
        if made.deployed is None or is_of_rights(made):
            return None
        refuse_changes_by_hand(connection, made.deployed, made.desired)
        return counted(connection, made, everything=True), release
    except Refused:
        return None
    except Exception as error:
        if isinstance(error, faults_of(connection)):
            return None
        raise
    finally:
        connection.close()


def faults_of(connection: Asked) -> tuple[type[Exception], ...]:
    """Return what a connection's driver raises when something is wrong."""
    if connection.dialect.name == "sqlite":
        return (sqlite3.Error,)
    import psycopg

    return (psycopg.Error,)


_COLUMNS = ", ".join(Entry.__dataclass_fields__)


def newest_entry(connection: Asked) -> Entry | None:
    """Return the row of the newest release, None where nothing is deployed."""
    if not has_table(connection, "crmspec_release"):
        return None
    query = f"SELECT {_COLUMNS} FROM crmspec_release ORDER BY number DESC LIMIT 1"
    row = connection.exec_driver_sql(query).first()
    if row is None:
        return None
    values = dict(zip(Entry.__dataclass_fields__, row, strict=True))
    if isinstance(values["at"], str):
        values["at"] = datetime.strptime(values["at"], MOMENT_FORMAT).replace(tzinfo=UTC)
    return Entry(**values)
