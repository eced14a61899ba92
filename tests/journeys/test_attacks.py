"""What must not work: each ends in a clear refusal, and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.journeys.crm import Crm
from tests.journeys.visitor import Visitor

RECORD = re.compile(r"/o/account/([0-9a-f-]{36})")


@pytest.fixture
def rep(crm: Crm) -> Iterator[Visitor]:
    """A sales representative."""
    with Visitor(crm, crm.who("sales_rep")) as visitor:
        yield visitor


@pytest.fixture
def own(rep: Visitor) -> str:
    """The path of an account of the representative's own."""
    answer = rep.post("/o/account/new", {"name": "Own account"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_nobody_gets_in_without_logging_in(crm: Crm) -> None:
    """Every page but the log-in leads to the log-in; a script and a post are refused."""
    with Visitor(crm) as nobody:
        for path in (
            "/",
            "/o/account",
            "/o/account/board",
            "/search?q=a",
            "/reports",
            "/setup",
            "/setup/people",
            "/profile",
        ):
            answer = nobody.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/log-in?next=")
        assert nobody.post("/o/account/new", {"name": "x"}).status_code == 403
        assert nobody.http.get("/search?q=a", headers={"Accept": "application/json"}).status_code == 403


def test_a_wrong_password_tells_nothing(crm: Crm) -> None:
    """Unknown people and wrong passwords get the same answer; the sixth try is not heard any more."""
    with Visitor(crm) as guesser:
        known = guesser.log_in(crm.who("read_only"), "wrong password")
        unknown = guesser.log_in("nobody.at.all", "wrong password")
        assert known.status_code == unknown.status_code == 403
        words = [re.sub(r'value="[^"]*"|content="[^"]*"', "", answer.text) for answer in (known, unknown)]
        assert words[0] == words[1]
        login = "somebody.guessed"
        answers = [guesser.log_in(login, f"guess number {number}").status_code for number in range(7)]
        assert answers == [403, 403, 403, 403, 403, 429, 429]


def test_a_session_is_new_after_log_in(crm: Crm) -> None:
    """A token planted before the log-in is not the one after it, and the old one is dead after log-out."""
    with Visitor(crm) as visitor:
        visitor.http.cookies.set("crmspec_session", "planted", domain="127.0.0.1", path="/")
        login = crm.who("sales_rep")
        visitor.http.cookies.delete("crmspec_session")
        visitor.log_in(login, crm.passwords[login])
        token = visitor.http.cookies["crmspec_session"]
        assert token != "planted"
        assert visitor.post("/log-out").status_code == 303
        visitor.http.cookies.set("crmspec_session", token, domain="127.0.0.1", path="/")
        assert visitor.get("/").status_code == 303


def test_forms_of_other_sites_are_refused(rep: Visitor, own: str) -> None:
    """A post without the token, with a wrong one, or from another origin changes nothing."""
    attempts = (
        rep.post(f"{own}/edit", {"name": "Changed"}, token=""),
        rep.post(f"{own}/edit", {"name": "Changed"}, token="x" * 32),
        rep.post(f"{own}/edit", {"name": "Changed"}, origin="https://evil.example"),
        rep.http.post(f"{own}/delete", data={"csrf_token": rep.token}, headers={"Sec-Fetch-Site": "cross-site"}),
    )
    assert [answer.status_code for answer in attempts] == [403, 403, 403, 403]
    assert "Own account" in rep.get(own).text
    assert rep.get(f"{own}/delete").status_code == 405


@pytest.mark.parametrize(
    "next_", ["//evil.example", "https:evil.example", "/\\evil.example", "https://evil.example/", "\t//evil"]
)
def test_log_in_leads_nowhere_else(crm: Crm, next_: str) -> None:
    """After log-in one stays on this server, whatever `next` says."""
    with Visitor(crm) as visitor:
        login = crm.who("sales_rep")
        assert visitor.log_in(login, crm.passwords[login], next=next_).headers["location"] == "/"


def test_fields_that_are_not_offered_are_refused(rep: Visitor, own: str, crm: Crm) -> None:
    """Extra, system and hidden fields in a form are named and nothing is saved."""
    version = re.search(r'name="version" value="(\d+)"', rep.get(f"{own}/edit").text)
    assert version
    for extra in ("is_admin", "created_at", "version_", "id", "owner_id"):
        answer = rep.post(f"{own}/edit", {"name": "Changed", "version": version[1], extra: "1"})
        assert answer.status_code == 422, extra
        assert "Own account" in rep.get(own).text


def test_records_of_others_are_not_there(crm: Crm, rep: Visitor) -> None:
    """A foreign record answers like one that does not exist, on every route."""
    mine = rep.post("/o/account/new", {"name": "Mine alone"}).headers["location"]
    others = [
        login for login, roles in crm.roles.items() if roles[:1] == ("sales_rep",) and login != crm.who("sales_rep")
    ]
    with Visitor(crm, others[0]) as other:
        missing = "/o/account/01234567-89ab-7def-8123-456789abcdef"
        for path in (mine, missing):
            assert other.get(path).status_code == 404
            assert other.get(f"{path}/edit").status_code == 404
            assert other.post(f"{path}/edit", {"name": "Stolen", "version": "1"}).status_code == 404
            assert other.post(f"{path}/delete").status_code in (403, 404)
        assert "Mine alone" not in other.get("/search", q="Mine alone").text.replace('value="Mine alone"', "")
        choices = other.http.get("/o/contact/choices/account", params={"q": "Mine"})
        assert choices.json()["results"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/o/account?where=name:is:x%27%20or%201=1--",
        "/o/account?q=%25",
        "/o/account?q=_",
        "/o/account?q=%5C",
        "/o/account?q=%27%22%3Bdrop%20table%20account",
    ],
)
def test_search_words_are_only_words(rep: Visitor, path: str) -> None:
    """Wildcards and SQL in a search box find nothing but themselves."""
    answer = rep.get(path)
    assert answer.status_code == 200
    assert "<tbody" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/o/account?sort=name;drop",
        "/o/account?sort=password_hash",
        "/o/account?where=secret:is:1",
        "/o/account?at=garbage",
        "/o/account?where=name:like:1",
        "/o/account?q=%00",
        "/o/account?q=%FF%FE",
        "/o/opportunity?where=amount:at_least:1e9999",
    ],
)
def test_questions_that_make_no_sense_are_400(rep: Visitor, path: str) -> None:
    """What is not on the list of fields, operators and orders is refused, not guessed."""
    answer = rep.get(path)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/o/nothing",
        "/o/account/..%2f..%2fetc",
        "/o/account/1",
        "/files/../../etc/passwd",
        "/static/../door.py",
        "/static/x/%2e%2e/%2e%2e/door.py",
        "/setup",
        "/setup/people",
        "/o/crmspec_person",
        "/reports/nothing",
    ],
)
def test_what_is_not_there_is_not_there(rep: Visitor, path: str) -> None:
    """Unknown objects, paths out of the folder, and set-up pages for people without set-up rights."""
    answer = rep.get(path)
    assert answer.status_code in (403, 404)
    assert "sqlalchemy" not in answer.text.lower()
    assert "import annotations" not in answer.text


def test_text_is_shown_as_it_was_written(rep: Visitor) -> None:
    """HTML, templates and bidi marks in a value are text on every page."""
    nasty = '<script>alert(1)</script>{{7*7}}"><img src=x onerror=alert(1)>'
    place = rep.post("/o/account/new", {"name": nasty}).headers["location"]
    for path in (place, f"{place}/edit", "/o/account?q=onerror", "/search?q=onerror"):
        text = rep.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "49" not in re.findall(r"<h1[^>]*>(.*?)</h1>", text, re.S)[0]


def test_every_page_carries_the_security_headers(rep: Visitor) -> None:
    """No framing, no sniffing, no inline script, no caching of private pages."""
    for path in ("/", "/o/account", "/nothing", "/log-in"):
        headers = rep.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "no-store" in headers["cache-control"]
    cookie = next(one for one in rep.http.cookies.jar if one.name == "crmspec_session")
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"


def test_a_form_sent_twice_makes_one_record(rep: Visitor) -> None:
    """Pressing Save twice sends the same token twice."""
    once = re.search(r'name="once" value="([^"]+)"', rep.get("/o/account/new").text)
    assert once
    first, second = (rep.post("/o/account/new", {"name": "Twice", "once": once[1]}) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]


def test_the_later_of_two_edits_is_told(rep: Visitor, own: str) -> None:
    """A stale form is answered with 409, and shows both versions."""
    version = re.search(r'name="version" value="(\d+)"', rep.get(f"{own}/edit").text)
    assert version
    assert rep.post(f"{own}/edit", {"name": "First", "version": version[1]}).status_code == 303
    stale = rep.post(f"{own}/edit", {"name": "Second", "version": version[1]})
    assert stale.status_code == 409
    assert "First" in stale.text
    assert "Second" in stale.text


def test_bodies_have_a_limit(rep: Visitor) -> None:
    """Too many fields, and a body larger than allowed, are refused before anything is read from them."""
    many = "&".join(f"f{number}=1" for number in range(3000))
    headers = {"Origin": rep.crm.url, "Content-Type": "application/x-www-form-urlencoded"}
    assert rep.http.post("/o/account/new", content=many, headers=headers).status_code == 413
    assert rep.http.post("/o/account/new", content=b"a=1", headers={**headers, "X": "1"}).status_code == 403
    assert rep.http.post("/o/account/new", content=b"x" * (21 * 1024 * 1024), headers=headers).status_code == 413
