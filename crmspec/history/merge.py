"""Two specs that grew from one, as plain values → the parts that both changed, each to something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Plain = Any
_MISSING: Plain = object()


@dataclass(frozen=True, slots=True)
class Conflict:
    """One part that two branches changed to different things; None for what is not there."""

    path: tuple[str, ...]
    before: Plain
    theirs: Plain
    ours: Plain

    @property
    def address(self) -> str:
        """The part in the words of the project: `contact.fax: label`."""
        kind, *names = self.path
        if kind != "objects":
            return ": ".join((kind, ".".join(names))) if names else kind
        name, *rest = names
        if len(rest) >= 2 and rest[0] == "fields":
            name, rest = f"{name}.{rest[1]}", rest[2:]
        return f"{name}: {'.'.join(rest)}" if rest else name


def merge_plain(before: Plain, theirs: Plain, ours: Plain) -> tuple[Plain, tuple[Conflict, ...]]:
    """Return what both sides come to, and where they contradict each other; there, ours stands."""
    conflicts: list[Conflict] = []
    merged = _merge((), before, theirs, ours, conflicts)
    return merged, tuple(conflicts)


def _merge(path: tuple[str, ...], before: Plain, theirs: Plain, ours: Plain, conflicts: list[Conflict]) -> Plain:
    if theirs == ours or ours == before:
        return theirs
    if theirs == before:
        return ours
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return _merge_maps(path, before if isinstance(before, dict) else {}, theirs, ours, conflicts)
    if isinstance(theirs, list) and isinstance(ours, list):
        return _merge_lists(path, before if isinstance(before, list) else [], theirs, ours, conflicts)
    conflicts.append(Conflict(path, *(None if one is _MISSING else one for one in (before, theirs, ours))))
    return ours


def _merge_maps(
    path: tuple[str, ...], before: dict[str, Plain], theirs: dict[str, Plain], ours: dict[str, Plain],
    conflicts: list[Conflict],
) -> dict[str, Plain]:
    found = {}
    for key in dict.fromkeys((*theirs, *ours)):
        value = _merge((*path, key), before.get(key, _MISSING), theirs.get(key, _MISSING), ours.get(key, _MISSING),
                       conflicts)
        if value is not _MISSING:
            found[key] = value
    return found


def _merge_lists(
    path: tuple[str, ...], before: list[Plain], theirs: list[Plain], ours: list[Plain], conflicts: list[Conflict],
) -> list[Plain]:
    """Merge named things by their names; of others, what either added is in, and what either took away is out."""
    if all(isinstance(item, dict) and "name" in item for item in (*before, *theirs, *ours)):
        first, second, third = ({item["name"]: item for item in items} for items in (before, theirs, ours))
        return list(_merge_maps(path, first, second, third, conflicts).values())
    return list(_united(before, theirs, ours))


def _united(before: list[Plain], theirs: list[Plain], ours: list[Plain]) -> Iterator[Plain]:
    yield from (item for item in theirs if item in ours or item not in before)
    yield from (item for item in ours if item not in before and item not in theirs)
