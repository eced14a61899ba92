"""A checked copy before every change of a SQLite database, or no change."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmspec.deploy import Drift, deployed_release, find_drift, open_database
from crmspec.deploy.backup import BESIDE_ABOVE, back_up
from crmspec.diagnostics import Refused
from crmspec.spec import Field, Spec
from tests.deploy.project import Checkout
from tests.deploy.records import add_records, all_values
from tests.deploy.specs import BASE, with_field

VIP = with_field(BASE, "contact", Field(name="vip", type="boolean"))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_copy_is_the_database_as_it_was(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """One file that opens by itself, with the release and the records of before."""
    assert checkout.deploy(sqlite_engine, BASE).backup is None, "there was nothing to lose"
    with sqlite_engine.begin() as connection:
        add_records(connection, BASE, "account", [{"id": 1, "name": "ACME"}])
        before = all_values(connection, BASE, "account")
    backup = checkout.deploy(sqlite_engine, VIP).backup
    assert backup is not None
    assert [file.name for file in backup.parent.iterdir()] == [backup.name]
    assert backup.name.startswith("crm.release-00001.")
    copy = open_database(f"sqlite:///{backup}")
    with copy.connect() as connection:
        release = deployed_release(connection)
        assert release is not None
        assert (release.number, find_drift(connection, BASE)) == (1, ())
        assert all_values(connection, BASE, "account") == before
    copy.dispose()


def test_the_search_index_of_a_copy_still_finds(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """The index finds rows by their number, which another way of copying would give anew."""
    checkout.deploy(sqlite_engine, BASE)
    with sqlite_engine.begin() as connection:
        for number in range(20):
            connection.exec_driver_sql("INSERT INTO crmspec_search VALUES ('account', ?, 'name', ?)",
                                       (str(number), f"number {number}"))
        connection.exec_driver_sql("DELETE FROM crmspec_search WHERE CAST(record_id AS INTEGER) % 2 = 0")
    backup = checkout.deploy(sqlite_engine, VIP).backup
    with sqlite3.connect(str(backup)) as copy:
        found = copy.execute(
            "SELECT s.record_id FROM crmspec_search_words AS w JOIN crmspec_search AS s ON s.rowid = w.rowid "
            "WHERE crmspec_search_words MATCH '\"number 17\"'").fetchall()
    copy.close()
    assert found == [("17",)]


def test_only_the_newest_are_kept(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """By release first, so that a clock that goes back takes nothing away."""
    checkout.deploy(sqlite_engine, BASE)
    file = Path(str(sqlite_engine.url.database))
    for release in (3, 1, 2, 4):
        newest = back_up(file, release=release, at=NOW, kept=2)
    assert sorted(one.name for one in newest.parent.iterdir()) == [
        "crm.release-00003.20261123T120000Z.db", "crm.release-00004.20261123T120000Z.db"]


def test_without_a_backup_there_is_no_deploy(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """What cannot be copied is not changed, and nothing half-written stays."""
    checkout.deploy(sqlite_engine, BASE)
    folder = Path(str(sqlite_engine.url.database)).with_name("backups")
    folder.write_text("in the way")
    with pytest.raises(Refused) as caught:
        checkout.deploy(sqlite_engine, VIP)
    assert [found.code for found in caught.value.diagnostics] == ["CRM507"]
    with sqlite_engine.connect() as connection:
        assert find_drift(connection, BASE) == ()
    folder.unlink()
    assert checkout.deploy(sqlite_engine, VIP).changed


def test_a_damaged_database_is_not_deployed_to(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """The copy does not pass SQLite's own check; nothing is changed and no copy is kept."""
    checkout.deploy(sqlite_engine, BASE)
    with sqlite_engine.begin() as connection:
        add_records(connection, BASE, "account", [{"id": n, "name": "x" * 60} for n in range(1, 400)])
        root = connection.exec_driver_sql(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_account_recent'").scalar_one()
    sqlite_engine.dispose()
    file = Path(str(sqlite_engine.url.database))
    content = bytearray(file.read_bytes())
    content[(root - 1) * 4096 + 200: (root - 1) * 4096 + 4000] = bytes(3800)
    file.write_bytes(bytes(content))
    with pytest.raises(Refused) as caught:
        checkout.deploy(sqlite_engine, VIP)
    assert [found.code for found in caught.value.diagnostics] == ["CRM506"]
    assert list(file.with_name("backups").iterdir()) == []


def test_a_full_disk_changes_nothing(
    sqlite_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQLite rolls back by itself; the deploy stops there, says so, and can be run again."""
    checkout.deploy(sqlite_engine, BASE)

    def fill_up(text: str) -> None:
        if text.startswith("applying"):
            driver = drivers[-1]
            pages = driver.execute("PRAGMA page_count").fetchone()[0]
            driver.execute(f"PRAGMA max_page_count = {pages}")

    drivers: list[sqlite3.Connection] = []
    sa.event.listen(sqlite_engine, "connect", lambda driver, _: drivers.append(driver))
    sqlite_engine.dispose()
    wide = VIP
    for number in range(5):
        wide = with_field(wide, "contact", Field(name=f"multi_{number}", type="many_to_many", to=("account",)))
    with pytest.raises(Refused) as caught:
        checkout.deploy(sqlite_engine, wide, say=fill_up)
    assert [found.code for found in caught.value.diagnostics] == ["CRM543"]
    sqlite_engine.dispose()
    with sqlite_engine.connect() as connection:
        assert find_drift(connection, BASE) == ()
    assert checkout.deploy(sqlite_engine, wide).release.number == 2


# --- Large databases are copied beside the work ---


@pytest.fixture
def large(sqlite_engine: sa.Engine, checkout: Checkout) -> sa.Engine:
    """A deployed database that is worth a thread."""
    checkout.deploy(sqlite_engine, BASE)
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE somebodys (one TEXT)")
        connection.exec_driver_sql(
            "INSERT INTO somebodys WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
            "SELECT hex(randomblob(2000)) FROM n")
    sqlite_engine.dispose()
    assert Path(str(sqlite_engine.url.database)).stat().st_size > BESIDE_ABOVE
    return sqlite_engine


def ours(connection: sa.Connection, spec: Spec) -> list[Drift]:
    """What differs, but for what somebody else made."""
    return [one for one in find_drift(connection, spec) if one.owner == "ours"]


def test_a_large_copy_is_of_the_state_before(large: sa.Engine, checkout: Checkout) -> None:
    """It is made while the deploy is at work, and has nothing of that."""
    backup = checkout.deploy(large, VIP).backup
    assert backup is not None
    assert [file.name for file in backup.parent.iterdir()] == [backup.name]
    with sqlite3.connect(backup) as copy:
        columns = {name for (name,) in copy.execute("SELECT name FROM pragma_table_info('contact')")}
        assert copy.execute("SELECT count(*), max(length(one)) FROM somebodys").fetchone() == (2500, 4000)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    copy.close()
    assert "vip" not in columns
    with large.connect() as connection:
        assert ours(connection, VIP) == []


def test_a_large_copy_that_cannot_be_made_stops_the_deploy(large: sa.Engine, checkout: Checkout) -> None:
    """Whenever that turns out: nothing is committed before there is the copy."""
    folder = Path(str(large.url.database)).with_name("backups")
    folder.write_text("in the way")
    with pytest.raises(Refused) as caught:
        checkout.deploy(large, VIP)
    assert [found.code for found in caught.value.diagnostics] == ["CRM507"]
    folder.unlink()
    with large.connect() as connection:
        assert ours(connection, BASE) == []
    assert checkout.deploy(large, VIP).changed


def test_damage_that_only_the_copy_shows_stops_the_deploy(large: sa.Engine, checkout: Checkout) -> None:
    """It is in a table that the deploy does not look at."""
    with large.connect() as connection:
        root = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'somebodys'").scalar_one()
    large.dispose()
    file = Path(str(large.url.database))
    content = bytearray(file.read_bytes())
    content[(root - 1) * 4096 + 8: root * 4096] = bytes(4088)
    file.write_bytes(bytes(content))
    with pytest.raises(Refused) as caught:
        checkout.deploy(large, VIP)
    assert [found.code for found in caught.value.diagnostics] == ["CRM506"]
    assert list(file.with_name("backups").iterdir()) == []
    with large.connect() as connection:
        assert ours(connection, BASE) == []


def test_a_refused_deploy_leaves_no_copy(large: sa.Engine, checkout: Checkout) -> None:
    """It is begun before all is counted; where that speaks against the deploy, older copies stay what they are."""
    kept = checkout.deploy(large, VIP).backup
    with pytest.raises(Refused) as caught:
        checkout.deploy(large, BASE, allow=())
    assert {found.code for found in caught.value.diagnostics} == {"CRM501"}
    assert [*Path(str(large.url.database)).with_name("backups").iterdir()] == [kept]
