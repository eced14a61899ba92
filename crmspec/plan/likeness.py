"""How much two objects have in common: whether one may be the other under another name, or from an earlier time."""

from __future__ import annotations

from crmspec.spec import Object

# Two objects are alike when this part of their fields have the same name and type; below it they are two things.
ALIKE = 0.6


def alike(one: Object, other: Object) -> bool:
    """Say whether two objects have most of their fields in common."""
    first, second = _fields(one), _fields(other)
    return len(first & second) >= ALIKE * max(len(first), len(second), 1)


def holds(earlier: Object, later: Object) -> bool:
    """Say whether an object has most of the fields of an earlier one; it may have others besides."""
    return len(_fields(earlier) & _fields(later)) >= ALIKE * max(len(earlier.fields), 1)


def _fields(one: Object) -> set[tuple[str, str]]:
    return {(field.name, field.type) for field in one.fields.values()}
