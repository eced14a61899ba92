"""A path becomes what a query must select and the value that is made of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crmspec.access import passed
from crmspec.records.paths import Seen, look, split_path
from crmspec.records.secret_box import SecretBox
from crmspec.records.sources import NoSuchPath, Source
from crmspec.records.texts import text_of
from crmspec.records.values import HIDDEN, Masked, Ref, StoredFile, Value
from crmspec.records.wording import Column, name_of
from crmspec.spec import Field

Cells = Sequence[Any]
MASK = "•••"


@dataclass(frozen=True, slots=True)
class Output:
    """One path of a question: its columns, and how their values become one. `child` names a field whose several values
    are asked for apart, once for all records.
    """

    path: str
    columns: tuple[Column, ...]
    build: Callable[[Cells], Value]
    child: Field | None = None


def output_of(source: Source, path: str) -> Output:
    """Return what a path needs. Its level must have been looked at before: a masked one comes out masked."""
    reading = source.reading
    segments = split_path(path)
    seen = look(reading.spec, source.object_name, segments)
    if seen is None:
        raise NoSuchPath(path)
    found = _by_type(source, segments, seen, path)
    if reading.level(source.object_name, path) == "masked" and seen.type != "secret":
        return Output(path, found.columns, _masking(found.build, seen.field), None)
    return found


def _by_type(source: Source, segments: tuple[str, ...], seen: Seen, path: str) -> Output:
    home, last = _home(source, segments)
    field = seen.field
    if seen.part:
        return Output(path, (source.column(segments),), _decoder(seen))
    match seen.type:
        case "lookup":
            return _lookup(home, last, seen, path)
        case "file" | "image" if field is not None:
            return _file(home, field, path)
        case "person_name" | "address" | "geolocation" if field is not None:
            return _composite(home, field, path)
        case "multi_picklist" | "many_to_many" if field is not None:
            if home is not source:
                raise NoSuchPath(path)
            return Output(path, (), lambda cells: (), field)
        case "secret" | "rich_text" | "json" if field is not None:
            build = _secret(source.reading.secrets, field) if seen.type == "secret" else _first
            return Output(path, (home.table.c[field.base_column],), build)
    return Output(path, (source.column(segments),), _decoder(seen))


def _home(source: Source, segments: tuple[str, ...]) -> tuple[Source, str]:
    """Return the source that the last segment belongs to, and that segment; parts belong to the field before."""
    here = source
    for at, segment in enumerate(segments[:-1]):
        seen = look(source.reading.spec, source.object_name, segments[: at + 1])
        if seen is None or seen.kind != "reference" or len(seen.to) != 1:
            break
        here = here.beyond(segment, seen.to[0])
    return here, segments[-1]


def _lookup(home: Source, name: str, seen: Seen, path: str) -> Output:
    field = seen.field
    column = home.table.c[f"{field.base_column if field else name}_id"]
    title, found = home.title_of(name, seen.to), home.found_behind(name, seen.to)
    if field is not None and len(field.to) > 1:
        kind: Column = home.table.c[f"{field.base_column}_object"]
        return Output(path, (column, title, found, kind), lambda cells: _ref(cells[3], cells[0], cells[1], cells[2]))
    target = seen.to[0]
    return Output(path, (column, title, found), lambda cells: _ref(target, cells[0], cells[1], cells[2]))


def _ref(target: str, record_id: str | None, title: str | None, found: str | None) -> Ref | None:
    """Make a reference. What was not joined is a record that may not be seen."""
    if record_id is None:
        return None
    return Ref(target, record_id, title or "") if found is not None else Ref(target, "", HIDDEN, hidden=True)


def _file(home: Source, field: Field, path: str) -> Output:
    files = passed(home.reading.table("crmspec_file").alias(), "picked")
    column = home.table.c[f"{field.base_column}_id"]
    home.root.joins.append((files, files.c.id == column))
    columns = (column, files.c.name, files.c.content_type, files.c.size)
    return Output(path, columns, lambda cells: None if cells[0] is None else StoredFile(*cells))


def _composite(home: Source, field: Field, path: str) -> Output:
    suffixes = [suffix.removeprefix("_") for suffix, _ in field.row.columns]
    columns = tuple(home.table.c[name] for name in field.column_names)

    def build(cells: Cells) -> Value:
        if all(cell is None for cell in cells):
            return None
        if field.type == "geolocation":
            cells = [None if cell is None else Decimal(cell).scaleb(-7) for cell in cells]
        return dict(zip(suffixes, cells, strict=True))

    return Output(path, columns, build)


def text_of_composite(field: Field, value: Value) -> str:
    """Return an address, a name or a place as one line."""
    if not isinstance(value, dict):
        return ""
    if field.type == "person_name":
        return name_of(value.get("family"), value.get("given"))
    return ", ".join(str(part) for part in value.values() if part not in (None, ""))


def _decoder(seen: Seen) -> Callable[[Cells], Value]:
    """Return how a stored value becomes the one people work with."""
    if (seen.type in ("number", "currency", "percent") and seen.part == "") or seen.part in ("latitude", "longitude"):
        scale = seen.scale
        return lambda cells: None if cells[0] is None else Decimal(cells[0]).scaleb(-scale)
    if seen.part == "probability":
        return lambda cells: None if cells[0] is None else Decimal(cells[0])
    return _first


def _first(cells: Cells) -> Value:
    return cells[0]  # type: ignore[no-any-return]


def _masking(build: Callable[[Cells], Value], field: Field | None) -> Callable[[Cells], Value]:
    def masked(cells: Cells) -> Value:
        value = build(cells)
        if value is None:
            return None
        return Masked(masked_text(value if isinstance(value, str) else text_of(field, value), field))

    return masked


def _secret(box: SecretBox | None, field: Field) -> Callable[[Cells], Value]:
    """A secret is shown as its mask leaves it, at every level."""

    def masked(cells: Cells) -> Value:
        if cells[0] is None:
            return None
        clear = box.opened(cells[0]) if box is not None and field.mask else None
        return Masked(masked_text(clear, field) if clear else MASK)

    return masked


def masked_text(text: str, field: Field | None) -> str:
    """Return what a mask leaves of a text: `{last4}` and `{first2}` stand for its ends."""
    pattern = field.mask if field is not None else ""
    if not pattern:
        return MASK

    def shown(match: re.Match[str]) -> str:
        size = int(match[2])
        # A short text would be shown whole by its own mask.
        if size * 2 > len(text):
            return ""
        return text[:size] if match[1] == "first" else text[-size:]

    return re.sub(r"\{(first|last)(\d)\}", shown, pattern)


def select_of(outputs: Sequence[Output]) -> tuple[list[Column], list[slice]]:
    """Return the columns of several outputs in a row, each under a name of its own, and where each output's lie."""
    columns: list[Column] = []
    places: list[slice] = []
    for output in outputs:
        start = len(columns)
        columns.extend(output.columns)
        places.append(slice(start, len(columns)))
    return [column.label(f"c{number}") for number, column in enumerate(columns)], places
