"""Who may do more than before, and who less, as far as it concerns what exists already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmspec.plan.change import Change, Hazard
from crmspec.spec import Object, Position, Role, Spec


def access_hazards(before: Spec, desired: Spec, changes: Sequence[Change]) -> Iterator[Hazard]:
    """Yield a hazard for every role, position and object by which somebody gains or loses something.

    A role that is new gives nothing until somebody has it, and a grant on a new object opens nothing that was closed.
    """
    rights = False
    for change in changes:
        match change.before, change.after:
            case Object() as old, Object() as new if change.action == "alter":
                rights = rights or old.default_access != new.default_access
            case Role(), None:
                yield Hazard("narrows_access", change.address, "whoever has only this role may do nothing any more")
            case Role(), Role():
                rights = rights or change.action == "alter"
            case Position() as old_position, Position() as position if change.action == "alter":
                yield from _of_position(change.address, old_position, position)
    if rights:
        yield from _of_roles(before, desired)


def _of_roles(before: Spec, desired: Spec) -> Iterator[Hazard]:
    from crmspec.access import diff_access

    for change in diff_access(before, desired):
        name = change.address.partition(".")[0]
        there = name in before.objects or name not in desired.objects
        if (
            change.role in before.roles
            and change.role in desired.roles
            and there
            and name not in _gone(before, desired)
        ):
            yield Hazard("widens_access" if change.widens else "narrows_access", f"role:{change.role}", change.text)


def _gone(before: Spec, desired: Spec) -> set[str]:
    return set(before.objects) - set(desired.objects)


def _of_position(address: str, before: Position, after: Position) -> Iterator[Hazard]:
    gained = [role for role in after.roles if role not in before.roles]
    lost = [role for role in before.roles if role not in after.roles]
    if gained:
        yield Hazard("widens_access", address, f"whoever holds it gains the role {', '.join(gained)}")
    if lost:
        yield Hazard("narrows_access", address, f"whoever holds it loses the role {', '.join(lost)}")
