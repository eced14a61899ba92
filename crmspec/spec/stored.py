"""The names of sharing rules and restrictions: what one record keeps in its own row, and nothing that lies elsewhere.

The same condition stands in the server's queries, in row policies and in Python. So it may use no other record, no
total, no day that passes: those would ask for rights of their own, or change without anybody's doing.
"""

from __future__ import annotations

from crmspec.formula import Type, Unknown
from crmspec.spec.parts import Field
from crmspec.spec.scope import Objects, ObjectScope, Step, names_on

PASSING = frozenset({"today", "now"})  # functions whose answer changes while nobody touches the record
_ELSEWHERE = frozenset(
    {"formula", "rollup", "multi_picklist", "many_to_many", "secret", "json", "person_name", "address"}
)
_STAGE_PARTS = frozenset({"type", "probability", "stuck_after_days"})


class StoredScope:
    """The names of one object's own columns."""

    def __init__(self, spec: Objects, object_name: str) -> None:
        self.spec, self.object_name = spec, object_name
        self._all = ObjectScope(spec, object_name)

    def resolve(self, path: tuple[str, ...]) -> Type | Unknown:
        """Return the type of a path, or why it is none of the record's own stored values."""
        steps = self._all.steps(path)
        if isinstance(steps, Unknown):
            return steps
        at, reason = _refusal(path, steps)
        if not reason:
            return steps[-1].type
        one = self.spec.objects[self.object_name]
        stored = tuple(name for name in names_on(one) if self._is_stored(one.fields.get(name)))
        return Unknown(at, () if at else stored, reason)

    @staticmethod
    def _is_stored(field: Field | None) -> bool:
        return field is None or field.type not in _ELSEWHERE


def _refusal(path: tuple[str, ...], steps: tuple[Step, ...]) -> tuple[int, str]:
    """Return the segment that leads away from the record's own columns, and why; '' for none."""
    first = steps[0]
    if len(steps) > 1 and first.type.kind == "reference":
        return 1, f"`{'.'.join(path)}` lies behind a lookup, and only the record's own stored fields can be used"
    if first.name.startswith("days_in_") and first.field is None:
        return 0, f"`{first.name}` grows by itself every day"
    if first.field is None:
        return 0, ""
    if len(steps) == 2 and first.field.pipeline:
        fits = path[1] in _STAGE_PARTS
        return 1, "" if fits else f"`{'.'.join(path)}` is another in every language"
    if len(steps) == 2:
        return 1, ""
    if first.field.type in _ELSEWHERE:
        return 0, f"`{first.name}` is a {first.field.type} field, which is not kept in one column that can be compared"
    return 0, ""
