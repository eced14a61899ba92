"""Order and pages by key: any page of a million rows costs what the first one costs.

1. A sort is a row of keys; the record's id is the last one, so that the order is total.
2. Blank sorts last, in either direction, and text byte by byte with A to Z as a to z: the same on both databases.
3. A page begins behind the keys of the row before it. They travel in the address as an opaque word, are bound like
   any other value, and are refused when they belong to another order.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from crmspec.access import is_id
from crmspec.records.conditions import lower_ascii, lowered, searchable
from crmspec.records.paths import Seen, label_of, look, option_label, split_path
from crmspec.records.problems import BadQuestion
from crmspec.records.reading import Reading
from crmspec.records.sources import Source
from crmspec.records.texts import Unfit, clock, day, number, zone_of
from crmspec.records.wording import Column, by_bytes
from crmspec.records.words import say
from crmspec.spec import FIELD_TYPES

_CURSOR_LENGTH_MAX = 8_000
SORTS_MAX = 5


@dataclass(frozen=True, slots=True)
class Key:
    """One part of an order."""

    path: str
    column: Column
    descending: bool
    may_be_blank: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: behind (or, going back, before) the row with these keys."""

    backwards: bool
    values: tuple[Any, ...]
    id: str


def sortable(reading: Reading, object_name: str, path: str) -> bool:
    """Say whether records can be put in the order of a path, by this reader."""
    seen = look(reading.spec, object_name, split_path(path))
    if seen is None or not reading.reads(object_name, path) or seen.kind == "choices":
        return False
    if seen.part or seen.field is None:
        return True
    return FIELD_TYPES[seen.type].sortable and seen.type not in ("file", "image")


def order_keys(source: Source, sort: Sequence[str]) -> tuple[Key, ...]:
    """Return the keys of a sort: `-` before a path means descending. `BadQuestion` for what has no order."""
    reading = source.reading
    if len(sort) > SORTS_MAX:
        raise BadQuestion(say(reading.language, "bad_sort", label=", ".join(sort)[:60]), "bad_sort")
    return tuple(_key(source, entry) for entry in dict.fromkeys(sort))


def _key(source: Source, entry: str) -> Key:
    reading = source.reading
    path = entry.removeprefix("-")
    if not sortable(reading, source.object_name, path):
        raise BadQuestion(say(reading.language, "bad_sort", label=path[:60]), "bad_sort")
    seen = look(reading.spec, source.object_name, split_path(path))
    assert seen is not None
    column, kind = sort_column(source, path, seen)
    plain = isinstance(column, sa.Column) or getattr(column, "table", None) is source.table
    required = plain and getattr(column, "nullable", True) is False
    return Key(path, column, entry.startswith("-"), not required, kind)


def sort_column(source: Source, path: str, seen: Seen) -> tuple[Column, str]:
    """Return what a path sorts by: lookups by title, options by their place in the list, the rest by value."""
    segments = split_path(path)
    if seen.kind == "reference":
        home = source
        for segment in segments[:-1]:
            inner = look(source.reading.spec, home.object_name, (segment,))
            assert inner is not None
            home = home.beyond(segment, inner.to[0])
        return text_order(home.title_of(segments[-1], seen.to)), "text"
    column = source.column(segments)
    if seen.options is not None:
        places = {name: number for number, name in enumerate(seen.options)}
        return sa.case(places, value=column, else_=sa.null()) if places else sa.null(), "number"
    if seen.kind == "text" or seen.type == "person_name":
        return (by_bytes(column) if seen.type == "auto_number" else text_order(column)), "text"
    return column, str(seen.kind)


def text_order(column: Column) -> Column:
    """Return a text so that it sorts the same everywhere, A beside a."""
    return by_bytes(lowered(column))


def order_by(keys: Sequence[Key], record_id: Column, *, backwards: bool = False) -> list[Any]:
    """Return the ORDER BY of a sort, or of its reverse."""
    found: list[Any] = []
    for key in keys:
        if key.may_be_blank:
            blank = key.column.is_(None)
            found.append(blank.desc() if backwards else blank.asc())
        found.append(key.column.desc() if key.descending != backwards else key.column.asc())
    found.append(record_id.desc() if _id_descends(keys) != backwards else record_id.asc())
    return found


def _id_descends(keys: Sequence[Key]) -> bool:
    """The id follows the first key, so that an index on (created_at desc, id desc) serves."""
    return keys[0].descending if keys else False


def behind(keys: Sequence[Key], record_id: Column, cursor: Cursor) -> Column:
    """Return the condition that a row comes after the cursor's in the order asked for (before it, going back)."""
    descends = _id_descends(keys) != cursor.backwards
    same_way = all(not key.may_be_blank and key.descending == _id_descends(keys) for key in keys)
    if same_way:
        row = sa.tuple_(*(key.column for key in keys), record_id)
        values = sa.tuple_(
            *(sa.literal(value, key.column.type) for key, value in zip(keys, cursor.values, strict=True)),
            sa.literal(cursor.id, record_id.type),
        )
        return row < values if descends else row > values
    after = record_id < cursor.id if descends else record_id > cursor.id
    for key, value in zip(reversed(keys), reversed(cursor.values), strict=True):
        further, same = _beyond(key, value, cursor.backwards)
        after = sa.or_(further, sa.and_(same, after))
    return after


def at_or_behind(source: Source, key: Key, text: str, time_zone: str) -> Column:
    """Return the condition that a row stands at a value of the first key, or behind: where somebody jumps to."""
    reading = source.reading
    try:
        value = _jump(source, key, text.strip(), time_zone)
    except Unfit:
        words = say(reading.language, "bad_value", label=label_of(reading.spec, source.object_name, key.path,
                                                                  reading.language), value=text[:60])
        raise BadQuestion(words, "bad_value") from None
    bound = sa.literal(value, key.column.type)
    reached: Column = key.column <= bound if key.descending else key.column >= bound
    return sa.or_(reached, key.column.is_(None)) if key.may_be_blank else reached


def _jump(source: Source, key: Key, text: str, time_zone: str) -> Any:
    """Read what somebody typed as a value of a key. Of a text the first letters do, in either direction."""
    seen = look(source.reading.spec, source.object_name, split_path(key.path))
    assert seen is not None
    if seen.options is not None:
        names = {option_label(source.reading.spec, seen, name, source.reading.language).lower(): place
                 for place, name in enumerate(seen.options)}
        found = next((place for said, place in names.items() if said.startswith(text.lower())), None)
        if found is None:
            raise Unfit("not_option")
        return found
    match key.kind:
        case "date":
            return day(text)
        case "datetime":
            begins = datetime.combine(day(text), time(), zone_of(time_zone))
            return begins + timedelta(days=1) if key.descending else begins
        case "time":
            return clock(text)
        case "number":
            stored = number(text.removesuffix("%"), source.reading.language).scaleb(seen.scale)
            return max(-(2**63), min(int(stored.to_integral_value()), 2**63 - 1))
        case "boolean":
            raise Unfit("not_boolean")
    searchable(text)
    return lower_ascii(text) + ("\U0010fffd" if key.descending else "")


def _beyond(key: Key, value: Any, backwards: bool) -> tuple[Column, Column]:
    """Return (comes after by this key alone, is equal by this key); blank comes last."""
    if value is None:
        return (key.column.is_not(None) if backwards else sa.false()), key.column.is_(None)
    bound = sa.literal(value, key.column.type)
    further = key.column < bound if key.descending != backwards else key.column > bound
    if key.may_be_blank and not backwards:
        further = sa.or_(further, key.column.is_(None))
    return further, key.column == bound


def written(sort: Sequence[str], *, backwards: bool, values: Sequence[Any], record_id: str) -> str:
    """Write a cursor as a word that may stand in an address."""
    content = [list(sort), int(backwards), [_as_json(value) for value in values], record_id]
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, time)) else value


def read(text: str, sort: Sequence[str], keys: Sequence[Key], language: str) -> Cursor:
    """Read a cursor back; `BadQuestion` when it is none of this order."""
    try:
        if len(text) > _CURSOR_LENGTH_MAX:
            raise ValueError
        content = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        own_sort, backwards, values, record_id = content
        if own_sort != list(sort) or len(values) != len(keys) or not is_id(record_id) or backwards not in (0, 1):
            raise ValueError
        decoded = tuple(_decoded(key.kind, value) for key, value in zip(keys, values, strict=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadQuestion(say(language, "bad_key"), "bad_key") from None
    return Cursor(bool(backwards), decoded, record_id)


def _decoded(kind: str, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case "date":
            return date.fromisoformat(value)
        case "datetime":
            found = datetime.fromisoformat(value)
            if found.tzinfo is None:
                raise ValueError
            return found
        case "time":
            return time.fromisoformat(value)
        case "number":
            if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
                raise ValueError
            return value
        case "boolean":
            if not isinstance(value, bool):
                raise ValueError
            return value
    if not isinstance(value, str) or "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise ValueError
    return value
