"""Which records a verb reaches: one small value that the SQL predicate, row policies and explanations read.

Order of the rule: the verb is granted → restrictions hold → the record is in one of its scopes, or the object's default
opens it, or a sharing rule, or a share of this one record, or its parent lets it through → update, delete, transfer,
export and share also need read → a new row must pass too.

- `default_access: read` opens read, `edit` opens read and update, for everybody who has the verb at some scope; guests
  are no part of everybody.
- A sharing rule or a share opens read, with `edit` update too; no other verb, and none that no role grants.
- `controlled_by_parent`: the record follows its parent entirely: read and export need read on the parent, every other
  verb needs update on it; scopes and shares of its own count only for records that have no parent. Restrictions on it
  hold beside those on the parent.
- A record without an owner is in the scope `all` only.
- transfer is the one verb by which a record may leave the scope: its scope speaks of the owner before.
- Who stands in for somebody is several identities (`Actor.identities`): each has a reach of its own, and what one of
  them reaches the person reaches. Restrictions that name the person hold for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from crmspec.access.actor import Actor
from crmspec.access.principals import Held, is_one_of, restrictions_for, sharing_by_object
from crmspec.spec import Field, Object, Sharing, Verb

NEEDS_READ: frozenset[Verb] = frozenset({"update", "delete", "transfer", "export", "share"})
_OPENED: dict[str, frozenset[Verb]] = {"read": frozenset({"read"}), "edit": frozenset({"read", "update"})}


@dataclass(frozen=True, slots=True)
class Reach:
    """What one identity reaches by one verb.

    `granted` False: nothing. `everything`: all records. Else those of `owners`, those that a share row opens (`shared`:
    the least it has to say, '' for not at all), and those that one of `criteria` shares: each with its `where`, and
    with `owned_by` only where the owner is in `Actor.owned_by` for one of its entries. With `parent`, records that have
    a parent follow it by that verb instead. `also` is what the record has to be in as well, for a verb that needs read;
    of it only `everything`, `owners`, `shared` and `criteria` count. All `restrictions` have to hold, whatever else.
    """

    granted: bool = False
    everything: bool = False
    owners: frozenset[str] = frozenset()
    parent: Verb | None = None
    shared: Literal["", "read", "edit"] = ""
    criteria: tuple[Sharing, ...] = ()
    restrictions: tuple[Held, ...] = ()
    also: Reach | None = None

    def and_also(self, other: Reach) -> Reach:
        """Return what both reach; as one where one lies within the other, so that SQL stays short."""
        if not (self.granted and other.granted):
            return NOTHING
        # Update on a parent asks for read on it, so the stronger of two verbs says both.
        parent = "update" if "update" in (self.parent, other.parent) else self.parent
        if self._within(other):
            return replace(self, parent=parent)
        if other._within(self):
            return replace(other, parent=parent)
        return replace(self, parent=parent, also=replace(other, parent=None, restrictions=()))

    def _within(self, other: Reach) -> bool:
        """Say whether everything that this reaches the other one does, leaving parents and restrictions aside."""
        if other.everything:
            return True
        shares = not self.shared or other.shared == "read" or self.shared == other.shared
        return (
            not self.everything
            and self.owners <= other.owners
            and shares
            and all(rule in other.criteria for rule in self.criteria)
        )


NOTHING = Reach()


def reach(identity: Actor, verb: Verb, object_name: str) -> Reach:
    """Return which records of an object a verb reaches, for one identity: what a person stands in for is left aside."""
    found = _granted_reach(identity, verb, object_name)
    if verb in NEEDS_READ and found.granted:
        found = found.and_also(_granted_reach(identity, "read", object_name))
    return found


def may_reach(actor: Actor, verb: Verb, object_name: str) -> bool:
    """Say whether a verb reaches any record at all, for one of the identities of a person."""
    return any(reach(identity, verb, object_name).granted for identity in actor.identities)


def _granted_reach(actor: Actor, verb: Verb, object_name: str) -> Reach:
    scopes = actor.rights.scopes(object_name, verb)
    one = actor.spec.objects.get(object_name)
    if not scopes or one is None:
        return NOTHING
    follows = parent_lookup(one) is not None and not actor.system
    parent: Verb | None = ("read" if verb in ("read", "export") else "update") if follows else None
    restrictions = restrictions_for(actor, object_name)
    opened = verb in _OPENED.get(one.default_access, ()) and actor.kind != "guest"
    if "all" in scopes or opened:
        return Reach(True, True, parent=parent, restrictions=restrictions)
    owners, criteria = _shared_by_rules(actor, verb, object_name)
    if owners is None:
        return Reach(True, True, parent=parent, restrictions=restrictions)
    owners |= frozenset[str]().union(*(actor.owners.get(scope, frozenset()) for scope in scopes))
    shared: Literal["", "read", "edit"] = {"read": "read", "update": "edit"}.get(verb, "")  # type: ignore[assignment]
    return Reach(True, False, owners, parent, shared, criteria, restrictions)


def _shared_by_rules(actor: Actor, verb: Verb, object_name: str) -> tuple[frozenset[str] | None, tuple[Sharing, ...]]:
    """Return the owners whose records sharing rules open (None: everybody's), and the rules that have a condition."""
    owners: frozenset[str] = frozenset()
    criteria: list[Sharing] = []
    for rule in sharing_by_object(actor.spec).get(object_name, ()):
        if verb not in _OPENED[rule.access] or not is_one_of(actor, rule.to):
            continue
        if rule.where:
            criteria.append(rule)
        elif not rule.owned_by:
            return None, ()
        else:
            owners |= owners_meant(actor, rule)
    return owners, tuple(criteria)


def owners_meant(actor: Actor, rule: Sharing) -> frozenset[str]:
    """Return the people whose records a rule with `owned_by` speaks of."""
    return frozenset[str]().union(*(actor.owned_by.get(one, frozenset()) for one in rule.owned_by))


def parent_lookup(one: Object) -> Field | None:
    """Return the lookup that a record follows, or None when its object is not controlled by a parent."""
    if one.default_access != "controlled_by_parent":
        return None
    return next((field for field in one.fields.values() if field.parent and field.type == "lookup"), None)
