"""Work that needs a lock others may hold: waits shortly, lets everybody pass, tries again, gives up in time.

Whoever waits for a lock on a table makes everybody wait who comes later. So a lock is waited for no longer than people
would notice, and between two tries the queue runs empty.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crmspec.deploy.blockers import in_the_way
from crmspec.deploy.failure import waits_for_another
from crmspec.deploy.lock import Say
from crmspec.deploy.statements import StatementFailed, execute_all

LOCK_TIMEOUT = "200ms"
# The same, or half of what the server lets pass before it looks for deadlocks, should that be shorter. Whoever looks
# first is ended: where somebody and a deploy wait for one another, it is the deploy that gives way before.
_SHORT = "least(200, greatest(1, extract(epoch FROM current_setting('deadlock_timeout')::interval) * 500))::int::text"
WAIT_SHORTLY = f"SELECT set_config('lock_timeout', {_SHORT}, true)"
# For locks that nobody else's reading or writing waits behind.
LONG_LOCK_TIMEOUT = "5s"
VACUUM_LOCK_TIMEOUT = "2s"
BUDGET_SECONDS = 30.0
_PAUSE_SECONDS, _PAUSE_SECONDS_MAX, _PAUSE_GROWS = 0.1, 2.0, 1.5
DATABASE_ERRORS = (StatementFailed, DBAPIError)
Done = TypeVar("Done")


class Blocked(Exception):
    """The budget is over, and somebody was in the way all the time. Carries who."""

    def __init__(self, who: str) -> None:
        super().__init__(who)
        self.who = who


def pauses() -> Iterator[float]:
    """Yield seconds to wait between tries: growing, and never quite the same, so that two do not meet every time."""
    pause = _PAUSE_SECONDS
    while True:
        yield pause * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
        pause = min(pause * _PAUSE_GROWS, _PAUSE_SECONDS_MAX)


def patiently(
    connection: sa.Connection, work: Callable[[], Done], *, tables: Collection[str] = (), say: Say = lambda _: None,
) -> Done:
    """Do work that begins and commits its own transaction; again and again while others are in the way."""
    deadline = time.monotonic() + BUDGET_SECONDS
    who = ""
    for pause in pauses():
        try:
            return work()
        except DATABASE_ERRORS as error:
            let_go(connection)
            if not waits_for_another(error):
                raise
            now = in_the_way(connection, tables)
            if now and not who:
                say(f"waiting for {now}")
            who = now or who
            if time.monotonic() > deadline:
                raise Blocked(who) from error
        have_vacuum_yield(connection)
        time.sleep(pause)
    raise AssertionError("pauses never end")


def let_go(connection: sa.Connection) -> None:
    """Roll back what is under way, where there is still a connection.

    Not only where a transaction is: one whose COMMIT was refused is none any more, and still has to be let go of.
    """
    if not connection.invalidated:
        connection.rollback()


_VACUUMED = sa.text("""
SELECT DISTINCT quote_ident(c.relname) FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
WHERE l.granted AND l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock' AND l.pid <> pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND c.relkind = 'r'
  AND c.relnamespace = current_schema()::regnamespace""")


def have_vacuum_yield(connection: sa.Connection) -> None:
    """Have autovacuum give way on every table it is at work on, whether or not a revision says that it needs it.

    Constraints need the tables that they point at, too. It gives way to whoever has waited a second
    (`deadlock_timeout`), which short tries never have. The lock that is waited for here is one that nobody else's
    reading or writing waits behind.
    """
    vacuumed = connection.execute(_VACUUMED).scalars().all()
    connection.rollback()
    for table in vacuumed:
        try:
            execute_all(connection, [f"SET LOCAL lock_timeout = '{VACUUM_LOCK_TIMEOUT}'",
                                     f"LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE"])
        except StatementFailed as error:
            if not waits_for_another(error):
                raise
        finally:
            let_go(connection)


_THERE = sa.text("""
SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = current_schema()::regnamespace
  AND relkind IN ('r', 'p') AND relname = ANY (:tables) ORDER BY relname
""").bindparams(sa.bindparam("tables", type_=sa.ARRAY(sa.Text)))


def wait_shortly(connection: sa.Connection) -> None:
    """Have the transaction wait for each lock no longer than people would notice."""
    if connection.dialect.name == "postgresql":
        execute_all(connection, [WAIT_SHORTLY])


def keep_vacuum_out(connection: sa.Connection, tables: Collection[str]) -> Sequence[str]:
    """Have vacuum stay away from tables until the transaction ends, then wait shortly; return those that are there."""
    there = connection.execute(_THERE, {"tables": sorted(tables)}).scalars().all() if tables else []
    locks = [f"LOCK TABLE {', '.join(there)} IN SHARE UPDATE EXCLUSIVE MODE"] if there else []
    execute_all(connection, [f"SET LOCAL lock_timeout = '{LONG_LOCK_TIMEOUT}'", *locks, WAIT_SHORTLY])
    return there


def take_locks(connection: sa.Connection, tables: Collection[str]) -> None:
    """Have the tables that a release changes to itself, all of them within one short wait, or fail.

    One by one, where they are needed, each could be waited for as long, and people behind the first for the sum of it.
    """
    if connection.dialect.name == "sqlite" or not (there := keep_vacuum_out(connection, tables)):
        return
    try:
        execute_all(connection, [
            f"SELECT set_config('statement_timeout', {_SHORT}, true)",
            f"LOCK TABLE {', '.join(there)} IN ACCESS EXCLUSIVE MODE", "SET LOCAL statement_timeout = 0"])
    except StatementFailed as error:
        raise _as_lock_timeout(error) from error


def _as_lock_timeout(error: StatementFailed) -> StatementFailed:
    """Take the end of the statement's time for what it is here: the end of the time to wait for locks."""
    from psycopg.errors import LockNotAvailable, QueryCanceled

    return StatementFailed(error.statement, LockNotAvailable(str(error.cause))) if isinstance(
        error.cause, QueryCanceled) else error


@contextmanager
def without_transaction(connection: sa.Connection, *, lock_timeout: str) -> Iterator[Callable[[str], None]]:
    """Give a way to execute statements that may stand in no transaction, as concurrent index builds."""
    import psycopg

    let_go(connection)
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, psycopg.Connection)

    def execute(statement: str) -> None:
        try:
            driver.execute(statement.encode())
        except psycopg.Error as error:
            raise StatementFailed(statement, error) from error

    driver.autocommit = True
    try:
        (before,) = driver.execute("SELECT current_setting('lock_timeout')").fetchone() or ("0",)
        execute(f"SET lock_timeout = '{lock_timeout}'")
        try:
            yield execute
        finally:
            if not driver.closed:
                driver.execute(f"SET lock_timeout = '{before}'")
    finally:
        if not driver.closed:
            driver.autocommit = False
