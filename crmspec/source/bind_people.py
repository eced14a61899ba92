"""Nodes → the organization, and sentences about who may do what."""

from __future__ import annotations

from typing import Any

from crmspec.source.bind import (
    LABEL,
    LEVELS,
    PROSE,
    TEXT,
    WORD,
    WORDS,
    Binder,
    Key,
    choice,
    word,
)
from crmspec.source.bind_named import labelled, needs
from crmspec.source.tree import Node
from crmspec.spec.parts import (
    VERBS,
    AccessTest,
    Company,
    Department,
    Organization,
    Position,
)


def company(binder: Binder, node: Node, where: str) -> Any:
    """Read the company's particulars."""
    return Company(
        **binder.part(node, "company", COMPANY_KEYS, kind="the company", example="company: {name: ACME Printing}")
    )


def departments(binder: Binder, node: Node, where: str) -> Any:
    """Read the departments."""
    out = {}
    for name, child in binder.named(
        node, where, "department", "departments: {head_office: {}, sales: {parent: head_office}}"
    ):
        read = (
            {}
            if child.blank
            else binder.part(
                child, f"department:{name}", DEPARTMENT_KEYS, kind="a department", example="{parent: head_office}"
            )
        )
        out[name] = Department(name=name, **labelled(binder, read, name))
    return out


def positions(binder: Binder, node: Node, where: str) -> Any:
    """Read the positions."""
    out = {}
    for name, child in binder.named(
        node, where, "position", "positions: {sales_director: {department: sales, roles: [sales_manager]}}"
    ):
        read = (
            {}
            if child.blank
            else binder.part(
                child,
                f"position:{name}",
                POSITION_KEYS,
                kind="a position",
                example="{department: sales, roles: [sales_rep]}",
            )
        )
        out[name] = Position(name=name, **labelled(binder, read, name))
    return out


def bind_organization(binder: Binder, node: Node) -> Organization:
    """Read the organization: the whole of the value of `organization:`."""
    return Organization(**binder.part(node, "organization", ORGANIZATION_KEYS, kind="the organization"))


def bind_access_test(binder: Binder, node: Node) -> AccessTest | None:
    """Read one sentence about who may do what."""
    read = binder.part(
        node,
        "access_tests",
        ACCESS_TEST_KEYS,
        kind="an access test",
        example="{as: sales_rep, cannot: read, on: opportunity.margin}",
    )
    if type(node.value) is not dict or not needs(
        binder, node, "access_tests", read, as_="as: sales_rep", on="on: opportunity"
    ):
        return None
    said = [key for key in ("can", "cannot") if key in node.value]
    if len(said) != 1:
        binder.say(
            "CRM211",
            f"an access test says {'both `can` and' if said else 'neither `can` nor'} `cannot`",
            node.at,
            "it holds exactly one of them true",
            "write one of them: `can: read`",
        )
        return None
    if said[0] not in read:
        return None
    return AccessTest(
        as_=read["as_"], verb=read[said[0]], allowed=said[0] == "can", on=read["on"], owned_by=read.get("owned_by", "")
    )


COMPANY_KEYS: dict[str, Key] = {
    "name": LABEL,
    "address": PROSE,
    "telephone": WORD,
    "fax": WORD,
    "web_site": WORD,
    "postcode": WORD,
    "email": WORD,
}
DEPARTMENT_KEYS: dict[str, Key] = {"label": LABEL, "parent": WORD, "manager": WORD}
POSITION_KEYS: dict[str, Key] = {"label": LABEL, "department": WORD, "reports_to": WORD, "roles": WORDS}
ORGANIZATION_KEYS: dict[str, Key] = {
    "company": Key(company, {"$ref": "#/$defs/company"}),
    "departments": Key(departments, {"type": "object", "additionalProperties": {"$ref": "#/$defs/department"}}),
    "positions": Key(positions, {"type": "object", "additionalProperties": {"$ref": "#/$defs/position"}}),
}
ACCESS_TEST_KEYS: dict[str, Key] = {
    "as": Key(word, TEXT, "as_"),
    "can": choice(*VERBS),
    "cannot": choice(*VERBS),
    "on": WORD,
    "owned_by": WORD,
}

LEVELS |= {
    "the company": COMPANY_KEYS,
    "a department": DEPARTMENT_KEYS,
    "a position": POSITION_KEYS,
}
