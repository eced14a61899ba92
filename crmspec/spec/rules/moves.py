"""Rules of `merges` and `splits`: what is named is there, belongs together, and something happens."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.diagnostics import did_you_mean
from crmspec.spec.parts import Merge, Split
from crmspec.spec.rules.problem import Problem
from crmspec.spec.rules.whole_moves import whole_merge, whole_split
from crmspec.spec.spec import Spec


def check_moves(spec: Spec) -> Iterator[Problem]:
    """Check every declared merge and split."""
    for number, merge in enumerate(spec.merges):
        whole = "." not in merge.target and not any("." in source for source in merge.sources)
        check = whole_merge if whole else _merge
        yield from check(spec, merge, str(number))
    for number, split in enumerate(spec.splits):
        check_split = whole_split if "." not in split.source else _split
        yield from check_split(spec, split, str(number))


def _merge(spec: Spec, merge: Merge, number: str) -> Iterator[Problem]:
    one, _, rest = merge.target.partition(".")
    if not rest:
        yield _problem(
            "merges",
            f"{number}.to",
            f"`{merge.target}` is no field and no option",
            "",
            "write it like contact.fax, or name objects only: {from: [lead], to: contact}",
        )
        return
    yield from _objects_only("merges", number, fields=merge.fields, values=merge.values)
    there = _addresses(spec, one)
    if merge.target not in there:
        yield _not_there("merges", f"{number}.to", merge.target, there)
        return
    for place, source in enumerate(merge.sources):
        yield from _source(merge.target, source, there, "merges", f"{number}.from.{place}")


def _split(spec: Spec, split: Split, number: str) -> Iterator[Problem]:
    one = split.source.partition(".")[0]
    yield from _objects_only("splits", number, fields=split.fields, values=split.values, where=split.where)
    there = _addresses(spec, one)
    for place, target in enumerate(split.targets):
        key = f"{number}.to.{place}"
        field = spec.field(target)
        if target.partition(".")[0] != one:
            yield _problem(
                "splits",
                key,
                f"`{split.source}` cannot be split into `{target}`",
                "both belong to one object",
                "name a field of the same object",
            )
        elif field is None:
            yield _not_there("splits", key, target, there)
        elif not field.row.columns:
            yield _problem(
                "splits",
                key,
                f"`{target}` cannot hold a piece of `{split.source}`",
                f"it is a {field.type} field",
                "name a field of text, numbers, days or options",
            )
    if split.source in there:
        yield _still_there("splits", f"{number}.from", split.source)
    if len(split.targets) < 2:
        yield _problem(
            "splits",
            f"{number}.to",
            f"`{split.source}` is split into one field",
            "nothing would be cut",
            "name several fields, or declare a rename",
        )
    if not split.at or (split.rest == "first" and len(split.at) != 1):
        yield _problem(
            "splits",
            f"{number}.at",
            f"`{split.source}` cannot be split at `{split.at}`",
            "with `rest: first` the mark is one character" if split.at else "nothing would be cut",
            'write `at: " "`',
        )


def _objects_only(kind: str, number: str, **keys: object) -> Iterator[Problem]:
    """Say which keys have no meaning where fields or options become others."""
    for key, value in keys.items():
        if value:
            yield _problem(
                kind,
                f"{number}.{key}",
                f"`{key}` has no meaning where fields are {'merged' if kind == 'merges' else 'split'}",
                "it says which records of an object go over, and what they hold there",
                f"remove `{key}`, or name objects",
            )


def _source(target: str, source: str, there: set[str], kind: str, key: str) -> Iterator[Problem]:
    if source.partition(".")[0] != target.partition(".")[0] or source.count(".") != target.count("."):
        yield _problem(
            kind,
            key,
            f"`{source}` cannot become `{target}`",
            "both are fields of one object, or options of one field",
            "write them like contact.fax, or lead.status.hot",
        )
    elif source in there and source != target:
        yield _still_there(kind, key, source)


def _still_there(kind: str, key: str, source: str) -> Problem:
    what = "merged" if kind == "merges" else "split"
    return _problem(
        kind,
        key,
        f"`{source}` is {what}, and still declared",
        "its values would stand in two places",
        "remove it where it is declared, or remove this entry",
    )


def _not_there(kind: str, key: str, name: str, there: set[str]) -> Problem:
    return _problem(
        kind,
        key,
        f"`{kind}` names `{name}`, which is not there",
        "the values would go nowhere",
        did_you_mean(name, there) or "declare it, or remove the entry once every environment has passed it",
    )


def _problem(kind: str, key: str, what: str, why: str, help: str) -> Problem:
    return Problem(kind, key, "CRM383", what, why or "nothing would happen", help)


def _addresses(spec: Spec, object_name: str) -> set[str]:
    """Return every field of an object, and every option of them."""
    one = spec.objects.get(object_name)
    found: set[str] = set()
    for field in one.fields.values() if one else ():
        found.add(f"{object_name}.{field.name}")
        found.update(f"{object_name}.{field.name}.{option}" for option in field.option_names)
    return found
