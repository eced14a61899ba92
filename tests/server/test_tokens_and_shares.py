"""Programs with tokens, and colleagues on single records, through the whole server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from crmspec.access import list_people, list_tokens, make_token, revoke_token, shares_of, system_table
from crmspec.deploy.database import open_database
from crmspec.spec import RecordTeam, Scope, TeamRole, Verb
from tests.records.crm import NOW, SPEC
from tests.server.test_report_pages import Browser, Served, Site

TEAM = RecordTeam(roles={
    "engineer": TeamRole(name="engineer", label={"en": "Engineer", "zh-CN": "工程师"}, access="edit"),
    "advisor": TeamRole(name="advisor", label={"en": "Advisor", "zh-CN": "顾问"}),
})  # fmt: skip


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A CRM in which people may share their opportunities."""
    rep = SPEC.roles["sales_rep"]
    own: tuple[Scope, ...] = ("own",)
    mine: dict[Verb, tuple[Scope, ...]] = {"create": ("all",), "read": own, "update": own, "share": own}
    grants = {"opportunity": mine}
    one = replace(SPEC.objects["opportunity"], record_team=TEAM, default_access="private")
    spec = replace(
        SPEC,
        objects={**SPEC.objects, "opportunity": one},
        roles={**SPEC.roles, "sales_rep": replace(rep, grants={**rep.grants, **grants})},
    )
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('served') / 'crm.db'}")
    crm = Served(engine, spec)
    crm.site = Site(engine, spec)
    yield crm
    engine.dispose()


@pytest.fixture(scope="module")
def deal(crm: Served) -> str:
    """An opportunity of the rep in the east."""
    return crm.make("rep_east", "opportunity", name="Press line", amount="100")


def program(crm: Served, who: str, *scopes: str, **more: object) -> tuple[str, Browser]:
    """Make a token and a client that sends it."""
    with crm.engine.begin() as connection:
        made, secret = make_token(
            connection, crm.spec, person_id=crm.people[who], name="test", scopes=scopes, now=NOW, **more  # type: ignore[arg-type]
        )
    return made, Browser(crm.site.app, {"authorization": f"Bearer {secret}", "accept": "application/json"})


def events(crm: Served) -> list[str]:
    trail = system_table("crmspec_audit")
    with crm.engine.begin() as connection:
        return list(connection.execute(sa.select(trail.c.event)).scalars())


def test_a_token_is_its_person_narrowed(crm: Served, deal: str) -> None:
    """It reads what its person reads, writes nothing it was not given, and comes with no session."""
    made, reader = program(crm, "rep_east", "opportunity:read")
    found = reader.get(f"/o/opportunity/{deal}")
    assert found.status_code == 200
    assert "Press line" in found.text
    assert "set-cookie" not in found.headers
    assert '/edit"' not in found.text
    assert reader.post(f"/o/opportunity/{deal}/edit", {"name": "Other", "version": "1"}).status_code == 403
    assert reader.get("/o/account").status_code == 404
    with crm.engine.begin() as connection:
        [token] = [one for one in list_tokens(connection) if one.id == made]
    assert token.used_at == NOW
    assert "token_used" in events(crm)


def test_a_token_writes_without_a_csrf_token(crm: Served) -> None:
    """There is no session that a foreign page could ride on."""
    _, writer = program(crm, "rep_east")
    done = writer.post("/o/opportunity/new", {"name": "By a program", "amount": "5"})
    assert done.status_code == 303, done.text
    assert "By a program" in writer.get("/o/opportunity").text


def test_a_token_opens_no_page_about_people(crm: Served) -> None:
    """Set-up, passwords and log-out are for people, whatever the roles say."""
    _, administrator = program(crm, "boss")
    for path in ("/setup", "/setup/people", "/profile"):
        assert administrator.get(path).status_code == 403, path
    assert administrator.post("/log-out").status_code == 403


def test_what_opens_nothing_is_refused_alike(crm: Served) -> None:
    """Unknown, ended, revoked, of somebody who was disabled: one answer, one line in the trail each."""
    ended = program(crm, "rep_west", expires_at=NOW + timedelta(seconds=1))[1]
    revoked_id, revoked = program(crm, "rep_west")
    person = system_table("crmspec_person")
    with crm.engine.begin() as connection:
        assert revoke_token(connection, revoked_id, NOW)
        assert not revoke_token(connection, revoked_id, NOW)
        tokens = system_table("crmspec_token")
        connection.execute(sa.update(tokens).where(tokens.c.expires_at.is_not(None)).values(expires_at=NOW))
    gone = program(crm, "auditor")[1]
    with crm.engine.begin() as connection:
        connection.execute(sa.update(person).where(person.c.id == crm.people["auditor"]).values(active=False))
    strange = Browser(crm.site.app, {"authorization": "Bearer crm_" + "x" * 43})
    empty = Browser(crm.site.app, {"authorization": "Bearer "})
    before = events(crm).count("token_refused")
    for browser in (ended, revoked, gone, strange, empty):
        answer = browser.get("/o/opportunity")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert events(crm).count("token_refused") == before + 5


# --- sharing ---


def sent(browser: Browser, path: str, **values: str) -> httpx.Response:
    """Post a form with the token of its page."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/profile").text)
    assert token
    return browser.post(path, {"csrf_token": token[1], **values})


def test_a_colleague_is_added_and_taken_off(crm: Served, deal: str) -> None:
    """With a role on the team a colleague sees the record and may do what the role says, until they are taken off."""
    east, west = (crm.site.browser(crm.people[who]) for who in ("rep_east", "rep_west"))
    here = f"/o/opportunity/{deal}"
    assert west.get(here).status_code == 404
    page = east.get(here).text
    assert f"{here}/share" in page
    form = east.get(f"{here}/share")
    assert form.status_code == 200
    assert "Engineer" in form.text
    done = sent(east, f"{here}/share", person=crm.people["rep_west"], access="engineer", until="2026-12-24")
    assert done.status_code == 303, done.text
    seen = west.get(here)
    assert seen.status_code == 200
    assert "Engineer" in seen.text
    assert sent(west, f"{here}/edit", name="Press line 2", version="1").status_code == 303
    # Somebody on the team may not bring others along: the verb `share` is not what a share gives.
    assert west.get(f"{here}/share").status_code == 200
    assert sent(west, f"{here}/share", person=crm.people["boss"], access="advisor").status_code == 403
    with crm.engine.begin() as connection:
        [share] = shares_of(connection, "opportunity", deal)
    assert (share.login, share.access, share.team_role) == ("rep_west", "edit", "engineer")
    assert share.until is not None
    assert sent(east, f"{here}/unshare", person=crm.people["rep_west"]).status_code == 303
    assert west.get(here).status_code == 404
    assert {"shared", "unshared"} <= set(events(crm))


def test_a_share_that_would_open_nothing_is_refused(crm: Served, deal: str) -> None:
    """Who may not read such records, an end in the past, a role that is none: said at the field, nothing kept."""
    east = crm.site.browser(crm.people["rep_east"])
    wrong = (
        {"person": crm.people["rep_west"], "access": "engineer", "until": "2020-01-01"},
        {"person": crm.people["rep_west"], "access": "nobody"},
        {"person": crm.people["rep_west"], "access": "engineer", "until": "soon"},
        {"person": "00000000-0000-7000-8000-000000000000", "access": "engineer"},
    )
    for values in wrong:
        assert sent(east, f"/o/opportunity/{deal}/share", **values).status_code == 422, values
    with crm.engine.begin() as connection:
        assert shares_of(connection, "opportunity", deal) == ()


def test_whoever_was_added_may_leave(crm: Served, deal: str) -> None:
    """A colleague takes themselves off and sees the record no more; nobody else can be taken off by them."""
    east, west = (crm.site.browser(crm.people[who]) for who in ("rep_east", "rep_west"))
    for who in ("rep_west", "sales_director"):
        sent(east, f"/o/opportunity/{deal}/share", person=crm.people[who], access="advisor")
    assert sent(west, f"/o/opportunity/{deal}/unshare", person=crm.people["sales_director"]).status_code == 403
    assert sent(west, f"/o/opportunity/{deal}/unshare", person=crm.people["rep_west"]).status_code == 303
    assert west.get(f"/o/opportunity/{deal}").status_code == 404


# --- the people page ---


def test_an_administrator_lets_somebody_stand_in(crm: Served, deal: str) -> None:
    """From the person's page, with an end; what is wrong is said there; ended from there, too."""
    boss, west = crm.site.browser(crm.people["boss"]), crm.site.browser(crm.people["rep_west"])
    here = f"/setup/people/{crm.people['rep_east']}"
    kept = {"login": "rep_east", "name": "Rep East", "positions.was": "1", "positions": "rep_east", "roles.was": "1"}
    assert "While they are away" in boss.get(here).text
    assert west.get(f"/o/opportunity/{deal}").status_code == 404
    wrong = sent(boss, here, **kept, stand_in=crm.people["rep_west"], away_until="2020-01-01")
    assert wrong.status_code == 422
    assert "over before it began" in wrong.text
    assert sent(boss, here, **kept, stand_in=crm.people["rep_west"], away_until="2026-12-24").status_code == 303
    assert west.get(f"/o/opportunity/{deal}").status_code == 200
    entry = re.search(r'name="delegation" value="([^"]+)"', boss.get(here).text)
    assert entry
    assert sent(boss, f"{here}/back", delegation=entry[1]).status_code == 303
    assert west.get(f"/o/opportunity/{deal}").status_code == 404
    assert {"delegation_added", "delegation_ended"} <= set(events(crm))


def test_a_program_is_added_without_a_password(crm: Served) -> None:
    """An integration gets no code for a password; a guest on a position is refused at the form."""
    boss = crm.site.browser(crm.people["boss"])
    made = sent(boss, "/setup/people/new", login="mailer", name="Mailer", kind="integration")
    assert made.status_code == 303
    with crm.engine.begin() as connection:
        [program] = [one for one in list_people(connection) if one.login == "mailer"]
    assert (program.kind, program.has_password) == ("integration", False)
    # However a session came about: a program has none.
    assert crm.site.browser(program.id).get("/").headers["location"].startswith("/log-in")
    refused = sent(boss, "/setup/people/new", login="gus", name="Gus", kind="guest", positions="rep_east")
    assert refused.status_code == 422
    assert "a guest holds no position" in refused.text
