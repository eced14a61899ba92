"""The rule once more, for one record in plain Python: what tests hold the SQL against, and what explains an answer.

Written from design.md section 9 and not from `reach`, `principals` or `predicate`: it must not share their mistakes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crmspec.access.actor import Actor
from crmspec.access.criteria import condition_context, condition_tree
from crmspec.formula import evaluate
from crmspec.spec import Object, Principal, Spec, Verb

Row = Mapping[str, Any]  # column name → stored value
FindRow = Callable[[str, str], Row | None]  # object, id → its row, whoever may see it


def allows(actor: Actor, verb: Verb, object_name: str, row: Row, find: FindRow = lambda _object, _id: None) -> bool:
    """Say whether the actor may do `verb` to the record `row`; `find` gives the records it hangs on.

    A person who stands in for others may do what one of them may, the person among them.
    """
    if actor.within is not None and not allows(actor.within, verb, object_name, row, find):
        return False
    for identity in actor.identities:
        if verb in ("update", "delete", "transfer", "export", "share") and not _passes(
            identity, "read", object_name, row, find, ()
        ):
            continue
        if _passes(identity, verb, object_name, row, find, ()):
            return True
    return False


def may_become(
    actor: Actor,
    verb: Verb,
    object_name: str,
    before: Row,
    after: Row,
    find: FindRow = lambda _object, _id: None,
) -> bool:
    """Say whether one of the actor's identities may turn a record from `before` into `after`.

    The new row has to pass as the old one did; transfer may lead out of its scope, yet not past a restriction.
    """
    for identity in actor.identities:
        if not allows(identity, verb, object_name, before, find):
            continue
        if (
            held_back_by(identity, object_name, after)
            if verb == "transfer"
            else not allows(identity, verb, object_name, after, find)
        ):
            continue
        return True
    return False


def _passes(actor: Actor, verb: Verb, object_name: str, row: Row, find: FindRow, seen: tuple[str, ...]) -> bool:
    scopes = actor.rights.grants.get(object_name, {}).get(verb)
    if not scopes:
        return False
    if held_back_by(actor, object_name, row):
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
    if actor.kind != "guest":
        if one.default_access == "edit" and verb in ("read", "update"):
            return True
        if one.default_access == "read" and verb == "read":
            return True
    owner = row.get("owner_id")
    if any(scope == "all" or (owner is not None and owner in actor.owners.get(scope, ())) for scope in scopes):
        return True
    return is_shared(actor, verb, object_name, row) or bool(is_shared_by_rule(actor, verb, object_name, row))


def held_back_by(actor: Actor, object_name: str, row: Row) -> str:
    """Return the name of a restriction that the record does not meet, '' when it meets all that hold."""
    if actor.system:
        return ""
    for person in (actor, *actor.narrowed_by):
        for rule in actor.spec.restrictions.values():
            meant = rule.object == object_name and any(_names(person, one) for one in rule.principals)
            if meant and not _true(actor.spec, object_name, rule.where, row, person.me):
                return rule.name
    return ""


def is_shared(actor: Actor, verb: Verb, object_name: str, row: Row) -> bool:
    """Say whether somebody shared this one record with the actor for what the verb needs."""
    access = actor.shares.get(object_name, {}).get(row["id"]) if "id" in row else None
    return (access == "edit" and verb in ("read", "update")) or (access == "read" and verb == "read")


def is_shared_by_rule(actor: Actor, verb: Verb, object_name: str, row: Row) -> str:
    """Return the name of a sharing rule that opens the record, '' when none does."""
    for rule in actor.spec.sharing.values():
        if rule.object != object_name or verb not in ("read", "update") or (verb == "update" and rule.access != "edit"):
            continue
        if not any(_names(actor, one) for one in rule.to):
            continue
        owner = row.get("owner_id")
        if rule.owned_by and not any(owner is not None and owner in actor.owned_by[one] for one in rule.owned_by):
            continue
        if not rule.where or _true(actor.spec, object_name, rule.where, row, actor.me):
            return rule.name
    return ""


def _names(actor: Actor, one: Principal) -> bool:
    """Say whether an entry of people means the actor."""
    if one.role:
        return one.role in actor.rights.roles
    chairs, departments = actor.spec.organization.positions, actor.spec.organization.departments
    for held in actor.positions:
        if one.department:
            for name in _upwards(one.below, chairs[held].department, lambda unit: departments[unit].parent):
                if name == one.department:
                    return True
            for unit in departments.values():
                if unit.manager == held and one.department in _upwards(
                    one.below, unit.name, lambda name: departments[name].parent
                ):
                    return True
        elif one.position:
            if one.position in _upwards(one.below, held, lambda name: chairs[name].reports_to):
                return True
        elif held == one.team_of or (
            chairs[held].reports_to and chairs[held].reports_to == chairs[one.team_of].reports_to
        ):
            return True
    return False


def _upwards(further: bool, start: str, above: Callable[[str], str]) -> list[str]:
    """Return where somebody is and, when it counts, everything above."""
    way: list[str] = []
    here = start
    while here and here not in way:
        way.append(here)
        here = above(here) if further else ""
    return way


def _true(spec: Spec, object_name: str, where: str, row: Row, me: str | None) -> bool:
    """Work a condition out for one record. What is not known is not true."""
    one = spec.objects[object_name]
    tree = condition_tree(spec, object_name, where)
    return evaluate(tree, lambda path: _value(spec, one, row, path), condition_context(spec, me)) is True


def _value(spec: Spec, one: Object, row: Row, path: tuple[str, ...]) -> object:
    name = path[0]
    field = one.fields.get(name)
    if field is None:
        if name in ("owner", "created_by", "updated_by"):
            return row.get(f"{name}_id")
        if name.endswith("_since") and name.removesuffix("_since") in one.fields:
            return row.get(one.fields[name.removesuffix("_since")].base_column + "_since")
        return row.get(name)
    if len(path) == 2 and field.pipeline:
        stage = spec.stage_of(field, row.get(field.base_column))
        return getattr(stage, path[1]) if stage is not None else None
    if len(path) == 2:
        return row.get(f"{field.base_column}_{path[1]}")
    return row.get(f"{field.base_column}_id" if field.type in ("lookup", "file", "image") else field.base_column)


def _parent_lets(actor: Actor, verb: Verb, target: str, parent_id: str, find: FindRow, seen: tuple[str, ...]) -> bool:
    if target == "person":
        return True
    parent = find(target, parent_id)
    if parent is None or not _passes(actor, "read", target, parent, find, seen):
        return False
    return verb in ("read", "export") or _passes(actor, "update", target, parent, find, seen)
