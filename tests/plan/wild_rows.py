"""Random records for a spec: column values as they are stored."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from crmspec.spec import Field, Object
from tests.plan.wild_specs import words_of

_WORDS = st.sampled_from(("", "p", "it's", "12.5", "-7", "2024-02-29", "true", "a\nb", "多 %s", "x" * 30, "#aabbcc"))


@st.composite
def row_of(draw: st.DrawFn, one: Object, number: int, ids: dict[str, list[str]]) -> dict[str, Any]:
    """Draw the column values of a record; what is unique ends in its number."""
    apart = {name for index in one.indexes if index.unique for name in words_of(index)}
    row: dict[str, Any] = {}
    for part in one.fields.values():
        alone = part.unique or part.type == "auto_number" or part.name in apart
        if part.row.columns and (part.required or draw(st.integers(0, 3))):
            row |= draw(_values(part, number, ids, alone=alone))
        if alone and part.default is not None and part.column_names[0] not in row:
            row[part.column_names[0]] = None  # or every record would have the default
    return row


@st.composite
def _values(draw: st.DrawFn, one: Field, number: int, ids: dict[str, list[str]], *, alone: bool) -> dict[str, Any]:
    base = one.base_column
    match one.type:
        case "integer" | "number" | "currency" | "percent" | "duration" | "rating":
            return {base: _number(draw, one, number) if alone else draw(_numbers(one))}
        case "boolean":
            return {} if alone else {base: draw(st.booleans())}
        case "date" | "datetime" | "time":
            moment = {"date": "20{:02d}-02-28", "datetime": "20{:02d}-02-28T23:30:00.000000Z", "time": "{:02d}:30:00"}
            return {base: moment[one.type].format(number if alone else draw(st.integers(0, 20)))}
        case "address":
            return {f"{base}_city": draw(_WORDS), f"{base}_street": draw(_WORDS)}
        case "person_name":
            return {f"{base}_{one.row.columns[0][0].lstrip('_')}": draw(_WORDS)}
        case "geolocation":
            return {f"{base}{suffix}": draw(st.integers(-(10**8), 10**8)) for suffix, _ in one.row.columns}
        case "json":
            return {base: draw(st.sampled_from(('{"a": 1}', "[]", "null", '"it\'s"')))}
        case "picklist":
            return {} if alone else {base: draw(st.sampled_from(one.option_names))}
        case "lookup":
            return draw(_pointers(one, ids, alone=alone))
        case "email" | "url" | "color" | "phone" | "auto_number":
            forms = {"email": "a{}@b.cd", "url": "https://b.cd/{}", "color": "#0000{:02d}", "phone": "+86 {}"}
            return {base: forms.get(one.type, "N-{:04d}").format(number)}
    text = draw(_WORDS) if not alone else f"t{number}"
    return {base: text[: one.max_length] if one.max_length else text}


def _number(draw: st.DrawFn, one: Field, number: int) -> int:
    return number + 1 if one.type == "rating" or one.decimals == 0 else (number + 1) * 10**one.decimals


def _numbers(one: Field) -> st.SearchStrategy[int]:
    if one.type == "rating":
        return st.integers(1, int(one.max or 5))
    least = -(10**8) if one.min is None else int(one.min * 10**one.decimals)
    most = 10**8 if one.max is None else int(one.max * 10**one.decimals)
    return st.integers(least, most)


@st.composite
def _pointers(draw: st.DrawFn, one: Field, ids: dict[str, list[str]], *, alone: bool) -> dict[str, Any]:
    there = [target for target in one.to if ids.get(target)]
    if not there or alone:
        return {}
    target = draw(st.sampled_from(there))
    found = {f"{one.base_column}_id": draw(st.sampled_from(ids[target]))}
    return found | ({f"{one.base_column}_object": target} if len(one.to) > 1 else {})
