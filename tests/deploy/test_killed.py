"""A deploy killed at any statement leaves the release before it, whole; the next run gets to the end."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from crmspec.deploy import carry_out, deployed_release, find_drift, open_database, read_status
from crmspec.deploy.carry_out import interrupted
from crmspec.deploy.statements import StatementFailed
from crmspec.diagnostics import Refused
from crmspec.spec import Convert, Field, Rename, Spec
from tests.deploy.project import Checkout
from tests.deploy.records import add_records, all_values
from tests.deploy.specs import fields, options, spec_of, with_field, without_field
from tests.postgres_server import PostgresServer

# A database that is as it was is killed upon again; every so often it is deployed to first, to see that it can be.
RERUN_EVERY = 12
# The usual run dies at every third statement and at each of the last ones; CRMSPEC_KILLS asks for all of them.
STRIDE, LAST = (1, 0) if os.environ.get("CRMSPEC_KILLS") else (3, 9)
_FORK = multiprocessing.get_context("fork")
Step = Callable[[], None]


def first_and_second() -> tuple[Spec, Spec]:
    """A release, and one that renames, converts, removes, tightens and adds at once."""
    from crmspec.spec import Object

    deal = Object(name="deal", title_field="name", fields=fields(
        Field(name="name", type="text", required=True), Field(name="phone", type="phone"),
        Field(name="fax", type="phone"), Field(name="size", type="text"),
        Field(name="tier", type="picklist", options=options("gold", "tin")),
        Field(name="parent", type="lookup", to=("deal",))))
    first = spec_of(deal)
    changed = without_field(without_field(first, "deal", "fax"), "deal", "phone")
    changed = with_field(
        changed, "deal", Field(name="mobile", type="phone"), Field(name="vip", type="boolean", default="false"),
        Field(name="size", type="integer", convert=Convert(otherwise="empty")),
        replace(deal.fields["tier"], required=True, default="tin"))
    note = Object(name="note", title_field="text", fields=fields(
        Field(name="text", type="text"), Field(name="deal", type="lookup", to=("deal",))))
    return first, replace(changed, objects={**changed.objects, "note": note},
                          renames=(Rename(before="deal.phone", after="deal.mobile"),))


def fill(connection: sa.Connection, spec: Spec) -> None:
    """Fifty records with something in every field."""
    add_records(connection, spec, "deal", [
        {"id": n, "name": f"Deal {n}", "phone": f"+{n}", "fax": f"f{n}", "size": str(n), "tier": ("gold", "tin")[n % 2],
         "parent_id": n - 1 or None} for n in range(1, 51)])


# --- Counting statements, and dying at one of them ---


@contextmanager
def at_each_statement(engine: sa.Engine, step: Step) -> Iterator[None]:
    """Call `step` before every statement that reaches the database, and around every commit."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda driver, _: driver.set_trace_callback(lambda _: step()))
        yield
        return
    execute, commit = psycopg.Cursor.execute, psycopg.Connection.commit

    def stepping_execute(self: Any, *arguments: Any, **more: Any) -> Any:
        step()
        return execute(self, *arguments, **more)

    def stepping_commit(self: object) -> None:
        step()
        commit(self)  # type: ignore[arg-type]
        step()

    psycopg.Cursor.execute, psycopg.Connection.commit = stepping_execute, stepping_commit  # type: ignore[method-assign]
    try:
        yield
    finally:
        psycopg.Cursor.execute, psycopg.Connection.commit = execute, commit  # type: ignore[method-assign]


def deploy_and_die(url: str, checkout: Checkout, desired: Spec, number: int) -> None:
    """Deploy in a process of its own that is killed at its n-th statement."""
    left = number

    def step() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = open_database(url)
    with at_each_statement(engine, step):
        checkout.deploy(engine, desired)
    os._exit(0)


def statements_of(url: str, checkout: Checkout, desired: Spec) -> int:
    """Count the statements of the deploy when nothing happens to it."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    engine = open_database(url)
    with at_each_statement(engine, step):
        checkout.deploy(engine, desired)
    engine.dispose()
    return count


@pytest.fixture(params=["sqlite", "postgresql"])
def new_copy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Give URL after URL, each of a copy of the same filled database; the first call's copy is the original."""
    if request.param == "sqlite":
        yield from _sqlite_copies(tmp_path)
    else:
        yield from _postgresql_copies(request.getfixturevalue("postgres_server"))


def _sqlite_copies(folder: Path) -> Iterator[Callable[[], str]]:
    original, number = folder / "original.db", 0

    def copy() -> str:
        nonlocal number
        number += 1
        if number == 1:
            return f"sqlite:///{original}"
        with sqlite3.connect(original) as source, sqlite3.connect(folder / f"{number}.db") as target:
            source.backup(target)
        source.close()
        target.close()
        return f"sqlite:///{folder / f'{number}.db'}"

    yield copy


def _postgresql_copies(server: PostgresServer) -> Iterator[Callable[[], str]]:
    made: list[str] = []

    def copy() -> str:
        made.append(server.create_database(template=made[0] if made else "template0"))
        return server.url(made[-1])

    yield copy
    for name in made:
        server.drop_database(name)


@pytest.mark.slow
def test_killed_at_every_statement(new_copy: Callable[[], str], checkout: Checkout, tmp_path: Path) -> None:
    """What is there afterwards is the first or the second release, never anything between; a rerun converges."""
    first, second = first_and_second()
    original = new_copy()
    engine = open_database(original)
    checkout.deploy(engine, first)
    with engine.begin() as connection:
        fill(connection, first)
        before = all_values(connection, first, "deal")
    engine.dispose()
    checkout.generate(second)
    statements = statements_of(new_copy(), checkout, second)
    after: object = None
    survived = []
    url = new_copy()
    for number in sorted({*range(0, statements, STRIDE), *range(statements - LAST, statements)}):
        process = _FORK.Process(target=deploy_and_die, args=(url, checkout, second, number))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL, number
        engine = open_database(url)
        with engine.connect() as connection:
            release = deployed_release(connection)
            assert release is not None
            survived.append(release.number)
            assert find_drift(connection, release.spec) == ()
            if release.number == 1:
                assert all_values(connection, first, "deal") == before
        if number % RERUN_EVERY == 0 or release.number == 2:
            assert checkout.deploy(engine, second).release.number == 2
            with engine.connect() as connection:
                assert find_drift(connection, second) == ()
                values = all_values(connection, second, "deal")
            assert after in (None, values)
            after = values
            url = new_copy()
        engine.dispose()
    assert survived == sorted(survived), "up to the commit nothing of it is there, from then on all of it"
    assert set(survived) == {1, 2} or set(survived) == {1}
    assert not list((checkout.folder / "migrations").rglob("*.new"))
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_killed_between_batches(
    postgres_server: PostgresServer, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the server's lock table does not hold a whole deploy, the next run goes on after the last batch."""
    monkeypatch.setattr("crmspec.deploy.apply.locks_max_of", lambda _: 12)
    first, _ = first_and_second()
    checkout.generate(first)
    statements = statements_of(postgres_server.url(name := postgres_server.create_database()), checkout, first)
    postgres_server.drop_database(name)
    unfinished = 0
    for number in range(statements // 2, statements, 9):
        url = postgres_server.url(name := postgres_server.create_database())
        process = _FORK.Process(target=deploy_and_die, args=(url, checkout, first, number))
        process.start()
        process.join()
        engine = open_database(url)
        with engine.connect() as connection:
            cut = interrupted(connection)
            assert deployed_release(connection) is None or cut is None
        if cut:
            unfinished += 1
            status = read_status(engine, checkout.folder, first)
            assert [problem.code for problem in status.problems] == ["CRM531"]
        assert checkout.deploy(engine, first).release.number == 1
        with engine.connect() as connection:
            assert interrupted(connection) is None
            assert find_drift(connection, first) == ()
        engine.dispose()
        postgres_server.drop_database(name)
    assert unfinished


def test_an_interrupted_deploy_is_only_finished_by_the_same_revision(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The half-made tables came from the file as it was; another file, or another deploy, would not fit them."""
    monkeypatch.setattr("crmspec.deploy.apply.locks_max_of", lambda _: 12)
    first, second = first_and_second()
    checkout.generate(first)
    with monkeypatch.context() as broken:
        broken.setattr("crmspec.deploy.carry_out.write_release", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            checkout.deploy(postgres_engine, first)
    (file,) = (checkout.folder / "migrations" / "versions").glob("*.py")
    text = file.read_text()
    file.write_text(text + "# edited")
    with pytest.raises(Refused) as edited:
        checkout.deploy(postgres_engine, first)
    assert [one.code for one in edited.value.diagnostics] == ["CRM518"]
    file.write_text(text)
    checkout.generate(second)
    assert checkout.deploy(postgres_engine, second).release.number == 1
    with postgres_engine.connect() as connection:
        assert find_drift(connection, second) == ()


def test_a_try_after_a_batch_goes_on_there(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody is in the way when a part is committed already: the next try does not begin from the start."""
    monkeypatch.setattr("crmspec.deploy.apply.locks_max_of", lambda _: 12)
    first, _ = first_and_second()
    prove, tries = carry_out.prove, 0

    def in_the_way_once(*arguments: Any) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise StatementFailed("ALTER TABLE deal", psycopg.errors.LockNotAvailable())
        prove(*arguments)

    monkeypatch.setattr(carry_out, "prove", in_the_way_once)
    assert checkout.deploy(postgres_engine, first).release.number == 1
    assert tries == 2
    with postgres_engine.connect() as connection:
        assert find_drift(connection, first) == ()
        assert interrupted(connection) is None


def _interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
