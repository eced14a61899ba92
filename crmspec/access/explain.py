"""Why somebody may or may not do something: position → role → line of the role, then what of it reaches the record; or
the piece that is missing, and who could give it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from crmspec.access.actor import Actor, roles_held
from crmspec.access.deeds import level_needed
from crmspec.access.explain_record import about_record
from crmspec.access.fields import field_level
from crmspec.access.oracle import FindRow, Row, allows
from crmspec.access.reach import NEEDS_READ
from crmspec.access.reasons import Step, listed, step
from crmspec.access.rights import Grant, rights_of
from crmspec.spec import LEVELS, Spec, Verb, split_field

_GIVERS_MOST = 4


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer with its reasons, in the order they were found."""

    allowed: bool
    steps: tuple[Step, ...]


def explain(
    actor: Actor,
    verb: Verb,
    target: str,
    record: Row | None = None,
    find: FindRow = lambda _object, _id: None,
    name_of: Callable[[str], str] = lambda _person_id: "",
) -> Explanation:
    """Say whether the actor may do `verb` to an object, a field (`quote.margin`), or one record of it, and why.

    Without a record the question is whether there can be such records at all. Somebody who stands in for others may do
    what one of them may: the answer is that of the first who may, else their own. `name_of` gives owners their names.
    """
    object_name, _ = split_field(target)
    if object_name not in actor.spec.objects:
        return Explanation(False, (step("no_object", object=object_name),))
    answers = (_answer(identity, verb, target, record, find, name_of) for identity in actor.identities)
    first = next(answers)
    return first if first.allowed else next((one for one in answers if one.allowed), first)


def _answer(
    actor: Actor, verb: Verb, target: str, record: Row | None, find: FindRow, name_of: Callable[[str], str]
) -> Explanation:
    object_name, field_name = split_field(target)
    steps = [*_who(actor)]
    granted = [*_granted(actor, verb, object_name)]
    steps += granted
    if any(one.fits is False for one in granted):
        return Explanation(False, tuple(steps))
    allowed = True
    if record is not None:
        allowed = allows(actor, verb, object_name, record, find)
        steps += about_record(actor, verb, object_name, record, find, name_of)
        if not allowed:
            steps += _wider(actor, verb, object_name)
    if field_name:
        last = _about_field(actor, verb, object_name, field_name)
        steps.append(last)
        allowed = allowed and last.fits is not False
    return Explanation(allowed, tuple(steps))


def _who(actor: Actor) -> Iterator[Step]:
    """Say where the roles come from."""
    if actor.narrowed_by:
        yield step("stands_in", person=actor.name or actor.login)
    chairs = actor.spec.organization.positions
    held = [name for name in actor.positions if name in chairs]
    for name in held:
        yield step("position", f"position:{name}", position=name, roles=listed(chairs[name].roles))
    for name in actor.direct_roles:
        yield step("role", f"role:{name}", role=name)
    if not held and not actor.direct_roles:
        yield step("holds_nothing")


def _granted(actor: Actor, verb: Verb, object_name: str) -> Iterator[Step]:
    lines = actor.rights.reasons(object_name, verb)
    for line in lines:
        yield _grant(line)
    if not lines:
        yield step("no_grant", object_name, fits=False, verb=verb, object=object_name)
        yield from _givers(actor.spec, verb, object_name)
    elif verb in NEEDS_READ and not actor.rights.may(object_name, "read"):
        yield step("needs_read", object_name, fits=False, verb=verb, object=object_name)
        yield from _givers(actor.spec, "read", object_name)


def _grant(line: Grant) -> Step:
    way = " → ".join(f"`{role}`" for role in line.through)
    return step("grant", line.address, True, way=way, verb=line.verb, object=line.object, scope=line.scope)


def _givers(spec: Spec, verb: Verb, object_name: str) -> Iterator[Step]:
    """Say which roles give a verb, and which positions bring one of them."""
    roles = [role for role in spec.roles if rights_of(spec, (role,)).may(object_name, verb)]
    yield from _offered(spec, roles, "givers", verb=verb)


def _wider(actor: Actor, verb: Verb, object_name: str) -> Iterator[Step]:
    """Say which roles give a verb on other records than the actor's own do."""
    held = actor.rights.scopes(object_name, verb)
    if "all" in held:
        return
    roles = [
        role
        for role in actor.spec.roles
        if role not in actor.roles and rights_of(actor.spec, (role,)).scopes(object_name, verb) - held
    ]
    yield from _offered(actor.spec, roles, "wider", verb=verb)


def _offered(spec: Spec, roles: list[str], sentence: str, verb: Verb) -> Iterator[Step]:
    if not roles:
        return
    seats = [name for name in spec.organization.positions if {*roles_held(spec, (name,))} & {*roles}]
    yield step(sentence, f"role:{roles[0]}", verb=verb, roles=_some(roles), positions=_some(seats))


def _some(names: Iterable[str]) -> str:
    every = [*names]
    more = f" +{len(every) - _GIVERS_MOST}" if len(every) > _GIVERS_MOST else ""
    return listed(every[:_GIVERS_MOST]) + more if every else "–"


def _about_field(actor: Actor, verb: Verb, object_name: str, field_name: str) -> Step:
    address = f"{object_name}.{field_name}"
    level, needed = field_level(actor.rights, actor.spec, object_name, field_name), level_needed(verb)
    fits = LEVELS.index(level) >= LEVELS.index(needed)
    said = {"field": address, "level": level, "verb": verb, "needed": needed}
    lines = actor.rights.fields.get(address, ())
    if not lines:
        return step("field_silent", address, fits, **said)
    line = max(lines, key=lambda entry: LEVELS.index(entry.level))
    way = " → ".join(f"`{role}`" for role in line.through)
    return step("field_named", line.address, fits, way=way, named=line.level, **said)
