"""Who may do more than before, and who less: the effective rights of every role on both sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmspec.plan.change import Change, Hazard
from crmspec.spec import LEVELS, VERBS, Level, Object, Role, Spec, kind_of

_DEFAULTS = ("private", "controlled_by_parent", "read", "edit")


def access_hazards(before: Spec, desired: Spec, changes: Sequence[Change]) -> Iterator[Hazard]:
    """Yield a hazard for every role, position and object by which somebody gains or loses something that exists already."""
    kinds = {kind_of(change.address) for change in changes}
    if "role" in kinds and before.roles:
        yield from _roles(before, desired)
    for change in changes:
        match change.before, change.after:
            case Object() as old, Object() as new if old.default_access != new.default_access:
                wider = _DEFAULTS.index(new.default_access) > _DEFAULTS.index(old.default_access)
                yield Hazard(
                    "widens_access" if wider else "narrows_access",
                    change.address,
                    f"default access is {new.default_access} instead of {old.default_access}",
                )
            case Role(), None:
                yield Hazard("narrows_access", change.address, "whoever has the role only may do nothing any more")
    yield from _positions(before, desired)


def _roles(before: Spec, desired: Spec) -> Iterator[Hazard]:
    from crmspec.access.rights import rights_of

    objects = [name for name in desired.objects if name in before.objects]
    for name in desired.roles:
        if name not in before.roles:
            continue
        old, new = rights_of(before, [name]), rights_of(desired, [name])
        gains: list[str] = []
        losses: list[str] = []
        for object_name in objects:
            for verb in VERBS:
                had, has = old.scopes(object_name, verb), new.scopes(object_name, verb)
                gains += [f"{verb} {scope} {object_name}" for scope in sorted(has - had) if "all" not in had]
                losses += [f"{verb} {scope} {object_name}" for scope in sorted(had - has) if "all" not in has]
        for address in dict.fromkeys((*old.fields, *new.fields)):
            if before.field(address) and desired.field(address):
                _compare_level(address, old.named_level(address), new.named_level(address), gains, losses)
        if new.setup != old.setup:
            (gains if new.setup else losses).append("the set-up pages")
        yield from _hazards(f"role:{name}", gains, losses)


def _compare_level(address: str, had: Level | None, has: Level | None, gains: list[str], losses: list[str]) -> None:
    """Compare what is said of a field; a field that nobody names is as the verbs say, at most edit."""
    old, new = LEVELS.index(had or "edit"), LEVELS.index(has or "edit")
    if new > old:
        gains.append(f"{has or 'as the verbs say'} on {address}")
    elif new < old:
        losses.append(f"{address} ({has} instead of {had or 'as the verbs say'})")


def _positions(before: Spec, desired: Spec) -> Iterator[Hazard]:
    for name, position in desired.organization.positions.items():
        old = before.organization.positions.get(name)
        if old is not None and set(old.roles) != set(position.roles):
            yield from _hazards(
                f"position:{name}",
                [f"the role {role}" for role in position.roles if role not in old.roles],
                [f"the role {role}" for role in old.roles if role not in position.roles],
            )


def _hazards(address: str, gains: Sequence[str], losses: Sequence[str]) -> Iterator[Hazard]:
    if gains:
        yield Hazard("widens_access", address, f"gains {_few(gains)}")
    if losses:
        yield Hazard("narrows_access", address, f"loses {_few(losses)}")


def _few(words: Sequence[str]) -> str:
    return ", ".join(words[:6]) + (f" and {len(words) - 6} more" if len(words) > 6 else "")
