"""What happens to a SQLite file beside a deploy: rights, journals, killed programs, readers, writers, backups."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from crmspec.deploy import backup, open_database
from tests.deploy.faults.injections import at_words, impatient, kill, stop
from tests.deploy.faults.site import EVERY_HAZARD, Site, picture, records
from tests.deploy.faults.story import DEALS, record_id
from tests.deploy.faults.test_stopped import wait_until_frozen

_FORK = multiprocessing.get_context("fork")
NOBODY = 65534


@pytest.fixture
def begun(sqlite_site: Site) -> Site:
    """The first release on SQLite."""
    return sqlite_site.begun()


def elsewhere(act: Callable[[], None]) -> int:
    """Do something in a process of its own; return its exit code."""
    process = _FORK.Process(target=act)
    process.start()
    process.join()
    return process.exitcode or 0


# --- Rights ---


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
@pytest.mark.parametrize("which", ["file", "folder"])
def test_somebody_who_may_not_write(begun: Site, which: str) -> None:
    """Refused before anything is tried, with the command that mends it."""
    before = picture(begun.url)
    with tempfile.TemporaryDirectory() as name:  # where others may go, unlike in the folders of pytest
        folder = Path(name) / "theirs"
        folder.mkdir()
        project = Path(shutil.copytree(begun.folder, Path(name) / "acme"))
        site = Site(project, f"sqlite:///{shutil.copy(begun.file, folder)}")
        for place in (Path(name), *Path(name).rglob("*")):
            place.chmod(0o777 if place.is_dir() else 0o666)
        (site.file if which == "file" else folder).chmod(0o444 if which == "file" else 0o555)
        message = site.deploy(first=lambda: os.setuid(NOBODY)).refused("CRM509")
        assert "chmod u+w" in message
        folder.chmod(0o755)
        assert picture(site.url) == before


def test_a_url_that_asks_for_reading_only_is_not_taken_for_another(begun: Site) -> None:
    """A key that does nothing is an error."""
    before = picture(begun.url)
    message = Site(begun.folder, f"{begun.url}?mode=ro").deploy().refused("CRM521")
    assert "takes no parameters behind its name: mode" in message
    assert picture(begun.url) == before


# --- Journals ---


def test_a_hot_journal_that_somebody_deleted(begun: Site) -> None:
    """A program in another mode was killed half-way, and its journal taken for rubbish: the damage is found."""
    assert begun.write((begun.folder / "specs" / "all.yaml").read_text().replace("vip", "vvip")).deploy().ok()
    file = begun.file
    for companion in ("-wal", "-shm"):
        file.with_name(file.name + companion).unlink(missing_ok=True)

    def write_and_die() -> None:
        driver = sqlite3.connect(file, isolation_level=None)
        driver.execute("PRAGMA journal_mode = DELETE")
        driver.execute("PRAGMA cache_size = 1")
        driver.execute("CREATE TABLE big (one TEXT)")
        driver.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                       "INSERT INTO big SELECT printf('%0500d', i) FROM n")
        driver.execute("BEGIN")
        driver.execute("CREATE TABLE more AS SELECT * FROM big")
        driver.execute("DELETE FROM big WHERE rowid % 2")
        driver.execute("UPDATE big SET one = one || one")
        kill()

    assert elsewhere(write_and_die) == -9
    journal = file.with_name(file.name + "-journal")
    assert journal.stat().st_size > 0
    journal.unlink()
    message = begun.write((begun.folder / "specs" / "all.yaml").read_text().replace("vvip", "vip")).deploy().refused()
    assert any(code in message for code in ("CRM506", "CRM524", "CRM903")), message
    assert "backup" in message


def test_a_log_left_behind_by_a_killed_program(begun: Site) -> None:
    """What it had saved is in the log alone; the deploy finds it there."""

    def save_and_die() -> None:
        engine = open_database(begun.url)
        with engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE deal SET name = 'saved' WHERE id = '{record_id(101)}'")
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE deal SET name = 'never saved'")
            kill()

    assert elsewhere(save_and_die) == -9
    assert begun.file.with_name("crm.db-wal").stat().st_size > 0
    assert "release 2" in begun.deploy().ok().out
    assert begun.ask(f"SELECT name, (SELECT count(DISTINCT name) FROM deal) FROM deal WHERE id = '{record_id(101)}'"
                     ) == [("saved", DEALS)]


# --- Others at work ---


def test_somebody_writes_all_the_while(begun: Site) -> None:
    """Every record that a writer was told is saved is there; the deploy gets its turn."""
    read, write = os.pipe()

    def write_on() -> None:
        os.close(read)
        engine = open_database(begun.url)
        for number in range(1000, 1_000_000):
            with engine.begin() as connection:
                connection.exec_driver_sql(
                    "INSERT INTO account__tags (record_id, value) VALUES (?, ?)" if number % 2 else
                    "DELETE FROM account__tags WHERE record_id = ? AND value = ?", (record_id(1), "fair"))
                connection.exec_driver_sql("UPDATE account SET version = version + 1 WHERE id = ?", (record_id(1),))
            try:
                os.write(write, b".")
            except BrokenPipeError:
                os._exit(0)

    process = _FORK.Process(target=write_on)
    process.start()
    os.close(write)
    assert os.read(read, 1) == b"."
    answer = begun.deploy()
    saved = 1
    while data := os.read(read, 1 << 16):  # ends when the table has its new name and the writer fails
        saved += len(data)
    process.join()
    os.close(read)
    assert "release 2" in answer.ok().out
    assert begun.ask(f"SELECT version FROM firm WHERE id = '{record_id(1)}'") == [(saved + 1,)]


def test_somebody_reads_all_the_while(begun: Site) -> None:
    """A reader sees the old tables or the new ones, whole, and never waits; it does not hold the deploy up either."""
    seen = []
    with sqlite3.connect(begun.file, timeout=0, isolation_level=None) as reader:
        running = begun.start("deploy", "--allow", EVERY_HAZARD, first=at_words('"vip"', stop))
        wait_until_frozen(running)
        reader.execute("BEGIN")
        seen.append(reader.execute("SELECT count(*), count(account_id) FROM deal").fetchone())
        os.kill(running.pid, 18)
        assert "release 2" in running.answer().ok().out
        seen.append(reader.execute("SELECT count(*), count(account_id) FROM deal").fetchone())
        reader.execute("COMMIT")
        seen.append(reader.execute("SELECT count(*), count(firm_id) FROM deal").fetchone())
    reader.close()
    assert seen == [(DEALS, DEALS)] * 3


def test_a_writer_that_never_ends_is_named(begun: Site) -> None:
    """After the time that was to be waited: who it is, and that nothing was changed."""
    before = picture(begun.url)
    with sqlite3.connect(begun.file, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        message = begun.deploy(first=impatient()).refused("CRM504")
        writer.execute("ROLLBACK")
    writer.close()
    assert f"process {os.getpid()} (" in message
    assert picture(begun.url) == before


# --- Backups ---


def test_back_to_the_backup(begun: Site) -> None:
    """The copy put in the place of the database is the release before: row by row, and it can be deployed to again."""
    before, shapes = records(begun.url), picture(begun.url)[""]
    begun.deploy().ok()
    after = records(begun.url)
    (copy,) = (begun.file.parent / "backups").glob("crm.release-00001.*.db")
    for companion in ("", "-wal", "-shm"):
        begun.file.with_name(begun.file.name + companion).unlink(missing_ok=True)
    shutil.copy(copy, begun.file)
    assert records(begun.url) == before
    assert picture(begun.url)[""] == shapes
    begun.deploy().ok()
    assert records(begun.url) == after


def test_a_backup_that_does_not_read_back(begun: Site) -> None:
    """A page of the copy is not what was written: no deploy; the next attempt copies anew."""
    before = picture(begun.url)
    message = begun.deploy(first=flip_a_byte).refused("CRM506")
    assert "nothing was changed" in message
    assert list((begun.file.parent / "backups").iterdir()) == []
    assert picture(begun.url) == before
    assert "release 2" in begun.deploy().ok().out


def flip_a_byte() -> None:
    """Have the copy's second page differ from what SQLite wrote, before it is checked."""
    connect = sqlite3.connect

    class Flipping(sqlite3.Connection):
        def backup(self, target: sqlite3.Connection, **more: object) -> None:
            super().backup(target, **more)  # type: ignore[arg-type]
            file = Path(target.execute("SELECT file FROM pragma_database_list").fetchone()[0])
            content = bytearray(file.read_bytes())
            size = int.from_bytes(content[16:18], "big")
            content[size] ^= 0xFF  # the first byte of a page says what kind of page it is
            file.write_bytes(content)

    sqlite3.connect = lambda *a, **m: connect(*a, **{"factory": Flipping, **m})


@pytest.mark.parametrize("beside", [False, True], ids=["at once", "beside"])
def test_killed_while_it_backs_up(begun: Site, beside: bool) -> None:
    """Half a copy is no backup; the next deploy takes it away and makes its own."""

    def first() -> None:
        backup.BESIDE_ABOVE = 0 if beside else backup.BESIDE_ABOVE
        kill_behind_the_copy()

    before = picture(begun.url)
    assert begun.deploy(first=first).code == -9
    assert picture(begun.url) == before
    folder = begun.file.parent / "backups"
    assert [file.name.endswith(".part") for file in folder.iterdir()] == [True]
    assert "release 2" in begun.deploy().ok().out
    assert [file.suffix for file in folder.iterdir()] == [".db"]


def kill_behind_the_copy() -> None:
    """Die when the copy is made and not yet checked."""
    connect = sqlite3.connect

    class Dying(sqlite3.Connection):
        def backup(self, target: sqlite3.Connection, **more: object) -> None:
            super().backup(target, **more)  # type: ignore[arg-type]
            kill()

    sqlite3.connect = lambda *a, **m: connect(*a, **{"factory": Dying, **m})
