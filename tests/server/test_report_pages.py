"""Reports through the whole server: which there are, what a page shows, what a file holds, who gets neither."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from crmspec.access import metadata_for, system_table
from crmspec.deploy.database import for_reading, open_database
from crmspec.reports import reports_of
from crmspec.server.app import make_app
from crmspec.server.backstage import Backstage
from crmspec.server.sessions import COOKIE, start_session
from crmspec.server.settings import Settings
from crmspec.spec import Chart, Report, Spec
from tests.records.crm import NOW, SPEC, Crm
from tests.reports.filled import fill
from tests.reports.office import STARTERS, office

REPORTS = (
    Report(
        name="pipeline", object="opportunity", label={"en": "Pipeline", "zh-CN": "销售管道"},
        help={"en": "What is open."}, columns=("name", "account", "amount", "margin"), group_by=("stage",),
        filter="stage.type == 'open' and close_date >= add_days(today(), -400)"
               " and days_in_stage > stage.stuck_after_days",
        totals={"amount": ("sum", "avg"), "records": ("count",)},
        chart=Chart(type="funnel", by="stage", value="amount"),
    ),
    Report(name="by_stage", object="opportunity", group_by=("stage",), chart=Chart(type="pie"),
           totals={"records": ("count",), "amount": ("avg",)}),
    Report(name="plain", object="account", columns=("name", "tags", "billing"), sort=("name",)),
    Report(name="margins", object="opportunity", columns=("name",), filter="margin > 0"),
    Report(name="for_managers", object="opportunity", columns=("name",), roles=("sales_manager",)),
)  # fmt: skip


class Site:
    """A served CRM."""

    def __init__(self, engine: sa.Engine, spec: Spec) -> None:
        self.engine = engine
        release = SimpleNamespace(number=1, spec=spec, origins={"report:pipeline": "specs/r.yaml:3"}, artifacts={})
        self.app = make_app(
            engine,
            reading=for_reading(engine),
            load_release=lambda _: release,
            backstage=cast(Backstage, SimpleNamespace()),
            settings=Settings(),
            clock=lambda: NOW,
        )

    def browser(self, person_id: str, language: str = "en") -> Browser:
        """Return a browser in which somebody is logged in."""
        person = system_table("crmspec_person")
        with self.engine.begin() as connection:
            connection.execute(sa.update(person).where(person.c.id == person_id).values(language=language))
            token = start_session(connection, person_id, NOW, address="test", agent="test")
        return Browser(self.app, {"cookie": f"{COOKIE}={token}"})


@dataclass(frozen=True)
class Browser:
    """Sends requests straight into an application."""

    app: Starlette
    headers: dict[str, str]

    def get(self, path: str) -> httpx.Response:
        return asyncio.run(self._send("GET", path))

    def post(self, path: str, data: dict[str, str] | None = None) -> httpx.Response:
        return asyncio.run(self._send("POST", path, data))

    async def _send(self, method: str, path: str, data: dict[str, str] | None = None) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://crm.test", headers=self.headers) as client:
            return await client.request(method, path, data=data)


class Served(Crm):
    """A CRM and its site."""

    site: Site


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A filled CRM with a few reports, which only read it; the name of an account begins like a formula."""
    spec = replace(SPEC, reports={one.name: one for one in REPORTS})
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('served') / 'crm.db'}")
    crm = Served(engine, spec)
    with crm.connection() as connection:
        fill(connection, spec, list(crm.people.values()), NOW)
        table = metadata_for(spec).tables["account"]
        first = sa.select(sa.func.min(table.c.id)).scalar_subquery()
        connection.execute(sa.update(table).where(table.c.id == first).values(name='=cmd|"/C calc"!A1'))
    crm.site = Site(engine, spec)
    yield crm
    engine.dispose()


def visit(crm: Served, who: str, path: str, language: str = "en") -> httpx.Response:
    return crm.site.browser(crm.people[who], language).get(path)


def taken(crm: Served, who: str, name: str, language: str = "en") -> httpx.Response:
    """Press the button of a report's page."""
    browser = crm.site.browser(crm.people[who], language)
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/profile").text)
    assert token
    return browser.post(f"/reports/{name}/export", {"csrf_token": token[1]})


def test_the_list_has_what_is_mine(crm: Served) -> None:
    """A report for other roles or with hidden numbers is in no list; the address of the first is that of nothing."""
    rep, manager = visit(crm, "rep_east", "/reports"), visit(crm, "sales_director", "/reports")
    assert (rep.status_code, manager.status_code) == (200, 200)
    assert ("/reports/for_managers" in rep.text, "/reports/for_managers" in manager.text) == (False, True)
    assert ("/reports/margins" in rep.text, "/reports/margins" in manager.text) == (False, True)
    assert "What is open." in rep.text
    assert visit(crm, "rep_east", "/reports/for_managers").status_code == 404
    assert visit(crm, "rep_east", "/reports/nothing").status_code == 404
    assert visit(crm, "sales_director", "/reports/for_managers").status_code == 200


def test_a_page_shows_chart_conditions_and_totals(crm: Served) -> None:
    """The filter is said in the reader's words; what only a formula can say is the formula with labels."""
    page = visit(crm, "boss", "/reports/pipeline")
    assert page.status_code == 200
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
    assert "Stage (kind) is Open" in text
    assert "Close date on or after 2025-10-19" in text
    assert "Days in Stage &gt; Stage (stuck after (days))" in text
    assert "Amount (sum)" in text
    assert 'class="chart chart-funnel"' in page.text
    chinese = visit(crm, "boss", "/reports/pipeline", "zh-CN")
    assert "销售管道" in chinese.text
    assert "合计" in chinese.text


def test_a_hidden_column_is_not_there(crm: Served) -> None:
    """Its head is missing, and a report that filters by it is refused."""
    assert "Margin" in visit(crm, "boss", "/reports/pipeline").text
    assert "Margin" not in visit(crm, "rep_east", "/reports/pipeline").text
    assert visit(crm, "rep_east", "/reports/margins").status_code == 403


def test_a_slice_leads_to_its_records(crm: Served) -> None:
    """Only through a list view that leaves nothing out; the only ones of opportunities have a filter or other roles."""
    links = re.findall(r'href="(/o/opportunity\?[^"]*)"', visit(crm, "sales_director", "/reports/by_stage").text)
    assert len(links) == 5
    page = visit(crm, "sales_director", links[0].replace("&amp;", "&"))
    assert page.status_code == 200
    assert "view=for_managers" in links[0]
    assert "where=stage%3Ais%3Aqualify" in links[0]
    assert "/o/opportunity?" not in visit(crm, "boss", "/reports/by_stage").text


def test_a_file_runs_nothing(crm: Served) -> None:
    """Texts that a spreadsheet would take for a formula get an apostrophe; numbers and words stay."""
    answer = taken(crm, "boss", "plain")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''plain-2026-11-23.csv"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["Name", "Tags", "Billing"]
    assert len(rows) == 31
    assert """'=cmd|"/C calc"!A1""" in [row[0] for row in rows]
    assert {part for row in rows[1:] for part in row[1].split("; ")} <= {"Fair", "Web", "Phone", ""}


def test_a_file_has_its_groups_in_front(crm: Served) -> None:
    """Groups that are no column become one; without columns the groups are the lines."""
    rows = list(csv.reader(io.StringIO(taken(crm, "boss", "pipeline", "zh-CN").content.decode("utf-8-sig"))))
    assert rows[0] == ["stage字段", "name字段", "account字段", "amount字段", "margin字段"]
    assert {row[0] for row in rows[1:]} <= {"qualify项", "proposal项"}
    rows = list(csv.reader(io.StringIO(taken(crm, "boss", "by_stage").content.decode("utf-8-sig"))))
    assert rows[0] == ["Stage", "Records", "Amount (average)"]
    with crm.connection() as connection:
        every = connection.execute(sa.select(sa.func.count()).select_from(metadata_for(SPEC).tables["opportunity"]))
        assert sum(int(row[1]) for row in rows[1:]) == every.scalar_one()


def test_who_took_what_is_written_down(crm: Served) -> None:
    """With the report, how many records, and of how many."""
    taken(crm, "sales_director", "by_stage")
    with crm.connection() as connection:
        audit = system_table("crmspec_audit")
        mine = sa.select(audit.c.event, audit.c.object, audit.c.detail)
        rows = connection.execute(mine.where(audit.c.person_id == crm.people["sales_director"])).all()
    assert [(row.event, row.object, row.detail["report"]) for row in rows] == [("export", "opportunity", "by_stage")]
    assert rows[0].detail.keys() == {"report", "records", "of"}


def test_reading_is_not_taking_away(crm: Served) -> None:
    """Without the verb there is no button, and the address refuses; it is never fetched by following a link."""
    assert "/reports/plain/export" not in visit(crm, "auditor", "/reports/plain").text
    assert "/reports/plain/export" in visit(crm, "boss", "/reports/plain").text
    assert taken(crm, "auditor", "plain").status_code == 403
    assert visit(crm, "boss", "/reports/plain/export").status_code == 405
    browser = crm.site.browser(crm.people["boss"])
    assert browser.post("/reports/plain/export").status_code == 403


@pytest.mark.parametrize("starter", STARTERS)
def test_every_shipped_report_has_a_page(starter: str, sqlite_url: str) -> None:
    """In both languages, with records."""
    with office(sqlite_url, starter) as filled:
        filled.connection.commit()
        mine = [report.name for report in reports_of(filled.spec, filled.actor)]
        site = Site(filled.engine, filled.spec)
        for language in ("en", "zh-CN"):
            browser = site.browser(filled.actor.person_id, language)
            for path in ("", *(f"/{name}" for name in mine)):
                answer = browser.get(f"/reports{path}")
                assert answer.status_code == 200, (path, answer.text[-300:])
    assert len(mine) > 12
