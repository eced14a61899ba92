"""Every address of the server, asked by somebody who may everything and somebody who may little: none sends a statement
that did not pass through the rule, and none fails.
"""

from __future__ import annotations

import logging
import re

import pytest

from crmspec.server.app import PRIVATE
from tests.journeys.crm import Crm
from tests.journeys.visitor import Visitor

OBJECTS = ("account", "opportunity", "payment")
# What a parameter of an address may be; `{id}` and `{person}` are looked up.
GIVEN = {
    "report": ("stuck_opportunities", "nothing"), "file": ("x",), "name": ("x",), "number": ("1", "99"),
    "role": ("sales_rep", "nobody"), "field": ("account", "owner", "name"), "position": ("rep_east",),
}
KEEPING = re.compile(r"/(?:delete|disable|enable|password|log-out|profile|preferences)")  # would end the walk


def addresses(visitor: Visitor, pattern: str) -> list[str]:
    """Fill the parameters of an address in, several ways."""
    found = [pattern]
    for name in re.findall(r"\{(\w+)\}", pattern):
        if name == "object":
            values: tuple[str, ...] = (*OBJECTS, "nothing")
        elif name in ("id", "person"):
            values = ("00000000-0000-7000-8000-000000000000",)
        else:
            values = GIVEN.get(name, ("x",))
        found = [address.replace(f"{{{name}}}", value) for address in found for value in values]
    if "{id}" in pattern:
        for address in list(found):
            listed = re.search(r'href="(/o/(\w+)/[0-9a-f-]{36})"', visitor.get("/o/" + address.split("/")[2]).text)
            if listed:
                found.append(pattern.replace("/o/{object}/{id}", listed[1]))
    return found


@pytest.mark.parametrize("role", ["administrator", "sales_rep"])
def test_no_address_goes_round_the_rule(crm: Crm, role: str, caplog: pytest.LogCaptureFixture) -> None:
    """Pages, and posts with nothing in them; what is refused is refused by status."""
    asked = 0
    with Visitor(crm, crm.who(role)) as visitor, caplog.at_level(logging.ERROR, "crmspec"):
        for method, pattern, _ in PRIVATE:
            if KEEPING.search(pattern):
                continue
            for address in addresses(visitor, pattern):
                answer = visitor.get(address) if method == "GET" else visitor.post(address)
                asked += 1
                assert answer.status_code < 500, (method, address)
    assert [record.message for record in caplog.records] == []
    assert asked > len(PRIVATE)
