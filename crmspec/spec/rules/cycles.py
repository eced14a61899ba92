"""Rules against going round in circles: formulas, roles, departments, reporting lines, parents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from crmspec.spec.rules.problem import Problem
from crmspec.spec.spec import Spec


def cycles(edges: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """Give each cycle of a graph once, beginning with its least node. Does not recurse, so chains may be long."""
    done: set[str] = set()
    for start in sorted(edges):
        if start in done:
            continue
        path: list[str] = []
        on_path: set[str] = set()
        waiting: list[tuple[str, bool]] = [(start, False)]
        while waiting:
            node, leaving = waiting.pop()
            if leaving:
                path.pop()
                on_path.discard(node)
                done.add(node)
            elif node in on_path:
                found = path[path.index(node) :]
                least = found.index(min(found))
                yield (*found[least:], *found[:least])
            elif node not in done:
                path.append(node)
                on_path.add(node)
                waiting.append((node, True))
                waiting.extend((after, False) for after in sorted(edges.get(node, ()), reverse=True))


def cycle_problems(
    edges: Mapping[str, Iterable[str]], address: str, key: str, code: str, what: str, why: str, help: str
) -> Iterator[Problem]:
    """Say each cycle at its first node; `address` is a format with the node's name."""
    for found in dict.fromkeys(cycles(edges)):
        way = " → ".join(f"`{node}`" for node in (*found, found[0]))
        related = tuple((address.format(node), key, "then this one") for node in found[1:])
        yield Problem(address.format(found[0]), key, code, f"{what}: {way}", why, help, related=related)


def check_cycles(
    spec: Spec, computed: Mapping[str, Iterable[str]], parents: Mapping[str, Iterable[str]]
) -> Iterator[Problem]:
    """Check everything that could go round: which worked-out field reads which, which object follows which."""
    yield from cycle_problems(
        computed,
        "{}",
        "formula",
        "CRM402",
        "fields that are worked out of each other",
        "there is no first one to begin with",
        "take one of them out of the other's formula",
    )
    yield from cycle_problems(
        {role.name: role.include for role in spec.roles.values()},
        "role:{}",
        "include",
        "CRM330",
        "roles that include each other",
        "each would give what the other gives",
        "remove one `include`",
    )
    departments = spec.organization.departments
    yield from cycle_problems(
        {d.name: [d.parent] for d in departments.values() if d.parent},
        "department:{}",
        "parent",
        "CRM331",
        "departments above each other",
        "the tree has no top",
        "change one `parent`",
    )
    positions = spec.organization.positions
    yield from cycle_problems(
        {p.name: [p.reports_to] for p in positions.values() if p.reports_to},
        "position:{}",
        "reports_to",
        "CRM331",
        "positions that report to each other",
        "the line has no top",
        "change one `reports_to`",
    )
    yield from cycle_problems(
        parents,
        "{}",
        "default_access",
        "CRM332",
        "objects whose access follows each other",
        "nobody would know who may see a record",
        "give one of them another `default_access`",
    )
