"""The organisation as a graph: which positions each scope of a position reaches. Pure; people come in `actor`.

own: only the person. team: positions that report to the same position, and the position itself. subordinates: all
positions below in the reporting line (not the position's other holders), and the person. department: positions of the
departments one sits in or manages. department_below: of those and all departments under them. all: everybody, and
records without an owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crmspec.access.once import once_per_spec
from crmspec.spec import Organization, Scope, Spec


@dataclass(frozen=True, slots=True)
class Graph:
    """For each position the positions it reaches, by scope, and for each department those under it and itself."""

    reached: Mapping[str, Mapping[Scope, frozenset[str]]]
    departments_below: Mapping[str, frozenset[str]]

    def positions(self, held: Iterable[str], scope: Scope) -> frozenset[str]:
        """Return the positions that the holder of `held` reaches by a scope."""
        found: set[str] = set()
        for position in held:
            found |= self.reached.get(position, {}).get(scope, frozenset())
        return frozenset(found)


@once_per_spec
def graph_of(spec: Spec) -> Graph:
    """Build the graph of a spec's organisation."""
    organization = spec.organization
    positions = organization.positions
    below = _below({name: position.reports_to for name, position in positions.items()})
    departments = _below({name: department.parent for name, department in organization.departments.items()})
    inside: dict[str, set[str]] = {}
    siblings: dict[str, set[str]] = {}
    for name, position in positions.items():
        inside.setdefault(position.department, set()).add(name)
        siblings.setdefault(position.reports_to, set()).add(name)
    reached: dict[str, Mapping[Scope, frozenset[str]]] = {}
    for name, position in positions.items():
        mine = _departments_of(organization, name)
        under = {lower for one in mine for lower in (one, *departments.get(one, ()))}
        reached[name] = {
            "team": frozenset({name} | (siblings[position.reports_to] if position.reports_to else set())),
            "subordinates": frozenset(below[name]),
            "department": frozenset(chair for one in mine for chair in inside.get(one, ())),
            "department_below": frozenset(chair for one in under for chair in inside.get(one, ())),
        }
    return Graph(reached, {name: frozenset({name} | lower) for name, lower in departments.items()})


def _departments_of(organization: Organization, position: str) -> set[str]:
    """Return the departments a position sits in or manages."""
    found = {name for name, department in organization.departments.items() if department.manager == position}
    own = organization.positions[position].department
    return found | ({own} if own else set())


def _below(above: Mapping[str, str]) -> dict[str, set[str]]:
    """Turn node → node above into node → all nodes below. A circle (refused at `validate`) does not run for ever."""
    below: dict[str, set[str]] = {name: set() for name in above}
    for name in above:
        seen = {name}
        upper = above[name]
        while upper in below and upper not in seen:
            below[upper].add(name)
            seen.add(upper)
            upper = above[upper]
    return below
