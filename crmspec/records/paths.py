"""What a path such as `account.owner.department` or `stage.type` leads to: its type, for formulas and for people."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crmspec.access import once_per_spec
from crmspec.formula import Kind
from crmspec.records.words import field_label, in_language, object_label, say
from crmspec.spec import FIELD_TYPES, Field, Spec
from crmspec.spec.scope import AVERAGE_SCALE, PERSON

# Field → (field type, kind of formula value).
_SYSTEM: dict[str, tuple[str, Kind]] = {
    "id": ("text", "text"), "version": ("integer", "number"), "created_at": ("datetime", "datetime"),
    "updated_at": ("datetime", "datetime"), "owner": ("lookup", "reference"), "created_by": ("lookup", "reference"),
    "updated_by": ("lookup", "reference"),
}  # fmt: skip
_OF_PERSON: dict[str, tuple[str, Kind]] = {
    "id": ("text", "text"), "name": ("text", "text"), "login": ("text", "text"), "department": ("picklist", "text"),
    "position": ("picklist", "text"),
}  # fmt: skip
_OF_STAGE: dict[str, tuple[str, Kind]] = {
    "type": ("picklist", "choice"), "probability": ("percent", "number"), "stuck_after_days": ("integer", "number"),
    "label": ("text", "text"),
}  # fmt: skip
_OF_DAY: dict[str, tuple[str, Kind]] = {
    "year": ("integer", "number"), "quarter": ("text", "text"), "month": ("text", "text"), "week": ("text", "text"),
    "day": ("date", "date"),
}  # fmt: skip
SEGMENTS_MAX = 8
_KNOWN_MAX = 20_000
STAGE_TYPES = ("open", "won", "lost")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a path leads to. `type` is a row of the field-type table; of a formula or rollup that of its result.

    `field` is the spec's field at the end or the one a part belongs to (`part`: `type` of a stage, `year` of a date,
    `city` of an address); None for system fields and for what belongs to people.
    """

    object: str
    name: str
    type: str
    kind: Kind | str
    scale: int = 0
    to: tuple[str, ...] = ()
    field: Field | None = None
    part: str = ""
    label_parts: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...] | None:
        """The choices of a picklist, in order; None for anything else."""
        if self.part == "type":
            return STAGE_TYPES
        return (
            self.field.option_names if self.field is not None and self.type in ("picklist", "multi_picklist") else None
        )


def split_path(path: str) -> tuple[str, ...]:
    """Split a path at its dots."""
    return tuple(path.split("."))


def look(spec: Spec, object_name: str, path: tuple[str, ...]) -> Seen | None:
    """Return what a path leads to from an object, None when it leads nowhere."""
    if len(path) > SEGMENTS_MAX:
        return None
    known = _known(spec)
    found = known.get((object_name, path))
    if found is None:
        found = _person(path) if object_name == PERSON else _look(spec, object_name, path)
        # Paths come from addresses, too: what leads nowhere is not kept, and nobody fills the memory with detours.
        if found is not None:
            if len(known) >= _KNOWN_MAX:
                known.clear()
            known[object_name, path] = found
    return found


@once_per_spec
def _known(spec: Spec) -> dict[tuple[str, tuple[str, ...]], Seen]:
    return {}


def _look(spec: Spec, object_name: str, path: tuple[str, ...]) -> Seen | None:
    one = spec.objects.get(object_name)
    if one is None or not path:
        return None
    first, rest = path[0], path[1:]
    if first in _SYSTEM:
        type_name, kind = _SYSTEM[first]
        here = Seen(
            object_name, first, type_name, kind, to=(PERSON,) if kind == "reference" else (), label_parts=(first,)
        )
    elif first in one.fields:
        here = _of_field(spec, object_name, one.fields[first])
    else:
        here = _of_pipeline(spec, object_name, first)  # type: ignore[assignment]
    if here is None or not rest:
        return here
    if here.kind == "reference":
        return _through(spec, here, rest)
    return _part(here, rest[0]) if len(rest) == 1 else None


def _of_field(spec: Spec, object_name: str, field: Field) -> Seen:
    if field.type == "formula":
        row = FIELD_TYPES[field.result]
        return Seen(
            object_name,
            field.name,
            field.result,
            row.formula,
            field.decimals if row.formula == "number" else 0,
            field=field,
        )
    if field.type == "rollup":
        type_name, scale = rollup_type(spec, field)
        return Seen(object_name, field.name, type_name, FIELD_TYPES[type_name].formula, scale, field=field)
    return Seen(object_name, field.name, field.type, field.row.formula, field.decimals, field.to, field)


def rollup_type(spec: Spec, field: Field) -> tuple[str, int]:
    """Return the field type and scale of a rollup's result."""
    if field.function in ("", "count"):
        return "integer", 0
    child, _, path = field.of.partition(".")
    of = look(spec, child, (path,))
    if of is None:
        return "integer", 0
    if field.function == "avg" and of.kind == "number":
        return of.type if of.type in ("number", "currency", "percent") else "number", max(of.scale, AVERAGE_SCALE)
    return of.type, of.scale


def _of_pipeline(spec: Spec, object_name: str, name: str) -> Seen | None:
    """`days_in_stage` and `stage_since` of a pipeline's field `stage`."""
    fields = spec.objects[object_name].fields
    days, since = name.removeprefix("days_in_"), name.removesuffix("_since")
    if days != name and days in fields and fields[days].pipeline:
        return Seen(object_name, name, "integer", "number", field=fields[days], part="days")
    if since != name and since in fields and fields[since].pipeline:
        return Seen(object_name, name, "datetime", "datetime", field=fields[since], part="since")
    return None


def _through(spec: Spec, here: Seen, rest: tuple[str, ...]) -> Seen | None:
    """Follow a lookup. One to several objects goes on where the targets agree on what comes next."""
    ends = [look(spec, target, rest) for target in here.to]
    found = next((end for end in ends if end is not None), None)
    if found is None or (len(here.to) > 1 and any(end is None or end.type != found.type for end in ends)):
        return None
    return replace(found, label_parts=())


def _person(path: tuple[str, ...]) -> Seen | None:
    if len(path) != 1 or path[0] not in _OF_PERSON:
        return None
    type_name, kind = _OF_PERSON[path[0]]
    return Seen(PERSON, path[0], type_name, kind, label_parts=(path[0],))


def _part(here: Seen, name: str) -> Seen | None:
    field = here.field
    if field is not None and field.pipeline and here.part == "" and name in _OF_STAGE:
        type_name, kind = _OF_STAGE[name]
        return replace(here, type=type_name, kind=kind, scale=0, part=name)
    if here.type in ("date", "datetime") and name in _OF_DAY:
        type_name, kind = _OF_DAY[name]
        return replace(here, type=type_name, kind=kind, scale=0, part=name)
    if field is not None and any(suffix == f"_{name}" for suffix, _ in field.row.columns):
        number = field.type == "geolocation"
        return replace(here, type="number" if number else "text", kind="number" if number else "text", part=name)
    return None


def label_of(spec: Spec, object_name: str, path: str, language: str) -> str:
    """Return the words for a path: `Account: Industry`, `Close date (quarter)`."""
    segments = split_path(path)
    if path == "records":
        return say(language, "records")
    words: list[str] = []
    here = object_name
    for at, segment in enumerate(segments):
        seen = look(spec, object_name, segments[: at + 1])
        if seen is None:
            words.append(segment)
            continue
        words.append(_segment_label(spec, seen, segment, language))
        here = seen.to[0] if seen.to else here
    return f"{words[0]} ({' '.join(words[1:]).lower()})" if _is_part(spec, object_name, segments) else ": ".join(words)


def _is_part(spec: Spec, object_name: str, segments: tuple[str, ...]) -> bool:
    seen = look(spec, object_name, segments)
    return len(segments) == 2 and seen is not None and seen.part not in ("", "days", "since")


def _segment_label(spec: Spec, seen: Seen, segment: str, language: str) -> str:
    if seen.part in ("days", "since") and seen.field is not None:
        return say(language, "days_in" if seen.part == "days" else "since", label=field_label(seen.field, language))
    if seen.part or seen.field is None:
        return say(language, segment)
    return field_label(seen.field, language)


def option_label(spec: Spec, seen: Seen, value: str, language: str) -> str:
    """Return the words for one value of a picklist, a department, a position, a kind of stage."""
    if seen.object == PERSON:
        chairs = spec.organization
        group = chairs.departments if seen.name == "department" else chairs.positions
        return in_language(group[value].label, language, value) if value in group else value
    if seen.part == "type":
        return say(language, value)
    if seen.field is not None:
        for option in seen.field.options:
            if option.name == value:
                return in_language(option.label, language, value)
    return value


def noun(spec: Spec, object_name: str, language: str) -> str:
    """Return the company's word for an object, people included."""
    one = spec.objects.get(object_name)
    return object_label(spec, one, language) if one else object_name
