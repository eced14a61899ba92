"""A prepared deploy that loses what it stands on: its connection, its lock, the time that a database gives it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crmspec.deploy import backfill, online_journal
from crmspec.diagnostics import Refused
from tests.deploy.online_case import AFTER, by_hand, count_changes, deployed, left_in_preparation
from tests.deploy.project import Checkout


def test_a_lost_connection_leaves_what_is_done(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An administrator ends the deploy's process in a batch: the next run goes on at the cursor."""
    monkeypatch.setattr(backfill, "ROWS_MAX", 10)
    deployed(checkout, postgres_engine, 100)
    count_changes(postgres_engine)
    note_cursor = online_journal.note_cursor
    cursors: list[str] = []

    def end_at_the_third(connection: sa.Connection, number: int, cursor: str) -> None:
        note_cursor(connection, number, cursor)
        cursors.append(cursor)
        if len(cursors) == 3:  # a batch is as large as the machine is quick
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as ended:
        ended.setattr(online_journal, "note_cursor", end_at_the_third)
        with pytest.raises(Refused) as refusal:
            checkout.deploy(postgres_engine, AFTER, online_above=0)
    assert [one.code for one in refusal.value.diagnostics] == ["CRM545"]
    with postgres_engine.connect() as connection:
        assert "crmspec_new_size" in left_in_preparation(connection)
    checkout.deploy(postgres_engine, AFTER, online_above=0)
    with postgres_engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT DISTINCT times FROM changed").scalars().all() == [1]


def test_limits_that_a_database_sets_do_not_end_long_steps(
    postgres_engine: sa.Engine, checkout: Checkout,
) -> None:
    """They are made for requests; a backfill or an index build of a large table takes longer."""
    deployed(checkout, postgres_engine, 100)
    by_hand(checkout, **{"""CASE WHEN "size" ~""": """CASE WHEN (SELECT pg_sleep(0.012)) IS NULL OR "size" ~"""})
    with postgres_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for limit in ("statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout",
                      "idle_session_timeout", "lock_timeout"):
            connection.exec_driver_sql(f'ALTER DATABASE "{postgres_engine.url.database}" SET {limit} = \'1s\'')
    postgres_engine.dispose()
    assert checkout.deploy(postgres_engine, AFTER, online_above=0).release.number == 2


def test_without_the_lock_nothing_goes_on(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The connection that holds the deploy lock is ended: another deploy may begin, so this one stops where it is."""
    monkeypatch.setattr(backfill, "ROWS_MAX", 10)
    deployed(checkout, postgres_engine, 100)
    note_cursor = online_journal.note_cursor
    cursors: list[str] = []

    def lose_the_lock(connection: sa.Connection, number: int, cursor: str) -> None:
        note_cursor(connection, number, cursor)
        cursors.append(cursor)
        if len(cursors) == 3:  # a batch is as large as the machine is quick
            connection.exec_driver_sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                                       "WHERE application_name = 'crmspec deploy, tester' "
                                       "AND datname = current_database()")

    with monkeypatch.context() as lost:
        lost.setattr(online_journal, "note_cursor", lose_the_lock)
        with pytest.raises(Refused) as refusal:
            checkout.deploy(postgres_engine, AFTER, online_above=0)
    assert [one.code for one in refusal.value.diagnostics] == ["CRM505"]
    with postgres_engine.connect() as connection:
        done = "SELECT count(*) FROM deal WHERE crmspec_new_size IS NOT NULL"
        assert connection.exec_driver_sql(done).scalar_one() in range(1, 90)
    assert len(cursors) == 3
    said: list[str] = []
    checkout.deploy(postgres_engine, AFTER, online_above=0, say=said.append)
    assert next(one for one in said if one.startswith("preparing")).endswith("(step 4 of 7)")
