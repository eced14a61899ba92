"""Field levels: what a person may do with one field, and with everything that is worked out from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from crmspec.access.rights import Rights
from crmspec.formula.parse import parse
from crmspec.spec import LEVELS, SYSTEM_FIELDS, Field, Level, Spec

PERSON = "person"  # the pseudo-object that `owner`, `created_by` and lookups to people point at


def field_level(rights: Rights, spec: Spec, object_name: str, field_name: str) -> Level:
    """Return the level of a field: the highest that roles name, else edit with update or create, else read.

    A formula or rollup is never above the lowest field it reads. System fields are read with the object.
    """
    found = _highest(_level(one, spec, object_name, field_name, ()) for one in rights.each)
    return lowest((found, field_level(rights.within, spec, object_name, field_name))) if rights.within else found


def path_level(rights: Rights, spec: Spec, object_name: str, path: Iterable[str]) -> Level:
    """Return the level of a path through lookups: the lowest of all it passes."""
    read = tuple(fields_read(spec, object_name, tuple(path)))
    found = _highest(lowest(_level(one, spec, owner, name, ()) for owner, name in read) for one in rights.each)
    return lowest((found, path_level(rights.within, spec, object_name, path))) if rights.within else found


def formula_level(rights: Rights, spec: Spec, object_name: str, text: str) -> Level:
    """Return the lowest level of what a formula reads; edit when it reads nothing."""
    paths = parse(text).paths
    return _highest(lowest(path_level(one, spec, object_name, path) for path in paths) for one in rights.each)


def lowest(levels: Iterable[Level]) -> Level:
    """Return the lowest of several levels; edit when there are none."""
    return min(levels, key=LEVELS.index, default="edit")


def _highest(levels: Iterable[Level]) -> Level:
    """Return the highest of what a person's own rights say and of those they stand in for."""
    return max(levels, key=LEVELS.index)


def readable(level: Level) -> bool:
    """Say whether a value may be used: shown, filtered and sorted by, grouped, added up."""
    return level in ("read", "edit")


def fields_read(spec: Spec, object_name: str, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield (object, field) for each field that a path passes: `account.owner.name` reads `opportunity.account` and
    `account.owner`. Parts of people, of stages and of dates belong to the field before them.
    """
    here: tuple[str, ...] = (object_name,)
    for segment in path:
        following: list[str] = []
        for name in here:
            field_name = _field_behind(spec, name, segment)
            if field_name is None:
                continue
            yield name, field_name
            field = spec.objects[name].fields.get(field_name)
            following.extend(field.to if field is not None and field.type in ("lookup", "many_to_many") else ())
        here = tuple(name for name in following if name in spec.objects)
        if not here:
            return


def _field_behind(spec: Spec, object_name: str, segment: str) -> str | None:
    """Return the field a segment stands for: `days_in_stage` is of `stage`, an unknown name of nothing."""
    fields = spec.objects[object_name].fields
    if segment in fields or segment in SYSTEM_FIELDS:
        return segment
    for lead, tail in (("days_in_", ""), ("", "_since")):
        inner = segment.removeprefix(lead).removesuffix(tail)
        if inner != segment and inner in fields and fields[inner].pipeline:
            return inner
    return segment


def _level(rights: Rights, spec: Spec, object_name: str, field_name: str, way: tuple[str, ...]) -> Level:
    reads = rights.may(object_name, "read")
    writes = rights.may(object_name, "update") or rights.may(object_name, "create")
    if not reads and not writes:
        return "none"
    field = spec.objects[object_name].fields.get(field_name)
    if field is None:
        return "read" if field_name in SYSTEM_FIELDS else "none"
    highest: Level = "edit" if writes else "read"
    named = rights.named_level(f"{object_name}.{field_name}")
    own = highest if named is None else lowest((named, highest))
    if field.row.control != "computed" or own == "none":
        return own
    return lowest((own, "read", *_inputs(rights, spec, object_name, field, way)))


def _inputs(rights: Rights, spec: Spec, object_name: str, field: Field, way: tuple[str, ...]) -> Iterator[Level]:
    """Yield the level of every field that a formula or rollup reads."""
    address = f"{object_name}.{field.name}"
    if address in way:  # formulas that read each other are refused at `validate`
        yield "none"
        return
    for owner, name in _sources(spec, object_name, field):
        yield _level(rights, spec, owner, name, (*way, address))


def _sources(spec: Spec, object_name: str, field: Field) -> Iterator[tuple[str, str]]:
    if field.type == "formula":
        for path in _paths(field.formula):
            yield from fields_read(spec, object_name, path)
        return
    child, _, path_text = field.of.partition(".")
    if child not in spec.objects:
        return
    named = [(name,) for name in (path_text, field.via) if name]
    for path in (*named, *_paths(field.filter)):
        yield from fields_read(spec, child, path)
    yield child, "id"  # a count, too, tells of records that one may not see


@lru_cache(maxsize=2048)
def _paths(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(parse(text).paths)) if text else ()
