"""A deploy killed anywhere in its preparation leaves the release before it, whole; the next run goes on from there.

A sample by default. All of it, as `make soak` has it: CRMSPEC_KILLS=1, which kills at every statement, before and after
every commit, and at any moment, with that number as the seed.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from crmspec.deploy import backfill, deployed_release, find_drift, open_database
from crmspec.diagnostics import Refused
from crmspec.spec import Spec
from tests.deploy import online_case, test_killed
from tests.deploy.online_case import AFTER, by_hand, count_changes, deployed, left_in_preparation
from tests.deploy.project import Checkout
from tests.deploy.records import Rows, all_values
from tests.deploy.test_killed import at_each_statement
from tests.postgres_server import PostgresServer

ALL = bool(os.environ.get("CRMSPEC_KILLS"))
_FORK = multiprocessing.get_context("fork")
# Of what is sampled, every run gets far enough to leave something behind.
STRIDE = 1 if ALL else 41


@dataclass
class Story:
    """A filled database and what it is to become; `copy` gives a URL of it as often as it is called."""

    server: PostgresServer
    checkout: Checkout
    after: Spec
    hand: bool
    made: list[str] = field(default_factory=list)
    expected: Rows = field(default_factory=dict)

    def copy(self) -> str:
        """Copy the database."""
        self.made.append(self.server.create_database(template=self.made[0]))
        return self.server.url(self.made[-1])

    def finish(self, engine: sa.Engine) -> None:
        """Deploy to the end: it is as if nothing had happened, and no record was changed twice."""
        assert self.checkout.deploy(engine, self.after, online_above=0).release.number == 2
        assert whole(engine) == 2
        with engine.connect() as connection:
            assert left_in_preparation(connection) == set()
            values = all_values(connection, self.after, "deal")
            times = set(connection.exec_driver_sql("SELECT DISTINCT times FROM changed").scalars())
        self.expected = self.expected or values
        assert values == self.expected
        assert times <= {0, 1}
        assert times == {1} or not self.hand


@pytest.fixture(params=["by hand", "generated"])
def story(
    request: pytest.FixtureRequest, postgres_server: PostgresServer, checkout: Checkout,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Story]:
    """The revision of `online_case`, and one with every kind of step as it is generated."""
    hand = request.param == "by hand"
    monkeypatch.setattr(backfill, "ROWS_MAX", 60 if hand else 20)
    monkeypatch.setattr(backfill, "BATCH_SECONDS", 60.0)
    before, after = (online_case.BEFORE, AFTER) if hand else test_killed.first_and_second()
    story = Story(postgres_server, checkout, after, hand, [postgres_server.create_database()])
    engine = open_database(postgres_server.url(story.made[0]))
    checkout.deploy(engine, before)
    with engine.begin() as connection:
        if hand:
            online_case.fill(connection, 300)
        else:
            test_killed.fill(connection, before)
    count_changes(engine)
    checkout.generate(after)
    if hand:
        by_hand(checkout)
    engine.dispose()
    yield story
    for name in story.made:
        postgres_server.drop_database(name)


def whole(engine: sa.Engine) -> int:
    """The number of the release, after looking that everything of it is in force."""
    with engine.connect() as connection:
        release = deployed_release(connection)
        assert release is not None
        assert [drift for drift in find_drift(connection, release.spec) if drift.owner == "ours"] == []
        return release.number


def deploy_and_die(url: str, story: Story, number: int) -> None:
    """Deploy in a process of its own that is killed at its n-th statement or commit."""
    left = number

    def step() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = open_database(url)
    with at_each_statement(engine, step):
        story.checkout.deploy(engine, story.after, online_above=0)
    os._exit(0)


def run_and_kill(url: str, story: Story, number: int) -> bool:
    """Say whether the deploy died before its end."""
    process = _FORK.Process(target=deploy_and_die, args=(url, story, number))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def test_killed_again_and_again(story: Story) -> None:
    """Each run gets a little further than the one before; what a run has done is not done again."""
    engine = open_database(url := story.copy())
    number, killed = 60, 0
    while run_and_kill(url, story, number):
        killed += 1
        number += 1 if ALL else 5
        if whole(engine) == 2:
            break
    assert killed > 1
    story.finish(engine)
    engine.dispose()


def test_killed_anywhere(story: Story) -> None:
    """At one statement after the other, each in a copy of its own: before it is all of the first release."""
    number = survived = 0
    while True:
        engine = open_database(url := story.copy())
        if not run_and_kill(url, story, number):
            break
        survived += 1
        whole(engine)
        story.finish(engine)
        engine.dispose()
        number += STRIDE
    engine.dispose()
    assert survived > 3


@pytest.mark.skipif(not ALL, reason="part of make soak")
def test_ended_at_any_moment(story: Story) -> None:
    """By the clock instead of by statement: killed, or its server process ended, also inside what takes long."""
    seed = os.environ["CRMSPEC_KILLS"]
    chance = random.Random(seed)
    for case in range(20):
        engine = open_database(url := story.copy())
        for _ in range(4):
            process = _FORK.Process(target=deploy_until_ended, args=(url, story.checkout, story.after))
            process.start()
            process.join(timeout=chance.uniform(0.05, 0.9))
            if chance.random() < 0.5:
                process.kill()
            else:
                end_everybody(engine)
            process.join()
            assert whole(engine) in (1, 2), (seed, case)
        story.finish(engine)
        engine.dispose()


def end_everybody(engine: sa.Engine) -> None:
    """End every other process that the server has for the database."""
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                   "datname = current_database() AND pid <> pg_backend_pid()")


def deploy_until_ended(url: str, checkout: Checkout, after: Spec) -> None:
    """Deploy in a process of its own; whatever ends it must be a refusal."""
    try:
        checkout.deploy(open_database(url), after, online_above=0)
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
    process = _FORK.Process(target=deploy_until_ended, args=(postgres_url, checkout, AFTER))
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
