"""Deploys to PostgreSQL while others are at work on the same table: they go on, or are named, and nobody waits long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
import sqlalchemy as sa

from crmspec.deploy import backfill, find_drift, online_steps, patience, purge, rollback
from crmspec.diagnostics import Refused
from crmspec.spec import Field, Object
from tests.deploy.online_case import AFTER, BEFORE, deployed, fill, left_in_preparation
from tests.deploy.project import Checkout
from tests.deploy.specs import fields, with_field

# A short wait for a lock, and what a busy machine adds to it.
NOTICED_SECONDS = 2.0


@contextmanager
def somebody(url: str, *statements: str) -> Iterator[int]:
    """Leave a transaction open after some statements; gives its process."""
    with psycopg.connect(url.replace("+psycopg", "")) as other:
        for statement in statements:
            other.execute(statement)
        yield other.info.backend_pid
        other.rollback()


# A size is the number in the name, but for every tenth that nobody has touched.
WRONG = ("SELECT name, size FROM deal WHERE size IS DISTINCT FROM substr(name, 6)::bigint "
         "AND NOT (size IS NULL AND mod(substr(name, 6)::bigint, 10) = 0 AND version = 1)")


class People(threading.Thread):
    """The server of the old release: writes and reads the table as fast as it can, and remembers how long it took."""

    def __init__(self, url: str, rows: int) -> None:
        super().__init__(daemon=True)
        self.url, self.rows = url.replace("+psycopg", ""), rows
        self.over = threading.Event()
        self.longest, self.done, self.failed = 0.0, 0, ""

    def run(self) -> None:
        """Change records in turn and add new ones; a size is always the number in the name."""
        with psycopg.connect(self.url, autocommit=True, prepare_threshold=None) as mine:
            while not self.over.is_set() and not self.failed:
                value = 1_000_000 + self.done
                self._execute(mine, "UPDATE deal SET size = %s, name = %s, updated_at = now(), version = version + 1 "
                                    "WHERE id = lpad(to_hex(%s::int), 32, '0')::uuid",
                              str(value), f"Deal {value}", self.done * 7 % self.rows + 1)
                self._execute(mine, "INSERT INTO deal (id, created_at, updated_at, version, name, email, size, tier) "
                                    "VALUES (gen_random_uuid(), now(), now(), 1, %s, %s, %s, 'gold')",
                              f"Deal {value}", f"{value}@example.com", str(value))
                self._execute(mine, "SELECT name, size FROM deal WHERE size IS NOT NULL ORDER BY id DESC LIMIT 20")
                self.done += 1

    def _execute(self, mine: psycopg.Connection, statement: str, *values: object) -> None:
        begun = time.perf_counter()
        try:
            mine.execute(statement, values)
        except psycopg.Error as error:
            self.failed = f"{statement}: {error}"
        self.longest = max(self.longest, time.perf_counter() - begun)


def test_people_go_on_writing(
    postgres_engine: sa.Engine, postgres_url: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What they write meanwhile is neither missed nor overwritten, none of their statements fails, before or after."""
    monkeypatch.setattr(backfill, "ROWS_MAX", 100)
    rows = 3000
    deployed(checkout, postgres_engine, rows)
    people = People(postgres_url, rows)
    people.start()
    try:
        checkout.deploy(postgres_engine, AFTER, online_above=0)
        done = people.done
        while people.done < done + 20 and people.is_alive():
            people.over.wait(0.01)
    finally:
        people.over.set()
        people.join()
    assert people.failed == ""
    assert people.longest < NOTICED_SECONDS
    with postgres_engine.connect() as connection:
        assert find_drift(connection, AFTER) == ()
        assert connection.exec_driver_sql(WRONG).all() == []
        assert connection.exec_driver_sql("SELECT count(*) FROM deal").scalar_one() == rows + people.done


# --- Somebody in the way ---

LONG_READER = ("SELECT count(*) FROM deal",)
LONG_WRITER = ("UPDATE deal SET name = name WHERE id = lpad('5', 32, '0')::uuid",)
OLD_SNAPSHOT = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM crmspec_person")


@pytest.mark.parametrize("statements", [LONG_READER, LONG_WRITER, OLD_SNAPSHOT], ids=["reader", "writer", "snapshot"])
def test_who_is_in_the_way_all_the_time_is_named(
    postgres_engine: sa.Engine, postgres_url: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
    statements: tuple[str, ...],
) -> None:
    """A forgotten transaction: the deploy gives up in its budget with the process and what it did last."""
    deployed(checkout, postgres_engine, 100)
    monkeypatch.setattr(patience, "BUDGET_SECONDS", 0.5)
    monkeypatch.setattr(online_steps, "BUILD_LOCK_TIMEOUT", "300ms")
    with somebody(postgres_url, *statements) as process:
        longest = _longest_read_during(postgres_url, lambda: _refused(postgres_engine, checkout, process, statements))
    assert longest < NOTICED_SECONDS
    with postgres_engine.connect() as connection:
        assert left_in_preparation(connection) == set()
        assert find_drift(connection, BEFORE) == ()
    monkeypatch.undo()
    assert checkout.deploy(postgres_engine, AFTER, online_above=0).release.number == 2


def test_a_deadlock_is_the_deploy_s_to_give_way_in(
    postgres_engine: sa.Engine, postgres_url: str, checkout: Checkout,
) -> None:
    """An application holds one table and asks for the other, the release the other way round: nobody's work fails."""
    account = Object(name="account", title_field="name", fields=fields(Field(name="name", type="text")))
    both = replace(BEFORE, objects={"account": account, **BEFORE.objects})
    checkout.deploy(postgres_engine, both)
    longer = with_field(with_field(both, "deal", Field(name="code", type="text")), "account",
                        Field(name="code", type="text"))
    release = threading.Thread(target=lambda: checkout.deploy(postgres_engine, longer))
    address = postgres_url.replace("+psycopg", "")
    with psycopg.connect(address) as application, psycopg.connect(address, autocommit=True) as watch:
        application.execute("UPDATE deal SET version = version")
        release.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'deal'::regclass"
        deadline = time.monotonic() + 20
        while watch.execute(waiting).fetchall() == [(0,)]:
            assert time.monotonic() < deadline, "the release never waited"
        # The release has `account` by now, and waits for `deal`: this makes the circle.
        begun = time.monotonic()
        application.execute("UPDATE account SET version = version")
        assert time.monotonic() - begun < NOTICED_SECONDS
        application.commit()
    release.join()
    with postgres_engine.connect() as connection:
        assert find_drift(connection, longer) == ()


def test_a_batch_gives_way_in_a_deadlock_even_where_the_server_looks_for_them_early(
    postgres_engine: sa.Engine, postgres_url: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An application has the record that a batch waits for, and asks for one that the batch has."""
    deployed(checkout, postgres_engine, 100)
    address = postgres_url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as watch:
        # Earlier than a deploy waits for any lock: the application would be ended by the server's own rule.
        watch.execute(f'ALTER DATABASE "{watch.info.dbname}" SET deadlock_timeout = 100')
        one = "UPDATE deal SET version = version WHERE id = lpad(to_hex(%s::int), 32, '0')::uuid"
        postgres_engine.dispose()
        with psycopg.connect(address) as application:
            run_step = online_steps.run_step

            def with_a_record_taken(*arguments: object) -> None:
                if type(arguments[1]).__name__ == "Backfill":
                    application.execute(one, (50,))
                run_step(*arguments)  # type: ignore[arg-type]

            monkeypatch.setattr("crmspec.deploy.online.run_step", with_a_record_taken)
            deploying = threading.Thread(target=lambda: checkout.deploy(postgres_engine, AFTER, online_above=0))
            deploying.start()
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
            deadline = time.monotonic() + 20
            while watch.execute(waiting).fetchall() == [(0,)]:
                assert time.monotonic() < deadline, "no batch ever waited"
            application.execute(one, (1,))
            application.commit()
        deploying.join()
    with postgres_engine.connect() as connection:
        assert find_drift(connection, AFTER) == ()


def _refused(engine: sa.Engine, checkout: Checkout, process: int, statements: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as refusal:
        checkout.deploy(engine, AFTER, online_above=0)
    (diagnostic,) = refusal.value.diagnostics
    assert diagnostic.code == "CRM551"
    assert f"process {process} " in diagnostic.why
    assert statements[-1] in diagnostic.why


def _longest_read_during(url: str, work: object) -> float:
    """Read the table again and again while something else goes on; return the longest time it took."""
    over, longest = threading.Event(), 0.0

    def read() -> None:
        nonlocal longest
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as mine:
            while not over.is_set():
                begun = time.perf_counter()
                mine.execute("SELECT name FROM deal LIMIT 5").fetchall()
                longest = max(longest, time.perf_counter() - begun)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        work()  # type: ignore[operator]
    finally:
        over.set()
        reader.join()
    return longest


def test_the_release_waits_for_a_reader_with_everything_ready(
    postgres_engine: sa.Engine, postgres_url: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only the last moment was not to be had: what is prepared stays, and the next run has little to do."""
    deployed(checkout, postgres_engine, 100)
    run_step = online_steps.run_step
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as other:

        def then_read(*arguments: object) -> None:
            run_step(*arguments)  # type: ignore[arg-type]
            if type(arguments[1]).__name__ == "BuildIndex":  # the last step
                other.execute("SELECT count(*) FROM deal")
                monkeypatch.setattr(patience, "BUDGET_SECONDS", 0.3)

        monkeypatch.setattr("crmspec.deploy.online.run_step", then_read)
        with pytest.raises(Refused) as refusal:
            checkout.deploy(postgres_engine, AFTER, online_above=0)
        assert [one.code for one in refusal.value.diagnostics] == ["CRM542"]
        assert f"process {other.info.backend_pid} " in refusal.value.diagnostics[0].why
    said: list[str] = []
    monkeypatch.undo()
    assert checkout.deploy(postgres_engine, AFTER, online_above=0, say=said.append).release.number == 2
    assert not any(text.startswith("preparing") for text in said)


def test_another_deployer_waits_while_an_index_is_built(
    postgres_engine: sa.Engine, postgres_url: str, checkout: Checkout,
) -> None:
    """It asks for the lock again and again; waiting inside the server would be a deadlock with the index build."""
    deployed(checkout, postgres_engine, 3000)
    outcomes: list[int] = []
    second = sa.create_engine(postgres_engine.url)

    def deploy_too() -> None:
        outcomes.append(checkout.deploy(second, AFTER, online_above=0).release.number)

    thread = threading.Thread(target=deploy_too)
    thread.start()
    outcomes.append(checkout.deploy(postgres_engine, AFTER, online_above=0).release.number)
    thread.join()
    second.dispose()
    assert outcomes == [2, 2]


def test_a_purge_ends_values_a_few_records_at_a_time(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody waits until a whole table was gone through."""
    monkeypatch.setattr(backfill, "ROWS_MAX", 10)
    deployed(checkout, postgres_engine, 100)
    checkout.deploy(postgres_engine, AFTER, online_above=0)
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("""
            CREATE TABLE changed (id uuid, by xid8);
            CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO changed VALUES (NEW.id, pg_current_xact_id()); RETURN NULL; END $$;
            CREATE TRIGGER note_change AFTER UPDATE ON deal FOR EACH ROW EXECUTE FUNCTION note_change()""")
    purge(postgres_engine, ["deal.size"], allow=["loses_data"], early=True, who="tester")
    with postgres_engine.connect() as connection:
        counts = "SELECT count(*), count(DISTINCT id), count(DISTINCT by) FROM changed"
        assert tuple(connection.exec_driver_sql(counts).one()) == (100, 100, 10)
        assert connection.exec_driver_sql("SELECT count(crmspec_0002_size) FROM deal").scalar_one() == 0


def test_what_cannot_be_taken_back_either_is_said_and_gone_on_with(
    postgres_engine: sa.Engine, postgres_url: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A record is locked by somebody who went to lunch: no batch gets past it, and no trigger can be dropped."""
    deployed(checkout, postgres_engine, 100)
    monkeypatch.setattr(patience, "BUDGET_SECONDS", 0.3)
    run_step = online_steps.run_step
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as other:

        def lock_a_record(*arguments: object) -> None:
            if type(arguments[1]).__name__ == "Backfill":
                other.execute("SELECT FROM deal WHERE name = 'Deal 50' FOR UPDATE")
            run_step(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr("crmspec.deploy.online.run_step", lock_a_record)
        with pytest.raises(Refused) as refusal:
            checkout.deploy(postgres_engine, AFTER, online_above=0)
        assert [one.code for one in refusal.value.diagnostics] == ["CRM551", "CRM553"]
        assert all(f"process {other.info.backend_pid} " in one.why for one in refusal.value.diagnostics)
        with postgres_engine.connect() as connection:
            assert find_drift(connection, BEFORE) == ()
    monkeypatch.undo()
    assert checkout.deploy(postgres_engine, AFTER, online_above=0).release.number == 2
    with postgres_engine.connect() as connection:
        assert left_in_preparation(connection) == set()
        assert find_drift(connection, AFTER) == ()


def test_there_and_back_again(postgres_engine: sa.Engine, postgres_url: str, checkout: Checkout) -> None:
    """A generated revision, its way back and the revision again, all prepared, with people at work on the table."""
    rows = 2000
    checkout.deploy(postgres_engine, BEFORE)
    with postgres_engine.begin() as connection:
        fill(connection, rows)
    checkout.generate(AFTER)
    people = People(postgres_url, rows)
    people.start()
    said: list[str] = []
    try:
        checkout.deploy(postgres_engine, AFTER, online_above=0, say=said.append)
        rollback(checkout.folder, postgres_engine, online_above=0, say=said.append)
        with postgres_engine.connect() as connection:
            assert find_drift(connection, BEFORE) == ()
        checkout.deploy(postgres_engine, AFTER, online_above=0, say=said.append)
    finally:
        people.over.set()
        people.join()
    assert people.failed == ""
    assert sum("(step 1 of " in text for text in said) == 3, "each way was prepared"
    with postgres_engine.connect() as connection:
        assert find_drift(connection, AFTER) == ()
        assert left_in_preparation(connection) == set()
        assert connection.exec_driver_sql(WRONG).all() == []


@pytest.mark.parametrize("online_above", [0, 1000])
def test_vacuum_is_waited_for_until_it_gives_way(
    postgres_engine: sa.Engine, postgres_url: str, checkout: Checkout, online_above: int,
) -> None:
    """It does so for who has waited a second, which a deploy never does with a lock that others wait behind."""
    checkout.deploy(postgres_engine, BEFORE)
    # A new table that points at one that is vacuumed, and is not named among those that are touched.
    note = Object(name="note", title_field="name", fields=fields(
        Field(name="name", type="text"), Field(name="deal", type="lookup", to=("deal",))))
    after = replace(AFTER if online_above == 0 else BEFORE, objects={
        **(AFTER if online_above == 0 else BEFORE).objects, "note": note})
    waiting = ("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'deal'::regclass "
               "AND mode = 'ShareUpdateExclusiveLock'")
    url = postgres_url.replace("+psycopg", "")
    seen: list[object] = []
    with psycopg.connect(url) as vacuum, psycopg.connect(url, autocommit=True) as watcher:
        vacuum.execute("LOCK TABLE deal IN SHARE UPDATE EXCLUSIVE MODE")

        def give_way() -> None:
            while not seen and deploying.is_alive():
                seen.extend(row for row in watcher.execute(waiting).fetchall() if row[0])
            vacuum.rollback()

        deploying = threading.Thread(target=checkout.deploy, args=(postgres_engine, after),
                                     kwargs={"online_above": online_above})
        deploying.start()
        give_way()
        deploying.join()
    assert seen
    with postgres_engine.connect() as connection:
        assert find_drift(connection, after) == ()
