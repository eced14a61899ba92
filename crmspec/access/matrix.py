"""Role × object × verb as a table, and the difference between two such tables in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crmspec.access.fields import field_level
from crmspec.access.rights import Rights, rights_of
from crmspec.spec import LEVELS, SCOPES, VERBS, Level, Scope, Spec, Verb


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """What one role, its includes counted in, gives on one object. `fields` holds those that roles name."""

    role: str
    object: str
    scopes: Mapping[Verb, tuple[Scope, ...]]
    fields: Mapping[str, Level]


@dataclass(frozen=True, slots=True)
class AccessChange:
    """One sentence about a role that gives more or less than before."""

    role: str
    address: str  # the object or the field
    widens: bool
    text: str


def matrix(spec: Spec) -> tuple[MatrixRow, ...]:
    """Return every role's effective rights, without lines that grant nothing."""
    return tuple(row for role in spec.roles for row in _rows(spec, role))


def _rows(spec: Spec, role: str) -> Iterator[MatrixRow]:
    rights = rights_of(spec, (role,))
    for name, one in spec.objects.items():
        scopes = {verb: _in_order(rights.scopes(name, verb)) for verb in VERBS if rights.may(name, verb)}
        if scopes:
            named = {
                field: field_level(rights, spec, name, field)
                for field in one.fields
                if f"{name}.{field}" in rights.fields
            }
            yield MatrixRow(role, name, scopes, named)


def _in_order(scopes: frozenset[Scope]) -> tuple[Scope, ...]:
    """Order scopes from narrow to wide; beside `all` the others say nothing."""
    return ("all",) if "all" in scopes else tuple(scope for scope in SCOPES if scope in scopes)


def diff_access(deployed: Spec | None, desired: Spec) -> tuple[AccessChange, ...]:
    """Say what each role gains and loses from one spec to the next."""
    roles = dict.fromkeys((*(deployed.roles if deployed else ()), *desired.roles))
    return tuple(change for role in roles for change in _role_changes(deployed, desired, role))


def _role_changes(deployed: Spec | None, desired: Spec, role: str) -> Iterator[AccessChange]:
    before = rights_of(deployed, (role,)) if deployed else Rights()
    after = rights_of(desired, (role,))
    if before.setup != after.setup:
        word = "may now" if after.setup else "may no longer"
        yield AccessChange(role, "set-up", after.setup, f"`{role}` {word} open set-up")
    old_objects = deployed.objects if deployed else {}
    for name in dict.fromkeys((*old_objects, *desired.objects)):
        yield from _verb_changes(role, name, before, after)
        if deployed and name in old_objects and name in desired.objects:
            yield from _field_changes(deployed, desired, role, name, before, after)
            yield from _default_changes(deployed, desired, role, name, after)


def _verb_changes(role: str, name: str, before: Rights, after: Rights) -> Iterator[AccessChange]:
    for verb in VERBS:
        old, new = (_in_order(rights.scopes(name, verb)) for rights in (before, after))
        if old == new:
            continue
        if not old:
            yield AccessChange(role, name, True, f"`{role}` gains {verb} on `{name}` ({', '.join(new)})")
        elif not new:
            yield AccessChange(role, name, False, f"`{role}` loses {verb} on `{name}` ({', '.join(old)})")
        else:
            widens = "all" in new or ("all" not in old and not set(new) <= set(old))
            text = f"`{role}`: {verb} on `{name}` goes from {', '.join(old)} to {', '.join(new)}"
            yield AccessChange(role, name, widens, text)


def _field_changes(
    deployed: Spec, desired: Spec, role: str, name: str, before: Rights, after: Rights
) -> Iterator[AccessChange]:
    """Group fields by what changes, so that a role that loses ten fields is one sentence."""
    moved: dict[tuple[Level, Level], list[str]] = {}
    for field in deployed.objects[name].fields:
        if field not in desired.objects[name].fields:
            continue
        old, new = field_level(before, deployed, name, field), field_level(after, desired, name, field)
        if old != new:
            moved.setdefault((old, new), []).append(field)
    # When a whole verb came or went, its own sentence has said so.
    verbs_same = all(before.may(name, verb) == after.may(name, verb) for verb in ("read", "update", "create"))
    for (old, new), fields in moved.items():
        if not verbs_same and not any(f"{name}.{field}" in {**before.fields, **after.fields} for field in fields):
            continue
        widens = LEVELS.index(new) > LEVELS.index(old)
        what = f"`{name}.{fields[0]}`"
        if len(fields) > 1:
            what = f"{len(fields)} fields of `{name}` ({', '.join(fields[:5])}{' …' if len(fields) > 5 else ''})"
        text = f"`{role}` {'gains' if widens else 'loses'} {new if widens else old} on {what} (was {old}, is {new})"
        yield AccessChange(role, f"{name}.{fields[0]}" if len(fields) == 1 else name, widens, text)


_OPENNESS = {"private": 0, "controlled_by_parent": 0, "read": 1, "edit": 2}


def _default_changes(deployed: Spec, desired: Spec, role: str, name: str, after: Rights) -> Iterator[AccessChange]:
    old, new = deployed.objects[name].default_access, desired.objects[name].default_access
    if old == new or not after.may(name, "read"):
        return
    widens = _OPENNESS[new] > _OPENNESS[old]
    text = f"`{role}`: records of `{name}` it does not reach by scope go from {old} to {new}"
    yield AccessChange(role, name, widens, text)
