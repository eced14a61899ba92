"""Random valid specs with every kind of part that has a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from crmspec.source.problems import Problems
from crmspec.source.renames import check_renames, entries_of
from crmspec.source.tree import read_tree
from crmspec.spec import Field, Index, Object, Option, Pipeline, Spec, Stage
from crmspec.spec.rules import check_spec
from tests.plan.building import field, spec, thing

OBJECTS = ("ant", "bee", "cat")
NAMES = ("f", "g", "h", "k", "m")
OPTIONS = ("p", "q", "r s", "it's", "50 %", "é")
_NUMBERS = ("integer", "number", "currency", "percent", "duration", "rating")
_TEXTS = ("text", "long_text", "email", "phone", "url", "color", "rich_text")
_OTHERS = ("boolean", "date", "datetime", "time", "address", "person_name", "geolocation", "json", "auto_number")
_CHOICES = ("picklist", "multi_picklist", "lookup", "many_to_many", "formula")
_DEFAULTS = {
    "integer": "7", "number": "1.5", "currency": "2", "percent": "3", "duration": "60", "rating": "2", "text": "it's",
    "boolean": "true", "date": "2020-02-29", "datetime": "2020-02-29T01:02:03.000000Z", "time": "09:30",
    "phone": "12", "email": "a@b.cd",
}
ONE_COLUMN = (*_NUMBERS, *_TEXTS, "boolean", "date", "datetime", "time", "picklist", "lookup")


# --- specs ---


@st.composite
def fields(draw: st.DrawFn, name: str, objects: tuple[str, ...]) -> Field:
    """Draw a field of any type, with any of its keys."""
    group = draw(st.sampled_from((_NUMBERS, _TEXTS, _OTHERS, _CHOICES, _CHOICES)))
    kind = draw(st.sampled_from(group))
    keys: dict[str, Any] = {}
    if kind in ("picklist", "multi_picklist"):
        names = draw(st.lists(st.sampled_from(OPTIONS), min_size=1, unique=True))
        keys["options"] = tuple(Option(name=one) for one in names)
    elif kind in ("lookup", "many_to_many"):
        most = 2 if kind == "lookup" and draw(st.booleans()) else 1
        keys["to"] = tuple(draw(st.lists(st.sampled_from((*objects,)), min_size=1, max_size=most, unique=True)))
        if kind == "lookup":
            keys["on_delete"] = draw(st.sampled_from(("", "cascade", "set_empty", "restrict")))
    elif kind == "formula":
        keys.update(result="integer", formula="1")
    elif kind == "auto_number":
        keys["format"] = "N-{0000}"
    if kind in ("number", "currency", "percent"):
        keys["scale"] = draw(st.sampled_from((0, 1, 2, 4))) if kind == "number" else 2
    made = field(name, kind, **{key: value for key, value in keys.items() if value != ""})
    for _ in range(draw(st.integers(0, 3))):
        made = draw(other_key(made))
    return made


@st.composite
def other_key(draw: st.DrawFn, one: Field) -> Field:
    """Draw the field with one key said otherwise."""
    simple = one.type in ONE_COLUMN and len(one.to) < 2
    ways: list[Callable[[], dict[str, Any]]] = []
    default = one.options[0].name if one.type == "picklist" else _DEFAULTS.get(one.type)
    if default is not None:
        ways.append(lambda: {"default": None, "required": False} if one.default else {"default": default})
    if simple and (one.default or one.required):
        ways.append(lambda: {"required": not one.required})
    if simple and "unique" in one.row.keys and not one.default:
        ways.append(lambda: {"unique": not one.unique})
    if one.type in _NUMBERS and one.type != "rating":
        ways.append(lambda: {"min": draw(st.sampled_from((None, Decimal(0), Decimal(-5))))})
        ways.append(lambda: {"max": draw(st.sampled_from((None, Decimal(90), Decimal(10**6))))})
    if one.type == "number":
        ways.append(lambda: {"precision": draw(st.sampled_from((None, 9, 14)))})
        ways.append(lambda: {"scale": draw(st.sampled_from((0, 1, 2, 4)))})
    if one.type in ("text", "long_text"):
        ways.append(lambda: {"max_length": draw(st.sampled_from((None, 9, 60)))})
    if one.type == "lookup":
        ways.append(lambda: {"on_delete": draw(st.sampled_from(("", "cascade", "set_empty")))})
    if one.options and not one.pipeline:
        ways.append(lambda: {"options": tuple(draw(st.permutations(one.options)))})
        missing = [name for name in OPTIONS if name not in one.option_names]
        if missing:
            ways.append(lambda: {"options": (*one.options, Option(name=draw(st.sampled_from(missing))))})
        if len(one.options) > 1:
            ways.append(lambda: {"options": one.options[1:], "default": None, "required": False})
    if not ways:
        return one
    return replace(one, **draw(st.sampled_from(ways))())


@st.composite
def objects(draw: st.DrawFn, name: str, names: tuple[str, ...]) -> Object:
    """Draw an object with one to five fields and up to two indexes."""
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    drawn = [draw(fields(one, names)) for one in chosen]
    made = thing(name, field("name"), *drawn, title_field="name")
    for _ in range(draw(st.integers(0, 2))):
        made = draw(other_index(made))
    return made


@st.composite
def other_index(draw: st.DrawFn, one: Object) -> Object:
    able = [part.name for part in one.fields.values()
            if part.type in ONE_COLUMN and part.type not in ("long_text", "rich_text") and len(part.to) < 2]
    fewer: bool = draw(st.booleans())
    if one.indexes and fewer:
        return replace(one, indexes=one.indexes[1:])
    picked = draw(st.lists(st.sampled_from(able), min_size=1, max_size=2, unique=True))
    entries = tuple(draw(st.sampled_from(("", "-"))) + name for name in picked)
    name = "_".join(picked)
    unique = draw(st.booleans()) and all(one.fields[part].default is None for part in picked)
    kept = tuple(index for index in one.indexes if index.name != name)
    return replace(one, indexes=(*kept, Index(name=name, fields=entries, unique=unique)))


@st.composite
def wild(draw: st.DrawFn) -> Spec:
    """Draw a valid spec of one to three objects, perhaps with a pipeline."""
    names = tuple(draw(st.lists(st.sampled_from(OBJECTS), min_size=1, unique=True)))
    made = spec(*[draw(objects(name, names)) for name in names])
    if draw(st.booleans()):
        made = draw(other_pipeline(made))
    assume(is_valid(made))
    return made


def is_valid(made: Spec) -> bool:
    """Say whether the rules find nothing wrong with a spec, and its renames mean something."""
    if any(problem.severity == "error" for problem in check_spec(made)):
        return False
    problems = Problems()
    lines = [json.dumps({"from": rename.before, "to": rename.after}) for rename in made.renames]
    nodes = read_tree("all.yaml", "\n".join(f"- {line}" for line in lines).encode(), problems) if lines else []
    check_renames(entries_of(nodes), {address for address in made.parts() if ":" not in address}, problems)
    return not problems.found


def with_parts(made: Spec, *changed: Object, without: str = "", **keys: Any) -> Spec:
    parts = {name: one for name, one in made.objects.items() if name != without}
    return replace(made, objects={**parts, **{one.name: one for one in changed}}, **keys)


@st.composite
def an_object(draw: st.DrawFn, made: Spec) -> Object:
    return made.objects[draw(st.sampled_from(sorted(made.objects)))]


def words_of(index: Index) -> list[str]:
    return [entry.lstrip("-") for entry in index.fields]


# --- pipelines ---

STAGES = ("first", "second", "third", "won", "lost")


@st.composite
def other_pipeline(draw: st.DrawFn, made: Spec) -> Spec:
    """Draw the spec with a pipeline, or without the one it has."""
    if made.pipelines:
        way = next(iter(made.pipelines.values()))
        one = made.objects[way.object]
        plain = replace(one.fields["stage"], pipeline="")
        return with_parts(made, replace(one, fields={**one.fields, "stage": plain}), pipelines={})
    one = draw(an_object(made))
    names = draw(st.lists(st.sampled_from(STAGES), min_size=2, unique=True))
    return staged(made, one, names)


def staged(made: Spec, one: Object, names: list[str]) -> Spec:
    stages = {name: Stage(name=name, type="won" if name == "won" else "lost" if name == "lost" else "open")
              for name in names}
    opened = next((name for name, stage in stages.items() if stage.type == "open"), None)
    part = field("stage", "picklist", options=tuple(Option(name=name) for name in names), pipeline="way",
                 default=opened)
    way = Pipeline(name="way", object=one.name, field="stage", stages=stages)
    return with_parts(made, replace(one, fields={**one.fields, "stage": part}), pipelines={"way": way})
