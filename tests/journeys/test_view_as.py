"""Looking at the screens as somebody else: what they would see, as far as one may see it; nothing is changed."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from crmspec.deploy import open_database
from tests.journeys.crm import Crm
from tests.journeys.visitor import Visitor

_ROWS = re.compile(r'href="/o/opportunity/([0-9a-f-]{36})"')
BANNER = "notice warning shown-as"


def rows(visitor: Visitor) -> set[str]:
    """Return the opportunities on the first page of the list."""
    return set(_ROWS.findall(visitor.get("/o/opportunity").text))


def view_as(visitor: Visitor, who: str) -> None:
    """Begin to look as somebody."""
    assert visitor.post("/setup/view-as", {"person": who}).status_code == 303


def noted(crm: Crm) -> list[tuple[str, str]]:
    """Return who looked as whom, as the trail has it."""
    engine = open_database(crm.database)
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT who, detail FROM crmspec_audit WHERE event = 'view_as'")).all()
    engine.dispose()
    return [(row.who, str(row.detail)) for row in found]


def test_an_administrator_sees_what_somebody_sees(crm: Crm) -> None:
    """Their lists, their fields, their navigation; every page says so; nothing can be changed; the trail has it."""
    rep, admin = crm.who("sales_rep"), crm.who("administrator")
    with Visitor(crm, rep) as theirs, Visitor(crm, admin) as visitor:
        mine = rows(visitor)
        view_as(visitor, rep)
        assert rows(visitor) == rows(theirs) != mine
        page = visitor.get("/")
        assert BANNER in page.text
        assert page.text.count("/setup/releases") == 0
        assert visitor.get("/setup/people").status_code == 403
        assert visitor.get("/profile").status_code == 403
        refused = visitor.post("/o/account/new", {"name": "Nobody's"})
        assert (refused.status_code, BANNER in refused.text) == (403, True)
        assert visitor.post("/view-as/end").status_code == 303
        assert rows(visitor) == mine
        assert BANNER not in visitor.get("/").text
    assert any(who == admin and rep in detail for who, detail in noted(crm))


@pytest.mark.parametrize("crm", ["sqlite"], indirect=True)  # the first test asks both databases
def test_positions_and_roles_can_be_looked_at_too(crm: Crm) -> None:
    """A position reaches what people below it own; a role by itself owns nothing."""
    with Visitor(crm, crm.who("administrator")) as visitor:
        view_as(visitor, "sales_director")
        assert rows(visitor)
        for page in ("/", "/reports", "/o/opportunity/board", "/search?q=a", "/o/opportunity/new"):
            assert visitor.get(page).status_code < 404
        view_as_again = visitor.post("/setup/view-as", {"person": "sales_rep"})
        assert view_as_again.status_code == 403
        visitor.post("/view-as/end")
        view_as(visitor, "sales_rep")
        assert rows(visitor) == set()
        visitor.post("/view-as/end")
        assert visitor.post("/setup/view-as", {"person": "nobody.there"}).status_code == 404


@pytest.mark.parametrize("crm", ["sqlite"], indirect=True)  # the first test asks both databases
def test_nobody_begins_without_set_up_rights(crm: Crm) -> None:
    """The way in is refused, and a cookie made by hand, or another session's, says nothing."""
    rep = crm.who("sales_rep")
    with Visitor(crm, rep) as visitor, Visitor(crm, crm.who("administrator")) as admin:
        assert visitor.post("/setup/view-as", {"person": crm.who("administrator")}).status_code == 403
        view_as(admin, "sales_director")
        cookie = admin.http.cookies["crmspec_view_as"]
        admin.post("/view-as/end")
        for value in ("00.61646d696e", cookie, "x", ""):
            visitor.http.cookies.set("crmspec_view_as", value)
            assert BANNER not in visitor.get("/").text
    with Visitor(crm, crm.who("administrator")) as other:
        other.http.cookies.set("crmspec_view_as", cookie)
        assert BANNER not in other.get("/").text


@pytest.mark.parametrize("crm", ["sqlite"], indirect=True)  # the first test asks both databases
def test_a_reason_tells_nothing_of_records_one_may_not_read(crm: Crm) -> None:
    """Set-up asks why; of a record only whoever may read it. The answer has each step with its line."""
    with Visitor(crm, crm.who("administrator")) as visitor:
        record = sorted(rows(visitor))[0]
        asked = {"person": crm.who("sales_rep"), "verb": "update", "target": "opportunity", "record": record}
        told = visitor.get("/setup/why", **asked)
        assert told.text.count("<li class=\"why-no\">") >= 1
        assert "sales_rep.yaml:" in told.text
        missing = visitor.get("/setup/why", **{**asked, "record": "There is none"})
        assert 'role="alert"' in missing.text
        field = visitor.get("/setup/field-access", field="opportunity.margin")
        assert field.text.count("/setup/access/") >= 3
        assert visitor.get("/setup/field-access", field="opportunity.nothing").status_code == 404
        assert visitor.get("/setup/person-access", person="nobody.there").status_code == 404
