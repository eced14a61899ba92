"""What goes wrong, and when: functions that a command's process calls before it begins (`Site.start(first=…)`)."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

Act = Callable[[], object]
Wanted = Callable[[str], bool]


def kill() -> None:
    """End this process as the system does when memory runs out: nothing of it runs any more."""
    os.kill(os.getpid(), signal.SIGKILL)


def stop() -> None:
    """Freeze this process until somebody lets it go on."""
    os.kill(os.getpid(), signal.SIGSTOP)


def terminate() -> None:
    """Ask this process to end, as a cancelled pipeline does."""
    os.kill(os.getpid(), signal.SIGTERM)


def interrupt() -> None:
    """Ask this process to end, as Ctrl-C does."""
    os.kill(os.getpid(), signal.SIGINT)


def at_statement(number: int, act: Act) -> Act:
    """Act before the n-th statement (from 0) that this process sends to a database, a commit being one."""
    left = number

    def due(_: str) -> bool:
        nonlocal left
        left -= 1
        return left == -1

    return lambda: watch_statements(due, act)


def at_words(words: str, act: Act) -> Act:
    """Act once, before the first statement that has these words in it."""
    seen = False

    def due(statement: str) -> bool:
        nonlocal seen
        found, seen = not seen and words in statement, seen or words in statement
        return found

    return lambda: watch_statements(due, act)


def watch_statements(due: Wanted, act: Act) -> None:
    """Have every statement of this process pass by `due`, from now on; where it says so, `act` comes first."""

    def look(statement: object) -> None:
        text = statement.decode(errors="replace") if isinstance(statement, bytes) else str(statement)
        if due(text):
            act()

    _watch_sqlite(look)
    _watch_postgresql(look)


def _watch_sqlite(look: Callable[[object], None]) -> None:
    class Cursor(sqlite3.Cursor):
        def execute(self, statement: str, *more: Any) -> Cursor:
            look(statement)
            return super().execute(statement, *more)

        def executemany(self, statement: str, *more: Any) -> Cursor:
            look(statement)
            return super().executemany(statement, *more)

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            look("COMMIT")
            super().commit()

    connect = sqlite3.connect

    def watched(*arguments: Any, **more: Any) -> Any:
        return connect(*arguments, **{"factory": Connection, **more})

    sqlite3.connect = sqlite3.dbapi2.connect = watched


def _watch_postgresql(look: Callable[[object], None]) -> None:
    execute, executemany, commit = psycopg.Cursor.execute, psycopg.Cursor.executemany, psycopg.Connection.commit

    def watched_execute(self: Any, query: Any, *more: Any, **named: Any) -> Any:
        look(query)
        return execute(self, query, *more, **named)

    def watched_executemany(self: Any, query: Any, *more: Any, **named: Any) -> Any:
        look(query)
        return executemany(self, query, *more, **named)

    def watched_commit(self: Any) -> None:
        look("COMMIT")
        commit(self)

    psycopg.Cursor.execute = watched_execute  # type: ignore[method-assign]
    psycopg.Cursor.executemany = watched_executemany  # type: ignore[method-assign]
    psycopg.Connection.commit = watched_commit  # type: ignore[method-assign]


def kill_at_replace(number: int) -> None:
    """Die before the n-th file takes its place."""
    replace, left = Path.replace, number

    def dying(self: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left < 0:
            kill()
        return replace(self, target)

    Path.replace = dying  # type: ignore[method-assign,assignment]


def impatient(seconds: float = 0.2) -> Act:
    """Have a deploy of this process wait only so long: for the lock, and for tables that others hold."""

    def hurry() -> None:
        from crmspec.deploy import deploy as deploy_function
        from crmspec.deploy import patience

        defaults = deploy_function.__kwdefaults__
        assert defaults is not None
        defaults["wait_seconds"] = seconds
        patience.BUDGET_SECONDS = seconds

    return hurry


def both(*acts: Act) -> Act:
    """Do one after the other."""

    def do() -> None:
        for act in acts:
            act()

    return do
