"""Why somebody may or may not do something: position → role → line of the role, or the piece that is missing."""

from __future__ import annotations

from dataclasses import dataclass

from crmspec.access.actor import Actor
from crmspec.access.fields import field_level
from crmspec.access.oracle import FindRow, Row, allows
from crmspec.access.reach import parent_lookup
from crmspec.access.rights import Grant
from crmspec.spec import LEVELS, Level, Verb, split_field

_LEVEL_NEEDED: dict[str, Level] = {"read": "read", "export": "read", "create": "edit", "update": "edit"}


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a reason: a sentence, and the address of the line it speaks of (empty: of no line)."""

    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer with its reasons, in the order they were found."""

    allowed: bool
    steps: tuple[Step, ...]


def explain(
    actor: Actor, verb: Verb, target: str, record: Row | None = None, find: FindRow = lambda _object, _id: None
) -> Explanation:
    """Say whether the actor may do `verb` to an object, a field (`quote.margin`), or one record of it, and why.

    Without a record the question is whether there can be such records at all.
    """
    object_name, field_name = split_field(target)
    if object_name not in actor.spec.objects:
        return Explanation(False, (Step(f"there is no object `{object_name}`"),))
    who = _who(actor)
    granted, steps = _verb(actor, verb, object_name)
    steps = [*who, *steps]
    if not granted:
        return Explanation(False, tuple(steps))
    allowed = True
    if record is not None:
        allowed = allows(actor, verb, object_name, record, find)
        steps.append(_about_record(actor, verb, object_name, record, allowed))
    if field_name:
        fits, step = _about_field(actor, verb, object_name, field_name)
        steps.append(step)
        allowed = allowed and fits
    return Explanation(allowed, tuple(steps))


def _who(actor: Actor) -> list[Step]:
    """Say where the roles come from."""
    chairs = actor.spec.organization.positions
    steps = [
        Step(f"holds the position `{name}`, which brings {_listed(chairs[name].roles)}", f"position:{name}")
        for name in actor.positions
        if name in chairs
    ]
    steps.extend(Step(f"holds the role `{name}` directly", f"role:{name}") for name in actor.direct_roles)
    return steps or [Step("holds no position and no role")]


def _verb(actor: Actor, verb: Verb, object_name: str) -> tuple[bool, list[Step]]:
    lines = actor.rights.reasons(object_name, verb)
    if not lines:
        return False, [
            Step(f"no role grants `{verb}` on `{object_name}`, and what is not granted is denied", object_name)
        ]
    return True, [Step(_sentence(line), line.address) for line in lines]


def _sentence(line: Grant) -> str:
    way = " → ".join(f"`{role}`" for role in line.through)
    return f"role {way} grants `{line.verb}` on `{line.object}` with scope `{line.scope}`"


def _about_record(actor: Actor, verb: Verb, object_name: str, record: Row, allowed: bool) -> Step:
    one = actor.spec.objects[object_name]
    parent = parent_lookup(one)
    owner = record.get("owner_id")
    if parent is not None and record.get(f"{parent.base_column}_id") is not None:
        verdict = "lets" if allowed else "does not let"
        return Step(
            f"the record follows its parent in `{parent.name}`, which {verdict} it through",
            f"{object_name}.{parent.name}",
        )
    if allowed and one.default_access in ("read", "edit") and verb in ("read", "update"):
        return Step(
            f"`{object_name}` is open to everybody who has the verb: default_access is `{one.default_access}`",
            object_name,
        )
    scopes = actor.rights.scopes(object_name, verb)
    reached = sorted(scope for scope in scopes if scope == "all" or owner in actor.owners.get(scope, ()))
    if allowed:
        return Step(f"the record's owner is in scope {_listed(tuple(reached))}")
    if owner is None:
        return Step("the record has no owner: only the scope `all` reaches it")
    if reached:
        return Step(f"`{verb}` reaches the record, but `read` does not, and `{verb}` needs it", object_name)
    return Step(f"the record's owner is in none of the scopes {_listed(tuple(sorted(scopes)))}")


def _about_field(actor: Actor, verb: Verb, object_name: str, field_name: str) -> tuple[bool, Step]:
    address = f"{object_name}.{field_name}"
    level = field_level(actor.rights, actor.spec, object_name, field_name)
    needed = _LEVEL_NEEDED.get(verb, "read")
    fits = LEVELS.index(level) >= LEVELS.index(needed)
    lines = actor.rights.fields.get(address, ())
    if lines:
        line = max(lines, key=lambda entry: LEVELS.index(entry.level))
        why = f"role {' → '.join(f'`{role}`' for role in line.through)} sets `{address}` to `{line.level}`"
        where = line.address
    else:
        why, where = f"no role names `{address}`, so it is as the verbs say", address
    return fits, Step(f"{why}; its level is `{level}`, and `{verb}` needs `{needed}`", where)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "no role"
