"""Nodes → the organization."""

from __future__ import annotations

from typing import Any

from crmspec.source.bind import (
    LABEL,
    LEVELS,
    PROSE,
    WORD,
    WORDS,
    Binder,
    Key,
)
from crmspec.source.bind_named import labelled
from crmspec.source.tree import Node
from crmspec.spec.parts import (
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
LEVELS |= {
    "the company": COMPANY_KEYS,
    "a department": DEPARTMENT_KEYS,
    "a position": POSITION_KEYS,
}
