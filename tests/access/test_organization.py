"""Whose records each scope reaches."""

from __future__ import annotations

import pytest

from crmspec.access import graph_of
from crmspec.spec import Department, Organization, Position, Project, Scope, Spec

CHAIRS = {
    "boss": ("head", ""),
    "sales_head": ("head", "boss"),
    "east_lead": ("east", "sales_head"),
    "east_1": ("east", "east_lead"),
    "east_2": ("east", "east_lead"),
    "west_lead": ("west", "sales_head"),
    "west_1": ("west", "west_lead"),
    "lab": ("lab", "boss"),
    "temp": ("", ""),
}
TREE = {
    "head": ("", "boss"),
    "sales": ("head", "sales_head"),
    "east": ("sales", ""),
    "west": ("sales", ""),
    "lab": ("", ""),
}
ORGANIZATION = Organization(
    departments={
        name: Department(name=name, parent=parent, manager=manager) for name, (parent, manager) in TREE.items()
    },
    positions={
        name: Position(name=name, department=department, reports_to=above)
        for name, (department, above) in CHAIRS.items()
    },
)
SPEC = Spec(project=Project(crm="test"), organization=ORGANIZATION)


@pytest.mark.parametrize(
    ("position", "scope", "expected"),
    [
        ("sales_head", "subordinates", "east_lead east_1 east_2 west_lead west_1"),
        ("east_1", "subordinates", ""),
        ("east_1", "team", "east_1 east_2"),
        ("sales_head", "team", "sales_head lab"),
        ("boss", "team", "boss"),
        ("east_1", "department", "east_lead east_1 east_2"),
        ("east_1", "department_below", "east_lead east_1 east_2"),
        # Who manages a department belongs to it, wherever their own chair stands.
        ("sales_head", "department", "boss sales_head"),
        ("sales_head", "department_below", "boss sales_head east_lead east_1 east_2 west_lead west_1"),
        ("temp", "department", ""),
        ("temp", "department_below", ""),
        ("temp", "team", "temp"),
        ("boss", "subordinates", "sales_head east_lead east_1 east_2 west_lead west_1 lab"),
    ],
)
def test_positions_a_scope_reaches(position: str, scope: Scope, expected: str) -> None:
    """Each scope reaches exactly the positions its definition says."""
    assert graph_of(SPEC).positions((position,), scope) == frozenset(expected.split())


def test_several_positions_reach_together() -> None:
    """Who holds two chairs reaches what either reaches."""
    assert graph_of(SPEC).positions(("east_lead", "lab"), "subordinates") == {"east_1", "east_2"}


def test_the_closure_is_what_walking_up_finds() -> None:
    """The stored closure equals a walk from every position upwards."""
    for upper in CHAIRS:
        below = set()
        for lower in CHAIRS:
            here = CHAIRS[lower][1]
            while here:
                if here == upper:
                    below.add(lower)
                here = CHAIRS[here][1]
        assert graph_of(SPEC).positions((upper,), "subordinates") == below


def test_a_circle_in_the_reporting_line_ends() -> None:
    """`validate` refuses it; the graph must not run for ever, and nobody is their own subordinate."""
    positions = {"a": Position(name="a", reports_to="b"), "b": Position(name="b", reports_to="a")}
    spec = Spec(project=Project(crm="test"), organization=Organization(positions=positions))
    assert graph_of(spec).positions(("a",), "subordinates") == {"b"}
