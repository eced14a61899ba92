"""Which fields are visible and which required, given what stands in a record: `visible_when`, `required_when`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crmspec.formula import parse
from crmspec.records.drafts import Draft
from crmspec.spec import Field, Object


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds of one field now."""

    visible: bool
    required: bool


def conditional_fields(one: Object) -> tuple[Field, ...]:
    """Return the fields of an object that depend on others."""
    return tuple(field for field in one.fields.values() if field.visible_when or field.required_when)


def fields_asked(one: Object) -> tuple[str, ...]:
    """Return the object's own fields that those conditions look at: when one changes, they are asked again."""
    texts = [text for field in conditional_fields(one) for text in (field.visible_when, field.required_when) if text]
    names = dict.fromkeys(path[0] for text in texts for path in parse(text).paths)
    return tuple(name for name in names if name in one.fields)


def conditions_of(draft: Draft, fields: Iterable[Field]) -> Mapping[str, Condition]:
    """Return what holds of each field in a draft, saved or not."""
    facts = draft.facts
    found = {}
    for field in fields:
        visible = not field.visible_when or facts.true(field.visible_when)
        asked = field.required or bool(field.required_when and facts.true(field.required_when))
        found[field.name] = Condition(visible, visible and asked)
    return found
