"""Nodes → roles: which verbs, over which records, which fields."""

from __future__ import annotations

from typing import Any

from crmspec.diagnostics import did_you_mean
from crmspec.source.bind import FLAG, LABEL, LEVELS, MISSING, PROSE, WORDS, Binder, Key, flag, words
from crmspec.source.form import shown
from crmspec.source.tree import Node
from crmspec.spec.parts import LEVELS as FIELD_LEVELS
from crmspec.spec.parts import SCOPES, VERBS, Role

_EXAMPLE = "grants: {account: {create: true, read: department, update: own}}"


def grants(binder: Binder, node: Node, where: str) -> Any:
    """Read object → verb → scopes."""
    if type(node.value) is not dict:
        return binder.wrong_shape(node, where, "a mapping from objects", _EXAMPLE)
    out: dict[str, dict[str, tuple[str, ...]]] = {}
    for object_name, child in node.value.items():
        if type(child.value) is not dict:
            binder.wrong_shape(child, where, "a mapping from verbs", _EXAMPLE)
            continue
        verbs: dict[str, tuple[str, ...]] = {}
        for verb, scope_node in child.value.items():
            if verb not in VERBS:
                binder.say(
                    "CRM210",
                    f"unknown verb `{shown(verb)}` in the grants of `{where}` on `{shown(object_name)}`",
                    scope_node.key_at,
                    f"the verbs are {', '.join(VERBS)}",
                    did_you_mean(verb, VERBS),
                )
                continue
            scopes = _scopes(binder, scope_node, where, verb)
            if scopes is not MISSING:
                verbs[verb] = scopes
        out[object_name] = verbs
    return out


def _scopes(binder: Binder, node: Node, where: str, verb: str) -> Any:
    """Read the scopes of one verb: `true` for all records, a word, or a list of words."""
    if type(node.value) is str and node.value.lower() in ("true", "false", "yes", "no", "on", "off"):
        granted = flag(binder, node, where)
        if granted is False:
            return binder.say(
                "CRM206",
                f"{binder.place(node, where)} is `false`",
                node.at,
                "a verb that is not named is not granted",
                "remove the line, or write `mute` to take back what an included role gives",
            )
        return ("all",) if granted is True else MISSING
    given = words(binder, node, where)
    if given is MISSING:
        return MISSING
    known = tuple(scope for scope in given if scope in SCOPES)
    for scope in given:
        if scope not in SCOPES:
            binder.say(
                "CRM210",
                f"unknown scope `{shown(scope)}` for {binder.place(node, where)}",
                node.at,
                f"the scopes are true, {', '.join(SCOPES)}",
                did_you_mean(scope, SCOPES),
            )
    if verb == "create" and known and known != ("all",):
        return binder.say(
            "CRM206",
            f"{binder.place(node, where)} has a scope",
            node.at,
            "a record that is not there yet belongs to nobody",
            "write `create: true`",
        )
    return known or MISSING


def levels(binder: Binder, node: Node, where: str) -> Any:
    """Read field → level."""
    if type(node.value) is not dict:
        return binder.wrong_shape(node, where, "a mapping from fields", "fields: {opportunity.margin: none}")
    out: dict[str, str] = {}
    for address, child in node.value.items():
        if child.value in FIELD_LEVELS:
            out[address] = child.value
        elif type(child.value) is str:
            binder.say(
                "CRM210",
                f"unknown level `{shown(child.value)}` for {binder.place(child, where)}",
                child.at,
                f"the levels are {', '.join(FIELD_LEVELS)}",
                did_you_mean(child.value, FIELD_LEVELS),
            )
        else:
            binder.wrong_shape(child, where, "a level", "fields: {opportunity.margin: none}")
    return out


def bind_role(binder: Binder, name: str, node: Node) -> Role:
    """Read one role."""
    read = binder.part(node, f"role:{name}", ROLE_KEYS, kind="a role", skip="role")
    if "label" not in read:
        read["label"] = binder.spoken(name)
    return Role(name=name, **read)


_SCOPE = {"enum": [True, *SCOPES]}
_GRANTS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": False,
        "properties": {verb: {"oneOf": [_SCOPE, {"type": "array", "items": {"enum": list(SCOPES)}}]} for verb in VERBS},
    },
}
ROLE_KEYS: dict[str, Key] = {
    "label": LABEL,
    "help": PROSE,
    "include": WORDS,
    "grants": Key(grants, _GRANTS),
    "mute": Key(grants, _GRANTS),
    "fields": Key(levels, {"type": "object", "additionalProperties": {"enum": list(FIELD_LEVELS)}}),
    "setup": FLAG,
    "second_factor": FLAG,
}
LEVELS |= {"a role": ROLE_KEYS}
