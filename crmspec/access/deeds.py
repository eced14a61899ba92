"""Whether rights let somebody do something at all: to some record of an object, or to one of its fields."""

from __future__ import annotations

from crmspec.access.fields import field_level
from crmspec.access.reach import NEEDS_READ, parent_lookup
from crmspec.access.rights import Rights
from crmspec.spec import LEVELS, Level, Spec, Verb, split_field

LEVEL_NEEDED: dict[Verb, Level] = {"create": "edit", "update": "edit"}


def level_needed(verb: Verb) -> Level:
    """Return the level that a verb asks for on a field."""
    return LEVEL_NEEDED.get(verb, "read")


def possible(spec: Spec, rights: Rights, verb: Verb, target: str) -> bool:
    """Say whether there can be records on which the rights give a verb. `target` is an object or a field of one.

    Update, delete, transfer, export and share ask for read, too, and a record that always has a parent for the right
    to that.
    """
    object_name, field_name = split_field(target)
    if not _on_object(spec, rights, verb, object_name, ()):
        return False
    if not field_name:
        return True
    level = field_level(rights, spec, object_name, field_name)
    return LEVELS.index(level) >= LEVELS.index(level_needed(verb))


def _on_object(spec: Spec, rights: Rights, verb: Verb, name: str, way: tuple[str, ...]) -> bool:
    one = spec.objects.get(name)
    if one is None or not rights.may(name, verb) or (verb in NEEDS_READ and not rights.may(name, "read")):
        return False
    parent = parent_lookup(one)
    if parent is None or not parent.required or name in way:
        return True
    asked: Verb = "read" if verb in ("read", "export") else "update"
    return any(to == "person" or _on_object(spec, rights, asked, to, (*way, name)) for to in parent.to)
