"""A deploy that is stopped, frozen or killed: the database is as it was, the lock is free, the next run gets there."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

from tests.deploy.faults.injections import at_words, both, impatient, interrupt, kill, kill_at_replace, stop, terminate
from tests.deploy.faults.site import EVERY_HAZARD, Running, Site, picture, records


def files(folder: Path) -> list[str]:
    """Every file of the project, with what it holds."""
    return sorted(f"{file} {file.read_bytes()!r}" for file in folder.rglob("*")
                  if file.is_file() and ".crmspec" not in file.parts and "__pycache__" not in file.parts)


def wait_until_frozen(running: Running) -> None:
    """Return when the process has stopped itself."""
    _, status = os.waitpid(running.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)


def test_asked_to_end_in_the_middle(site: Site) -> None:
    """Ctrl-C or SIGTERM: rolled back, said so, exit code 130; not a file of the attempt stays."""
    site.begun()
    ask = interrupt if site.kind == "sqlite" else terminate
    before, there = picture(site.url), files(site.folder)
    answer = site.deploy(first=at_words('"vip"', ask))
    assert answer.code == 130
    assert "stopped" in answer.err
    assert "the same command" in answer.err
    assert "Traceback" not in answer.err
    assert picture(site.url) == before
    assert files(site.folder) == there
    assert "release 2" in site.deploy().ok().out
    site.run("status").ok()


def test_frozen_while_it_holds_the_lock(site: Site) -> None:
    """The second deployer says who holds it; the first goes on as if nothing had been."""
    site.begun()
    first = site.start("deploy", "--allow", EVERY_HAZARD, first=at_words('"vip"', stop))
    wait_until_frozen(first)
    second = site.deploy(first=impatient()).refused("CRM504")
    assert f"process {first.pid} (" in second or "`crmspec deploy, " in second
    os.kill(first.pid, signal.SIGCONT)
    assert "release 2" in first.answer().ok().out
    assert site.deploy().ok().out.startswith("Nothing to do")


def test_cancelled_and_then_killed(site: Site) -> None:
    """A pipeline sends SIGTERM, waits and sends SIGKILL; who comes next finds the lock free at once."""
    site.begun()
    before = records(site.url)
    running = site.start("deploy", "--allow", EVERY_HAZARD, first=at_words('"vip"', both(stop, kill)))
    wait_until_frozen(running)
    os.kill(running.pid, signal.SIGTERM)  # not heard: the process hangs
    os.kill(running.pid, signal.SIGKILL)
    assert running.answer().code == -signal.SIGKILL
    assert records(site.url) == before
    assert "release 2" in site.deploy(first=impatient(5)).ok().out
    site.run("status").ok()


def test_killed_while_it_writes_files(sqlite_site: Site) -> None:
    """Nothing is there until all of it is written; from then on the next command finishes what was begun."""
    site = sqlite_site.begun()
    whole = site.branch("whole")
    whole.run("generate").ok()
    wanted = files(whole.folder)
    for number in (0, 1, 9):
        cut = site.branch(f"cut{number}")
        before = files(cut.folder)
        assert cut.run("generate", first=partial(kill_at_replace, number)).code == -signal.SIGKILL
        if number == 0:
            assert [file for file in files(cut.folder) if ".new " not in file] == before
        cut.run("generate").ok()
        assert [file.replace(cut.folder.name, "whole") for file in files(cut.folder)] == wanted
    cut.run("generate", "--check").ok()
    assert "release 2" in cut.deploy().ok().out


def test_ctrl_c_again_and_again(site: Site) -> None:
    """Impatience does not stop that things are put back."""
    site.begun()
    before, there = picture(site.url), files(site.folder)
    answer = site.deploy(first=both(_press_while_it_puts_back, at_words('"vip"', interrupt)))
    assert answer.code == 130
    assert "Traceback" not in answer.err
    assert picture(site.url) == before
    assert files(site.folder) == there


def _press_while_it_puts_back() -> None:
    from crmspec.deploy import generated

    put_back = generated._put_back

    def pressing(file: Path, content: bytes | None) -> None:
        interrupt()
        put_back(file, content)

    generated._put_back = pressing
