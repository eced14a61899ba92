"""A whole deploy to an empty database, beside the database's own client running the same statements."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.make_project import make_project
from benchmarks.measure import Process, Ratio, in_turns
from crmspec.deploy.state import state_sql
from crmspec.schema import Dialect
from tests.postgres_server import PostgresServer, binaries_folder, start_postgres

CRMSPEC = Path(sys.executable).with_name("crmspec")


def measure(*, objects: int = 1_000, runs: int = 3) -> Iterator[Ratio]:
    """Compare `crmspec deploy` with `sqlite3` and `psql` reading the statements of `crmspec plan --format sql`."""
    with project(objects) as folder:
        yield on_sqlite(folder, objects, runs)
        with running_postgres() as server:
            yield on_postgresql(folder, objects, runs, server)


@contextmanager
def project(objects: int) -> Iterator[Path]:
    """Make a project of a size, with its first revision; throw it away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="crmspec-bench-"))
    try:
        make_project(folder, objects)
        Process([CRMSPEC, "-C", folder, "generate"]).seconds()
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server as the tests do; its settings are the same for both sides of the comparison."""
    server = start_postgres()
    try:
        yield server
    finally:
        server.stop()


def on_sqlite(folder: Path, objects: int, runs: int) -> Ratio:
    """Deploy to a file that is not there, beside sqlite3 writing one."""
    file = folder / "crm.db"

    def remove() -> None:
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        shutil.rmtree(folder / "backups", ignore_errors=True)

    remove()
    script = _statements(folder, "local", "sqlite", {}, around=("BEGIN;", "COMMIT;"))
    deploy = Process([CRMSPEC, "-C", folder, "deploy", "--yes"], before=remove)
    if shutil.which("sqlite3"):
        floor, beside = Process(["sqlite3", file], before=remove, input_file=script), "sqlite3"
    else:
        code = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.stdin.read())"
        floor, beside = Process([sys.executable, "-c", code, file], before=remove, input_file=script), "executescript"
    ours, theirs = in_turns(deploy, floor, runs)
    remove()
    return Ratio(f"deploy {objects:,} × 20 to SQLite", ours, f"{beside}, same statements", theirs, 1.5)


def on_postgresql(folder: Path, objects: int, runs: int, server: PostgresServer) -> Ratio:
    """Deploy to an empty database, beside psql filling one."""
    name = server.create_database()
    variables = {"CRM_DATABASE_URL": server.url(name)}

    def empty() -> None:
        server.drop_database(name)
        server.create_database(name)

    script = _statements(folder, "production", "postgresql", variables)
    deploy = Process(
        [CRMSPEC, "-C", folder, "deploy", "--env", "production", "--yes"], before=empty,
        environment={**os.environ, **variables},
    )
    url = server.url(name, driver="postgresql")
    psql = Process([binaries_folder() / "psql", "-qX", "-v", "ON_ERROR_STOP=1", "-f", script, url], before=empty)
    ours, floor = in_turns(deploy, psql, runs)
    server.drop_database(name)
    return Ratio(f"deploy {objects:,} × 20 to PostgreSQL", ours, "psql -f, same statements", floor, 1.5)


def _statements(
    folder: Path, environment: str, dialect: Dialect, variables: Mapping[str, str], around: tuple[str, str] = ("", ""),
) -> Path:
    """Write the statements of the first deploy to a file."""
    sql = subprocess.run(
        [CRMSPEC, "-C", folder, "plan", "--env", environment, "--format", "sql"], check=True, capture_output=True,
        text=True, env={**os.environ, **variables},
    ).stdout
    # Objects refer to crmspec's own tables, which every deploy to an empty database makes, too.
    own = "".join(f"{statement};\n" for statement in state_sql(dialect))
    file = folder / f"{environment}.sql"
    file.write_text("\n".join((around[0], own, sql, around[1])), "utf-8")
    return file
