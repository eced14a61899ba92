"""Every address of the server, asked by somebody who may everything and somebody who may little: none sends a statement
that did not pass through the rule, and none fails.
"""

from __future__ import annotations

import logging
import re

import pytest
import sqlalchemy as sa

from crmspec.server.app import PRIVATE
from tests.journeys.crm import Crm
from tests.journeys.visitor import Visitor

OBJECTS = ("account", "opportunity")
# What a parameter of an address may be; `{id}` and `{person}` are looked up.
GIVEN = {
    "report": ("stuck_opportunities", "nothing"), "file": ("x",), "name": ("x",), "number": ("1", "99"),
    "role": ("sales_rep", "nobody"), "field": ("account", "owner"), "position": ("rep_east",),
}
KEEPING = re.compile(r"/(?:delete|disable|enable|password|log-out|profile|preferences)")  # would end the walk


def addresses(pattern: str, records: dict[str, str]) -> list[str]:
    """Fill the parameters of an address in, several ways; `records` has one of each object."""
    if "{id}" in pattern:
        real = [pattern.replace("{object}", name).replace("{id}", one) for name, one in records.items()]
        return [*real, *addresses(pattern.replace("{id}", "00000000-0000-7000-8000-000000000000"), records)[:1]]
    found = [pattern]
    for name in re.findall(r"\{(\w+)\}", pattern):
        values = (*OBJECTS, "nothing") if name == "object" else GIVEN.get(name, ("x",))
        found = [address.replace(f"{{{name}}}", value) for address in found for value in values]
    return found


def test_no_address_goes_round_the_rule(crm: Crm, caplog: pytest.LogCaptureFixture) -> None:
    """Pages, and posts with nothing in them; what is refused is refused by status. The rule is one for both databases,
    so somebody who may everything asks on one, and somebody who may little on the other.
    """
    role = "administrator" if crm.database.startswith("sqlite") else "sales_rep"
    asked = 0
    with Visitor(crm, crm.who(role)) as visitor, caplog.at_level(logging.ERROR, "crmspec"):
        listed = {name: re.search(rf'href="/o/{name}/([0-9a-f-]{{36}})"', visitor.get(f"/o/{name}").text)
                  for name in OBJECTS}
        records = {name: found[1] for name, found in listed.items() if found}
        assert len(records) == len(OBJECTS)
        for method, pattern, _ in PRIVATE:
            if KEEPING.search(pattern):
                continue
            for address in addresses(pattern, records):
                answer = visitor.get(address) if method == "GET" else visitor.post(address)
                asked += 1
                assert answer.status_code < 500, (method, address)
    assert [record.message for record in caplog.records] == []
    assert asked > len(PRIVATE)


@pytest.mark.parametrize("crm", ["sqlite"], indirect=True)  # the hook is under test on both in tests/access
def test_a_statement_of_ours_that_goes_round_the_rule_shows_nothing(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The person gets an error page with a reference, the log the statement and the way it came; nothing is read."""

    def everything(connection: sa.Connection, *_: object) -> object:
        return connection.execute(sa.text('SELECT * FROM "account"')).all()

    monkeypatch.setattr("crmspec.records.finding.search", everything)
    with Visitor(crm, crm.who("sales_rep")) as visitor, caplog.at_level(logging.ERROR, "crmspec"):
        answer = visitor.get("/search", q="abc")
    assert answer.status_code == 500
    assert not re.search(r"Traceback|Unmarked|SELECT|File \"", answer.text)
    loud, reference = caplog.records[0], re.search(r"reference (\w+)", caplog.text)
    assert (loud.levelname, "account" in loud.message, bool(loud.stack_info)) == (
        "CRITICAL", True, True,
    )
    assert reference is not None
    assert reference[1] in answer.text
