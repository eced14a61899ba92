"""Why one record is reached or not: restrictions, then each way there is, in the order of the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from crmspec.access.actor import Actor
from crmspec.access.oracle import FindRow, Row, allows, held_back_by, is_shared, is_shared_by_rule
from crmspec.access.principals import restrictions_for
from crmspec.access.reach import NEEDS_READ, parent_lookup
from crmspec.access.reasons import Step, listed, step
from crmspec.spec import Verb


def about_record(
    actor: Actor, verb: Verb, object_name: str, record: Row, find: FindRow, name_of: Callable[[str], str]
) -> Iterator[Step]:
    """Yield what decides about a record for one identity whose roles grant the verb."""
    held_back = held_back_by(actor, object_name, record)
    for one in restrictions_for(actor, object_name):
        fits = one.rule.name != held_back
        sentence = "restriction_met" if fits else "restriction"
        yield step(sentence, f"restriction:{one.rule.name}", fits, rule=one.rule.name, where=one.rule.where)
        if not fits:
            return
    allowed = allows(actor, verb, object_name, record, find)
    if verb in NEEDS_READ and not allowed and _reaches(actor, verb, object_name, record, find):
        yield step("no_read", object_name, False, verb=verb)
        verb = "read"
    yield from _ways(actor, verb, object_name, record, allowed, name_of)


def _reaches(actor: Actor, verb: Verb, object_name: str, record: Row, find: FindRow) -> bool:
    """Say whether the verb alone would reach the record."""
    if not allows(actor, "read", object_name, record, find):
        owner, scopes = record.get("owner_id"), actor.rights.scopes(object_name, verb)
        return any(one == "all" or (owner is not None and owner in actor.owners.get(one, ())) for one in scopes)
    return False


def _ways(
    actor: Actor, verb: Verb, object_name: str, record: Row, allowed: bool, name_of: Callable[[str], str]
) -> Iterator[Step]:
    one = actor.spec.objects[object_name]
    parent = parent_lookup(one)
    if parent is not None and record.get(f"{parent.base_column}_id") is not None:
        sentence = "parent_lets" if allowed else "parent_not"
        yield step(sentence, f"{object_name}.{parent.name}", allowed, field=parent.name)
        return
    owner = record.get("owner_id")
    scopes = actor.rights.scopes(object_name, verb)
    reached = [name for name in sorted(scopes) if owner is not None and owner in actor.owners.get(name, ())]
    name = name_of(owner) if owner is not None else ""
    named = f" ({name})" if name else ""
    if allowed:
        yield _opened(actor, verb, object_name, record, "all" in scopes, reached, named)
    elif owner is None:
        yield step("no_owner", object_name, False)
    elif not reached:
        yield step("no_scope", object_name, False, owner=named, scopes=listed(sorted(scopes)))
    if not allowed and not reached and verb in ("read", "update"):
        yield step("not_shared", object_name, False)


def _opened(
    actor: Actor, verb: Verb, object_name: str, record: Row, everything: bool, reached: Sequence[str], named: str
) -> Step:
    """Return the first way that opens the record: scope, default, sharing rule, share."""
    one = actor.spec.objects[object_name]
    if everything:
        return step("everything", fits=True)
    if reached:
        return step("scope", fits=True, owner=named, scopes=listed(reached))
    if actor.kind != "guest" and one.default_access in ("read", "edit") and verb in ("read", "update"):
        return step("default", object_name, True, object=object_name, access=one.default_access)
    rule = is_shared_by_rule(actor, verb, object_name, record)
    if rule:
        return step("sharing", f"sharing:{rule}", True, rule=rule)
    access = actor.shares.get(object_name, {}).get(str(record.get("id")), "read")
    assert is_shared(actor, verb, object_name, record), "an allowed record is opened in one of the ways"
    return step("share", object_name, True, access=access)
