"""The trail on both databases: chained, closed to changes, verified to the row, shortened with an anchor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from crmspec.audit import Anchor, Entry, Filter, head, note, read_trail, shorten, verify
from crmspec.deploy import open_database
from crmspec.deploy.beside_tables import lost_parts
from crmspec.deploy.state import ensure_state
from crmspec.schema.system import AUDIT_GUARDS

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PERSON = "01234567-89ab-7def-8123-456789abcdef"


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """A database with crmspec's own tables and ten entries, a day apart."""
    engine = open_database(database_url)
    with engine.begin() as connection:
        ensure_state(connection)
        for day in range(10):
            note(connection, entry(day))
    yield engine
    engine.dispose()


def entry(day: int, **more: object) -> Entry:
    """One export, with what two databases could give back differently."""
    detail = {"report": "größte\0 'Kunden'", "records": 2**40 + day, "columns": ("name", "amount"), "whole": True}
    values = {"event": "export", "person_id": PERSON, "who": "ana", "object": "account", "detail": detail, **more}
    return Entry(at=START + timedelta(days=day, microseconds=123_456), **values)  # type: ignore[arg-type]


def opened(connection: sa.Connection) -> None:
    """Take the guards away, as only the owner of a database can."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE crmspec_audit DISABLE TRIGGER ALL")
        return
    for name in ("no_update", "no_delete", "no_replace"):
        connection.exec_driver_sql(f"DROP TRIGGER crmspec_audit_{name}")


def test_what_is_written_is_read_back_and_holds(engine: sa.Engine) -> None:
    """Numbers without a gap, newest first, each detail as it was."""
    with engine.begin() as connection:
        verdict = verify(connection)
        found = read_trail(connection, Filter(who="ana", objects=("account",), since=START + timedelta(days=5)))
    assert (verdict.holds, verdict.rows, verdict.first) == (True, 10, 1)
    assert [one.number for one in found] == [10, 9, 8, 7, 6]
    assert found[0].detail == {
        "report": "größte\ufffd 'Kunden'", "records": 2**40 + 9, "columns": ["name", "amount"], "whole": True}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE crmspec_audit SET who = 'bob' WHERE number = 4",
        "DELETE FROM crmspec_audit WHERE number = 4",
        "DELETE FROM crmspec_audit",
    ],
)
def test_nobody_changes_it(engine: sa.Engine, statement: str) -> None:
    """Neither UPDATE nor DELETE; on PostgreSQL not even the owner has the right, and TRUNCATE is refused too."""
    statements = [statement, "TRUNCATE crmspec_audit"] if engine.dialect.name == "postgresql" else [
        statement, "INSERT OR REPLACE INTO crmspec_audit (id, at, event, number) SELECT id, at, 'reveal', number "
        "FROM crmspec_audit WHERE number = 4"]
    for one in statements:
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
            connection.exec_driver_sql(one)
    with engine.begin() as connection:
        assert verify(connection).rows == 10
        if engine.dialect.name == "postgresql":
            granted = ("SELECT privilege_type FROM information_schema.role_table_grants "
                       "WHERE table_name = 'crmspec_audit'")
            rights = set(connection.exec_driver_sql(granted).scalars())
            assert rights.isdisjoint({"UPDATE", "DELETE", "TRUNCATE"})
            assert "INSERT" in rights


CHANGES: dict[str, tuple[str, int, str]] = {
    "altered": ("UPDATE crmspec_audit SET who = 'bob' WHERE number = 4", 4, "row 4 (export) was altered"),
    "removed": ("DELETE FROM crmspec_audit WHERE number = 4", 4, "row 4 missing"),
    "several removed": ("DELETE FROM crmspec_audit WHERE number < 4", 1, "rows 1 to 3 missing"),
    "the last removed": ("DELETE FROM crmspec_audit WHERE number > 8", 9, "ends at row 8, and 10 were written"),
    "moved": ("UPDATE crmspec_audit SET number = CASE number WHEN 4 THEN -5 ELSE -4 END WHERE number IN (4, 5); "
              "UPDATE crmspec_audit SET number = -number WHERE number < 0", 4, "row 4 (export) was altered"),
    "inserted": ("INSERT INTO crmspec_audit (id, at, event) "
                 "SELECT '01234567-89ab-7def-8123-000000000000', at, 'log_in' "
                 "FROM crmspec_audit WHERE number = 1", -1, "has no number"),
    "one put at the end": (
        "INSERT INTO crmspec_audit (id, at, event, number, previous_hash, hash) SELECT "
        "'01234567-89ab-7def-8123-000000000000', at, 'log_in', 11, hash, hash FROM crmspec_audit WHERE number = 10",
        11, "row 11 (log_in) was altered"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_first_wrong_row_is_found(engine: sa.Engine, change: str) -> None:
    """Whoever can take the guards away is still found out, to the row."""
    statements, number, words = CHANGES[change]
    with engine.begin() as connection:
        opened(connection)
        for statement in statements.split("; "):
            connection.exec_driver_sql(statement)
        verdict = verify(connection)
    assert not verdict.holds
    assert verdict.number == (None if number < 0 else number)
    assert words in verdict.wrong


def test_an_anchor_finds_a_trail_that_was_written_anew(engine: sa.Engine) -> None:
    """Whoever owns the database can make a chain that holds; not one that ends in a hash kept elsewhere."""
    with engine.begin() as connection:
        kept = head(connection)
        assert kept is not None
        opened(connection)
        connection.exec_driver_sql("DELETE FROM crmspec_audit")
        connection.exec_driver_sql("DELETE FROM crmspec_counter")
        for day in range(12):
            note(connection, entry(day, who="bob"))
        assert verify(connection).holds
        verdict = verify(connection, [kept.anchor])
    assert (verdict.number, "written anew" in verdict.wrong) == (10, True)
    with engine.begin() as connection:
        ahead = verify(connection, [Anchor(99, "0" * 64)])
    assert "before the anchor of row 99" in ahead.wrong


def test_missing_guards_are_drift(engine: sa.Engine) -> None:
    """A guard that is gone, or switched off, is a difference that `status` shows and `deploy --repair` mends."""
    names = {f"crmspec_audit_{tail}" for tail in (
        ("no_change",) if engine.dialect.name == "postgresql" else ("no_update", "no_delete", "no_replace"))}
    with engine.begin() as connection:
        assert not list(lost_parts(connection, {}))
        opened(connection)
        assert {part.name for part in lost_parts(connection, {})} == names
        for statement in AUDIT_GUARDS[connection.dialect.name]:
            connection.exec_driver_sql(statement)
        assert not list(lost_parts(connection, {}))


def test_shortening_leaves_an_anchor(engine: sa.Engine) -> None:
    """What goes is written down first; the rest still holds, the act stands in it, and the guards are back."""
    lines: list[str] = []
    act = Entry(event="shortened", at=START + timedelta(days=20), who="root")
    with engine.begin() as connection:
        done = shorten(connection, START + timedelta(days=6), act, lines.append)
        verdict = verify(connection)
        newest = read_trail(connection, Filter(), limit=1)[0]
    assert (done.rows, done.last and done.last.number) == (6, 6)
    assert [json.loads(line)["number"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert (verdict.holds, verdict.first, verdict.rows) == (True, 7, 5)
    assert (newest.event, newest.detail["rows"]) == ("shortened", 6)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM crmspec_audit")
    with engine.begin() as connection:
        opened(connection)
        connection.exec_driver_sql("DELETE FROM crmspec_audit WHERE number = 7")
        assert "missing" in verify(connection).wrong


def test_writers_at_once_make_one_chain(engine: sa.Engine) -> None:
    """Eight writers, two hundred entries, some of them rolled back: no gap, no fork."""

    def write(writer: int) -> None:
        for turn in range(25):
            with engine.connect() as connection:
                note(connection, entry(turn, who=f"writer {writer}"))
                (connection.rollback if turn % 5 == 0 else connection.commit)()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    with engine.begin() as connection:
        verdict = verify(connection)
    assert (verdict.holds, verdict.rows) == (True, 10 + 8 * 20)


def test_rows_of_an_older_crmspec_are_chained(engine: sa.Engine) -> None:
    """A database from before the chain gets one over the rows it has, in their order."""
    drop: Callable[[str], str] = "ALTER TABLE crmspec_audit DROP COLUMN {}".format
    with engine.begin() as connection:
        opened(connection)
        connection.exec_driver_sql("DELETE FROM crmspec_counter")
        for index in ("uq_crmspec_audit_number", "ix_crmspec_audit_person", "ix_crmspec_audit_event"):
            connection.exec_driver_sql(f"DROP INDEX {index}")
        for column in ("number", "who", "address", "session", "previous_hash", "hash"):
            connection.exec_driver_sql(drop(column))
        connection.exec_driver_sql("UPDATE crmspec_version SET version = 1 WHERE name = 'system'")
    with engine.begin() as connection:
        ensure_state(connection)
        note(connection, entry(30))
        verdict = verify(connection)
    assert (verdict.holds, verdict.rows) == (True, 11)


def test_an_event_that_nobody_knows_is_refused() -> None:
    """What could not be filtered or translated is not written."""
    with pytest.raises(ValueError, match="no event"):
        Entry(event="something", at=START)
