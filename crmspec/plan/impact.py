"""What uses a part: the reports, lists, layouts, formulas, pipelines and roles that name a field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from crmspec.plan.change import Change, Uses
from crmspec.spec import Field, KeptObjects, Object, Spec

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_TEXT = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"")


_FEW = 8
_Found = dict[str, dict[str, dict[str, None]]]


class Users:
    """Who uses what in a spec.

    The first questions about fields are answered from the objects that name the field at all; whoever asks more, or
    about an object, which a path may pass without naming it, has every name of the spec followed, once.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._known: _Found = {}
        self._asked = 0

    def of(self, address: str) -> Uses:
        """Return what uses a field, or goes through a lookup to an object."""
        by = self._by(address)
        return Uses(address, {kind: tuple(names) for kind, names in by.items()})

    def _by(self, address: str) -> dict[str, dict[str, None]]:
        if address not in self._known:
            self._asked += 1
            few = "." in address and self._asked <= _FEW and "_by_address" not in self.__dict__
            found = self._followed(self._naming(address)) if few else self._by_address
            self._known[address] = found.get(address, {})
        return self._known[address]

    def _naming(self, address: str) -> Iterable[str]:
        """Return the objects that may name a field: its own, those that lead to it, and those that sum over its own."""
        objects = self._spec.objects
        if not isinstance(objects, KeptObjects):
            return objects
        own, _, field = address.partition(".")
        others = objects.writing(f".{field}", f".days_in_{field}", own)
        return others if own in others or own not in objects else [*others, own]

    @cached_property
    def _by_address(self) -> _Found:
        return self._followed(self._spec.objects)

    def _followed(self, objects: Iterable[str]) -> _Found:
        found: _Found = {}
        for kind, name, object_name, words in _users(self._spec, objects):
            for word in words:
                for address in _passed(self._spec, object_name, word):
                    found.setdefault(address, {}).setdefault(kind, {})[name] = None
        return found


def impact_of(uses: Users, changes: Iterable[Change]) -> tuple[Uses, ...]:
    """Return what uses each part that goes or becomes another type: `uses` are those of the deployed spec."""
    found = [uses.of(change.address) for change in changes if _concerns(change)]
    return tuple(one for one in found if one.by)


def _concerns(change: Change) -> bool:
    before, after = change.before, change.after
    match change.action, before, after:
        case "remove", Field() | Object(), _:
            return True
        case "alter", Field(), Field():
            return before.type != after.type
    return False


def part_address(kind: str, name: str) -> str:
    """Return the address of a part that `Users` calls by kind and name."""
    return name if kind == "formula" else f"{kind}:{name}"


def uses_of(spec: Spec, address: str) -> Uses:
    """Return what uses a field of a spec; `Users` is for many questions."""
    return Users(spec).of(address)


def _users(spec: Spec, objects: Iterable[str]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield (kind, name, object that paths start from, paths) of everything that names fields."""
    for name, report in spec.reports.items():
        yield (
            "report",
            name,
            report.object,
            [
                *report.columns,
                *report.group_by,
                *report.totals,
                *report.sort,
                *_words(report.filter),
                *((report.chart.by, report.chart.value) if report.chart else ()),
            ],
        )
    for name, view in spec.list_views.items():
        yield "list_view", name, view.object, [*view.columns, *view.sort, *_words(view.filter)]
    for name, layout in spec.layouts.items():
        yield (
            "layout",
            name,
            layout.object,
            [*layout.highlights, *(field for section in layout.sections for field in section.fields)],
        )
    for name in objects:
        one = spec.objects[name]
        for field in one.fields.values():
            yield "formula", f"{name}.{field.name}", name, _formula_words(field)
            if field.of:
                child, _, summed = field.of.partition(".")
                yield "formula", f"{name}.{field.name}", child, [summed, field.via, *_words(field.filter)]
        for rule in one.validation.values():
            yield "validation", f"{name}.{rule.name}", name, [*_words(rule.when), rule.field]
    for name, pipeline in spec.pipelines.items():
        yield (
            "pipeline",
            name,
            pipeline.object,
            [
                pipeline.field,
                *(
                    word
                    for stage in pipeline.stages.values()
                    for word in (*stage.enter_requires, *_words(stage.enter_when))
                ),
            ],
        )
    for name, role in spec.roles.items():
        yield "role", name, "", list(role.fields)


def _formula_words(field: Field) -> list[str]:
    return [*_words(field.formula), *_words(field.required_when), *_words(field.visible_when)]


def _words(formula: str) -> list[str]:
    return _WORD.findall(_TEXT.sub("", formula)) if formula else []


def _passed(spec: Spec, object_name: str, path: str) -> Iterator[str]:
    """Yield the address of every field, and of every object behind the first, that a path passes."""
    if not object_name:
        yield path
        return
    current = spec.objects.get(object_name)
    for number, word in enumerate(path.lstrip("-").split(".")):
        if current is None:
            return
        if number:
            yield current.name
        word = word.removeprefix("days_in_") if word not in current.fields else word
        yield f"{current.name}.{word}"
        field = current.fields.get(word)
        current = spec.objects.get(field.to[0]) if field and len(field.to) == 1 else None
