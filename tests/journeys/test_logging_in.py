"""Logging in, and everything that protects it, through the served CRM on both databases."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pyotp
import pytest
import sqlalchemy as sa

from crmspec.access import add_person, set_password, system_table
from crmspec.audit import Filter, read_trail, verify
from crmspec.cli.serving import application
from crmspec.deploy import deployed_release, open_database
from crmspec.server import second_factor
from crmspec.spec import OpenId
from tests.journeys.crm import PATIENCE_SECONDS, Crm, listening
from tests.journeys.open_id_provider import CLIENT, SECRET
from tests.journeys.visitor import Visitor, once

PASSWORD = "several plain words"


@pytest.fixture(scope="module")
def engine(crm: Crm) -> Iterator[sa.Engine]:
    """The database behind the served CRM."""
    engine = open_database(crm.database)
    yield engine
    engine.dispose()


def person(engine: sa.Engine, login: str, *, email: str = "", roles: tuple[str, ...] = ("sales_rep",)) -> str:
    """Add somebody with the password of these tests."""
    with engine.begin() as connection:
        release = deployed_release(connection)
        assert release
        return add_person(connection, release.spec, login=login, name=login.title(), email=email, password=PASSWORD,
                          roles=roles, now=datetime.now(UTC))


def noted(engine: sa.Engine, *events: str) -> list[str]:
    """Return the newest events of these kinds, oldest first, after proving that the trail holds."""
    with engine.connect() as connection:
        assert verify(connection).holds
        return [one.event for one in reversed(read_trail(connection, Filter(events=events), limit=200))]


def shown(answer: httpx.Response, sign: str) -> str:
    """Return what stands in an element with this class or id."""
    found = re.search(rf'{sign}[^>]*>([^<]+)<', answer.text)
    assert found, answer.text
    return found[1]


def step(visitor: Visitor, path: str, **fields: str) -> httpx.Response:
    """Fill in the form of a step."""
    token = visitor.token_of(visitor.get(path))
    return visitor.post(path, fields, token=token)


def test_a_reset_works_once_and_asks_for_a_password_of_ones_own(crm: Crm, engine: sa.Engine) -> None:
    """An administrator hands over a code; whoever has it chooses a password; neither shows an old one."""
    person_id = person(engine, "forgetful")
    with Visitor(crm, crm.who("administrator")) as admin, Visitor(crm) as guest:
        answer = admin.post(f"/setup/people/{person_id}/password")
        code = shown(answer, 'id="secret"')
        assert PASSWORD not in answer.text
        fields = {"login": "forgetful", "new": "another few words", "again": "another few words"}
        assert step(guest, "/log-in/reset", code="aaaa-bbbb-cccc-dddd", **fields).status_code == 403
        done = step(guest, "/log-in/reset", code=code.upper(), **fields)
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert guest.get("/").status_code == 200
        with Visitor(crm) as again:
            assert step(again, "/log-in/reset", code=code, **fields).status_code == 403
            assert again.log_in("forgetful", PASSWORD).status_code == 403
    assert {"password_reset", "reset_used"} <= set(noted(engine, "password_reset", "reset_used"))


def test_a_password_for_the_first_time_has_to_be_changed(crm: Crm, engine: sa.Engine) -> None:
    """Nothing opens before; the given password is not taken again; the session is a new one afterwards."""
    person_id = person(engine, "newcomer")
    with engine.begin() as connection:
        set_password(connection, person_id, PASSWORD, datetime.now(UTC), forced=True)
    with Visitor(crm) as visitor:
        visitor.log_in("newcomer", PASSWORD)
        assert visitor.get("/o/account").headers["location"].startswith("/log-in/password")
        before = visitor.http.cookies["crmspec_session"]
        assert step(visitor, "/log-in/password", new=PASSWORD, again=PASSWORD).status_code == 422
        assert step(visitor, "/log-in/password", new="words of my own", again="words of my own").status_code == 303
        assert visitor.http.cookies["crmspec_session"] != before
        assert visitor.get("/o/account").status_code == 200


def test_a_second_factor_is_asked_for_and_no_code_taken_twice(
    crm: Crm, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enrolled with a QR code, asked at each log-in, not replayed; a recovery code works once."""
    from cryptography.fernet import Fernet

    if engine.dialect.name == "postgresql":
        monkeypatch.setenv("CRMSPEC_SECRET_KEY", Fernet.generate_key().decode())
    person(engine, "careful")
    with Visitor(crm) as visitor:
        visitor.log_in("careful", PASSWORD)
        page = visitor.get("/log-in/second-factor")
        assert 'class="qr"' in page.text
        assert "style=" not in page.text
        app = pyotp.TOTP(shown(page, 'class="secret"><code').replace(" ", ""))
        now = datetime.now(UTC)
        assert step(visitor, "/log-in/second-factor", code="000000").status_code == 403
        codes = re.findall(r"<code>([a-z2-7-]{19})</code>", step(
            visitor, "/log-in/second-factor", code=app.at(now - timedelta(seconds=30))).text)
        assert len(codes) == 10
    with Visitor(crm) as visitor:
        assert visitor.log_in("careful", PASSWORD).headers["location"].startswith("/log-in/code")
        assert visitor.get("/").status_code == 303
        assert visitor.post("/o/account/new", {"name": "x"}).status_code == 403
        half = visitor.http.cookies["crmspec_session"]
        assert step(visitor, "/log-in/code", code=app.at(now - timedelta(seconds=30))).status_code == 403
        assert step(visitor, "/log-in/code", code=app.at(now)).status_code == 303
        assert visitor.http.cookies["crmspec_session"] != half
        assert visitor.get("/").status_code == 200
    with Visitor(crm) as visitor:
        visitor.log_in("careful", PASSWORD)
        assert step(visitor, "/log-in/code", code=app.at(now)).status_code == 403
        assert step(visitor, "/log-in/code", code=codes[0]).status_code == 303
    with Visitor(crm) as visitor:
        visitor.log_in("careful", PASSWORD)
        assert step(visitor, "/log-in/code", code=codes[0]).status_code == 403
    with engine.connect() as connection:
        stored = connection.execute(sa.select(system_table("crmspec_person").c.second_factor).where(
            system_table("crmspec_person").c.login == "careful")).scalar_one()
    assert app.secret not in stored
    assert {"second_factor_on", "second_factor_failed", "recovery_code_used"} <= set(noted(
        engine, "second_factor_on", "second_factor_failed", "recovery_code_used"))


def test_the_clock_of_a_phone_may_be_one_step_off(engine: sa.Engine) -> None:
    """Half a minute either way; more is refused."""
    secret, now = pyotp.random_base32(), datetime(2026, 5, 1, 12, 0, 10, tzinfo=UTC)
    taken = {
        seconds: second_factor._step(secret, pyotp.TOTP(secret).at(now + timedelta(seconds=seconds)), now) is not None
        for seconds in (-60, -30, 0, 30, 60)
    }
    assert taken == {-60: False, -30: True, 0: True, 30: True, 60: False}


def test_guessing_locks_strangers_out_but_not_the_person(crm: Crm, engine: sa.Engine) -> None:
    """Five tries lock the log-in for browsers nobody knows; the person's own goes on; an administrator unlocks."""
    person_id = person(engine, "wanted")
    with Visitor(crm) as own, Visitor(crm) as guesser, Visitor(crm, crm.who("administrator")) as admin:
        assert own.log_in("wanted", PASSWORD).status_code == 303
        own.post("/log-out")
        tried = [guesser.log_in("wanted", f"guess number {number}").status_code for number in range(6)]
        assert tried == [403] * 5 + [429]
        assert guesser.log_in("wanted", PASSWORD).status_code == 429
        assert own.log_in("wanted", PASSWORD).status_code == 303
        assert "hue-red" in admin.get("/setup/people?q=wanted").text
        assert admin.post(f"/setup/people/{person_id}/unlock").status_code == 303
        assert guesser.log_in("wanted", PASSWORD).status_code == 303
    assert {"locked_out", "unlocked"} <= set(noted(engine, "locked_out", "unlocked"))


def test_sessions_are_listed_ended_and_grow_old(crm: Crm, engine: sa.Engine) -> None:
    """One ends another of one's own, never somebody else's; idle and old ones are over; everywhere means everywhere."""
    person(engine, "wanderer")
    table = system_table("crmspec_session")
    with Visitor(crm) as here, Visitor(crm) as there, Visitor(crm, crm.who("sales_rep")) as other:
        for visitor in (here, there):
            visitor.log_in("wanderer", PASSWORD)
        page = here.get("/profile").text
        end = re.findall(r"/profile/sessions/[0-9a-f]{32}/end", page)
        assert len(end) == 1
        assert other.post(end[0]).status_code == 404
        assert there.get("/").status_code == 200
        assert here.post(end[0]).status_code == 303
        assert there.get("/").status_code == 303
        for column, age in (("seen_at", timedelta(hours=13)), ("created_at", timedelta(days=15))):
            there.log_in("wanderer", PASSWORD)
            with engine.begin() as connection:
                connection.execute(sa.update(table).values({column: datetime.now(UTC) - age}).where(
                    table.c.id == second_session(connection, "wanderer")))
            assert there.get("/").status_code == 303, column
        there.log_in("wanderer", PASSWORD)
        assert here.post("/log-out", {"everywhere": "1"}).status_code == 303
        assert there.get("/").status_code == 303
    assert {"session_ended", "log_out_everywhere"} <= set(noted(engine, "session_ended", "log_out_everywhere"))


def second_session(connection: sa.Connection, login: str) -> str:
    """Return the newest session of somebody."""
    table, people = system_table("crmspec_session"), system_table("crmspec_person")
    newest = sa.select(table.c.id).join(people, people.c.id == table.c.person_id).where(people.c.login == login)
    return str(connection.execute(newest.order_by(table.c.created_at.desc()).limit(1)).scalar_one())


# --- OpenID Connect ---


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider in a process of its own."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.journeys.open_id_provider", str(port)],
                               cwd=Path(__file__).parents[2])
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/keys")
                break
            except httpx.ConnectError:
                assert time.monotonic() < deadline, "the provider did not start"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def come(crm: Crm, provider: str, **behaviour: str) -> tuple[Visitor, httpx.Response]:
    """Go to the provider and come back as it is told to say."""
    httpx.post(f"{provider}/behave", json={"as": "good", "email": "", "fault": "", **behaviour})
    visitor = Visitor(crm)
    there = visitor.get("/log-in/open-id", next="/o/account")
    back = httpx.get(there.headers["location"]).headers["location"]
    return visitor, visitor.http.get(back)


def test_open_id(crm: Crm, engine: sa.Engine, provider: str) -> None:
    """Who the provider vouches for is let in, and nobody else: each faulty token is refused and written down."""
    known = person(engine, "colleague", email="colleague@example.com")
    person(engine, "leaver", email="leaver@example.com")
    open_id = OpenId(issuer=provider, client_id=CLIENT, client_secret=SECRET)

    with listening(lambda url: application(engine, environment="local", url=url, open_id=open_id)) as url:
        here = replace(crm, url=url)
        visitor, answer = come(here, provider, email="Colleague@example.com")
        with visitor:
            assert (answer.status_code, answer.headers["location"]) == (303, "/o/account")
            assert visitor.get("/").status_code == 200
            visitor.token = visitor.token_of(visitor.get("/"))
            left = visitor.post("/log-out").headers["location"]
            assert left.startswith(f"{provider}/end?")
            assert "id_token_hint=" in left
            assert httpx.get(left).status_code == 200
        # From now on the account counts, not the address.
        for behaviour in (
            {"as": "thief", "email": "colleague@example.com"},
            {"as": "stranger", "email": "nobody@example.com"},
            {"as": "unverified", "email": "leaver@example.com"},
            *({"email": "colleague@example.com", "fault": fault} for fault in (
                "issuer", "audience", "expired", "nonce", "unsigned", "signature")),
        ):
            visitor, answer = come(here, provider, **behaviour)
            with visitor:
                assert answer.status_code == 403, behaviour
                assert visitor.get("/").status_code == 303
        visitor, answer = come(here, provider, email="elsewhere@example.com")
        with visitor:
            assert answer.status_code == 303
        with Visitor(here) as forged:
            forged.get("/log-in/open-id")
            assert forged.get("/log-in/open-id/back", code="x", state="not mine").status_code == 403
            assert forged.http.get("/log-in/open-id/back?code=x&state=y", headers={"Cookie": ""}).status_code == 403
            assert forged.http.get("/log-in", headers={"Host": "evil.example"}).status_code == 400
    assert noted(engine, "open_id_refused").count("open_id_refused") == 11
    with engine.connect() as connection:
        newest = read_trail(connection, Filter(events=("log_in",)), limit=1)[0]
    assert (newest.person_id, newest.detail["method"]) == (known, "open_id")


def test_open_id_adds_people_only_when_told_to(crm: Crm, engine: sa.Engine, provider: str) -> None:
    """With roles in the settings, whoever the provider vouches for gets them, and nothing else."""
    once(crm)
    open_id = OpenId(issuer=provider, client_id=CLIENT, client_secret=SECRET, roles=("read_only",))
    with listening(lambda url: application(engine, environment="local", url=url, open_id=open_id)) as url:
        visitor, answer = come(replace(crm, url=url), provider, **{"as": "stranger", "email": "fresh@example.com"})
        with visitor:
            assert answer.status_code == 303
            assert visitor.get("/setup").status_code == 403
