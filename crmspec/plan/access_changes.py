"""Who may do more than before, and who less, as far as it concerns what exists already."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from crmspec.plan.change import Change, Hazard
from crmspec.spec import Department, Field, Object, Position, Restriction, Role, Sharing, Spec

if TYPE_CHECKING:
    from crmspec.access import AccessChange

_DECIDING = ("mask", "formula", "of", "via", "filter", "parent", "type")


def access_hazards(before: Spec, desired: Spec, changes: Sequence[Change]) -> Iterator[Hazard]:
    """Yield a hazard for every sentence about who gains or loses something.

    A role that is new gives nothing until somebody has it, and a grant on a new object opens nothing that was closed.
    """
    if not any(map(_decides, changes)):
        return
    changed = {change.address for change in changes}
    for one in access_sentences(before, desired):
        yield hazard_of(one, changed)


def access_sentences(before: Spec, desired: Spec) -> tuple[AccessChange, ...]:
    """Return what changes for whom, among what is on both sides. `before` stands under its new names."""
    from crmspec.access import diff_access

    def there(one: AccessChange) -> bool:
        name, _, _ = one.address.partition(".")
        return ":" in name or name == "set-up" or (name in before.objects and name in desired.objects)

    return tuple(one for one in diff_access(before, desired) if there(one))


def hazard_of(one: AccessChange, changed: Collection[str]) -> Hazard:
    """Return what has to be allowed for a sentence, at the part that brings it about or at the first it is about."""
    about = [*(f"role:{name}" for name in one.roles), *(f"position:{name}" for name in one.positions), one.address]
    address = next((part for part in about if part in changed), about[0])
    return Hazard("widens_access" if one.widens else "narrows_access", address, one.text)


def _decides(change: Change) -> bool:
    """Say whether a change may be one of rights."""
    match change.before, change.after:
        case (Role() | Position() | Department(), _):
            return change.action != "rename"
        case (Sharing() | Restriction(), _) | (_, Sharing() | Restriction()):
            return change.action != "rename"
        case Object() as old, Object() as new:
            return old.default_access != new.default_access
        case Field() as old_field, Field() as new_field:
            if old_field.parent and (old_field.required, old_field.to) != (new_field.required, new_field.to):
                return True
            return any(getattr(old_field, name) != getattr(new_field, name) for name in _DECIDING)
    return False
