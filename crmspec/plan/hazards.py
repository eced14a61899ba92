"""Changes in, hazards out: what somebody has to allow before the plan is deployed, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmspec.plan.access_changes import access_hazards
from crmspec.plan.change import Change, DataCheck, Hazard
from crmspec.plan.convert import conversion, needs_conversion
from crmspec.plan.cutting import is_cut_up
from crmspec.plan.impact import Users
from crmspec.plan.moving import Moving
from crmspec.plan.moving_values import all_go
from crmspec.plan.several import becomes_one
from crmspec.plan.sides import same_child, with_new_objects
from crmspec.spec import TEXT_TYPES, Field, Object, Spec


def hazards_of(
    before: Spec,
    desired: Spec,
    changes: Sequence[Change],
    checks: Sequence[DataCheck],
    uses: Users,
    moves: Sequence[Moving] = (),
) -> tuple[Hazard, ...]:
    """Return every hazard, in the order of the changes. `before` is the deployed spec under its new names, and `uses`
    what uses what in it.
    """
    merged = {move.source.name for move in moves if all_go(move)}
    found = [
        hazard
        for change in changes
        if not (change.address in merged and change.action == "remove")
        for hazard in _of_change(before, desired, uses, change)
    ]
    found += [hazard for move in moves for hazard in _of_move(desired, move)]
    found += [Hazard("may_fail_on_data", check.address, check.what) for check in checks]
    found += access_hazards(before, desired, changes)
    order = {change.address: number for number, change in enumerate(changes)}
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda hazard: order.get(hazard.address, len(order))))


def _of_change(before: Spec, desired: Spec, uses: Users, change: Change) -> Iterator[Hazard]:
    match change.action, change.before, change.after:
        case "remove", Object(), _:
            yield _loses(desired, change)
        case "remove", Field() as field, _ if _stored(field) and change.address.partition(".")[0] in desired.objects:
            yield _loses(desired, change)
            yield from _broken(desired, uses, change)
        case "alter", Field() as old, Field() as new:
            yield from _of_altered_field(before, desired, uses, change, old, new)


def _of_move(desired: Spec, move: Moving) -> Iterator[Hazard]:
    """Say what is left behind by records that become records of another object, and that nobody saves meanwhile."""
    taken = {source.name for source, _ in move.pairs}
    days = desired.project.retention_days
    for field in move.source.fields.values():
        if _stored(field) and field.name not in taken and not move.back:
            where = f"has no place in `{move.target.name}`"
            reason = f"what is stored {where} and goes out of sight; a rollback brings it back for {days} days"
            yield Hazard("loses_data", f"{move.source.name}.{field.name}", reason)
    what = f"records of `{move.source.name}` become records of `{move.target.name}`"
    yield Hazard("blocks_writes", move.target.name, f"{what} in the release itself: nobody can save either meanwhile")


def _stored(field: Field) -> bool:
    return field.row.stored or bool(field.row.child)


def _loses(desired: Spec, change: Change) -> Hazard:
    days = desired.project.retention_days
    return Hazard("loses_data", change.address, f"what is stored goes out of sight; it can be restored for {days} days")


def _of_altered_field(
    before: Spec, desired: Spec, uses: Users, change: Change, old: Field, new: Field
) -> Iterator[Hazard]:
    address = change.address
    if _stored(old) and not _stored(new):
        yield _loses(desired, change)
    elif needs_conversion(old, new) and old.row.columns:
        makes = new.convert is not None and new.convert.make_missing
        known = with_new_objects(before, desired) if makes else before
        way = conversion(old, new, desired.project.time_zone, known, desired)
        elsewhere = old.type == new.type == "lookup" and not set(old.to) <= set(new.to)
        if elsewhere or (new.row.child and old.type in TEXT_TYPES and not is_cut_up(old, new)):
            yield _loses(desired, change)
        elif new.row.child or old.type == new.type == "lookup":
            yield Hazard("rewrites_table", address, f"values are copied from {old.type} to {new.type}")
        elif way is None:
            yield Hazard(
                "loses_data",
                address,
                f"{old.type} cannot become {new.type} by itself: the old values go out of sight, "
                f"and can be restored for {desired.project.retention_days} days",
            )
        elif not way.identity:
            what = f"to {new.decimals} digits after the point"
            if old.type != new.type:
                what = f"from {old.type} to {new.type}"
            elif new.row.formula == "text":
                what = f"to at most {new.max_length} characters"
            kept = "" if way.in_place else "; the old ones are kept"
            yield Hazard("rewrites_table", address, f"every value is converted {what}{kept}")
    elif old.row.child and not same_child(old, new):
        if becomes_one(old, new):
            words = "one" if new.row.columns[0][1] != "text" or new.options else "a text"
            yield Hazard("rewrites_table", address, f"several values become {words}; the old ones are kept")
        else:
            yield _loses(desired, change)
    if old.type != new.type:
        yield from _broken(desired, uses, change)
    if new.on_delete == "cascade" and old.on_delete != "cascade" and old.type == new.type:
        yield Hazard(
            "loses_data", address, f"deleting what it points at will delete the {address.partition('.')[0]}, too"
        )


def _broken(desired: Spec, uses: Users, change: Change) -> Iterator[Hazard]:
    left = {
        kind: kept
        for kind, names in uses.of(change.address).by.items()
        if (kept := tuple(name for name in names if _still_there(desired, kind, name)))
    }
    if left:
        words = "; ".join(f"{kind.replace('_', ' ')} {', '.join(names)}" for kind, names in left.items())
        yield Hazard("breaks_consumers", change.address, f"used by {words}")


def _still_there(desired: Spec, kind: str, name: str) -> bool:
    """Say whether a report or a formula that used the part goes on without it: its answers are others then."""
    return (kind == "report" and name in desired.reports) or (kind == "formula" and desired.field(name) is not None)
