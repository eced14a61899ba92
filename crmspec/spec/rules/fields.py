"""Rules of one object's fields: what they point at, what they hold, and which columns they make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from crmspec.diagnostics import did_you_mean
from crmspec.spec.field_types import FIELD_TYPES
from crmspec.spec.names import SYSTEM_COLUMNS
from crmspec.spec.parts import Field, Object
from crmspec.spec.rules.problem import Problem, dangling
from crmspec.spec.scope import PERSON
from crmspec.spec.spec import Spec

TEXT_LENGTH_MOST = 1_000_000
PRECISION_MOST = 18
PATTERN_MOST = 200
COLUMN_BYTES_MOST = 63
RESULTS = tuple(
    name
    for name, row in FIELD_TYPES.items()
    if row.formula not in ("none", "computed", "choices", "reference", "choice")
)
_ORDERED = frozenset({"number", "date", "datetime", "time"})
_COUNTER = re.compile(r"\{(0+)\}")
_STAMPS = frozenset({"YYYY", "YY", "MM", "DD"})
_MASK_PART = re.compile(r"\{(?:first|last)\d\}")


def check_fields(spec: Spec, one: Object) -> Iterator[Problem]:
    """Check every field by its own, then the columns they make together."""
    for field in one.fields.values():
        address = f"{one.name}.{field.name}"
        yield from _RULES.get(field.type, _nothing)(spec, one, field, address)
        yield from _bounds(field, address)
        yield from _mask(field, address)
        if field.default is not None and field.options and field.default not in field.option_names:
            yield dangling(address, "default", "option", field.default, field.option_names, code="CRM310")
    yield from _columns(one)


def _mask(field: Field, address: str) -> Iterator[Problem]:
    """A mask shows up to nine characters of either end, and says which."""
    for strange in re.findall(r"\{[^}]*\}?", _MASK_PART.sub("", field.mask)):
        yield Problem(
            address,
            "mask",
            "CRM219",
            f"the mask of `{address}` has `{strange}`, which stands for nothing",
            "a mask shows the first or the last characters of a value",
            "write `{first2}` or `{last4}`, up to nine, and anything else as it is to be shown",
        )


def _nothing(spec: Spec, one: Object, field: Field, address: str) -> Iterator[Problem]:
    yield from ()


def _lookup(spec: Spec, one: Object, field: Field, address: str) -> Iterator[Problem]:
    """A lookup needs objects that are there, and a first record must be possible."""
    if not field.to:
        yield Problem(
            address,
            "",
            "CRM311",
            f"`{address}` points at nothing",
            "a lookup needs an object to point at",
            "add `to: account`",
        )
    for target in field.to:
        if target not in spec.objects and target != PERSON:
            yield dangling(address, "to", "object", target, (*spec.objects, PERSON), code="CRM301")
    if field.required and field.to == (one.name,):
        yield Problem(
            address,
            "required",
            "CRM312",
            f"`{address}` points at its own object and is required",
            "no first record could exist",
            "remove `required`",
        )
    if field.required and field.on_delete == "set_empty":
        yield Problem(
            address,
            "on_delete",
            "CRM313",
            f"`{address}` is required and is emptied when its record is deleted",
            "the two contradict each other",
            "write `on_delete: restrict` or `on_delete: cascade`",
        )
    if field.parent and field.type == "lookup" and len(field.to) != 1:
        yield Problem(
            address,
            "parent",
            "CRM314",
            f"`{address}` is the parent and points at {len(field.to)} objects",
            "access follows one parent",
            "name one object in `to`",
        )


def _choices(spec: Spec, one: Object, field: Field, address: str) -> Iterator[Problem]:
    """A picklist has its values from exactly one place."""
    if field.value_set and field.value_set not in spec.value_sets:
        yield dangling(address, "value_set", "value set", field.value_set, spec.value_sets, code="CRM303")
    elif not field.options:
        yield Problem(
            address,
            "",
            "CRM315",
            f"`{address}` has no values to choose from",
            "neither `options`, a `value_set` nor a pipeline gives it any",
            "add `options: [one, two]`",
        )
    shared = spec.value_sets.get(field.value_set)
    if shared is not None and not field.pipeline and field.options != shared.options:
        yield Problem(
            address,
            "options",
            "CRM315",
            f"`{address}` has both `options` and a `value_set`",
            "only one of them could count",
            "remove one of the two",
        )


def _number(spec: Spec, one: Object, field: Field, address: str) -> Iterator[Problem]:
    """Precision holds the scale; stored integers have at most 18 digits."""
    scale = field.scale if field.scale is not None else 0
    if not 0 <= scale <= 9:
        yield Problem(
            address,
            "scale",
            "CRM316",
            f"`{address}` has a scale of {scale}",
            "it is a number from 0 to 9",
            "write `scale: 2`",
        )
    precision = field.precision
    if precision is not None and not 1 <= precision <= PRECISION_MOST:
        yield Problem(
            address,
            "precision",
            "CRM316",
            f"`{address}` has a precision of {precision}",
            f"numbers have 1 to {PRECISION_MOST} digits",
            f"write `precision: {PRECISION_MOST}`",
        )
    elif precision is not None and scale > precision:
        yield Problem(
            address,
            "scale",
            "CRM316",
            f"`{address}` has more digits after the point ({scale}) than in all ({precision})",
            "`precision` counts every digit",
            f"write `precision: {precision + scale}`",
        )


def _text(spec: Spec, one: Object, field: Field, address: str) -> Iterator[Problem]:
    most = field.max_length
    if most is not None and not 1 <= most <= TEXT_LENGTH_MOST:
        yield Problem(
            address,
            "max_length",
            "CRM316",
            f"`{address}` has a longest length of {most}",
            f"it is a number from 1 to {TEXT_LENGTH_MOST:,}",
            "write `max_length: 255`",
        )
    if most is not None and field.min_length is not None and field.min_length > most:
        yield Problem(
            address,
            "min_length",
            "CRM316",
            f"the shortest length of `{address}` is longer than the longest",
            "no text could be stored",
            "swap them",
        )
    if field.default is not None and most is not None and len(field.default) > most:
        yield Problem(
            address,
            "default",
            "CRM310",
            f"the default of `{address}` has {len(field.default)} characters",
            f"`max_length` is {most}",
            "shorten it",
        )
    if field.pattern and (why := _pattern_fault(field.pattern)):
        yield Problem(
            address,
            "pattern",
            "CRM317",
            f"the pattern of `{address}` cannot be used",
            why,
            "write a pattern without look-ahead and back-references",
        )
    elif field.pattern and field.default is not None and not _fits_pattern(field.pattern, field.default):
        yield Problem(
            address,
            "default",
            "CRM310",
            f"the default of `{address}` does not fit its own pattern",
            "it could never be stored",
            "change one of the two",
        )


@cache
def _pattern_fault(pattern: str) -> str:
    """Say why RE2 does not take a pattern, or ''. RE2 needs time that grows with the text only."""
    import re2  # type: ignore[import-untyped]

    if len(pattern) > PATTERN_MOST:
        return f"it has {len(pattern)} characters, and {PATTERN_MOST} is the most"
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return ""


def _fits_pattern(pattern: str, text: str) -> bool:
    import re2

    return re2.fullmatch(pattern, text) is not None


def _auto_number(spec: Spec, one: Object, field: Field, address: str) -> Iterator[Problem]:
    if not field.format:
        yield Problem(
            address,
            "",
            "CRM318",
            f"`{address}` has no `format`",
            "every record would get the same number",
            'add `format: "Q-{0000}"`',
        )
        return
    if len(_COUNTER.findall(field.format)) != 1:
        yield Problem(
            address,
            "format",
            "CRM318",
            f"the format of `{address}` has not one counter",
            "a counter is zeros in braces, and gives each record its own number",
            'write it like "Q-{YYYY}-{0000}"',
        )
    for word in re.findall(r"\{([^}]*)\}", field.format):
        if not re.fullmatch("0+", word) and word not in _STAMPS:
            yield Problem(
                address,
                "format",
                "CRM318",
                f"the format of `{address}` has an unknown `{{{word}}}`",
                f"there is {', '.join('{' + s + '}' for s in sorted(_STAMPS))} and {{0000}}",
                did_you_mean(word.upper(), _STAMPS),
            )


def _formula_field(spec: Spec, one: Object, field: Field, address: str) -> Iterator[Problem]:
    if not field.formula:
        yield Problem(
            address,
            "",
            "CRM319",
            f"`{address}` has no `formula`",
            "a formula field is worked out",
            'add `formula: "…"`',
        )
    if not field.result:
        yield Problem(
            address,
            "",
            "CRM319",
            f"`{address}` has no `result`",
            "screens need to know what comes out",
            "add `result: number`",
        )
    elif field.result not in RESULTS:
        yield Problem(
            address,
            "result",
            "CRM319",
            f"`{field.result}` is no result of a formula",
            f"it is one of {', '.join(RESULTS)}",
            did_you_mean(field.result, RESULTS),
        )


def _rollup(spec: Spec, one: Object, field: Field, address: str) -> Iterator[Problem]:
    """A rollup reads the records of a child object that points here by a lookup."""
    child_name, _, source_name = field.of.partition(".")
    child = spec.objects.get(child_name)
    if not field.of or not field.function:
        missing = "function" if field.of else "of"
        yield Problem(
            address,
            "",
            "CRM320",
            f"`{address}` has no `{missing}`",
            "a rollup works something out of related records",
            "write it like `{type: rollup, of: quote_line.amount, function: sum}`",
        )
        return
    if child is None:
        yield dangling(address, "of", "object", child_name, spec.objects, code="CRM301")
        return
    source = child.fields.get(source_name) if source_name else None
    if source_name and source is None:
        yield Problem(
            address,
            "of",
            "CRM302",
            f"`{address}` names `{field.of}`, and `{child_name}` has no `{source_name}`",
            "no field has this name",
            did_you_mean(source_name, child.fields),
        )
    elif not source_name and field.function != "count":
        yield Problem(
            address,
            "of",
            "CRM320",
            f"`{address}` says not which field of `{child_name}` it takes the {field.function} of",
            "only a count needs no field",
            f"write `of: {child_name}.amount`",
        )
    elif source is not None:
        yield from _rollup_source(field, source, address)
    lookups = [f.name for f in child.fields.values() if f.type == "lookup" and one.name in f.to]
    if field.via and field.via not in lookups:
        yield Problem(
            address,
            "via",
            "CRM320",
            f"`{child_name}.{field.via}` does not point at `{one.name}`",
            "a rollup follows a lookup of the other object",
            did_you_mean(field.via, lookups) or f"add a lookup to `{child_name}`",
        )
    elif not field.via and len(lookups) != 1:
        yield Problem(
            address,
            "of",
            "CRM320",
            f"`{child_name}` has {len(lookups) or 'no'} lookups that point at `{one.name}`",
            "a rollup follows one of them",
            f"add `via: {lookups[0]}`" if lookups else f"add a lookup to `{child_name}`",
        )


def _rollup_source(field: Field, source: Field, address: str) -> Iterator[Problem]:
    if source.type == "rollup":
        yield Problem(
            address,
            "of",
            "CRM320",
            f"`{address}` rolls up `{field.of}`, which is a rollup itself",
            "rollups of rollups would be slow without a sign of it",
            "roll up the fields below",
        )
        return
    kind = (
        FIELD_TYPES[source.result].formula
        if source.type == "formula" and source.result in FIELD_TYPES
        else source.row.formula
    )
    numeric = kind == "number"
    if (field.function in ("sum", "avg") and not numeric) or (
        field.function in ("min", "max") and kind not in _ORDERED
    ):
        yield Problem(
            address,
            "function",
            "CRM320",
            f"there is no {field.function} of `{field.of}`, a {source.type} field",
            "it needs numbers" if field.function in ("sum", "avg") else "it needs values that have an order",
            "write `function: count`, or name another field",
        )


def _bounds(field: Field, address: str) -> Iterator[Problem]:
    if field.min is not None and field.max is not None and field.min > field.max:
        yield Problem(
            address,
            "min",
            "CRM316",
            f"the least value of `{address}` is above the greatest",
            "no value could be stored",
            "swap them",
        )
    scale = field.decimals
    for key in ("min", "max"):
        bound: Decimal | None = getattr(field, key)
        if bound is not None and bound != round(bound, scale):
            yield Problem(
                address,
                key,
                "CRM316",
                f"`{key}` of `{address}` has more than {scale} digits after the point",
                "the field itself has not so many",
                "round it",
            )
    if field.default is not None and field.row.formula == "number":
        value = Decimal(field.default)
        if (field.min is not None and value < field.min) or (field.max is not None and value > field.max):
            yield Problem(
                address,
                "default",
                "CRM310",
                f"the default {field.default} of `{address}` is outside its own bounds",
                f"they are {'…' if field.min is None else field.min} to {'…' if field.max is None else field.max}",
                "change one of them",
            )


def _unfit_column(name: str) -> str:
    """Say why no column can be called so, or ''."""
    if name.lower() in SYSTEM_COLUMNS:
        return "the database keeps this name for itself"
    if name.lower().startswith("crmspec_"):
        return "names of this form are crmspec's own"
    return "PostgreSQL cuts a name after 63 bytes" if len(name.encode()) > COLUMN_BYTES_MOST else ""


def _columns(one: Object) -> Iterator[Problem]:
    """No two fields of an object may make the same column; SQLite folds case, so that is no difference."""
    taken: dict[str, str] = {}
    system = {"id", "owner_id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version"}
    for field in one.fields.values():
        names = list(field.column_names)
        if field.pipeline:
            names.append(f"{field.base_column}_since")
        for name in names:
            address = f"{one.name}.{field.name}"
            if name.lower() in system:
                yield Problem(
                    address,
                    "column" if field.column else "",
                    "CRM321",
                    f"`{address}` would be stored in `{name}`",
                    "every record has this column already",
                    "rename the field, or write `column:` with another name",
                )
            elif why := _unfit_column(name):
                yield Problem(
                    address,
                    "column" if field.column else "",
                    "CRM321",
                    f"`{address}` would be stored in `{name}`",
                    why,
                    "write `column:` with another name",
                )
            elif name.lower() in taken:
                yield Problem(
                    address,
                    "column" if field.column else "",
                    "CRM321",
                    f"`{address}` and `{one.name}.{taken[name.lower()]}` would both be stored in `{name}`",
                    "a column holds one field",
                    "rename one of them, or write `column:` with another name",
                    related=((f"{one.name}.{taken[name.lower()]}", "", "the other one"),),
                )
            else:
                taken[name.lower()] = field.name


_RULES = {
    "lookup": _lookup,
    "many_to_many": _lookup,
    "picklist": _choices,
    "multi_picklist": _choices,
    "number": _number,
    "currency": _number,
    "percent": _number,
    "text": _text,
    "long_text": _text,
    "rich_text": _text,
    "auto_number": _auto_number,
    "formula": _formula_field,
    "rollup": _rollup,
}
