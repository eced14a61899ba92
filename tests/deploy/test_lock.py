"""One deploy at a time; whoever has to wait is told for whom."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import threading
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from crmspec.deploy import history, open_database
from crmspec.deploy.lock import held_lock
from crmspec.diagnostics import Refused
from crmspec.spec import Field
from tests.deploy.project import Checkout
from tests.deploy.specs import BASE, with_field

VIP = with_field(BASE, "contact", Field(name="vip", type="boolean"))
_FORK = multiprocessing.get_context("fork")


def deploy_elsewhere(url: str, folder: Path) -> None:
    """Deploy in a process of its own; its exit code says what came of it."""
    engine = open_database(url)
    outcome = Checkout(folder).deploy(engine, VIP)
    engine.dispose()
    os._exit(10 if outcome.changed else 0)


def test_six_at_once_make_one_release(database_url: str, checkout: Checkout) -> None:
    """Exactly one applies it, the others find that there is nothing left to do."""
    engine = open_database(database_url)
    checkout.deploy(engine, BASE)
    engine.dispose()
    checkout.generate(VIP)
    processes = [_FORK.Process(target=deploy_elsewhere, args=(database_url, checkout.folder)) for _ in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert sorted(process.exitcode or 0 for process in processes) == [0, 0, 0, 0, 0, 10]
    engine = open_database(database_url)
    assert [entry.number for entry in history(engine)] == [1, 2]
    engine.dispose()


def test_the_holder_is_named(engine: sa.Engine, checkout: Checkout) -> None:
    """Who, since when, and that nothing was changed."""
    checkout.deploy(engine, BASE)
    with held_lock(engine, who="anna@desk"), pytest.raises(Refused) as caught:
        checkout.deploy(engine, VIP, wait_seconds=0)
    (found,) = caught.value.diagnostics
    assert found.code == "CRM504"
    holder = "`crmspec deploy, anna@desk`" if engine.dialect.name == "postgresql" else f"process {os.getpid()} ("
    assert holder in found.what
    assert "nothing was changed" in found.help


def test_waiting_ends_when_the_holder_lets_go(engine: sa.Engine, checkout: Checkout) -> None:
    """A deploy that waited goes on by itself, and had said that it waits."""
    checkout.deploy(engine, BASE)
    said: list[str] = []
    waits, lets_go = threading.Event(), threading.Event()

    def say(text: str) -> None:
        said.append(text)
        if text.startswith("waiting"):
            waits.set()

    def hold() -> None:
        with held_lock(engine, who="anna@desk"):
            lets_go.set()
            waits.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    lets_go.wait(20)
    assert checkout.deploy(engine, VIP, say=say).changed
    holder.join()
    assert said[0].startswith("waiting")


def test_an_application_that_writes_is_waited_for_and_named(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """A writer of SQLite is no deploy, but holds the file all the same."""
    checkout.deploy(sqlite_engine, BASE)
    writer = sqlite3.connect(str(sqlite_engine.url.database), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(Refused) as caught:
        checkout.deploy(sqlite_engine, VIP, wait_seconds=0)
    writer.execute("COMMIT")
    writer.close()
    assert f"process {os.getpid()} (" in caught.value.diagnostics[0].what
    assert checkout.deploy(sqlite_engine, VIP).changed


def test_a_deploy_that_is_told_to_end_leaves_nothing_behind(engine: sa.Engine, checkout: Checkout) -> None:
    """SIGTERM, as a cancelled pipeline sends it: rolled back, the files it had generated are gone, the lock is free."""
    checkout.deploy(engine, BASE)
    files = sorted(checkout.folder.rglob("*.py"))

    def end(text: str) -> None:
        if text.startswith("applying"):
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt):
        checkout.deploy(engine, VIP, say=end)
    assert sorted(checkout.folder.rglob("*.py")) == files
    assert [entry.number for entry in history(engine)] == [1]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert checkout.deploy(engine, VIP, wait_seconds=0).release.number == 2


def test_a_lost_lock_is_noticed(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """The server ends the connection that holds the lock: the deploy stops before its next step."""
    checkout.deploy(postgres_engine, BASE)

    def end_the_holder(text: str) -> None:
        if text.startswith("applying"):
            url = postgres_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l JOIN pg_database AS d "
                              "ON d.oid = l.database WHERE l.locktype = 'advisory' AND d.datname = current_database()")

    with pytest.raises(Refused) as caught:
        checkout.deploy(postgres_engine, VIP, say=end_the_holder)
    assert [found.code for found in caught.value.diagnostics] == ["CRM505"]
    assert [entry.number for entry in history(postgres_engine)] == [1]
    assert checkout.deploy(postgres_engine, VIP).changed


def test_a_server_that_ends_every_connection(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """A restart in the middle: nothing is applied, it is said in words, and the next run gets there."""
    checkout.deploy(postgres_engine, BASE)

    def restart(text: str) -> None:
        if text.startswith("applying"):
            url = postgres_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                              "WHERE datname = current_database() AND pid <> pg_backend_pid()")

    with pytest.raises(Refused) as caught:
        checkout.deploy(postgres_engine, VIP, say=restart)
    assert [found.code for found in caught.value.diagnostics] == ["CRM545"]
    postgres_engine.dispose()
    assert [entry.number for entry in history(postgres_engine)] == [1]
    assert checkout.deploy(postgres_engine, VIP).release.number == 2


def test_a_reader_in_the_way_is_waited_for_then_named(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A long transaction holds the table: others are not held up behind the deploy, and its owner is named."""
    monkeypatch.setattr("crmspec.deploy.patience.BUDGET_SECONDS", 0.0)
    monkeypatch.setattr("crmspec.deploy.lock._SETTINGS", ("lock_timeout = '100ms'",))
    checkout.deploy(postgres_engine, BASE)
    with postgres_engine.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM contact")
        with pytest.raises(Refused) as caught:
            checkout.deploy(postgres_engine, VIP)
    (found,) = caught.value.diagnostics
    assert found.code == "CRM542"
    assert "SELECT count(*) FROM contact" in found.why
    assert checkout.deploy(postgres_engine, VIP).changed


def test_a_lost_answer_to_commit_is_asked_for(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client sees the same error whether the server committed or not; the database knows."""
    checkout.deploy(postgres_engine, BASE)
    commit = psycopg.Connection.commit

    def committed_but_unheard(self: psycopg.Connection[object]) -> None:
        changed = self.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        commit(self)
        if changed and cut["after"]:
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    def never_arrived(self: psycopg.Connection[object]) -> None:
        if self.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
            self.close()
        commit(self)

    cut = {"after": False}

    def start_cutting(text: str) -> None:
        cut["after"] = cut["after"] or text.startswith("applying")

    monkeypatch.setattr(psycopg.Connection, "commit", committed_but_unheard)
    assert checkout.deploy(postgres_engine, VIP, say=start_cutting).release.number == 2
    cut["after"] = False
    again = with_field(VIP, "contact", Field(name="size", type="integer"))

    def start_losing(text: str) -> None:
        if text.startswith("applying"):
            monkeypatch.setattr(psycopg.Connection, "commit", never_arrived)

    with pytest.raises(Refused) as caught:
        checkout.deploy(postgres_engine, again, say=start_losing)
    assert [found.code for found in caught.value.diagnostics] == ["CRM545"]
    monkeypatch.setattr(psycopg.Connection, "commit", commit)
    assert [entry.number for entry in history(postgres_engine)] == [1, 2]
    assert checkout.deploy(postgres_engine, again).release.number == 3
