"""Random pairs of valid specs, and random rows for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from crmspec.spec import Convert, Field, Index, Object, Spec
from tests.plan.building import field, spec, thing

OBJECTS = ("ant", "bee", "cat")
FIELDS = ("f", "g", "h", "k")
OPTIONS = ("p", "q", "r s", "it's")
_PLAIN = (
    "text",
    "long_text",
    "email",
    "integer",
    "number",
    "currency",
    "boolean",
    "date",
    "datetime",
    "address",
    "json",
)


@st.composite
def fields(draw: st.DrawFn, name: str, objects: tuple[str, ...]) -> Field:
    """Draw a field whose lookups point at objects that are there."""
    kind = draw(st.sampled_from((*_PLAIN, "picklist", "multi_picklist", "lookup", "lookup", "many_to_many", "formula")))
    keys: dict[str, Any] = {}
    match kind:
        case "picklist" | "multi_picklist":
            keys["options"] = tuple(
                _option(one) for one in draw(st.lists(st.sampled_from(OPTIONS), min_size=1, unique=True))
            )
            if kind == "picklist" and draw(st.booleans()):
                keys["default"] = keys["options"][0].name
        case "lookup":
            several = draw(st.booleans())
            keys["to"] = tuple(
                draw(st.lists(st.sampled_from(objects), min_size=1, max_size=2 if several else 1, unique=True))
            )
            keys["on_delete"] = draw(st.sampled_from(("", "cascade", "set_empty")))
        case "many_to_many":
            keys["to"] = (draw(st.sampled_from(objects)),)
        case "integer" | "number" | "currency":
            keys["scale"] = 0 if kind == "integer" else draw(st.sampled_from((1, 2, 3)))
            keys["min"] = draw(st.sampled_from((None, 0)))
            keys["default"] = draw(st.sampled_from((None, "1")))
        case "text":
            keys["max_length"] = draw(st.sampled_from((None, 40)))
            keys["default"] = draw(st.sampled_from((None, "it's")))
        case "formula":
            keys.update(result="integer", formula="1")
        case "boolean":
            keys["default"] = draw(st.sampled_from((None, "true")))
    if keys.get("default"):
        keys["required"] = draw(st.booleans())
    keys = {key: value for key, value in keys.items() if value is not None}
    return field(name, kind, **keys)


def _option(name: str) -> Any:
    from crmspec.spec import Option

    return Option(name=name)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """Draw a spec of one to three objects."""
    names = tuple(draw(st.lists(st.sampled_from(OBJECTS), min_size=1, unique=True)))
    return spec(*[draw(objects(name, names)) for name in names])


@st.composite
def objects(draw: st.DrawFn, name: str, names: tuple[str, ...]) -> Object:
    """Draw an object with one to four fields, and perhaps an index."""
    chosen = draw(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True))
    drawn = [draw(fields(one, names)) for one in chosen]
    indexed = [one.name for one in drawn if one.row.columns and one.type not in ("address", "json")]
    with_index: bool = draw(st.booleans())
    indexes = [Index(name="one", fields=(f"-{indexed[0]}", "created_at"))] if indexed and with_index else []
    return thing(name, *drawn, indexes=indexes)


@st.composite
def changed(draw: st.DrawFn, before: Spec) -> Spec:
    """Draw a spec that shares much with another: of objects and fields some are kept, changed, gone, new."""
    kept = [name for name in before.objects if draw(st.integers(0, 4))]
    names = tuple(dict.fromkeys((*kept, *draw(st.lists(st.sampled_from(OBJECTS), max_size=1))))) or (
        next(iter(before.objects)),
    )
    return spec(*[draw(_changed_object(before.objects.get(name), name, names)) for name in names])


@st.composite
def _changed_object(draw: st.DrawFn, before: Object | None, name: str, names: tuple[str, ...]) -> Object:
    after: Object = draw(objects(name, names))
    if before is None:
        return after
    same = [one for one in before.fields.values() if draw(st.booleans()) and set(one.to) <= set(names)]
    merged = {one.name: one for one in (*after.fields.values(), *same)}
    for one in list(merged.values()):
        old = before.fields.get(one.name)
        if old and one.type == "picklist" and old.type in ("text", "picklist", "boolean"):
            merged[one.name] = replace(one, convert=Convert(map={"p": one.options[0].name}, otherwise="empty"))
        elif old:
            merged[one.name] = replace(one, convert=draw(_converts(old, one)))
    indexes = tuple(
        index
        for index in after.indexes
        if merged[index.fields[0].lstrip("-")].row.columns
        and merged[index.fields[0].lstrip("-")].type not in ("address", "json")
    )
    return replace(after, fields=merged, indexes=indexes)


def _converts(before: Field, after: Field) -> st.SearchStrategy[Convert | None]:
    """Give what a `convert` may say of a field that becomes another."""
    textual = before.row.formula == "text"
    if before.row.child and after.type in ("picklist", "lookup"):
        return st.sampled_from([Convert(keep="first"), Convert(keep="last", otherwise="empty")])
    if textual and after.type == "lookup" and len(after.to) == 1:
        return st.sampled_from([Convert(by=name, otherwise="empty") for name in FIELDS])
    if before.type == "lookup" and after.row.formula == "text":
        return st.sampled_from([Convert(by="id"), *[Convert(by=name) for name in FIELDS]])
    if textual and after.type in ("date", "datetime"):
        return st.sampled_from([Convert(format=("YYYY-MM-DD", "D.M.YY"), otherwise="empty"), None])
    if after.row.formula == "number" and (textual or before.row.formula == "number"):
        return st.sampled_from([Convert(decimal=",", thousands=".", round=True), Convert(round=True), None])
    if before.type == after.type == "text" and after.max_length:
        return st.just(Convert(cut=True))
    return st.none()


@st.composite
def renamed(draw: st.DrawFn, before: Spec) -> tuple[Spec, dict[str, str]]:
    """Draw a spec in which objects and fields have one another's names, and the map from old to new addresses."""
    names = dict(zip(before.objects, draw(st.permutations(OBJECTS)), strict=False))
    moved = dict(names)
    objects_now = [(old, new) for old, new in names.items() if old != new]
    lines: list[tuple[str, str]] = []
    found = []
    for name, one in before.objects.items():
        fields_now = dict(zip(one.fields, draw(st.permutations(FIELDS)), strict=False))
        lines += [(f"{name}.{old}", f"{name}.{new}") for old, new in fields_now.items() if old != new]
        moved |= {f"{name}.{old}": f"{names[name]}.{new}" for old, new in fields_now.items()}
        indexes = [
            replace(index, fields=tuple(_entry(entry, fields_now) for entry in index.fields)) for index in one.indexes
        ]
        found.append(
            thing(
                names[name],
                *[
                    replace(field, name=fields_now[field.name], to=tuple(names[to] for to in field.to))
                    for field in one.fields.values()
                ],
                indexes=indexes,
            )
        )
    return spec(*found, renames=[*draw(st.permutations(lines)), *draw(st.permutations(objects_now))]), moved


def _entry(entry: str, names: dict[str, str]) -> str:
    sign, name = ("-", entry[1:]) if entry.startswith("-") else ("", entry)
    return sign + names.get(name, name)


def values_of(one: Field, dialect: str, number: int, ids: dict[str, list[str]]) -> dict[str, Any]:
    """Return column values of a field for the row of a number; every third is blank where it may be."""
    if (number % 3 == 2 and not one.required) or not one.row.columns:
        return {}
    base = one.base_column
    match one.type:
        case "text" | "long_text":
            return {base: ("12.5", "2024-02-29", "it's", "p", "")[number % 5]}
        case "email":
            return {base: f"a{number}@example.com"}
        case "integer" | "number" | "currency":
            return {base: (0, 1500, 20)[number % 3]}
        case "boolean":
            return {base: number % 2 == 0}
        case "date":
            return {base: "2024-02-29"}
        case "datetime":
            return {base: "2024-02-29T23:30:00.000000Z"}
        case "address":
            return {f"{base}_city": "Kunming"}
        case "json":
            return {base: '{"a": 1}'}
        case "picklist":
            return {base: one.option_names[number % len(one.options)]}
        case "lookup":
            target = one.to[number % len(one.to)]
            if not ids.get(target):
                return {}
            both = {f"{base}_id": ids[target][0]}
            return both | ({f"{base}_object": target} if len(one.to) > 1 else {})
    return {}
