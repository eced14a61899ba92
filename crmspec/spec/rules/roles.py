"""Rules of roles, departments and positions: everything they name is there, and does something."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.diagnostics import did_you_mean
from crmspec.spec.address import SYSTEM_FIELDS
from crmspec.spec.parts import Organization, Role
from crmspec.spec.rules.problem import Problem, dangling, unknown_names
from crmspec.spec.spec import Spec

EVERY_OBJECT = "*"


def check_environments(spec: Spec) -> Iterator[Problem]:
    """Check what the environments of a project name."""
    for environment in spec.project.environments.values():
        if environment.open_id:
            key = f"environments.{environment.name}.open_id.roles"
            yield from unknown_names("project", key, "role", environment.open_id.roles, spec.roles, code="CRM304")


def check_role(spec: Spec, role: Role) -> Iterator[Problem]:
    """Check one role."""
    address = f"role:{role.name}"
    yield from unknown_names(address, "include", "role", role.include, spec.roles, code="CRM304")
    for key, given in (("grants", role.grants), ("mute", role.mute)):
        for name in given:
            if name != EVERY_OBJECT and name not in spec.objects:
                yield dangling(address, f"{key}.{name}", "object", name, spec.objects, code="CRM301")
    if role.mute and not role.include:
        yield Problem(
            address,
            "mute",
            "CRM333",
            f"`mute` of `{address}` does nothing",
            "the role includes no other",
            "remove `mute`",
        )
    for name, level in role.fields.items():
        yield from _level(spec, address, name, level)


def _level(spec: Spec, address: str, name: str, level: str) -> Iterator[Problem]:
    object_name, dot, field_name = name.partition(".")
    one = spec.objects.get(object_name)
    key = f"fields.{name}"
    if not dot:
        yield Problem(
            address,
            key,
            "CRM302",
            f"`{address}` gives a level to `{name}`, which is no field",
            "a field is written with its object",
            f"write `{name}.field: {level}`",
        )
    elif one is None:
        yield dangling(address, key, "object", object_name, spec.objects, code="CRM301")
    elif field_name not in one.fields:
        system = field_name in SYSTEM_FIELDS
        yield Problem(
            address,
            key,
            "CRM302",
            f"`{address}` gives a level to `{name}`, which is {'kept by the system' if system else 'not there'}",
            "system fields are read with the record" if system else f"`{object_name}` has no field of this name",
            "remove the line" if system else did_you_mean(field_name, one.fields),
        )
    elif level == "edit" and one.fields[field_name].row.control in ("computed", "read_only"):
        yield Problem(
            address,
            key,
            "CRM334",
            f"`{address}` lets people edit `{name}`, a {one.fields[field_name].type} field",
            "nobody can",
            "write `read`",
        )


def check_organization(spec: Spec, organization: Organization) -> Iterator[Problem]:
    """Check departments and positions against each other and against the roles."""
    departments, positions = organization.departments, organization.positions
    for department in departments.values():
        address = f"department:{department.name}"
        if department.parent and department.parent not in departments:
            yield dangling(address, "parent", "department", department.parent, departments, code="CRM305")
        if department.manager and department.manager not in positions:
            yield dangling(address, "manager", "position", department.manager, positions, code="CRM306")
    for position in positions.values():
        address = f"position:{position.name}"
        if position.department and position.department not in departments:
            yield dangling(address, "department", "department", position.department, departments, code="CRM305")
        if position.reports_to and position.reports_to not in positions:
            yield dangling(address, "reports_to", "position", position.reports_to, positions, code="CRM306")
        yield from unknown_names(address, "roles", "role", position.roles, spec.roles, code="CRM304")
