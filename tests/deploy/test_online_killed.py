"""A deploy killed anywhere in its preparation leaves the release before it, whole; the next run goes on from there.

A sample by default. All of it, as `make soak` has it: CRMSPEC_KILLS=1, which kills at every statement, before and after
every commit, and inside the statements that take long.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from crmspec.deploy import backfill, deployed_release, find_drift, open_database
from crmspec.diagnostics import Refused
from tests.deploy.online_case import AFTER, by_hand, deployed, left_in_preparation, sizes
from tests.deploy.project import Checkout
from tests.deploy.test_killed import at_each_statement
from tests.postgres_server import PostgresServer

ROWS = 300
ALL = bool(os.environ.get("CRMSPEC_KILLS"))
_FORK = multiprocessing.get_context("fork")
# How long what is sampled takes: few runs that each get far enough to leave something behind.
STRIDE = 1 if ALL else 37


@pytest.fixture
def new_copy(
    postgres_server: PostgresServer, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[], str]]:
    """Give URL after URL, each of a copy of the same database: the first release, with changes of records counted."""
    monkeypatch.setattr(backfill, "ROWS_MAX", 60)
    monkeypatch.setattr(backfill, "BATCH_SECONDS", 60.0)
    made = [postgres_server.create_database()]
    engine = open_database(postgres_server.url(made[0]))
    deployed(checkout, engine, ROWS)
    count_changes(engine)
    engine.dispose()

    def copy() -> str:
        made.append(postgres_server.create_database(template=made[0]))
        return postgres_server.url(made[-1])

    yield copy
    for name in made:
        postgres_server.drop_database(name)


def count_changes(engine: sa.Engine) -> None:
    """Have the database itself note how often each record is changed."""
    with engine.begin() as connection:
        connection.exec_driver_sql("""
            CREATE TABLE changed AS SELECT id, 0 AS times FROM deal;
            CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN UPDATE changed SET times = times + 1 WHERE id = NEW.id; RETURN NULL; END $$;
            CREATE TRIGGER note_change AFTER UPDATE ON deal FOR EACH ROW EXECUTE FUNCTION note_change()""")


def deploy_and_die(url: str, checkout: Checkout, number: int) -> None:
    """Deploy in a process of its own that is killed at its n-th statement or commit."""
    left = number

    def step() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = open_database(url)
    with at_each_statement(engine, step):
        checkout.deploy(engine, AFTER, online_above=0)
    os._exit(0)


def run_and_kill(url: str, checkout: Checkout, number: int) -> bool:
    """Say whether the deploy died before its end."""
    process = _FORK.Process(target=deploy_and_die, args=(url, checkout, number))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def whole(engine: sa.Engine) -> int:
    """The number of the release, after looking that everything of it and nothing else is in force."""
    with engine.connect() as connection:
        release = deployed_release(connection)
        assert release is not None
        ours = [drift for drift in find_drift(connection, release.spec) if drift.owner == "ours"]
        assert ours == []
        return release.number


def finished(engine: sa.Engine, checkout: Checkout) -> None:
    """Deploy to the end, and look that every record was changed once and nothing is left."""
    assert checkout.deploy(engine, AFTER, online_above=0).release.number == 2
    assert whole(engine) == 2
    with engine.connect() as connection:
        assert left_in_preparation(connection) == set()
        assert sizes(connection) == (ROWS * 9 // 10, ROWS // 10, ROWS)
        assert connection.exec_driver_sql("SELECT DISTINCT times FROM changed").scalars().all() == [1]


def test_killed_again_and_again(new_copy: Callable[[], str], checkout: Checkout) -> None:
    """Each run gets a little further than the one before; what a run has done is not done again."""
    engine = open_database(url := new_copy())
    number, killed = 40, 0
    while run_and_kill(url, checkout, number):
        killed += 1
        number += STRIDE
        if whole(engine) == 2:
            break
    assert killed > 1
    finished(engine, checkout)
    engine.dispose()


def test_killed_anywhere(new_copy: Callable[[], str], checkout: Checkout) -> None:
    """At one statement after the other, each in a copy of its own: before it is all of the first release."""
    number = survived = 0
    while True:
        engine = open_database(url := new_copy())
        if not run_and_kill(url, checkout, number):
            break
        survived += 1
        whole(engine)
        finished(engine, checkout)
        engine.dispose()
        number += STRIDE
    engine.dispose()
    assert survived > 3


@pytest.mark.skipif(not ALL, reason="part of make soak")
def test_ended_at_any_moment(new_copy: Callable[[], str], checkout: Checkout) -> None:
    """By the clock instead of by statement: killed, or its server process ended, also inside what takes long."""
    seed = os.environ["CRMSPEC_KILLS"]
    chance = random.Random(seed)
    for case in range(40):
        engine = open_database(url := new_copy())
        for _ in range(4):
            process = _FORK.Process(target=deploy_until_ended, args=(url, checkout))
            process.start()
            process.join(timeout=chance.uniform(0.05, 0.9))
            if chance.random() < 0.5:
                process.kill()
            else:
                end_everybody(engine)
            process.join()
            assert whole(engine) in (1, 2), (seed, case)
        finished(engine, checkout)
        engine.dispose()


def end_everybody(engine: sa.Engine) -> None:
    """End every other process that the server has for the database."""
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                   "datname = current_database() AND pid <> pg_backend_pid()")


def deploy_until_ended(url: str, checkout: Checkout) -> None:
    """Deploy in a process of its own; whatever ends it must be a refusal."""
    try:
        checkout.deploy(open_database(url), AFTER, online_above=0)
    except Refused:
        os._exit(1)
    os._exit(0)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_long_statement_does_not_outlive_its_deploy(
    postgres_engine: sa.Engine, postgres_url: str, checkout: Checkout, how: signal.Signals,
) -> None:
    """Told to stop, a deploy stops in the middle; killed, the next one ends what the server still does for it."""
    deployed(checkout, postgres_engine, 10)
    by_hand(checkout, **{"""CASE WHEN "size" ~""": """CASE WHEN (SELECT pg_sleep(600)) IS NULL OR "size" ~"""})
    process = _FORK.Process(target=deploy_until_ended, args=(postgres_url, checkout))
    process.start()
    with postgres_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        asleep = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        while process.is_alive() and not connection.execute(asleep).scalar_one():
            process.join(timeout=0.02)
        assert process.pid
        os.kill(process.pid, how)
        process.join(timeout=30)
        assert process.exitcode not in (None, 0)
        if how == signal.SIGKILL:
            assert connection.execute(asleep).scalar_one() == 1
    by_hand(checkout)
    assert checkout.deploy(postgres_engine, AFTER, online_above=0).release.number == 2
    with postgres_engine.connect() as connection:
        assert left_in_preparation(connection) == set()
