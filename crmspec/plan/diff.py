"""Two specs in, their differences out: one change an address, parents compared by their own keys only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any

from crmspec.plan.change import Change
from crmspec.plan.moved import moved
from crmspec.plan.renames import Renamed, address_of, renamed_between
from crmspec.spec import Field, Object, Pipeline, Spec, differing, kind_of

# Children stand in the diff by themselves; of a field's options only their order is its own.
_CHILDREN: dict[type, frozenset[str]] = {
    Object: frozenset({"fields", "validation", "indexes"}),
    Field: frozenset({"options"}),
    Pipeline: frozenset({"stages"}),
}
_KINDS = (
    "project",
    "company",
    "object",
    "field",
    "option",
    "validation",
    "index",
    "value_set",
    "pipeline",
    "role",
    "department",
    "position",
    "sharing",
    "restriction",
    "report",
    "list_view",
    "layout",
    "dashboard",
    "app",
    "seed",
    "system",
)


def diff_specs(deployed: Spec, desired: Spec, *, backward: bool = False) -> tuple[Change, ...]:
    """Return every difference, in the order of addresses. Renames are those that the desired spec declares."""
    renamed = renamed_between(deployed, desired, backward=backward)
    return changes_between(deployed, moved(deployed, desired, renamed), desired, renamed)


def changes_between(deployed: Spec, before: Spec, desired: Spec, renamed: Renamed) -> tuple[Change, ...]:
    """Return the changes from the deployed spec, which stands under its new names in `before`, to the desired one."""
    found = [*_renames(deployed, desired, renamed), *_differences(before, desired)]
    return tuple(sorted(found, key=sort_key))


def sort_key(change: Change) -> tuple[int, str, int, str, str]:
    """Order by object, the object first, then its parts by kind and name; what belongs to no object comes after."""
    kind = kind_of(change.address)
    owner = object_of(change.address)
    known = _KINDS.index(kind) if kind in _KINDS else len(_KINDS)
    return (0 if owner else 1, owner, known, change.address, change.action)


def object_of(address: str) -> str:
    """Return the object that a part stands under; '' for parts that stand for themselves."""
    kind, colon, rest = address.partition(":")
    if kind_of(address) in ("object", "field", "option") and address not in ("project", "company"):
        return address.split(".", 1)[0]
    return rest.split(".", 1)[0] if colon and kind in ("validation", "index") else ""


def _renames(deployed: Spec, desired: Spec, renamed: Renamed) -> Iterator[Change]:
    if not renamed:
        return
    old, new = deployed.parts(), desired.parts()
    for path in renamed.names:
        was, now = address_of(path), address_of(renamed.path(path))
        if was in old and now in new and not _repeats(new, now):
            yield Change("rename", now, old[was], new[now], was=was)


def _differences(before: Spec, desired: Spec) -> Iterator[Change]:
    if before == desired:
        return
    old, new = _only_different(before, desired), _only_different(desired, before)
    old_parts, new_parts = old.parts(), new.parts()
    for address, part in old_parts.items():
        if address not in new_parts and not _repeats(old_parts, address):
            yield Change("remove", address, part, None)
    for address, part in new_parts.items():
        if _repeats(new_parts, address):
            continue
        if address not in old_parts:
            yield Change("add", address, None, part)
        elif old_parts[address] != part and own(old_parts[address], part) != own(part, old_parts[address]):
            yield Change("alter", address, old_parts[address], part)


def _only_different(one: Spec, other: Spec) -> Spec:
    """Leave out the objects that are equal on both sides: most of them, most of the time."""
    return replace(one, objects={name: one.objects[name] for name in differing(one.objects, other.objects)})


def _repeats(parts: Mapping[str, object], address: str) -> bool:
    """Say whether a part is an option that a stage says already: a pipeline writes its stages into its field."""
    if kind_of(address) != "option":
        return False
    field = parts.get(".".join(address.split(".", 2)[:2]))
    return isinstance(field, Field) and bool(field.pipeline)


def own(part: object, other: object) -> dict[str, object]:
    """Return a part's own keys: without its children, but with the order of those that both sides have."""
    left_out = _CHILDREN.get(type(part), frozenset())
    kind: Any = type(part)
    found = {name: getattr(part, name) for name in _keys(kind) if name not in left_out}
    if isinstance(part, Field) and isinstance(other, Field) and (part.options or other.options):
        found["options"] = _common(part.option_names, other.option_names)
    if isinstance(part, Pipeline) and isinstance(other, Pipeline):
        found["stages"] = _common(part.stages, other.stages)
    return found


def _common(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    there = set(others)
    return tuple(name for name in names if name in there)


@cache
def _keys(kind: Any) -> tuple[str, ...]:
    return tuple(key.name for key in fields(kind) if key.compare)
