"""The disk is full: under the database, the backup, PostgreSQL's tables, the project. It is as it was, and said so."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.deploy.faults.disks import fill_up, small_disk
from tests.deploy.faults.injections import at_words
from tests.deploy.faults.site import Site, picture, records
from tests.deploy.faults.story import SECOND
from tests.deploy.faults.test_stopped import files
from tests.postgres_server import PostgresServer


@pytest.fixture
def begun(sqlite_site: Site) -> Site:
    """The first release on SQLite."""
    return sqlite_site.begun()


def test_full_in_the_middle_of_a_migration(begun: Site, tmp_path: Path) -> None:
    """SQLite rolls back by itself; the deploy does not go on behind that, and the next one gets there."""
    with small_disk(tmp_path / "disk", "4m") as disk:
        site = Site(begun.folder, f"sqlite:///{shutil.copy(begun.file, disk)}")
        (disk / "backups").symlink_to(tmp_path)
        before = picture(site.url)
        message = site.deploy(first=at_words('"vip"', lambda: fill_up(disk, leave=0))).refused("CRM543")
        assert "make room" in message
        assert "0 kB are free beside the database of " in message
        assert "nothing was changed" in message
        (disk / "filler").unlink()
        assert picture(site.url) == before
        assert "release 2" in site.deploy().ok().out


def test_full_for_the_backup(begun: Site, tmp_path: Path) -> None:
    """No copy, no deploy; half a copy does not stay."""
    with small_disk(tmp_path / "disk", "4m") as disk:
        site = Site(begun.folder, f"sqlite:///{shutil.copy(begun.file, disk)}")
        before = picture(site.url)
        filler = fill_up(disk, leave=100_000)
        message = site.deploy().refused("CRM507")
        assert "make room" in message
        assert re.search(r"[0-9.]+ [kM]B are needed, and [0-9.]+ kB are free", message)
        assert not (disk / "backups").exists()
        filler.unlink()
        assert picture(site.url) == before
        assert "release 2" in site.deploy().ok().out


def test_full_for_what_is_generated(begun: Site, tmp_path: Path) -> None:
    """Every file is as it was; a saved plan is the old one or the new one, whole."""
    with small_disk(tmp_path / "disk", "4m") as disk:
        site = Site(Path(shutil.copytree(begun.folder, disk / "acme")), begun.url, output=tmp_path)
        site.run("plan", "--out", str(disk / "plan.json")).ok()
        plan, there, before = (disk / "plan.json").read_text(), files(site.folder), picture(site.url)
        filler = fill_up(disk, leave=0)
        site.run("generate").refused("CRM901")
        site.run("rename", "deal.mobile", "deal.cell").refused("CRM901")
        site.deploy().refused("CRM901")
        site.run("plan", "--out", str(disk / "plan.json")).refused("CRM901")
        assert (disk / "plan.json").read_text() == plan
        assert files(site.folder) == there
        assert picture(site.url) == before
        filler.unlink()
        json.loads((disk / "plan.json").read_text())
        assert "release 2" in site.deploy("--plan", str(disk / "plan.json")).ok().out


def test_full_under_postgresql(postgres_server: PostgresServer, postgres_site: Site) -> None:
    """A new index does not fit where new things are put: the whole transaction is rolled back."""
    site = postgres_site.begun()
    folder = postgres_server.folder / "small"
    with small_disk(folder, "64k"):
        database = site.url.rpartition("/")[2]
        place = Site(site.folder, postgres_server.url())
        place.tell_server(f"CREATE TABLESPACE small LOCATION '{folder}'")
        try:
            place.tell_server(f"ALTER DATABASE \"{database}\" SET default_tablespace = 'small'")
            before = picture(site.url)
            message = site.deploy().refused("CRM543")
            assert "make room" in message
            assert picture(site.url) == before
            place.tell_server(f'ALTER DATABASE "{database}" RESET default_tablespace')
            assert "release 2" in site.write(SECOND).deploy().ok().out
        finally:
            place.tell_server("DROP TABLESPACE small")


def test_records_stay_where_the_disk_was_full(begun: Site, tmp_path: Path) -> None:
    """Every so many bytes of room: whatever the disk still takes, what people have is there afterwards."""
    with small_disk(tmp_path / "disk", "4m") as disk:
        site = Site(begun.folder, f"sqlite:///{shutil.copy(begun.file, disk)}")
        before = records(site.url)
        for room in (0, 20_000, 200_000, 700_000):
            filler = fill_up(disk, leave=room)
            answer = site.deploy()
            if answer.code:
                answer.refused()
                filler.unlink()
                assert records(site.url) == before
            filler.unlink(missing_ok=True)
        assert "release 2" in site.deploy().ok().out + site.run("history").ok().out.replace("2  ", "release 2")
