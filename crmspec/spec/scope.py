"""The names a formula of one object may use: its fields, what lies behind its lookups, and what comes with them.

A path goes from field to field through lookups: `account.owner.department`. Beside the fields an object declares there
are the system fields, people behind `owner`, `created_by`, `updated_by` and lookups to `person`, the attributes of a
pipeline's stage (`stage.type`), `days_in_<field>` and `<field>_since`, and the parts of an address or a person's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from crmspec.formula import Kind, Type, Unknown
from crmspec.spec.address import SYSTEM_FIELDS
from crmspec.spec.field_types import FIELD_TYPES
from crmspec.spec.parts import Field, Object, Pipeline

PERSON = "person"
PERSON_FIELDS: dict[str, Type] = {
    "id": Type("reference", to=(PERSON,)),
    "name": Type("text"),
    "login": Type("text"),
    "department": Type("text"),
    "position": Type("text"),
}
STAGE_ATTRIBUTES: dict[str, Type] = {
    "type": Type("choice", options=("open", "won", "lost")),
    "probability": Type("number", digits=3),
    "stuck_after_days": Type("number", digits=5),
    "label": Type("text"),
}
DATE_PARTS: dict[str, Type] = {
    "year": Type("number", digits=4),
    "quarter": Type("text"),
    "month": Type("text"),
    "week": Type("text"),
}
NUMBER_DIGITS = 15
AVERAGE_SCALE = 2
NO_OBJECT = "there is no object"
_DAYS = Type("number", digits=7)
_SYSTEM: dict[str, Type] = {
    "owner": Type("reference", to=(PERSON,)),
    "created_by": Type("reference", to=(PERSON,)),
    "updated_by": Type("reference", to=(PERSON,)),
    "created_at": Type("datetime"),
    "updated_at": Type("datetime"),
    "version": Type("number", digits=9),
}


class Objects(Protocol):
    """What a scope looks things up in: a Spec, or whatever knows objects and pipelines by name."""

    @property
    def objects(self) -> Mapping[str, Object]:
        """Objects by name."""
        ...

    @property
    def pipelines(self) -> Mapping[str, Pipeline]:
        """Pipelines by name."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One segment of a path, resolved: the object it stands on, the field if it is a declared one, and its type."""

    object: str
    name: str
    type: Type
    field: Field | None = None
    attribute: str = ""  # of a stage, an address, a person's name or a date, when the segment is one


class ObjectScope:
    """The names of one object. With `date_parts` a date may be followed by `.year`, `.quarter`, `.month`, `.week`."""

    def __init__(self, spec: Objects, object_name: str, *, date_parts: bool = False) -> None:
        self.spec = spec
        self.object_name = object_name
        self.date_parts = date_parts

    def resolve(self, path: tuple[str, ...]) -> Type | Unknown:
        """Return the type of a path, or which of its segments is not known."""
        steps = self.steps(path)
        return steps if isinstance(steps, Unknown) else steps[-1].type

    def steps(self, path: tuple[str, ...]) -> tuple[Step, ...] | Unknown:
        """Resolve every segment of a path."""
        here: str | None = self.object_name
        steps: list[Step] = []
        for at, name in enumerate(path):
            step = self._on(here, name) if here is not None else self._behind(steps[-1], name)
            if step is None:
                return Unknown(at, self._candidates(here, steps), self._reason(here, steps))
            steps.append(step)
            to = step.type.to if step.type.kind == "reference" and step.name != "id" else ()
            here = to[0] if len(to) == 1 else None
        return tuple(steps)

    def _on(self, object_name: str, name: str) -> Step | None:
        """Resolve a name on an object."""
        if object_name == PERSON:
            found = PERSON_FIELDS.get(name)
            return Step(object_name, name, found) if found else None
        one = self.spec.objects.get(object_name)
        if one is None:
            return None
        field = one.fields.get(name)
        if field is not None:
            return Step(object_name, name, self.type_of(one, field), field)
        if name == "id":
            return Step(object_name, name, Type("reference", to=(object_name,)))
        if name in _SYSTEM:
            return Step(object_name, name, _SYSTEM[name])
        return _beside_a_stage(one, name)

    def _behind(self, step: Step, name: str) -> Step | None:
        """Resolve a name behind a field that is no lookup: an attribute of it."""
        if step.attribute:
            return None
        field = step.field
        found: Type | None = None
        if field is not None and field.pipeline:
            found = STAGE_ATTRIBUTES.get(name)
        elif field is not None and len(field.row.columns) > 1:
            found = _part_of(field, name)
        if found is None and self.date_parts and step.type.kind in ("date", "datetime"):
            found = DATE_PARTS.get(name)
        return Step(step.object, name, found, field, name) if found else None

    def type_of(self, one: Object, field: Field) -> Type:
        """Return what formulas see of a field."""
        if field.type == "formula":
            return _as_type(field.result, field)
        if field.type == "rollup":
            return self._rollup(one, field)
        return _as_type(field.type, field)

    def _rollup(self, one: Object, field: Field) -> Type:
        """A count is a whole number; the others are as the field they are made from, an average with decimals."""
        if field.function == "count":
            return Type("number", digits=9)
        child_name, _, source_name = field.of.partition(".")
        child = self.spec.objects.get(child_name)
        source = child.fields.get(source_name) if child else None
        if child is None or source is None or source.type == "rollup":
            return Type("none")
        found = self.type_of(child, source)
        if field.function == "avg" and found.kind == "number":
            return Type("number", scale=max(found.scale, AVERAGE_SCALE), digits=found.digits)
        if field.function == "sum" and found.kind == "number":
            return Type("number", scale=found.scale, digits=NUMBER_DIGITS)
        return found

    def _candidates(self, here: str | None, steps: list[Step]) -> tuple[str, ...]:
        if here == PERSON:
            return tuple(PERSON_FIELDS)
        if here is not None:
            one = self.spec.objects.get(here)
            return names_on(one) if one else ()
        last = steps[-1]
        if last.attribute:
            return ()
        if last.field is not None and last.field.pipeline:
            return tuple(STAGE_ATTRIBUTES)
        if last.field is not None and len(last.field.row.columns) > 1:
            return tuple(suffix.lstrip("_") for suffix, _ in last.field.row.columns)
        return tuple(DATE_PARTS) if self.date_parts and last.type.kind in ("date", "datetime") else ()

    def _reason(self, here: str | None, steps: list[Step]) -> str | None:
        if here is not None:
            return None if here == PERSON or here in self.spec.objects else f"{NO_OBJECT} `{here}`"
        last = steps[-1]
        if last.type.kind == "reference" and len(last.type.to) > 1:
            return f"`{last.name}` points at several objects: {', '.join(last.type.to)}"
        if last.type.kind in ("date", "datetime") and not self.date_parts:
            return f"`{last.name}` is {last.type}; write `year({last.name})` or `month({last.name})`"
        return (
            f"`{last.name}` is {last.type}, and nothing lies behind it" if not self._candidates(here, steps) else None
        )


def names_on(one: Object) -> tuple[str, ...]:
    """Return every name that can begin a path on an object."""
    stages = [field.name for field in one.fields.values() if field.pipeline]
    return (*one.fields, *SYSTEM_FIELDS, *(f"days_in_{name}" for name in stages), *(f"{name}_since" for name in stages))


def _beside_a_stage(one: Object, name: str) -> Step | None:
    """Resolve `days_in_stage` and `stage_since`, which stand beside a pipeline's field."""
    if name.startswith("days_in_"):
        field, found = one.fields.get(name.removeprefix("days_in_")), _DAYS
    elif name.endswith("_since"):
        field, found = one.fields.get(name.removesuffix("_since")), Type("datetime")
    else:
        return None
    return Step(one.name, name, found) if field is not None and field.pipeline else None


def _as_type(type_name: str, field: Field) -> Type:
    row = FIELD_TYPES.get(type_name)
    if row is None or row.formula == "computed":
        return Type("none")
    kind: Kind = row.formula
    if kind == "number":
        return Type("number", scale=field.decimals, digits=_digits(type_name, field))
    if kind in ("choice", "choices"):
        return Type(kind, options=field.option_names)
    if kind == "reference":
        return Type("reference", to=field.to)
    return Type(kind)


def _digits(type_name: str, field: Field) -> int:
    """Return how many digits a stored number has at most, as its bounds say."""
    if field.precision is not None:
        return field.precision
    if type_name == "rating":
        return len(str(int(field.max or 5)))
    if field.max is not None and field.min is not None:
        return min(NUMBER_DIGITS, len(str(int(max(abs(field.max), abs(field.min))))) + field.decimals)
    return NUMBER_DIGITS


def _part_of(field: Field, name: str) -> Type | None:
    """Return the type of one column of an address, a person's name or a geolocation."""
    for suffix, kind in field.row.columns:
        if suffix.lstrip("_") == name:
            return Type("text") if kind == "text" else Type("number", scale=field.row.scale or 0, digits=10)
    return None
