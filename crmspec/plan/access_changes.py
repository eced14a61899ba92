"""Who may do more than before, and who less, as far as it concerns what exists already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from crmspec.plan.change import Change, Hazard
from crmspec.spec import Object, Position, Restriction, Role, Sharing, Spec


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
            case (Sharing() | Restriction() | None) as rule, (Sharing() | Restriction() | None) as other:
                yield from _of_rule(before, desired, change.address, rule, other)
    if rights:
        yield from _of_roles(before, desired)


def _of_rule(
    before: Spec, desired: Spec, address: str, old: Sharing | Restriction | None, new: Sharing | Restriction | None
) -> Iterator[Hazard]:
    """A sharing rule that comes opens, one that goes closes, and the other way round with restrictions.

    One that changes its condition or its people does both, as far as anybody can tell without the records.
    """
    one = new or old
    if one is None or one.object not in before.objects or one.object not in desired.objects:
        return  # nothing was there that could be opened or closed
    said = f"records of `{one.object}`"
    if (old is None or new is None) and isinstance(one, Restriction):
        opens, word = new is None, "holds back" if old is None else "no longer holds back"
    else:
        opens, word = old is None, "opens" if old is None else "no longer opens"
    if old is None or new is None:
        yield Hazard("widens_access" if opens else "narrows_access", address, f"{word} {said} for {_listed(one)}")
    elif old != replace(new, name=old.name, label=old.label):
        widened, narrowed = _moved(old, new)
        if widened:
            yield Hazard("widens_access", address, f"changes which {said} are open, or for whom")
        if narrowed:
            yield Hazard("narrows_access", address, f"changes which {said} are open, or for whom")


def _moved(old: Sharing | Restriction, new: Sharing | Restriction) -> tuple[bool, bool]:
    """Say whether a changed rule may let more through, and whether less. What cannot be told counts as both."""
    if isinstance(old, Sharing) and isinstance(new, Sharing):
        known = (old.object, old.where, old.owned_by) == (new.object, new.where, new.owned_by)
        more = set(new.to) >= set(old.to) and (old.access, new.access) != ("edit", "read")
        less = set(new.to) <= set(old.to) and (old.access, new.access) != ("read", "edit")
    else:
        assert isinstance(old, Restriction)
        assert isinstance(new, Restriction)
        known = (old.object, old.where) == (new.object, new.where)
        more, less = set(new.principals) <= set(old.principals), set(new.principals) >= set(old.principals)
    return not (known and less), not (known and more)


def _listed(rule: Sharing | Restriction) -> str:
    people = rule.to if isinstance(rule, Sharing) else rule.principals
    return ", ".join(str(one) for one in people)


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
