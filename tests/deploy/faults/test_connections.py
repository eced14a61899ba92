"""The line to PostgreSQL breaks, a server process ends, the server restarts: it is told, and the rerun gets there."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.deploy.faults.injections import at_words
from tests.deploy.faults.proxies import Proxy, cutting, pooling
from tests.deploy.faults.site import EVERY_HAZARD, Site, picture, plain, records
from tests.postgres_server import SETTINGS, PostgresServer, restart, start_postgres


def ends(url: str, which: str) -> None:
    """End the server processes of this database for which the condition holds, but the one that is asked."""
    with psycopg.connect(plain(url), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE "
                      f"datname = current_database() AND pid <> pg_backend_pid() AND {which}".encode())


WORKING = "application_name = 'crmspec deploy at work'"
HOLDING = "starts_with(application_name, 'crmspec deploy,')"


@pytest.mark.parametrize(("which", "codes"), [(WORKING, ("CRM545",)), (HOLDING, ("CRM505",)), ("true", ("CRM545",))])
def test_a_server_process_is_ended(postgres_site: Site, which: str, codes: tuple[str, ...]) -> None:
    """The one that works, the one that holds the lock, both: nothing was changed, and it is said what happened."""
    site = postgres_site.begun()
    before = picture(site.url)
    message = site.deploy(first=at_words('"vip"' if which != HOLDING else "crmspec_revision",
                                         partial(ends, site.url, which))).refused()
    assert any(code in message for code in codes), message
    assert "run the same command again" in message
    assert picture(site.url) == before
    assert "release 2" in site.deploy().ok().out


def test_ended_in_the_middle_of_a_statement(postgres_site: Site) -> None:
    """The statement is running in the server when its process ends."""
    site = postgres_site.begun()
    before = picture(site.url)
    site.ask("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(30); RETURN NEW; END'")
    site.ask("CREATE TRIGGER wait BEFORE UPDATE ON deal FOR EACH ROW EXECUTE FUNCTION wait()")
    running = site.start("deploy", "--allow", EVERY_HAZARD)
    with psycopg.connect(plain(site.url), autocommit=True) as other:
        while not other.execute("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' "
                                "AND datname = current_database()").rowcount:
            assert running.process.is_alive(), running.answer()
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' "
                      "AND datname = current_database()")
    assert "run the same command again" in running.answer().refused("CRM545")
    site.ask("DROP TRIGGER wait ON deal")
    site.ask("DROP FUNCTION wait")
    assert picture(site.url) == before
    assert "release 2" in site.deploy().ok().out


def test_what_is_said_of_a_commit_that_comes_late_is_true(
    postgres_server: PostgresServer, postgres_site: Site,
) -> None:
    """The COMMIT is still under way when the database is asked: it is stopped, and `nothing was changed` stays true."""
    site = postgres_site.begun()
    before = picture(site.url)
    with Proxy(postgres_server.port, cutting(after=True, late=True)) as proxy:
        answer = Site(site.folder, proxy.url(site.url)).deploy()
        assert "nothing was changed; run the same command again" in answer.refused("CRM545")
    assert picture(site.url) == before
    assert "release 2" in site.deploy().ok().out


@pytest.mark.parametrize("after", [False, True])
def test_cut_at_the_commit(postgres_server: PostgresServer, postgres_site: Site, after: bool) -> None:
    """The client sees the same error both times. The database knows, and is asked."""
    site = postgres_site.begun()
    before = picture(site.url)
    with Proxy(postgres_server.port, cutting(after=after)) as proxy:
        answer = Site(site.folder, proxy.url(site.url)).deploy()
        assert proxy.cuts == 1, answer
    if after:
        assert "Deployed release 2" in answer.ok().out
    else:
        assert "nothing was changed; run the same command again" in answer.refused("CRM545")
        assert picture(site.url) == before
        assert "release 2" in site.deploy().ok().out
    site.run("status").ok()
    assert site.deploy().ok().out.startswith("Nothing to do")


def test_a_pooler_in_between_is_found_out(postgres_server: PostgresServer, postgres_site: Site) -> None:
    """Each transaction meets another server process: a lock that is held by one of them holds nothing."""
    site = postgres_site.begun()
    before = picture(site.url)
    with Proxy(postgres_server.port, pooling) as proxy:
        message = Site(site.folder, proxy.url(site.url)).deploy().refused("CRM505")
    assert "let the environment's database URL point at the server itself" in message
    assert picture(site.url) == before
    assert "release 2" in site.deploy().ok().out


# --- A server of its own, which may be stopped and started ---


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A PostgreSQL that nobody else needs."""
    server = start_postgres({**SETTINGS, "wal_level": "replica"})
    yield server
    server.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_the_server_restarts(own_server: PostgresServer, tmp_path: Path, how: signal.Signals) -> None:
    """Fast (it rolls back first) and immediate (it recovers at the start): nothing is applied, the rerun applies it."""
    site = Site(tmp_path / "acme", own_server.url(own_server.create_database())).begun()
    before = picture(site.url)
    server = own_server.process
    assert server is not None
    message = site.deploy(first=at_words('"vip"', lambda: os.kill(server.pid, how))).refused("CRM545")
    assert "run the same command again" in message
    site.deploy().refused()  # it is down now
    restart(own_server)
    assert picture(site.url) == before
    assert "release 2" in site.deploy().ok().out
    site.run("status").ok()


def test_a_standby_is_refused(own_server: PostgresServer, tmp_path: Path) -> None:
    """A server that only follows another takes no deploy, and says so before anything is tried."""
    site = Site(tmp_path / "acme", own_server.url(own_server.create_database())).begun()
    before = records(site.url)
    (own_server.folder / "data" / "standby.signal").touch()
    restart(own_server)
    try:
        assert "standby" in site.deploy().refused("CRM509")
        assert records(site.url) == before
    finally:
        (own_server.folder / "data" / "standby.signal").unlink()
        restart(own_server)
    assert "release 2" in site.deploy().ok().out


def test_a_commit_that_is_refused(postgres_site: Site) -> None:
    """The server says no only when it is to commit: what was prepared is taken back, and the reason is told."""
    site = postgres_site.begun()
    before = records(site.url)
    site.ask("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not this one''; END'")
    site.ask("CREATE CONSTRAINT TRIGGER no AFTER INSERT ON crmspec_release DEFERRABLE INITIALLY DEFERRED "
             "FOR EACH ROW EXECUTE FUNCTION no()")
    assert "not this one" in site.deploy("--online-above", "0").refused("CRM540")
    site.ask("DROP TRIGGER no ON crmspec_release")
    site.ask("DROP FUNCTION no")
    assert records(site.url) == before
    assert not [line for line in picture(site.url)[""] if "crmspec_new_" in line]
    assert "release 2" in site.deploy("--online-above", "0").ok().out
