"""Nodes → sharing rules, restrictions and record teams."""

from __future__ import annotations

from typing import Any

from crmspec.source.bind import FLAG, FORMULA, LABEL, LEVELS, MISSING, WORD, Binder, Key, choice, one_of
from crmspec.source.bind_named import labelled, needs
from crmspec.source.tree import Node
from crmspec.spec.sharing import ACCESSES, PRINCIPAL_KINDS, Principal, RecordTeam, Restriction, Sharing, TeamRole

_EXAMPLE = "[{role: finance}, {department: sales, below: true}]"


def principals(binder: Binder, node: Node, where: str) -> Any:
    """Read some people: a mapping, or a list of them."""
    if type(node.value) is dict:
        found = [_principal(binder, node, where)]
    elif type(node.value) is list and node.value:
        found = [_principal(binder, child, where) for child in node.value]
    else:
        return binder.wrong_shape(node, where, "a list of people", f"{getattr(node.key, 'value', 'to')}: {_EXAMPLE}")
    known = tuple(dict.fromkeys(one for one in found if one is not None))
    return known or MISSING


def _principal(binder: Binder, node: Node, where: str) -> Principal | None:
    read = binder.part(node, where, PRINCIPAL_KEYS, kind="an entry of people", example="{role: finance}")
    if type(node.value) is not dict:
        return None
    said = [kind for kind in PRINCIPAL_KINDS if kind in node.value]
    if len(said) != 1:
        binder.say(
            "CRM211",
            f"some people of `{where}` are named by {' and '.join(said) if said else 'nothing'}",
            node.at,
            f"it names exactly one of {', '.join(PRINCIPAL_KINDS)}",
            "write several entries" if said else "write `{role: finance}`",
        )
        return None
    if read.get("below") and said[0] not in ("department", "position"):
        below = node.get("below")
        binder.say(
            "CRM204",
            f"`below` stands beside `{said[0]}` in {binder.place(node, where)}",
            below.key_at if below is not None else node.at,
            "only departments and positions have something below them",
            "remove it",
        )
        return None
    return Principal(**read) if said[0] in read else None


def record_team(binder: Binder, node: Node, where: str) -> Any:
    """Read `true`, or team roles and what they may do."""
    if node.value == "true":
        return RecordTeam()
    if node.value == "false":
        return binder.say(
            "CRM206",
            f"{binder.place(node, where)} is `false`",
            node.at,
            "an object has no record team without being asked",
            "remove the line",
        )
    if type(node.value) is not dict:
        return binder.wrong_shape(node, where, "`true` or a mapping from team roles", "record_team: {engineer: edit}")
    roles: dict[str, TeamRole] = {}
    for name, child in binder.named(node, where, "team role", "record_team: {engineer: edit}"):
        read = _team_role(binder, child, where)
        roles[name] = TeamRole(name=name, **labelled(binder, read, name))
    return RecordTeam(roles=roles) if roles else MISSING


def _team_role(binder: Binder, node: Node, where: str) -> dict[str, Any]:
    if type(node.value) is dict:
        return binder.part(node, where, TEAM_ROLE_KEYS, kind="a team role", example="{access: edit}")
    access = one_of(*ACCESSES)(binder, node, where)
    return {} if access is MISSING else {"access": access}


def bind_sharing(binder: Binder, name: str, node: Node) -> Sharing | None:
    """Read one sharing rule."""
    address = f"sharing:{name}"
    read = binder.part(node, address, SHARING_KEYS, kind="a sharing rule", skip="sharing")
    if not needs(binder, node, address, read, object="object: account", to="to: {role: finance}"):
        return None
    return Sharing(name=name, **labelled(binder, read, name))


def bind_restriction(binder: Binder, name: str, node: Node) -> Restriction | None:
    """Read one restriction."""
    address = f"restriction:{name}"
    read = binder.part(node, address, RESTRICTION_KEYS, kind="a restriction", skip="restriction")
    # `for` becomes `principals`; what is missing is said by the name that is written.
    given = {**read, **({"for_": read["principals"]} if "principals" in read else {})}
    examples = {"object": "object: account", "for_": "for: {role: sales_rep}", "where": "where: region == 'east'"}
    if not needs(binder, node, address, given, **examples):
        return None
    return Restriction(name=name, **labelled(binder, read, name))


_PEOPLE = {
    "oneOf": [{"$ref": "#/$defs/principal"}, {"type": "array", "items": {"$ref": "#/$defs/principal"}, "minItems": 1}]
}
PRINCIPAL_KEYS: dict[str, Key] = {"role": WORD, "department": WORD, "position": WORD, "team_of": WORD, "below": FLAG}
TEAM_ROLE_KEYS: dict[str, Key] = {"label": LABEL, "access": choice(*ACCESSES)}
SHARING_KEYS: dict[str, Key] = {
    "label": LABEL,
    "object": WORD,
    "where": FORMULA,
    "owned_by": Key(principals, _PEOPLE),
    "to": Key(principals, _PEOPLE),
    "access": choice(*ACCESSES),
}
RESTRICTION_KEYS: dict[str, Key] = {
    "label": LABEL,
    "object": WORD,
    "for": Key(principals, _PEOPLE, "principals"),
    "where": FORMULA,
}
RECORD_TEAM = Key(
    record_team,
    {
        "oneOf": [
            {"const": True},
            {
                "type": "object",
                "additionalProperties": {"oneOf": [{"enum": list(ACCESSES)}, {"$ref": "#/$defs/team_role"}]},
            },
        ]
    },
)
LEVELS |= {"a sharing rule": SHARING_KEYS, "a restriction": RESTRICTION_KEYS, "a team role": TEAM_ROLE_KEYS}
