"""Which records a verb reaches: one small value that the SQL predicate and the explanation both read.

Order of the rule: the verb is granted → the record is in one of its scopes, or the object's default opens it, or its
parent lets it through → update, delete, transfer, export and share also need read → a new row must pass too.

- `default_access: read` opens read, `edit` opens read and update, for everybody who has the verb at some scope.
- `controlled_by_parent`: the record follows its parent entirely: read and export need read on the parent, every other
  verb needs update on it; the scopes of its own grants count only for records that have no parent.
- A record without an owner is in the scope `all` only.
- transfer is the one verb by which a record may leave the scope: its scope speaks of the owner before.
"""

from __future__ import annotations

from dataclasses import dataclass

from crmspec.access.actor import Actor
from crmspec.spec import Field, Object, Verb

NEEDS_READ: frozenset[Verb] = frozenset({"update", "delete", "transfer", "export", "share"})
_OPENED_BY_DEFAULT: dict[str, frozenset[Verb]] = {"read": frozenset({"read"}), "edit": frozenset({"read", "update"})}


@dataclass(frozen=True, slots=True)
class Reach:
    """`granted` False: nothing. `everything`: all records. Else those of `owners`; with `parent`, records that have a
    parent follow it by that verb instead.
    """

    granted: bool = False
    everything: bool = False
    owners: frozenset[str] = frozenset()
    parent: Verb | None = None

    def and_also(self, other: Reach) -> Reach:
        """Return what both reach."""
        if not (self.granted and other.granted):
            return NOTHING
        if self.everything or other.everything:
            owners = other.owners if self.everything else self.owners
        else:
            owners = self.owners & other.owners
        # Update on a parent asks for read on it, so the stronger of two verbs says both.
        parent = "update" if "update" in (self.parent, other.parent) else self.parent
        return Reach(True, self.everything and other.everything, owners, parent)


NOTHING = Reach()


def reach(actor: Actor, verb: Verb, object_name: str) -> Reach:
    """Return which records of an object a verb reaches."""
    found = _granted_reach(actor, verb, object_name)
    if verb in NEEDS_READ and found.granted:
        found = found.and_also(_granted_reach(actor, "read", object_name))
    return found


def _granted_reach(actor: Actor, verb: Verb, object_name: str) -> Reach:
    scopes = actor.rights.scopes(object_name, verb)
    one = actor.spec.objects.get(object_name)
    if not scopes or one is None:
        return NOTHING
    owners = frozenset[str]().union(*(actor.owners.get(scope, frozenset()) for scope in scopes))
    open_to_all = "all" in scopes or verb in _OPENED_BY_DEFAULT.get(one.default_access, ())
    follows = parent_lookup(one) is not None and not actor.system
    parent: Verb | None = ("read" if verb in ("read", "export") else "update") if follows else None
    return Reach(True, open_to_all, frozenset() if open_to_all else owners, parent)


def parent_lookup(one: Object) -> Field | None:
    """Return the lookup that a record follows, or None when its object is not controlled by a parent."""
    if one.default_access != "controlled_by_parent":
        return None
    return next((field for field in one.fields.values() if field.parent and field.type == "lookup"), None)
