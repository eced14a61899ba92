"""Revisions and state that somebody changed: found, named, and nothing is deployed on top of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.faults.site import Site, picture
from tests.deploy.faults.story import THIRD


def newest_revision(site: Site) -> Path:
    """The file of the newest revision."""
    return sorted((site.folder / "migrations" / "versions").glob("*.py"))[-1]


def test_an_applied_revision_is_edited_then_lost(site: Site) -> None:
    """The file is named both times, with the command that brings it back."""
    site.begun().deploy().ok()
    site.write(THIRD)
    file, before = newest_revision(site), picture(site.url)
    text = file.read_text()
    file.write_text(text + "\n# only a word\n")
    message = site.deploy().refused("CRM518")
    assert file.name in message
    assert "git checkout -- " in message
    file.unlink()
    message = site.deploy().refused()
    assert "0002_" in message
    assert picture(site.url) == before
    file.write_text(text)
    assert "release 3" in site.deploy().ok().out


CHANGES = [
    ("UPDATE crmspec_release SET who = 'somebody' WHERE number = 1", "the row of release 1 was edited"),
    ("DELETE FROM crmspec_release WHERE number = 2", "release 2 is missing, release 3 stands in its place"),
    ("DELETE FROM crmspec_release WHERE number = 3", "the release of deploy"),
    ("INSERT INTO crmspec_release SELECT 4, 'x', action, fingerprint, revision, git_commit, who, at, made_by, "
     "spec_hash, artifacts_hash, origins_hash, hash, hash FROM crmspec_release WHERE number = 3",
     "the row of release 4 was edited"),
]


def test_a_history_that_somebody_changed(site: Site) -> None:
    """Refused by every command; `doctor` goes on with the rows as they are, when a person says so."""
    site.begun().deploy().ok()
    site.write(THIRD).deploy().ok()
    site.write(THIRD.replace("default: onward", "default: upward"))
    for statement, words in CHANGES:
        rows = site.ask("SELECT * FROM crmspec_release ORDER BY number")
        site.ask(statement)
        before = picture(site.url)
        message = site.deploy().refused("CRM503")
        assert (words in message, "crmspec doctor" in message) == (True, True)
        answer = site.run("doctor")
        assert (answer.code, words in answer.out) == (1, True)
        assert picture(site.url) == before
        restored(site, rows)
    site.ask(CHANGES[1][0])
    site.run("rollback", "--yes").refused("CRM503")
    site.run("doctor", "--repair").refused("CRM423")
    assert "The history holds again" in site.run("doctor", "--repair", "--yes").ok().out
    assert site.run("doctor").ok().out == "The history is whole: 2 releases.\n"
    assert "release 4" in site.deploy().ok().out
    assert [row[0] for row in site.ask("SELECT number FROM crmspec_release ORDER BY number")] == [1, 3, 4]
    site.run("rollback", "--to", "2", "--yes").refused("CRM530")
    assert site.ask("SELECT action FROM crmspec_deploy WHERE state = 'repaired'") == [("doctor",)]


def restored(site: Site, rows: list[tuple[object, ...]]) -> None:
    """Put the rows of the releases back."""
    from crmspec.deploy import open_database

    engine = open_database(site.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM crmspec_release")
        sign = "?" if site.kind == "sqlite" else "%s"
        for row in rows:
            connection.exec_driver_sql(f"INSERT INTO crmspec_release VALUES ({', '.join([sign] * len(row))})", row)
    engine.dispose()


def test_own_tables_that_are_gone(site: Site) -> None:
    """Named before anything is tried, each with the way to have it again, where there is one."""
    site.begun()
    site.ask("DROP TABLE alembic_version")
    before = picture(site.url)
    assert "crmspec doctor --repair" in site.deploy().refused("CRM503")
    assert picture(site.url) == before
    site.run("doctor", "--repair", "--yes").ok()
    assert "release 2" in site.deploy().ok().out
    site.ask("DROP TABLE crmspec_step")
    assert "`crmspec_step` is missing" in site.write(THIRD).deploy().refused("CRM503")
    site.run("deploy", "--repair", "--allow", "loses_data").ok()
    assert "release 4" in site.deploy().ok().out
    site.ask("DROP TABLE crmspec_content")
    assert "the table crmspec_content is missing" in site.deploy().refused("CRM503")
    assert site.run("doctor").out == "! the table crmspec_content is missing\n"
    site.run("doctor", "--repair", "--yes").refused("CRM503")


def test_contents_that_are_gone_only_a_backup_brings_back(site: Site) -> None:
    """`doctor --repair` does not pretend."""
    site.begun()
    site.ask("UPDATE crmspec_content SET content = content || ' ' WHERE hash = (SELECT spec_hash FROM crmspec_release)")
    before = picture(site.url)
    assert "contents are missing or changed" in site.deploy().refused("CRM503")
    assert "only a backup" in site.run("doctor").err
    site.run("doctor", "--repair", "--yes").refused("CRM503")
    assert picture(site.url) == before


# --- Files of the project that are not what was written ---

BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda content: content[: len(content) // 2],
    "empty": lambda _: b"",
    "binary": lambda _: bytes(range(256)),
    "of something else": lambda _: b'{"name": "left-pad", "version": "1.0.0"}\n',
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_file_of_the_project_is_broken(sqlite_site: Site, how: str) -> None:
    """Named, with the way to have it again; a cache is only a cache."""
    site = sqlite_site.begun()
    site.run("validate").ok()
    before = picture(site.url)
    for file in (site.folder / "migrations" / "spec.json", site.folder / "migrations" / "retired.json",
                 newest_revision(site), site.folder / "crmspec.lock"):
        there = file.read_bytes() if file.exists() else None
        file.write_bytes(BROKEN[how](there or b'{"lock_version": 1, "packages": {}}'))
        message = site.deploy().refused()
        assert file.name in message, message
        assert picture(site.url) == before, file
        file.unlink() if there is None else file.write_bytes(there)
    for file in (site.folder / ".crmspec").rglob("*"):
        if file.is_file():
            file.write_bytes(BROKEN[how](file.read_bytes()))
    assert "release 2" in site.deploy().ok().out
