"""A removed and an added part that may be one and the same: asked with the line that would say so, never guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmspec.plan.change import Change, Question
from crmspec.plan.convert import conversion, family
from crmspec.plan.likeness import alike
from crmspec.spec import Field, Object, Option, Spec, Stage, kind_of

_BY_NAME = ("role", "report", "list_view", "layout", "position", "department", "pipeline", "value_set")


def possible_renames(changes: Sequence[Change], desired: Spec) -> tuple[Question, ...]:
    """Return a question for every pair that a declared rename could join. What is merged or split has been said."""
    said = {source for merge in desired.merges for source in merge.sources} | {one.source for one in desired.splits}
    removed = [change for change in changes if change.action == "remove" and change.address not in said]
    added = [change for change in changes if change.action == "add"]
    return tuple(_questions(removed, added, desired.project.time_zone))


def _questions(removed: Sequence[Change], added: Sequence[Change], time_zone: str) -> Iterator[Question]:
    """Compare only what stands in one place: fields of one object, options of one field."""
    by_place: dict[tuple[str, str], list[Change]] = {}
    for new in added:
        by_place.setdefault(_place(new), []).append(new)
    for old in removed:
        for new in by_place.get(_place(old), ()):
            if _may_be(old, new, time_zone):
                yield Question(old.address, new.address, f"- {{from: {old.address}, to: {new.address}}}")


def _place(change: Change) -> tuple[str, str]:
    kind = kind_of(change.address)
    depth = {"field": 1, "option": 2}.get(kind, 0)
    if isinstance(change.before or change.after, Stage):
        return ("stage", change.address.partition(".")[0])
    return (kind, ".".join(change.address.split(".", depth)[:depth]))


def _may_be(old: Change, new: Change, time_zone: str) -> bool:
    match old.before, new.after:
        case Object() as before, Object() as after:
            return alike(before, after)
        case Field() as before, Field() as after:
            return _convertible(before, after, time_zone)
        case (Option(), Option()) | (Stage(), Stage()):
            return True
        case before, after if kind_of(old.address) in _BY_NAME:
            return type(before) is type(after) and _same_but_name(before, after)
    return False


def _convertible(before: Field, after: Field, time_zone: str) -> bool:
    if before.row.control == "computed" or after.row.control == "computed":
        return before.type == after.type
    if before.type in ("lookup", "many_to_many") or after.type in ("lookup", "many_to_many"):
        return before.type == after.type and bool(set(before.to) & set(after.to))
    if family(before) == "text" and family(after) != "text":
        return after.convert is not None  # any text might be parsed as anything: that alone is no likeness
    return before.type == after.type or conversion(before, after, time_zone) is not None


def _same_but_name(before: object, after: object) -> bool:
    """Say whether at least half of the keys that say anything are equal, name and label aside."""
    keys = [key for key in getattr(type(before), "__slots__", ()) if key not in ("name", "label", "help")]
    said = [key for key in keys if getattr(before, key) or getattr(after, key)]
    return bool(said) and sum(getattr(before, key) == getattr(after, key) for key in said) * 2 > len(said)
