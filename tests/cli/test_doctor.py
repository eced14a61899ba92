"""`doctor`: asks before it goes on with a history that somebody changed."""

from __future__ import annotations

import sqlite3

import pytest

from tests.cli.conftest import Crm


@pytest.fixture
def changed(crm: Crm) -> Crm:
    """A deployed project whose history somebody edited."""
    crm("deploy").ok()
    with sqlite3.connect(crm.folder / "crm.db") as driver:
        driver.execute("UPDATE crmspec_release SET who = 'somebody'")
    driver.close()
    return crm


def test_a_whole_history(crm: Crm) -> None:
    """Nothing to do, and said so; repairing it changes nothing either."""
    crm("deploy").ok()
    assert crm("doctor").ok().out == "The history is whole: 1 release.\n"
    assert crm("doctor", "--repair").ok().out == "The history is whole: 1 release.\n"
    assert crm("doctor", "--format", "json").ok().json == {
        "format_version": 1, "releases": 1, "problems": [], "repaired": False}


def test_what_is_wrong_is_shown_and_asked_about(changed: Crm) -> None:
    """Without a terminal it has to be said with `--yes`; nobody is asked in vain."""
    answer = changed("doctor")
    assert (answer.code, answer.out) == (1, "! the row of release 1 was edited\n")
    assert "Better: put the rows back from a backup." in answer.err
    asked = changed("doctor", "--repair", typed="y\n")
    assert (asked.code, "crmspec doctor --repair --yes" in asked.err) == (1, True)
    found = changed("doctor", "--repair", "--yes", "--format", "json").ok().json
    assert (found["problems"], found["repaired"]) == (["the row of release 1 was edited"], True)
    changed("doctor").ok()
    assert changed("history").ok().out.count("somebody") == 1
