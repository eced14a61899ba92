"""Rules of formulas: every one is typed in the scope of its object, and none works itself out of itself."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.diagnostics import did_you_mean
from crmspec.formula import Checked, Kind, Type, check
from crmspec.spec.field_types import FIELD_TYPES
from crmspec.spec.parts import Object
from crmspec.spec.rules.problem import Problem
from crmspec.spec.scope import NO_OBJECT, Objects, ObjectScope
from crmspec.spec.spec import Spec

# The same text over fields of the same types gives the same tree, whatever the object. text → (types read, tree).
_Key = tuple[str, Kind | None, int | None]
_seen: dict[_Key, list[tuple[dict[tuple[str, ...], Type], Checked]]] = {}
_SEEN_MOST = 50_000


def checked(text: str, scope: ObjectScope, *, expects: Kind | None = None, scale: int | None = None) -> Checked:
    """Check a formula; a text that was found right over the same types is not checked again."""
    key = (text, expects, scale)
    for types, known in _seen.get(key, ()):
        if all(scope.resolve(path) == found for path, found in types.items()):
            return known
    result = check(text, scope, expects=expects, scale=scale)
    if result.expression is not None:
        types = {path: found for path in result.expression.paths if isinstance(found := scope.resolve(path), Type)}
        if len(_seen) > _SEEN_MOST:
            _seen.clear()
        _seen.setdefault(key, []).append((types, result))
    return result


def formula_problems(
    address: str, key: str, text: str, scope: ObjectScope, *, expects: Kind | None = "boolean", scale: int | None = None
) -> Iterator[Problem]:
    """Say what is wrong with one formula."""
    for found in checked(text, scope, expects=expects, scale=scale).problems:
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
        row = FIELD_TYPES.get(field.result)
        if field.formula and row is not None and row.formula != "none" and row.formula != "computed":
            scale = field.scale if field.scale is not None else row.scale
            yield from formula_problems(address, "formula", field.formula, scope, expects=row.formula, scale=scale)
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
            addresses = _computed_in(field.formula, scope)
        elif field.type == "rollup" and field.of:
            child_name, _, source = field.of.partition(".")
            child = spec.objects.get(child_name)
            if child is not None and source in child.fields and child.fields[source].row.formula == "computed":
                addresses.append(field.of)
            if field.filter and child is not None:
                addresses += _computed_in(field.filter, ObjectScope(spec, child_name))
        if addresses:
            found[f"{one.name}.{field.name}"] = tuple(dict.fromkeys(addresses))
    return found


def _computed_in(text: str, scope: ObjectScope) -> list[str]:
    expression = checked(text, scope).expression
    out: list[str] = []
    for path in sorted(expression.paths) if expression else ():
        steps = scope.steps(path)
        if isinstance(steps, tuple):
            out += [f"{s.object}.{s.name}" for s in steps if s.field is not None and s.field.row.formula == "computed"]
    return out
