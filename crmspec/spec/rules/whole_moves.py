"""Rules of objects that are merged or split: where their records go, which of them, and what they say there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crmspec.diagnostics import did_you_mean
from crmspec.formula import Expression, check
from crmspec.spec.parts import Field, Merge, Object, Split
from crmspec.spec.rules.converts import unfit
from crmspec.spec.rules.formulas import formula_problems
from crmspec.spec.rules.problem import Problem
from crmspec.spec.scope import ObjectScope
from crmspec.spec.spec import Spec

# What is not of a record itself, or not the same whenever and by whom it is asked.
_PASSING = frozenset({"today", "now", "me"})
_FILLED = ("text", "long_text", "picklist", "multi_picklist", "boolean", "integer", "number", "date", "email", "url")


def whole_merge(spec: Spec, merge: Merge, number: str) -> Iterator[Problem]:
    """Check a merge whose target is an object."""
    target = spec.objects.get(merge.target)
    if target is None:
        yield _no_object("merges", f"{number}.to", merge.target, spec)
    for place, source in enumerate(merge.sources):
        key = f"{number}.from.{place}"
        if "." in source:
            yield _moved(
                "merges", key, f"`{source}` cannot become `{merge.target}`", "the one is a field, the other an object",
                "name objects, `{from: [lead], to: contact}`, or fields, `{from: [lead.fax], to: lead.phone}`",
            )
        elif source == merge.target:
            yield _moved(
                "merges", key, f"`{source}` is merged into itself", "its records are there already",
                "name the objects that go",
            )
        elif source in spec.objects:
            yield _moved(
                "merges", key, f"`{source}` is merged, and still declared", "its records would stand in two places",
                "remove it where it is declared, or remove this entry",
            )
    if merge.keep != "first_not_empty":
        yield _moved(
            "merges", f"{number}.keep", f"`keep` has no meaning where objects become `{merge.target}`",
            "every record stays one by itself", "remove `keep`",
        )
    if target is not None:
        yield from _fields("merges", number, merge.fields, merge.sources, target)
        yield from _values("merges", number, merge.values, target)


def whole_split(spec: Spec, split: Split, number: str) -> Iterator[Problem]:
    """Check a split whose source is an object."""
    source = spec.objects.get(split.source)
    if source is None:
        yield _no_object("splits", f"{number}.from", split.source, spec)
    if len(split.targets) != 1 or "." in split.targets[0] or split.targets[0] == split.source:
        yield _moved(
            "splits", f"{number}.to", f"`{split.source}` cannot be split into `{', '.join(split.targets)}`",
            "the records that go become records of one other object", f"write `{{from: {split.source}, to: lead}}`",
        )
        return
    target = spec.objects.get(split.targets[0])
    if target is None:
        yield _no_object("splits", f"{number}.to.0", split.targets[0], spec)
    if split.at != " " or split.rest != "last":
        yield _moved(
            "splits", f"{number}.{'at' if split.at != ' ' else 'rest'}",
            f"an object is not split at a mark (`{split.source}`)", "`at` and `rest` cut a text",
            'say which records go: `where: "status == \'new\'"`',
        )
    if source is not None:
        yield from _condition(spec, split, source, number)
    if target is not None:
        yield from _fields("splits", number, split.fields, (split.source,), target)
        yield from _values("splits", number, split.values, target)


def _condition(spec: Spec, split: Split, source: Object, number: str) -> Iterator[Problem]:
    key = f"{number}.where"
    if not split.where:
        yield _moved(
            "splits", number, f"nobody says which records of `{split.source}` become `{split.targets[0]}`",
            "all of them would be a rename", "write `where: \"status == 'new'\"`, or declare a rename",
        )
        return
    scope = ObjectScope(spec, source.name)
    problems = list(formula_problems("splits", key, split.where, scope))
    yield from problems
    tree = None if problems else check(split.where, scope, expects="boolean").expression
    fault = _beyond_the_record(tree, source) if tree is not None else ""
    if fault:
        yield _moved(
            "splits", key, f"records of `{source.name}` cannot be told apart by {fault}",
            "the same ones have to be found wherever and whenever the plan is carried out",
            "use what is stored in the record itself",
        )


def _beyond_the_record(tree: Expression, source: Object) -> str:
    """Say what of a condition is not stored in the record, or ''."""
    passing = sorted(tree.functions & _PASSING)
    if passing:
        return f"`{passing[0]}()`"
    for path in sorted(tree.paths):
        field = source.fields.get(path[0])
        if len(path) > 1 and not (field and len(field.row.columns) > 1):
            return f"`{'.'.join(path)}`"
        if field is not None and not (field.row.columns or field.type == "multi_picklist"):
            return f"`{path[0]}`, which is worked out"
        if field is None and path[0] not in ("owner", "created_by", "updated_by", "created_at", "updated_at", "id"):
            return f"`{path[0]}`, which is worked out"
    return ""


def _fields(
    kind: str, number: str, fields: Mapping[str, str], sources: tuple[str, ...], target: Object
) -> Iterator[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for before, after in fields.items():
        key = f"{number}.fields.{before}"
        owner, _, name = before.partition(".")
        if owner not in sources or not name:
            yield _moved(
                kind, key, f"`{before}` is no field of {' or '.join(f'`{one}`' for one in sources)}",
                "only their records go over", f"write it like {sources[0]}.name",
            )
        yield from _holds(kind, key, after, target)
        if (owner, after) in seen:
            yield _moved(
                kind, key, f"`{before}` and `{seen[owner, after]}` both become `{after}`",
                "only one of them could count", "remove one, or merge the two fields in a release before this one",
            )
        seen[owner, after] = before


def _values(kind: str, number: str, values: Mapping[str, str], target: Object) -> Iterator[Problem]:
    for address, value in values.items():
        key = f"{number}.values.{address}"
        problems = list(_holds(kind, key, address, target))
        yield from problems
        field = target.fields.get(address.partition(".")[2])
        if problems or field is None:
            continue
        fault = f"{field.type} is not said by a word" if field.type not in _FILLED else unfit(field, value)
        if fault:
            yield _moved(
                kind, key, f"`{address}` cannot be `{value}`: it {fault}" if fault.startswith("is ") else
                f"`{address}` cannot be `{value}`: {fault}",
                "every record that comes would have it", did_you_mean(value, field.option_names) or "write another",
            )


def _holds(kind: str, key: str, address: str, target: Object) -> Iterator[Problem]:
    """Say why an address is no field of the target that can hold something."""
    owner, _, name = address.partition(".")
    field: Field | None = target.fields.get(name) if owner == target.name else None
    if field is None:
        there = [f"{target.name}.{one}" for one in target.fields]
        yield _moved(
            kind, key, f"`{address}` is no field of `{target.name}`", "the values would go nowhere",
            did_you_mean(address, there) or f"write it like {target.name}.name",
        )
    elif not (field.row.columns or field.row.child):
        yield _moved(
            kind, key, f"`{address}` cannot take a value", f"it is a {field.type} field, which is worked out",
            "name a field that is stored",
        )


def _no_object(kind: str, key: str, name: str, spec: Spec) -> Problem:
    return _moved(
        kind, key, f"`{kind}` names the object `{name}`, which is not there", "the records would go nowhere",
        did_you_mean(name, spec.objects) or "declare it, or remove the entry once every environment has passed it",
    )


def _moved(kind: str, key: str, what: str, why: str, help: str) -> Problem:
    return Problem(kind, key, "CRM383", what, why, help)
