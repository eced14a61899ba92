"""How long a writer and a reader wait while a table of theirs is changed: `crmspec deploy`, and the naive statement.

    python -m benchmarks.locks [--only CHANGE …] [--rows 2000000]

For every kind of change: a copy of the same filled database, both clients at full speed, first idle, then while
`crmspec deploy` changes it; then another copy, and the statements one would write by hand. Fails when somebody waits
longer than 250 ms and three times the longest wait of the idle run, or when a single statement of theirs fails.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.lock_changes import CHANGES, Change, fill, fill_past, write_project
from benchmarks.lock_clients import Clients, Waits
from benchmarks.measure import Process, Ratio
from crmspec.plan import HAZARDS
from tests.postgres_server import PostgresServer, start_postgres

CRMSPEC = Path(sys.executable).with_name("crmspec")
ROWS = 2_000_000
IDLE_SECONDS = 3.0
NOTICED_SECONDS, TIMES_IDLE = 0.25, 3.0
# As a server of one's own has them, apart from its size: the log is written and synced, autovacuum is on.
SETTINGS = {
    "shared_buffers": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "15min", "listen_addresses": "127.0.0.1",
    "timezone": "UTC", "maintenance_work_mem": "256MB",
}


@dataclass(frozen=True, slots=True)
class Result:
    """One kind of change: what people waited when nothing happened, during ours, and during the naive statements."""

    change: Change
    idle: Waits
    ours: Waits
    ours_seconds: float
    naive: Waits
    naive_seconds: float

    @property
    def limit(self) -> float:
        """How long somebody may wait."""
        return max(NOTICED_SECONDS, TIMES_IDLE * self.idle.longest)

    @property
    def holds(self) -> bool:
        """Say whether nobody waited longer and nothing failed."""
        return self.ours.longest <= self.limit and not self.ours.failed


def measure(*, rows: int = 100_000, names: Sequence[str] = ()) -> Iterator[Ratio]:
    """Give the longest wait during each kind of change, beside how long it may be."""
    for result in results(rows=rows, names=names):
        if result.ours.failed:
            raise SystemExit(f"{result.change.name}: a client's statement failed: {result.ours.failed}")
        yield Ratio(
            f"longest wait: {result.change.name}", result.ours.longest, "250 ms, or 3 × idle", result.limit, 1.0)


def results(
    *, rows: int, names: Sequence[str] = (), idle_seconds: float = IDLE_SECONDS, server: PostgresServer | None = None,
    beside_naive: bool = True,
) -> Iterator[Result]:
    """Measure every kind of change, or those that are named; a sample leaves out what it would be the naive way."""
    folder = Path(tempfile.mkdtemp(prefix="crmspec-locks-"))
    own = None if server else start_postgres(SETTINGS)
    server = server or own
    assert server is not None
    original = server.create_database()
    try:
        write_project(folder / "before", None)
        _deploy(folder / "before", server.url(original))
        with psycopg.connect(server.url(original, driver="postgresql"), autocommit=True) as connection:
            fill(connection, rows)
        wanted = [change for change in CHANGES if not names or change.name in names]
        for change in (one for one in wanted if not one.past):
            yield _result(change, folder, server, original, rows, idle_seconds, beside_naive)
        if any(one.past for one in wanted):
            with psycopg.connect(server.url(original, driver="postgresql"), autocommit=True) as connection:
                fill_past(connection)
        for change in (one for one in wanted if one.past):
            yield _result(change, folder, server, original, rows, idle_seconds, beside_naive)
    finally:
        if own:
            own.stop()
        else:
            server.drop_database(original)
        shutil.rmtree(folder)


def _result(
    change: Change, folder: Path, server: PostgresServer, original: str, rows: int, idle_seconds: float,
    beside_naive: bool,
) -> Result:
    project = folder / "project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(folder / "before", project)
    write_project(project, change)
    with _copy(server, original) as name:
        idle, _ = _beside(server, name, rows, lambda: time.sleep(idle_seconds))
        if change.back or change.again:
            _deploy(project, server.url(name))
        if change.again:
            _execute(server, name, change.again)
            _roll_back(project, server.url(name))
        step = _roll_back if change.back else _deploy
        ours, ours_seconds = _beside(server, name, rows, lambda: step(project, server.url(name)), change.name_after)
    if not beside_naive:
        return Result(change, idle, ours, ours_seconds, Waits(), 0.0)
    with _copy(server, original) as name:
        _execute(server, name, change.first)
        naive, naive_seconds = _beside(
            server, name, rows, lambda: _execute(server, name, change.naive), change.name_after)
    return Result(change, idle, ours, ours_seconds, naive, naive_seconds)


@contextmanager
def _copy(server: PostgresServer, original: str) -> Iterator[str]:
    name = server.create_database(template=original)
    try:
        yield name
    finally:
        server.drop_database(name)


def _beside(
    server: PostgresServer, name: str, rows: int, work: Callable[[], object], name_after: str = "deal",
) -> tuple[Waits, float]:
    """Do something while both clients are at work; return what they waited, and how long it took."""
    with Clients(server.url(name, driver="postgresql"), rows, name_after) as clients:
        begun = time.perf_counter()
        work()
        took = time.perf_counter() - begun
    return clients.waits, took


def _deploy(project: Path, url: str) -> None:
    _crmspec(project, url, "deploy", "--allow", ",".join(HAZARDS))


def _roll_back(project: Path, url: str) -> None:
    _crmspec(project, url, "rollback")


def _crmspec(project: Path, url: str, *words: str) -> None:
    environment = {**os.environ, "CRM_DATABASE_URL": url}
    Process([CRMSPEC, "-C", project, *words, "--yes"], environment=environment).seconds()


def _execute(server: PostgresServer, name: str, statements: Sequence[str]) -> None:
    with psycopg.connect(server.url(name, driver="postgresql")) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def main() -> int:
    """Print a line for every kind of change; exit with 1 when somebody waited too long or a statement failed."""
    parser = argparse.ArgumentParser(description="How long people wait while a table of theirs is changed.")
    kinds = [one.name for one in CHANGES]
    parser.add_argument("names", nargs="*", metavar="CHANGE", help=f"of {'; '.join(kinds)}")
    parser.add_argument("--only", action="append", default=[], choices=kinds, metavar="CHANGE", help="one of them")
    parser.add_argument("--rows", type=int, default=ROWS)
    given = parser.parse_args()
    print(f"{given.rows:,} rows; the longest wait of one writer and one reader, in ms")
    print(_line("change", "idle", "crmspec", "took", "naive", "took", "limit"))
    failed = []
    for result in results(rows=given.rows, names=[*given.names, *given.only]):
        print(_words(result), flush=True)
        if not result.holds:
            failed.append(result.change.name)
    return 1 if failed else 0


def _words(result: Result) -> str:
    verdict = "" if result.holds else f"  does not hold {result.ours.failed}"
    failed = f"  naive: {result.naive.failed}" if result.naive.failed else ""
    return _line(
        result.change.name, f"{1000 * result.idle.longest:.0f}", f"{1000 * result.ours.longest:.0f}",
        f"{result.ours_seconds:.1f} s", f"{1000 * result.naive.longest:.0f}", f"{result.naive_seconds:.1f} s",
        f"{1000 * result.limit:.0f}") + f"  {result.ours.what}" + verdict + failed


def _line(*cells: str) -> str:
    name, *more = cells
    return f"{name:<36}" + "".join(f"{cell:>10}" for cell in more)


if __name__ == "__main__":
    sys.exit(main())
