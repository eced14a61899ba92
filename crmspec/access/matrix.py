"""Role × object × verb as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crmspec.access.fields import field_level
from crmspec.access.rights import Rights, rights_of
from crmspec.spec import LEVELS, SCOPES, VERBS, Level, Scope, Spec, Verb, split_field


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """What one role, its includes counted in, gives on one object. `fields` holds those that roles name."""

    role: str
    object: str
    scopes: Mapping[Verb, tuple[Scope, ...]]
    fields: Mapping[str, Level]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """What one role may do with one field: at which level, with which verbs on which records, and the line of a role
    that decides about the level (the field itself, where none does).
    """

    role: str
    level: Level
    scopes: Mapping[Verb, tuple[Scope, ...]]
    address: str


def matrix(spec: Spec) -> tuple[MatrixRow, ...]:
    """Return every role's effective rights, without lines that grant nothing."""
    return tuple(row for role in spec.roles for row in matrix_of(spec, role, rights_of(spec, (role,))))


def matrix_of(spec: Spec, who: str, rights: Rights) -> Iterator[MatrixRow]:
    """Yield what one set of rights gives, an object a line."""
    for name, one in spec.objects.items():
        scopes = _scopes(rights, name)
        if scopes:
            named = {
                field: field_level(rights, spec, name, field)
                for field in one.fields
                if f"{name}.{field}" in rights.fields
            }
            yield MatrixRow(who, name, scopes, named)


def field_matrix(spec: Spec, address: str) -> tuple[FieldRow, ...]:
    """Return the roles that see a field, if only masked, and how."""
    object_name, field_name = split_field(address)
    found = []
    for role in spec.roles:
        rights = rights_of(spec, (role,))
        level = field_level(rights, spec, object_name, field_name)
        if level != "none":
            lines = rights.fields.get(address, ())
            decides = max(lines, key=lambda line: LEVELS.index(line.level)).address if lines else address
            found.append(FieldRow(role, level, _scopes(rights, object_name), decides))
    return tuple(found)


def _scopes(rights: Rights, name: str) -> dict[Verb, tuple[Scope, ...]]:
    return {verb: _in_order(rights.scopes(name, verb)) for verb in VERBS if rights.may(name, verb)}


def _in_order(scopes: frozenset[Scope]) -> tuple[Scope, ...]:
    """Order scopes from narrow to wide; beside `all` the others say nothing."""
    return ("all",) if "all" in scopes else tuple(scope for scope in SCOPES if scope in scopes)
