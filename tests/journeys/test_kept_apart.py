"""What access tests keep apart is refused in the set-up pages, with the lines, and shown there where it came about."""

from __future__ import annotations

import re

import pytest

from crmspec.spec import AccessTest, Deed
from tests.journeys.crm import Crm
from tests.journeys.visitor import Visitor

APART = AccessTest(
    as_="", verb="read", allowed=False, on="", except_=("administrator", "sales_manager"),
    never_both=(Deed(verb="create", on="lead"), Deed(verb="import", on="payment")),
)


@pytest.mark.parametrize("crm", ["sqlite"], indirect=True)  # on both databases in tests/access and tests/cli
def test_a_person_is_not_given_both(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form comes back with the sentence and the lines; what is there already is told on the first set-up page."""
    monkeypatch.setattr("crmspec.access.people_tests._sentences", lambda _spec: {0: APART})
    with Visitor(crm, crm.who("administrator")) as visitor:
        person = {"login": "both.hands", "name": "Both Hands", "positions.was": "", "roles.was": ""}
        refused = visitor.post("/setup/people/new", {**person, "positions": "rep_east", "roles": "accountant"})
        assert refused.status_code == 422
        assert "never both create lead and import payment" in refused.text
        assert re.search(r"role `accountant` grants `import` on `payment`", refused.text)
        assert "both.hands" not in visitor.get("/setup/people").text
        monkeypatch.setattr("crmspec.access.people_tests._sentences", lambda _spec: {})
        assert visitor.post("/setup/people/new", {**person, "positions": "rep_east", "roles": "accountant"}).is_success
        monkeypatch.setattr("crmspec.access.people_tests._sentences", lambda _spec: {0: APART})
        assert "Both Hands (`both.hands`) can create lead" in visitor.get("/setup").text
