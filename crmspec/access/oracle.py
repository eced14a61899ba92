"""The rule once more, for one record in plain Python: what tests hold the SQL against, and what explains an answer.

Written from design.md section 9 and not from `reach` or `predicate`: it must not share their mistakes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crmspec.access.actor import Actor
from crmspec.spec import Verb

Row = Mapping[str, Any]  # column name → stored value
FindRow = Callable[[str, str], Row | None]  # object, id → its row, whoever may see it


def allows(actor: Actor, verb: Verb, object_name: str, row: Row, find: FindRow = lambda _object, _id: None) -> bool:
    """Say whether the actor may do `verb` to the record `row`; `find` gives the records it hangs on."""
    if verb in ("update", "delete", "transfer", "export", "share") and not _passes(
        actor, "read", object_name, row, find, ()
    ):
        return False
    return _passes(actor, verb, object_name, row, find, ())


def _passes(actor: Actor, verb: Verb, object_name: str, row: Row, find: FindRow, seen: tuple[str, ...]) -> bool:
    scopes = actor.rights.grants.get(object_name, {}).get(verb)
    if not scopes:
        return False
    one = actor.spec.objects[object_name]
    if one.default_access == "controlled_by_parent" and not actor.system:
        for field in one.fields.values():
            if not field.parent or field.type != "lookup":
                continue
            if object_name in seen:
                return False
            parent_id = row.get(field.base_column + "_id")
            if parent_id is not None:
                target = row.get(field.base_column + "_object") if len(field.to) > 1 else field.to[0]
                return _parent_lets(actor, verb, str(target), parent_id, find, (*seen, object_name))
            break
    if one.default_access == "edit" and verb in ("read", "update"):
        return True
    if one.default_access == "read" and verb == "read":
        return True
    owner = row.get("owner_id")
    return any(scope == "all" or (owner is not None and owner in actor.owners[scope]) for scope in scopes)


def _parent_lets(actor: Actor, verb: Verb, target: str, parent_id: str, find: FindRow, seen: tuple[str, ...]) -> bool:
    if target == "person":
        return True
    parent = find(target, parent_id)
    if parent is None or not _passes(actor, "read", target, parent, find, seen):
        return False
    return verb in ("read", "export") or _passes(actor, "update", target, parent, find, seen)
