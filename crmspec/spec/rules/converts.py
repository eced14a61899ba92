"""Rules of `convert`: every key has a meaning for the field's type, and what it names can be stored."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.diagnostics import did_you_mean
from crmspec.spec.field_types import NUMBER_TYPES, TEXT_TYPES
from crmspec.spec.parts import Convert, Field, Object
from crmspec.spec.rules.problem import Problem
from crmspec.spec.scope import PERSON
from crmspec.spec.spec import Spec
from crmspec.spec.values import Unfit, canonical
from crmspec.spec.writing import format_fault

EMPTY = "empty"
_PERSON_TEXTS = ("name", "login", "email")
_TIMES = frozenset({"date", "datetime", "time"})
_ONE = frozenset({"picklist", "lookup"})
# Key → the types a field may become with it.
_MEANING: dict[str, frozenset[str]] = {
    "format": _TIMES,
    "decimal": NUMBER_TYPES,
    "thousands": NUMBER_TYPES,
    "strip": NUMBER_TYPES,
    "round": NUMBER_TYPES,
    "cut": TEXT_TYPES,
    "at": frozenset({"multi_picklist"}),
    "yes": frozenset({"boolean"}),
    "no": frozenset({"boolean"}),
    "keep": _ONE,
    "by": frozenset({"lookup"}) | TEXT_TYPES,
    "make_missing": frozenset({"lookup"}),
}
_LEFT_OUT = Convert()


def check_converts(spec: Spec, one: Object) -> Iterator[Problem]:
    """Check the `convert` of every field that has one."""
    for field in one.fields.values():
        if field.convert is not None:
            yield from _check(spec, field, field.convert, f"{one.name}.{field.name}")


def _check(spec: Spec, field: Field, convert: Convert, address: str) -> Iterator[Problem]:
    for key, types in _MEANING.items():
        if getattr(convert, key) != getattr(_LEFT_OUT, key) and field.type not in types:
            yield Problem(
                address,
                f"convert.{key}",
                "CRM382",
                f"`{key}` in the `convert` of `{address}` has no meaning",
                f"it is for what becomes {' or '.join(sorted(types))}, and this is a {field.type} field",
                f"remove `{key}`",
            )
    yield from _values(field, convert, address)
    yield from _writing(field, convert, address)
    if field.type == "lookup" and (convert.by or convert.make_missing):
        yield from _records(spec, field, convert, address)


def _values(field: Field, convert: Convert, address: str) -> Iterator[Problem]:
    """What a map, or `otherwise`, gives has to be a value of the field."""
    named = [("convert.map" if "." in old else f"convert.map.{old}", new) for old, new in convert.map.items()]
    if field.type == "lookup" and convert.otherwise not in (None, EMPTY):
        yield Problem(
            address,
            "convert.otherwise",
            "CRM382",
            f"the `convert` of `{address}` gives a lookup the value `{convert.otherwise}`",
            "a lookup points at records",
            "write `otherwise: empty`, or `make_missing: true`",
        )
    elif convert.otherwise not in (None, EMPTY):
        named.append(("convert.otherwise", str(convert.otherwise)))
    for key, value in named:
        fault = unfit(field, value)
        if fault:
            yield Problem(
                address,
                key,
                "CRM382",
                f"the `convert` of `{address}` gives `{value}`, which {fault}",
                f"`{address}` could not hold it",
                did_you_mean(value, field.option_names) or "write a value that it can hold",
            )
    if field.required and convert.otherwise == EMPTY and field.default is None:
        yield Problem(
            address,
            "convert.otherwise",
            "CRM382",
            f"the `convert` of `{address}` leaves a required field empty",
            "it must be filled, and has no default",
            "name a value in `otherwise`, or give the field a default",
        )


def unfit(field: Field, value: str) -> str:
    """Say why a field could not hold a value, or ''."""
    if field.options:
        return "" if value in field.option_names else "is no option of it"
    if field.type == "lookup":
        return ""  # the words that records are looked for by
    try:
        canonical(field.type, value, field.scale)
    except Unfit as fault:
        return fault.what
    return ""


def _writing(field: Field, convert: Convert, address: str) -> Iterator[Problem]:
    for number, written in enumerate(convert.format):
        fault = format_fault(written, field.type) if field.type in _TIMES else ""
        if fault:
            yield Problem(
                address,
                f"convert.format.{number}",
                "CRM382",
                f"the format `{written}` in the `convert` of `{address}` cannot be used",
                fault,
                "write it like DD.MM.YYYY, YYYY-MM-DD HH:mm or HH:mm",
            )
    if convert.at and (len(convert.at) > 1 or convert.at.isalnum() or convert.at in "\"\\" or convert.at < "!"):
        yield Problem(
            address,
            "convert.at",
            "CRM382",
            f"the `convert` of `{address}` cannot cut a text at `{convert.at}`",
            "the mark is one sign that is no letter, digit, blank, quote or backslash",
            'write `at: ";"`',
        )
    if convert.cut and field.type in TEXT_TYPES and field.max_length is None:
        yield Problem(
            address,
            "convert.cut",
            "CRM382",
            f"the `convert` of `{address}` cuts, and nothing is too long",
            "it has no `max_length`",
            "write `max_length: 80`, or remove `cut`",
        )
    if convert.decimal == convert.thousands:
        yield Problem(
            address,
            "convert.thousands",
            "CRM382",
            f"the `convert` of `{address}` has one mark for fractions and for thousands",
            "nobody could tell 1,234 from 1.234",
            "name another mark, or leave one out",
        )
    both = {word.lower() for word in convert.yes} & {word.lower() for word in convert.no}
    if both:
        yield Problem(
            address,
            "convert.no",
            "CRM382",
            f"`{min(both)}` means both yes and no in the `convert` of `{address}`",
            "capitals make no difference",
            "remove it from one of the two",
        )


def _records(spec: Spec, field: Field, convert: Convert, address: str) -> Iterator[Problem]:
    """Records are found by a text of one object, and made only where nothing else has to be filled."""
    if len(field.to) != 1 or (field.to[0] == PERSON and convert.make_missing):
        yield Problem(
            address,
            "convert",
            "CRM382",
            f"the `convert` of `{address}` finds no records: it does not point at one object",
            "a text is looked for in one place",
            "name one object in `to`",
        )
        return
    if field.to[0] == PERSON:
        yield from _people(convert, address)
        return
    target = spec.objects.get(field.to[0])
    if target is None:
        return
    name = convert.by or target.title_field
    by = target.fields.get(name)
    if by is None or by.type not in TEXT_TYPES:
        known = [one.name for one in target.fields.values() if one.type in TEXT_TYPES]
        yield Problem(
            address,
            "convert.by",
            "CRM382",
            f"the `convert` of `{address}` looks for records by `{name}`, no text of theirs",
            f"`{target.name}` has the texts {', '.join(known)}",
            did_you_mean(name, known),
        )
        return
    others = [one.name for one in target.fields.values() if one.required and one.default is None and one.name != name]
    if convert.make_missing and others:
        yield Problem(
            address,
            "convert.make_missing",
            "CRM382",
            f"the `convert` of `{address}` cannot make records of `{target.name}`",
            f"they must have {' and '.join(f'`{one}`' for one in others)}, too, and these have no default",
            f"give `{target.name}.{others[0]}` a default, or make the records first",
        )


def _people(convert: Convert, address: str) -> Iterator[Problem]:
    if convert.by not in ("", *_PERSON_TEXTS):
        yield Problem(
            address,
            "convert.by",
            "CRM382",
            f"the `convert` of `{address}` looks for people by `{convert.by}`",
            f"people are known by {', '.join(_PERSON_TEXTS)}",
            did_you_mean(convert.by, _PERSON_TEXTS),
        )
