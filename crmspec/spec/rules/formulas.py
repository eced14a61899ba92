"""Rules of formulas: every one is typed in the scope of its object, and none works itself out of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from crmspec.diagnostics import did_you_mean
from crmspec.formula import FormulaProblem, Kind, Type, check
from crmspec.spec.field_types import FIELD_TYPES
from crmspec.spec.parts import Field, Object
from crmspec.spec.rules.problem import Problem
from crmspec.spec.scope import NO_OBJECT, Objects, ObjectScope
from crmspec.spec.spec import Spec

Types = dict[tuple[str, ...], Type]
"""The paths a formula reads, and what each of them is."""

# A formula that was found right is right wherever its paths are of the same types, whatever the object:
# text → what was asked of it (kind, scale) and over which types it was found right.
_right: dict[str, list[tuple[Kind | None, int | None, Types]]] = {}
_RIGHT_MOST = 50_000


def found_right(
    text: str, scope: ObjectScope, *, expects: Kind | None = None, scale: int | None = None
) -> Types | None:
    """Return the types over which a formula was found right before, if they are those of this scope."""
    for kind, decimals, types in _right.get(text, ()):
        asked = (kind, decimals) == (expects, scale)
        if asked and all(scope.resolve(path) == found for path, found in types.items()):
            return types
    return None


def problems_in(
    text: str, scope: ObjectScope, *, expects: Kind | None = None, scale: int | None = None
) -> tuple[FormulaProblem, ...]:
    """Check a formula, unless it was found right over the same types."""
    if found_right(text, scope, expects=expects, scale=scale) is not None:
        return ()
    result = check(text, scope, expects=expects, scale=scale)
    if result.expression is not None:
        types = {path: found for path in result.expression.paths if isinstance(found := scope.resolve(path), Type)}
        if len(_right) > _RIGHT_MOST:
            _right.clear()
        _right.setdefault(text, []).append((expects, scale, types))
    return result.problems


def right_formulas() -> list[list[object]]:
    """Write down what is known of formulas, for a later process."""
    return [
        [
            text,
            kind,
            scale,
            [
                [list(path), found.kind, found.scale, found.options, found.to, found.digits]
                for path, found in types.items()
            ],
        ]
        for text, known in _right.items()
        for kind, scale, types in known
    ]


def remember_right(rows: Iterable[list[Any]]) -> None:
    """Take over what an earlier process found right."""
    for text, kind, scale, types in rows:
        read = {
            tuple(path): Type(its, decimals, None if options is None else tuple(options), tuple(to), digits)
            for path, its, decimals, options, to, digits in types
        }
        known = _right.setdefault(text, [])
        if (kind, scale, read) not in known:
            known.append((kind, scale, read))


def formula_problems(
    address: str, key: str, text: str, scope: ObjectScope, *, expects: Kind | None = "boolean", scale: int | None = None
) -> Iterator[Problem]:
    """Say what is wrong with one formula."""
    for found in problems_in(text, scope, expects=expects, scale=scale):
        if found.why.startswith(NO_OBJECT):
            continue  # the lookup that leads there is wrong, and says so itself
        yield Problem(
            address,
            key,
            "CRM401",
            f"{_named(key)} of `{address}`: {found.what}",
            found.why or f"it reads `{text[:200]}`",
            found.help or "change this part of the formula",
            start=found.start,
            length=max(1, found.end - found.start),
        )


def _named(key: str) -> str:
    return {"formula": "the formula", "filter": "the filter", "when": "the condition"}.get(key, f"`{key}`")


def check_formulas(spec: Spec, one: Object) -> Iterator[Problem]:
    """Check every formula of an object."""
    scope = ObjectScope(spec, one.name)
    for field in one.fields.values():
        address = f"{one.name}.{field.name}"
        if field.required_when:
            yield from formula_problems(address, "required_when", field.required_when, scope)
        if field.visible_when:
            yield from formula_problems(address, "visible_when", field.visible_when, scope)
        asked = _asked_of(field)
        if field.formula and asked is not None:
            yield from formula_problems(address, "formula", field.formula, scope, expects=asked[0], scale=asked[1])
        if field.filter and field.of:
            child = field.of.partition(".")[0]
            if child in spec.objects:
                yield from formula_problems(address, "filter", field.filter, ObjectScope(spec, child))
    for rule in one.validation.values():
        address = f"validation:{one.name}.{rule.name}"
        yield from formula_problems(address, "when", rule.when, scope)
        if rule.field and rule.field not in one.fields:
            yield Problem(
                address,
                "field",
                "CRM302",
                f"`{address}` shows its message at `{rule.field}`, which is not there",
                f"`{one.name}` has no field of this name",
                did_you_mean(rule.field, one.fields),
            )


def reads(spec: Objects, one: Object) -> dict[str, tuple[str, ...]]:
    """Map each worked-out field of an object to the worked-out fields that it reads, by address."""
    found: dict[str, tuple[str, ...]] = {}
    scope = ObjectScope(spec, one.name)
    for field in one.fields.values():
        addresses: list[str] = []
        if field.type == "formula" and field.formula:
            asked = _asked_of(field)
            addresses = _computed_in(field.formula, scope, *asked) if asked else []
        elif field.type == "rollup" and field.of:
            child_name, _, source = field.of.partition(".")
            child = spec.objects.get(child_name)
            if child is not None and source in child.fields and child.fields[source].row.formula == "computed":
                addresses.append(field.of)
            if field.filter and child is not None:
                addresses += _computed_in(field.filter, ObjectScope(spec, child_name), "boolean", None)
        if addresses:
            found[f"{one.name}.{field.name}"] = tuple(dict.fromkeys(addresses))
    return found


def _computed_in(text: str, scope: ObjectScope, expects: Kind | None, scale: int | None) -> list[str]:
    problems_in(text, scope, expects=expects, scale=scale)
    types = found_right(text, scope, expects=expects, scale=scale)
    out: list[str] = []
    for path in sorted(types or ()):
        steps = scope.steps(path)
        if isinstance(steps, tuple):
            out += [f"{s.object}.{s.name}" for s in steps if s.field is not None and s.field.row.formula == "computed"]
    return out


def _asked_of(field: Field) -> tuple[Kind, int | None] | None:
    """Return the kind and the scale that a formula field's formula has to give, or None when its result is none."""
    row = FIELD_TYPES.get(field.result)
    if row is None or row.formula == "none" or row.formula == "computed":
        return None
    return row.formula, field.scale if field.scale is not None else row.scale
