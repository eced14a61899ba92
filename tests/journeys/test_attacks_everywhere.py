"""Attacks on every route the application has, none listed by hand; each ends in a refusal and a line in the trail."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from crmspec.audit import Filter, Noted, head, read_trail, verify
from crmspec.cli.backstage import Backstage
from crmspec.deploy import deployed_release, for_reading, open_database
from crmspec.server.app import PRIVATE, PUBLIC, make_app
from crmspec.server.settings import Settings
from tests.journeys.crm import Crm, listening
from tests.journeys.visitor import Visitor, once

MISSING = "01234567-89ab-7def-8123-456789abcdef"
NASTY = "<img src=x onerror=alert(1)>\"'`{{7*7}}</script><script>alert(2)</script>\u202e"
STATIC = {"file": MISSING, "name": "x.png", "number": "1", "report": "by_stage", "session": "0" * 32}


@pytest.fixture(scope="module")
def engine(crm: Crm) -> Iterator[sa.Engine]:
    """The database behind the served CRM."""
    engine = open_database(crm.database)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def the_trail_holds(engine: sa.Engine) -> Iterator[None]:
    """After each attack the trail still is what was written."""
    yield
    with engine.connect() as connection:
        verdict = verify(connection)
    assert verdict.holds, verdict.wrong


def since(engine: sa.Engine, number: int, *events: str) -> list[Noted]:
    """Return what was written down after a row."""
    with engine.connect() as connection:
        found = read_trail(connection, Filter(events=events), limit=500)
    return [one for one in found if one.number > number]


def newest(engine: sa.Engine) -> int:
    """Return the number of the newest row."""
    with engine.connect() as connection:
        now = head(connection)
    return now.anchor.number if now else 0


def paths(route: str, **values: str) -> str:
    """Fill in the placeholders of a route."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: {**STATIC, **values}[found[1]], route)


def records_of_others(crm: Crm, rep: Visitor) -> dict[str, str]:
    """Make a record of an object that only its owner sees, and return its place."""
    place = rep.post("/o/account/new", {"name": "Somebody else's alone"}).headers["location"]
    return {"object": "account", "id": place.rsplit("/", 1)[1], "field": "account", "person": MISSING}


def test_no_route_opens_for_nobody(crm: Crm, engine: sa.Engine) -> None:
    """Every private route leads to the log-in or refuses, whatever the method; the posts are written down."""
    before = newest(engine)
    with Visitor(crm) as nobody:
        for method, route, _ in PRIVATE:
            path = paths(route, object="account", id=MISSING, field="account", person=MISSING, role="sales_rep")
            answer = nobody.http.request(method, path, headers={"Origin": crm.url})
            assert answer.status_code == (303 if method == "GET" else 403), (method, path)
            if method == "GET":
                assert answer.headers["location"].startswith("/log-in?next="), path
    posts = [one for one in PRIVATE if one[0] == "POST"]
    refused = since(engine, before, "refused")
    assert {one.detail["why"] for one in refused} == {"not logged in"}
    assert len(refused) == len(posts)


def test_no_route_gives_the_records_of_others(crm: Crm, engine: sa.Engine) -> None:
    """With the id of a record that one may not see, every route answers as if it did not exist, and nothing changes."""
    logins = [login for login, roles in crm.roles.items() if roles[:1] == ("sales_rep",)]
    with Visitor(crm, logins[0]) as owner, Visitor(crm, logins[1]) as thief:
        place = records_of_others(crm, owner)
        before = newest(engine)
        asked = 0
        for method, route, _ in PRIVATE:
            if "{id}" not in route:
                continue
            there, missing = (paths(route, **{**place, "id": one}) for one in (place["id"], MISSING))
            stolen = {"version": "1", "name": "Stolen", "to": "x"}
            answers = [
                thief.post(path, stolen) if method == "POST" else thief.get(path) for path in (there, missing)
            ]
            asked += 2
            assert answers[0].status_code == answers[1].status_code, (method, route)
            assert answers[0].status_code in (400, 403, 404), (method, route)
            assert "alone" not in answers[0].text
        assert "alone" in owner.get(f"/o/account/{place['id']}").text
    assert asked >= 10
    noted = since(engine, before, "refused")
    assert len([one for one in noted if one.detail["path"].startswith("/o/account/")]) == asked
    assert {one.who for one in noted} == {logins[1]}


def test_no_set_up_page_opens_without_the_right(crm: Crm, engine: sa.Engine) -> None:
    """Every route below /setup refuses a sales representative, posts with a right token included."""
    with Visitor(crm, crm.who("sales_rep")) as rep:
        before = newest(engine)
        asked = 0
        for method, route, _ in PRIVATE:
            if not route.startswith("/setup"):
                continue
            path = paths(route, object="account", id=MISSING, field="account.name", person=MISSING, role="sales_rep",
                         position="sales_director")
            answer = rep.post(path) if method == "POST" else rep.get(path)
            assert answer.status_code in (403, 404), (method, path, answer.status_code)
            asked += 1
    assert asked >= 15
    assert len(since(engine, before, "refused")) == asked


def test_every_post_needs_its_token(crm: Crm, engine: sa.Engine) -> None:
    """CSRF on every unsafe route: no token, somebody else's token, another origin."""
    with Visitor(crm, crm.who("administrator")) as admin, Visitor(crm, crm.who("sales_rep")) as other:
        before = newest(engine)
        posts = [route for method, route, _ in (*PRIVATE, *PUBLIC) if method == "POST"]
        for route in posts:
            path = paths(route, object="account", id=MISSING, field="account", person=MISSING, role="sales_rep")
            for token, origin in (("", None), (other.token, None), (admin.token, "https://evil.example")):
                answer = admin.post(path, {"login": "x"}, token=token, origin=origin)
                assert answer.status_code == 403, path
        assert admin.get("/").status_code == 200  # nothing of it logged out
    whys = [one.detail["why"] for one in since(engine, before, "refused")]
    assert {why.split(";")[0] for why in whys} == {"token", "other origin"}


@pytest.mark.parametrize(
    ("cookie", "value"),
    [("crmspec_session", "x" * 43), ("crmspec_session", "' OR 1=1 --"), ("crmspec_session", "a" * 5000),
     ("crmspec_notice", "eyJ0b25lIjoic3VjY2VzcyJ9"), ("crmspec_language", "../../etc"), ("crmspec_device", "\x7f"),
     ("crmspec_open_id", "e30"), ("crmspec_view_as", "x.6162")],
)
def test_forged_cookies_open_nothing(crm: Crm, cookie: str, value: str) -> None:
    """A cookie that this server did not make is no cookie."""
    with Visitor(crm) as forger:
        answer = forger.http.get("/", headers={"Cookie": f"{cookie}={value}"})
        assert (answer.status_code, answer.headers["location"][:7]) == (303, "/log-in")


def test_headers_cannot_be_injected(crm: Crm) -> None:
    """Line ends in addresses, names of files and `next` never begin a header of their own."""
    with Visitor(crm, crm.who("sales_rep")) as rep:
        for path in ("/log-in?next=/%0d%0aSet-Cookie:%20evil=1", "/o/account?q=%0d%0aX-Evil:%201",
                     "/files/x%0d%0aX-Evil:1/y", "/nothing%0d%0aX-Evil:%201"):
            answer = rep.get(path)
            assert "x-evil" not in answer.headers
            assert "evil" not in answer.headers.get("set-cookie", "")
        answer = rep.post("/preferences", {"language": "en", "next": "/\r\nX-Evil: 1"})
        assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "a\r\nX-Evil: 1.png", "<script>alert(1)</script>.svg", "x" * 3000])
def test_names_of_files_lead_nowhere(crm: Crm, name: str) -> None:
    """An uploaded file is found by its id alone; its name is a name, and what it claims to be is not believed."""
    with Visitor(crm, crm.who("administrator")) as boss:
        form = boss.get("/o/announcement/new")
        if form.status_code != 200:
            pytest.skip("the administrators of this template write no announcements")
        fields = {"csrf_token": boss.token, "title": "With a file", "name": "With a file"}
        known = set(re.findall(r'name="([a-z_]+)"', form.text)) | {"csrf_token"}
        content = b"<script>alert(1)</script>"
        answer = boss.http.post(
            "/o/announcement/new", data={key: value for key, value in fields.items() if key in known},
            files={"document": (name, content, "text/html")}, headers={"Origin": crm.url})
        assert answer.status_code in ((303,) if name.startswith((".", "<")) else (303, 400, 422)), answer.text
        if answer.status_code == 303:
            page = boss.get(answer.headers["location"]).text
            assert "<script>alert" not in page
            (address,) = set(re.findall(r'href="(/files/[^"]+)"', page))
            sent = boss.get(address.replace("&amp;", "&"))
            assert sent.content == content
            assert sent.headers["content-type"] == "application/octet-stream"
            assert sent.headers["content-disposition"].startswith("attachment;")
            assert "x-evil" not in sent.headers
            assert "sandbox" in sent.headers["content-security-policy"]


def test_formulas_of_a_filter_are_not_sql(crm: Crm, engine: sa.Engine) -> None:
    """SQL in a sort, a filter, a page key, a report's name or an id is refused or finds nothing; no table is lost."""
    evil = ("1' OR '1'='1", "name; DROP TABLE account", "name)--", "\" OR 1=1", "account.name' UNION SELECT 1", "1e309")
    with Visitor(crm, crm.who("sales_rep")) as rep:
        before = rep.get("/o/account").text.count("<tr")
        for text in evil:
            for name, status in (("sort", {400}), ("where", {200, 400}), ("at", {400}), ("view", {200, 400, 404})):
                assert rep.get("/o/account", **{name: text}).status_code in status, (name, text)
            assert rep.get(f"/o/{text}").status_code == 404
            assert rep.get(f"/o/account/{text}").status_code == 404
            assert rep.get("/search", q=text).status_code == 200
            assert rep.get("/o/contact/choices/account", q=text).status_code == 200
        assert rep.get("/o/account").text.count("<tr") == before


def test_what_is_malformed_is_refused_in_words(crm: Crm, engine: sa.Engine) -> None:
    """Broken encodings, parts without an end, many parameters, a Content-Length that lies: 4xx, never a traceback."""
    with Visitor(crm, crm.who("sales_rep")) as rep:
        before = newest(engine)
        form = {"Origin": crm.url, "Content-Type": "application/x-www-form-urlencoded"}
        many = {"Origin": crm.url, "Content-Type": "multipart/form-data; boundary=x"}
        answers = [
            rep.http.post("/o/account/new", content=b"name=%ff%fe", headers=form),
            rep.http.post("/o/account/new", content=b"name=\xff\xfe", headers=form),
            rep.http.post("/o/account/new", content=b"name=%00", headers=form),
            rep.http.post("/o/account/new", content=b"--y\r\n", headers=many),
            rep.http.post("/o/account/new", content=b"{}", headers={**form, "Content-Type": "application/json"}),
            rep.http.request("PUT", "/o/account", headers={"Origin": crm.url}),
        ]
        # What is too long for a request line never reaches the application.
        assert rep.get("/o/account?" + "&".join(f"a{n}={n}" for n in range(4000))).status_code == 400
    assert all(400 <= answer.status_code < 500 for answer in answers), [one.status_code for one in answers]
    assert not any("Traceback" in answer.text for answer in answers)
    said = [(one.detail["why"], one.detail["status"]) for one in since(engine, before, "refused")]
    assert len(said) == len(answers), (said, [one.status_code for one in answers])


def test_a_body_that_never_ends_is_given_up(crm: Crm, engine: sa.Engine) -> None:
    """Who sends a byte now and then keeps no thread and no transaction; behind a prefix and a host that is known."""
    once(crm)
    settings = {"prefix": "/crm", "body_seconds_max": 0.3}
    before = newest(engine)

    def make(url: str):  # type: ignore[no-untyped-def]
        return make_app(engine, reading=for_reading(engine), load_release=deployed_release, backstage=Backstage(),
                        settings=Settings(url=f"{url}/crm", **settings))  # type: ignore[arg-type]

    with listening(make) as url:
        place = urlsplit(url)
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as line:
            line.sendall(f"POST /crm/log-in HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 1000\r\n"
                         "Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin=".encode())
            assert line.recv(200).startswith(b"HTTP/1.1 408")
        with Visitor(Crm(f"{url}/crm", crm.folder, crm.database, crm.passwords, crm.roles)) as guest:
            for headers in ({"Host": "evil.example"}, {"Host": f"{place.netloc}.evil.example"}):
                answer = guest.http.get("log-in", headers=headers)
                assert answer.status_code == 400
            answer = guest.http.get("log-in", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp"})
            assert answer.status_code == 200
            assert "evil" not in answer.text
    whys = {one.detail["why"] for one in since(engine, before, "refused")}
    assert {"slow body", "other host"} <= whys


def test_no_text_becomes_script(crm: Crm, browser: Browser) -> None:
    """Every text field of every object that a representative may make, shown everywhere by a real browser."""
    once(crm)
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    crm.log_in(page, crm.who("sales_rep"))
    with Visitor(crm, crm.who("sales_rep")) as rep:
        form = rep.get("/o/account/new").text
        boxes = re.findall(r'<(?:input|textarea)[^>]*type="(?:text|search)"[^>]*name="([a-z_0-9.]+)"', form)
        boxes += re.findall(r'<(?:input|textarea)[^>]*name="([a-z_0-9.]+)"[^>]*type="text"', form)
        boxes += re.findall(r'<textarea[^>]*name="([a-z_0-9.]+)"', form)
        fields = {"name": NASTY}
        place = rep.post("/o/account/new", fields).headers["location"]
        for name in sorted(set(boxes) - {"name"}):
            answer = rep.post("/o/account/new", {**fields, name: NASTY})
            assert answer.status_code in (303, 422), name  # kept as text, or refused as no such value
            place = answer.headers.get("location", place)
            if answer.status_code == 422:
                assert "<img src=x" not in answer.text
    for path in (place, f"{place}/edit", "/o/account", "/search?q=onerror", "/", "/o/account/board",
                 "/o/account?q=%3Cimg%20src=x%20onerror=alert(1)%3E", "/log-in?next=%22%3E%3Cscript%3Ealert(3)"):
        page.goto(f"{crm.url}{path}", wait_until="load")
        assert page.evaluate("document.querySelectorAll('img[src=x], script:not([src])').length") == 0, path
    context.close()
    assert [line for line in complaints if "status of 4" not in line] == []
