"""The machine around a deploy: its clocks, its memory, the rights in the server, the server's settings and age."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import threading
from functools import cache, partial
from pathlib import Path

import psycopg
import pytest

from tests.deploy.faults.injections import impatient
from tests.deploy.faults.site import EVERY_HAZARD, Answer, Site, picture, plain, records
from tests.deploy.faults.story import SECOND, THIRD
from tests.postgres_server import PostgresServer

ROOT = Path(__file__).parents[3]
FAKETIME = next((str(file) for file in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), "")
needs_faketime = pytest.mark.skipif(
    not FAKETIME,
    reason="another time can only be told with faketime (Debian: apt-get install faketime)")


def program(site: Site, *arguments: str, **environment: str) -> Answer:
    """Run the command line as a program of its own, with more in its environment."""
    done = subprocess.run(
        [sys.executable, "-m", "crmspec", "-C", str(site.folder), *arguments], check=False, capture_output=True,
        text=True, env={**os.environ, "PYTHONPATH": str(ROOT), "CRM_DATABASE_URL": site.url, **environment})
    return Answer(done.returncode, done.stdout, done.stderr)


# --- Clocks ---


def at(moment: str) -> dict[str, str]:
    """Another time of day, in the words of faketime; what only counts seconds goes on as ever."""
    return {"LD_PRELOAD": FAKETIME, "FAKETIME": moment, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@needs_faketime
def test_clocks_that_are_years_apart(site: Site) -> None:
    """Two machines, one ten years behind and one ten years ahead: what counts is the order in the database."""
    site.begun()
    before = records(site.url)
    program(site, "deploy", "--allow", EVERY_HAZARD, **at("-10y")).ok()
    site.write(THIRD)
    program(site, "deploy", "--allow", EVERY_HAZARD, **at("+10y")).ok()
    assert site.deploy().ok().out.startswith("Nothing to do: release 3")
    site.run("status").ok()
    assert [row[0] for row in site.ask("SELECT number FROM crmspec_release ORDER BY number")] == [1, 2, 3]
    assert "Back at release 1, as release 4" in site.run("rollback", "--to", "1", "--yes").ok().out
    assert records(site.url) == before
    if site.kind == "sqlite":
        kept = sorted(file.name for file in (site.file.parent / "backups").iterdir())
        assert [name.split(".")[1] for name in kept] == ["release-00001", "release-00002", "release-00003"]


@needs_faketime
def test_a_clock_that_jumps_all_the_while(sqlite_site: Site) -> None:
    """An hour later at each look at the clock: nothing ends too early, nothing took less than no time."""
    site = sqlite_site.begun()
    other = shutil.which("sqlite3") or ""
    assert other
    with subprocess.Popen([other, str(site.file)], stdin=subprocess.PIPE, text=True) as holder:
        assert holder.stdin
        holder.stdin.write("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE;\n.print begun\n")
        holder.stdin.flush()
        let_go = threading.Timer(1.5, holder.stdin.close)
        let_go.start()
        answer = program(site, "deploy", "--allow", EVERY_HAZARD, **at("+0 i3600"))
        let_go.join()
    assert "release 2" in answer.ok().out
    assert site.ask("SELECT count(*) FROM crmspec_deploy WHERE finished_at < started_at") == [(0,)]


# --- Memory ---


@cache
def start_up_bytes() -> int:
    """How much memory a command takes before it does anything."""
    code = "import crmspec.cli.application; print(open('/proc/self/status').read())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    (kilobytes,) = (line.split()[1] for line in done.stdout.splitlines() if line.startswith("VmPeak:"))
    return int(kilobytes) << 10


def test_memory_that_does_not_suffice(sqlite_site: Site) -> None:
    """Said in a line, even where nothing more can be loaded to say it with; nothing is changed."""
    site = sqlite_site.begun()
    before = picture(site.url)
    for megabytes, command in ((18, ["plan"]), (36, ["deploy", "--allow", EVERY_HAZARD])):
        limit = (start_up_bytes() + (megabytes << 20),) * 2
        done = subprocess.run(
            [sys.executable, "-m", "crmspec", "-C", str(site.folder), *command], check=False, capture_output=True,
            text=True, env={**os.environ, "PYTHONPATH": str(ROOT), "CRM_DATABASE_URL": site.url},
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_AS, limit))
        message = Answer(done.returncode, done.stdout, done.stderr).refused("CRM914")
        assert "there is not enough memory for this" in message
    assert picture(site.url) == before
    assert "release 2" in site.deploy().ok().out


# --- Servers ---


def test_rights_that_are_missing_half_way(postgres_site: Site) -> None:
    """A user who may do most of it: refused before the first statement, with what has to be granted."""
    site = postgres_site.begun()
    name = f"weak_{os.getpid()}"
    site.tell_server(f"CREATE ROLE {name} LOGIN")
    try:
        site.tell_server(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}")
        site.tell_server(f"GRANT CREATE ON SCHEMA public TO {name}")
        before = picture(site.url)
        theirs = Site(site.folder, site.url.replace("postgres:not-for-printing@", f"{name}:not-for-printing@"))
        message = theirs.deploy().refused("CRM511")
        assert "deploy as the user who deployed them first" in message
        assert picture(site.url) == before
    finally:
        site.tell_server(f"DROP OWNED BY {name}")
        site.tell_server(f"DROP ROLE {name}")


@pytest.mark.parametrize(("made", "code"), [
    ("ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'", "CRM510"),
    ("ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'", ""),
])
def test_another_alphabet(postgres_server: PostgresServer, tmp_path: Path, made: str, code: str) -> None:
    """A database that does not know what a letter is gets refused; one with an order of its own is as good as any."""
    name = f"alphabet_{os.getpid()}"
    with psycopg.connect(postgres_server.url(driver="postgresql"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" {made} TEMPLATE template0'.encode())
    site = Site(tmp_path / "acme", postgres_server.url(name)).write(SECOND)
    try:
        if code:
            assert "--encoding=UTF8" in site.deploy().refused(code)
        else:
            site.deploy().ok()
            site.run("status").ok()
    finally:
        postgres_server.drop_database(name)


def test_a_database_that_may_only_be_read(postgres_site: Site) -> None:
    """Found before anything is tried."""
    site = postgres_site.begun()
    database = site.url.rpartition("/")[2]
    before = picture(site.url)
    site.tell_server(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
    assert "default_transaction_read_only" in site.deploy().refused("CRM509")
    with psycopg.connect(plain(site.url), autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f'ALTER DATABASE "{database}" RESET default_transaction_read_only'.encode())
    assert picture(site.url) == before
    assert "release 2" in site.deploy().ok().out


def test_programs_that_are_too_old(site: Site) -> None:
    """The version that is needed is named."""
    site.begun()
    before = picture(site.url)
    assert "or newer" in site.deploy(first=too_old).refused("CRM508")
    assert picture(site.url) == before
    assert "release 2" in site.deploy(first=impatient(5)).ok().out


def too_old() -> None:
    """Have this process ask for versions that there are not yet."""
    from crmspec.deploy import preflight

    vars(preflight).update(POSTGRESQL_OLDEST=990000, SQLITE_OLDEST=(99, 0, 0))
