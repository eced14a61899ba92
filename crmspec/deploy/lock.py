"""One deploy at a time: a connection to work on, and proof that nobody else does.

PostgreSQL: a connection of its own holds an advisory lock for as long as it lives, so a killed deploy leaves nothing
behind. It is tried again and again, never waited for: who waits inside the server deadlocks with index builds.
SQLite: the one transaction of the deploy is the lock. Foreign keys are off before it begins; inside, that is ignored.
"""

from __future__ import annotations

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from crmspec.deploy.database import redacted
from crmspec.deploy.failure import connection_lost, failed
from crmspec.diagnostics import Diagnostic, Refused

Say = Callable[[str], None]
WAIT_SECONDS = 30.0
_PAUSE_SECONDS = 0.1
_PUT_BACK_SECONDS = 10.0
_LOCK_KEY = 0x63726D73706563  # "crmspec" in ASCII
_WRITE_LOCK_BYTE = "120"      # of the -shm file, where WAL mode keeps the writer's lock
_NAMED = sa.text("SELECT set_config('application_name', :name, false)")
# A deploy touches a page again and again; with SQLite's 2 MB of cache each touch writes the page to the log once more.
_CACHE_KIB = 262_144
_WORKING = "crmspec deploy at work"
# A role's or a database's own limits are made for requests, not for a deploy's long steps.
_SETTINGS = ("lock_timeout = '2s'", "statement_timeout = 0", "idle_in_transaction_session_timeout = 0",
             "idle_session_timeout = 0", "default_transaction_isolation = 'read committed'",
             f"application_name = '{_WORKING}'")
_WITHOUT_LIMIT = "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'"
# Whoever dies leaves the server at work on what it was asked last. The lock says that nobody else deploys.
_END_ORPHANS = sa.text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = :working "
    "AND datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()")


def end_orphans(connection: sa.Connection) -> None:
    """End what is left of a deploy's work on the server, and wait until it is over, this way or that."""
    if connection.dialect.name == "postgresql":
        connection.execute(_END_ORPHANS, {"working": _WORKING})


@dataclass(frozen=True, slots=True)
class Held:
    """The lock, held. Work is done on `connection`; on SQLite its transaction is begun. `check` before each step."""

    connection: sa.Connection
    check: Callable[[], None]


@contextmanager
def held_lock(
    engine: sa.Engine, *, who: str, wait_seconds: float = WAIT_SECONDS, say: Say = lambda _: None,
) -> Iterator[Held]:
    """Hold the deploy lock of a database; refuse, naming the holder, when it is not free in time."""
    hold = _hold_sqlite if engine.dialect.name == "sqlite" else _hold_postgresql
    try:
        with _stopped_gently(), hold(engine, who, time.monotonic() + wait_seconds, say) as held:
            yield held
    except DBAPIError as error:
        # Putting things back on a line that is dead fails once more: what is said is that the line was lost.
        if connection_lost(error):
            raise failed(error, engine) from error
        raise


@contextmanager
def _stopped_gently() -> Iterator[None]:
    """Let SIGTERM end the deploy as Ctrl-C does: the step under way is rolled back and nothing half-written stays.

    While things are put back no second signal is heard: whoever presses Ctrl-C again and again must not stop that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    deaf_until = 0.0

    def stop(_number: int, _frame: object) -> None:
        nonlocal deaf_until
        if time.monotonic() > deaf_until:
            deaf_until = time.monotonic() + _PUT_BACK_SECONDS
            raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _busy(holder: str, waited: str) -> Refused:
    return Refused(Diagnostic(
        "CRM504", f"another deploy or program holds this database: {holder}", why=f"it did not let go {waited}",
        help="wait until it is done and run the same command again; nothing was changed",
    ))


# --- SQLite ---


@contextmanager
def _hold_sqlite(engine: sa.Engine, _who: str, deadline: float, say: Say) -> Iterator[Held]:
    with engine.connect() as connection:
        connection.detach()  # foreign keys are off on it: it may not go back to the others
        driver = connection.connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute("PRAGMA foreign_keys = OFF")
        driver.execute("PRAGMA synchronous = FULL")
        driver.execute("PRAGMA busy_timeout = 100")
        driver.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        file = Path(engine.url.database or "")
        _begin(connection, file, deadline, say)
        try:
            yield Held(connection, lambda: None)
        finally:
            if connection.in_transaction():
                connection.rollback()


def _begin(connection: sa.Connection, file: Path, deadline: float, say: Say) -> None:
    told = False
    while True:
        try:
            connection.begin()
            return
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            holder = _sqlite_holder(file)
            if time.monotonic() > deadline:
                raise _busy(holder, "in time") from None
            if not told:
                say(f"waiting: {holder} is writing to {file.name}")
                told = True


def _sqlite_holder(file: Path) -> str:
    """Return who writes to a SQLite file, as far as Linux tells; elsewhere only that somebody does."""
    try:
        inode = file.with_name(file.name + "-shm").stat().st_ino
        for line in Path("/proc/locks").read_text().splitlines():
            words = line.split()
            if words[3] == "WRITE" and words[5].endswith(f":{inode}") and words[6] == _WRITE_LOCK_BYTE:
                command = Path(f"/proc/{words[4]}/cmdline").read_text().split("\0")
                return f"process {words[4]} ({' '.join(Path(word).name for word in command[:3] if word)[:80]})"
    except (OSError, IndexError):
        return "another process"
    return "another process"


# --- PostgreSQL ---


@contextmanager
def _hold_postgresql(engine: sa.Engine, who: str, deadline: float, say: Say) -> Iterator[Held]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as keeper:
        keeper.detach()
        keeper.execute(_NAMED, {"name": f"crmspec deploy, {who}"[:63]})
        keeper.exec_driver_sql("SET idle_session_timeout = 0")
        pid = _take(keeper, deadline, say)
        try:
            end_orphans(keeper)
            with engine.connect() as connection:
                connection.detach()  # its settings are the deploy's: it may not go back to the others
                for setting in _SETTINGS:
                    connection.exec_driver_sql(f"SET {setting}")
                connection.exec_driver_sql(_WITHOUT_LIMIT)
                connection.commit()
                yield Held(connection, lambda: _check_postgresql(keeper, pid))
                connection.rollback()
        finally:
            _release(keeper)


def _take(keeper: sa.Connection, deadline: float, say: Say) -> int:
    told = False
    while not keeper.execute(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK_KEY}).scalar_one():
        holder = _postgresql_holder(keeper)
        if time.monotonic() > deadline:
            raise _busy(holder, "in time")
        if not told:
            say(f"waiting for {holder}")
            told = True
        time.sleep(_PAUSE_SECONDS)
    pid: int = keeper.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    return pid


_HOLDER = sa.text("""
SELECT a.pid, a.usename, a.application_name, coalesce(host(a.client_addr), 'this machine'), a.backend_start
FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = :high AND l.objid::bigint = :low
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())""")


def _postgresql_holder(connection: sa.Connection) -> str:
    return deployer(connection) or "a deploy that has just ended"


def deployer(connection: sa.Connection) -> str:
    """Return who deploys to a PostgreSQL database just now; empty when nobody does."""
    row = connection.execute(_HOLDER, {"high": _LOCK_KEY >> 32, "low": _LOCK_KEY & 0xFFFFFFFF}).first()
    if row is None:
        return ""
    pid, user, name, address, since = row
    return redacted(f"`{name}` (process {pid} of {user} at {address}, since {since:%Y-%m-%d %H:%M:%S} UTC)")


def _check_postgresql(keeper: sa.Connection, pid: int) -> None:
    """Refuse to go on when the lock is gone: its connection died, or a pooler gave us another server process."""
    try:
        now = keeper.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    except SQLAlchemyError:
        now = None
    if now != pid:
        raise Refused(Diagnostic(
            "CRM505", "the connection that held the deploy lock is gone",
            why="the server ended it, or a pooler in transaction mode stands between" if now is None else
                "a pooler in transaction mode stands between: every statement may meet another server process",
            help="let the environment's database URL point at the server itself, and run the same command again",
        ))


def _release(keeper: sa.Connection) -> None:
    """Let go. Where the connection is dead the server has done so already."""
    try:
        keeper.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK_KEY})
    except SQLAlchemyError:
        keeper.invalidate()
