"""Rules of sharing rules and restrictions: whom they name is there, and their conditions read stored fields only."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.formula import check
from crmspec.spec.rules.formulas import formula_problems
from crmspec.spec.rules.problem import Problem, dangling
from crmspec.spec.scope import ObjectScope
from crmspec.spec.sharing import Restriction, Sharing, principals_of
from crmspec.spec.spec import Spec
from crmspec.spec.stored import PASSING, StoredScope


def check_sharing(spec: Spec, rule: Sharing) -> Iterator[Problem]:
    """Check one sharing rule."""
    address = f"sharing:{rule.name}"
    yield from _people(spec, address, rule)
    one = spec.objects.get(rule.object)
    if one is None:
        yield dangling(address, "object", "object", rule.object, spec.objects, code="CRM301")
        return
    if one.default_access == "controlled_by_parent":
        yield Problem(
            address,
            "object",
            "CRM336",
            f"`{address}` opens nothing: `{rule.object}` follows its parent",
            "whoever may see the parent sees its records, and nobody else does",
            "share the parent",
        )
    yield from _condition(spec, address, rule.object, rule.where)


def check_restriction(spec: Spec, rule: Restriction) -> Iterator[Problem]:
    """Check one restriction."""
    address = f"restriction:{rule.name}"
    yield from _people(spec, address, rule)
    if rule.object not in spec.objects:
        yield dangling(address, "object", "object", rule.object, spec.objects, code="CRM301")
        return
    yield from _condition(spec, address, rule.object, rule.where)


def _people(spec: Spec, address: str, rule: Sharing | Restriction) -> Iterator[Problem]:
    """Say which roles, departments and positions are not there."""
    organization = spec.organization
    for key, one in principals_of(rule):
        match one.kind:
            case "role" if one.name not in spec.roles:
                yield dangling(address, f"{key}.role", "role", one.name, spec.roles, code="CRM304")
            case "department" if one.name not in organization.departments:
                yield dangling(
                    address, f"{key}.department", "department", one.name, organization.departments, code="CRM305"
                )
            case "position" | "team_of" if one.name not in organization.positions:
                yield dangling(
                    address, f"{key}.{one.kind}", "position", one.name, organization.positions, code="CRM306"
                )


def _condition(spec: Spec, address: str, object_name: str, text: str) -> Iterator[Problem]:
    """Check the formula; first as any other, then that it reads nothing but the record's own columns."""
    if not text:
        return
    usual = list(formula_problems(address, "where", text, ObjectScope(spec, object_name)))
    if usual:
        yield from usual
        return
    checked = check(text, StoredScope(spec, object_name), expects="boolean")
    for found in checked.problems:
        yield Problem(
            address,
            "where",
            "CRM335",
            f"`where` of `{address}` reads more than the record's own stored fields",
            found.why or "it stands in the database's own rules, which know this record and no other",
            found.help or "use a field that is stored in the record",
            start=found.start,
            length=max(1, found.end - found.start),
        )
    passing = sorted(PASSING & checked.expression.functions) if checked.expression is not None else ()
    for name in passing:
        yield Problem(
            address,
            "where",
            "CRM335",
            f"`where` of `{address}` uses `{name}()`",
            "who may see a record would change while nobody touches it",
            "compare with a stored field, or let a workflow set one",
        )
