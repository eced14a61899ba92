"""Several at once, and one after another from different checkouts: one release each, in one order."""

from __future__ import annotations

import time

import psycopg
import pytest

from tests.deploy.faults.injections import at_words, impatient
from tests.deploy.faults.site import EVERY_HAZARD, Site, picture, plain
from tests.deploy.faults.story import FIRST, SECOND, THIRD


def test_eight_at_once_on_an_empty_database(site: Site) -> None:
    """Eight machines deploy the same commit to a new database: one does it, seven find it done."""
    site.write(FIRST).run("generate").ok()
    machines = [site.branch(f"machine{number}") for number in range(8)]
    running = [machine.start("deploy") for machine in machines]
    answers = [one.answer().ok().out for one in running]
    assert sorted(answer.split(":")[0] for answer in answers) == ["Deployed release 1"] + ["Nothing to do"] * 7
    assert len(site.ask("SELECT number FROM crmspec_release")) == 1


def test_two_with_different_plans_at_once(site: Site) -> None:
    """Both plans were made for the same release. Only one can be carried out; the other is stale by then."""
    site.begun()
    two = [site, site.branch("other").write(SECOND.replace("motto", "saying").replace("vip:", "key:"))]
    for one in two:
        one.run("plan", "--out", str(one.folder / "plan.json")).ok()
    running = [one.start("deploy", "--allow", EVERY_HAZARD, "--plan", str(one.folder / "plan.json")) for one in two]
    won, lost = sorted((one.answer() for one in running), key=lambda answer: answer.code)
    assert "Deployed release 2" in won.ok().out
    assert "stale: the database has moved on" in lost.refused("CRM535")
    assert len(site.ask("SELECT number FROM crmspec_release")) == 2


def test_another_branch_was_deployed(site: Site) -> None:
    """Both ends are named, and what puts one on top of the other; nothing is changed."""
    site.begun()
    other = site.branch("other").write(SECOND.replace("vip:", "key:"))
    site.deploy().ok()
    other.run("generate").ok()
    before = picture(site.url)
    message = other.deploy().refused("CRM519")
    (ours,) = (revision for (revision,) in site.ask("SELECT version_num FROM alembic_version"))
    theirs = sorted((other.folder / "migrations" / "versions").glob("0002*"))[0].read_text()
    assert str(ours) in message
    assert theirs.split('revision = "')[1].split('"')[0] in message
    assert "crmspec rebase" in message or "put your own revision on top of it" in message
    assert picture(site.url) == before


def test_an_older_commit_is_not_a_way_back(site: Site) -> None:
    """Refused, and the way back is named with the release that the old commit was."""
    site.begun()
    old = site.branch("old").write(FIRST)
    site.deploy().ok()
    site.write(THIRD).deploy().ok()
    before = picture(site.url)
    message = old.deploy().refused("CRM519")
    assert "this project is older than what is deployed" in message
    assert "crmspec rollback --to 1" in message
    assert picture(site.url) == before
    back = site.run("rollback", "--to", "1", "--yes").ok()
    assert "Back at release 1, as release 4" in back.out
    assert "- deal.vip" in back.err or "- deal.motto" in back.err


# --- Others at work in PostgreSQL ---


@pytest.mark.parametrize("statement", ["SELECT count(*) FROM deal", "UPDATE deal SET amount = amount + 1"])
def test_a_long_transaction_in_the_way(postgres_site: Site, statement: str) -> None:
    """A reader or a writer holds the table: it is named, everybody else goes on, nothing is half-done."""
    site = postgres_site.begun()
    before = picture(site.url)
    with psycopg.connect(plain(site.url)) as holder, psycopg.connect(plain(site.url), autocommit=True) as other:
        holder.execute(statement.encode())
        running = site.start("deploy", "--allow", EVERY_HAZARD, first=impatient(1.5))
        longest = 0.0
        while running.process.is_alive():
            began = time.monotonic()
            other.execute("SELECT count(*) FROM deal")
            longest = max(longest, time.monotonic() - began)
        message = running.answer().refused("CRM542")
        assert str(holder.info.backend_pid) in message
        assert statement in message
        assert longest < 2.5
        holder.rollback()
    assert picture(site.url) == before
    assert "release 2" in site.deploy().ok().out


def test_a_role_with_limits_of_its_own(postgres_site: Site) -> None:
    """Limits that are made for requests do not end a deploy: each step here is longer than all of them."""
    site = postgres_site.begun()
    for name in ("statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout",
                 "transaction_timeout"):
        database = site.url.rpartition("/")[2]
        site.tell_server(f"ALTER DATABASE \"{database}\" SET {name} = '300ms'")
    site.tell_server("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
                     "'BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END'")
    site.tell_server("CREATE TRIGGER wait AFTER UPDATE ON deal FOR EACH STATEMENT EXECUTE FUNCTION wait()")
    answer = site.deploy(first=at_words('"crmspec_release"', lambda: time.sleep(0.4)))
    assert "release 2" in answer.ok().out
