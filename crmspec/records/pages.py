"""Lists: filtered, searched, sorted, a page at a time. The page is picked first, then shown, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from crmspec.formula import parse
from crmspec.records.conditions import Condition, condition_columns
from crmspec.records.counting import summable, tally
from crmspec.records.fetching import fetch, shown_columns
from crmspec.records.keyset import Key, behind, order_by, order_keys, read, written
from crmspec.records.problems import BadQuestion, Forbidden, NotFound
from crmspec.records.reading import Reading
from crmspec.records.searching import found_records
from crmspec.records.sources import Source
from crmspec.records.values import Page
from crmspec.records.wording import Column, by_bytes, is_true
from crmspec.records.words import object_label, say
from crmspec.spec import ListView, Verb

PAGE_MAX = 500
DEFAULT_SORT = ("-created_at",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list was asked for. `filter` is a formula of the spec or of a caller that may be trusted with one;
    `extra` conditions come from `records` itself (the records of a related list).
    """

    object: str
    columns: tuple[str, ...] = ()
    list_view: str = ""
    filter: str = ""
    where: tuple[Condition, ...] = ()
    search: str = ""
    sort: tuple[str, ...] = ()
    cursor: str = ""
    sums: bool = False
    limit: int = 50
    verb: Verb = "read"
    only: tuple[tuple[str, str], ...] = ()  # column name, value


def page(connection: sa.Connection, reading: Reading, asked: Asked, time_zone: str) -> Page:
    """Return one page of records."""
    may_read(reading, asked.object, asked.verb)
    asked = with_view(reading, asked)
    source = Source(reading, asked.object, reading.object_table(asked.object).alias("t"))
    conditions = conditions_of(source, asked, time_zone)
    sort = asked.sort or DEFAULT_SORT
    keys = order_keys(source, sort)
    limit = max(1, min(asked.limit, PAGE_MAX))
    shown, omitted = shown_columns(reading, asked.object, asked.columns)
    cursor = read(asked.cursor, sort, keys, reading.language) if asked.cursor else None
    backwards = cursor is not None and cursor.backwards
    picked = _picked(source, conditions, keys, cursor, limit + 1, backwards)
    names = [f"k{number}" for number in range(len(keys))]
    found = fetch(connection, reading, asked.object, shown, picked, names, _outer_order(picked, keys, backwards))
    more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    counted = tally(connection, source, conditions, summable(reading, asked.object, shown) if asked.sums else ())

    def key_at(position: int, back: bool) -> str:
        record, values = found[position]
        return written(sort, backwards=back, values=values, record_id=record.id)

    has_next = bool(found) and (more if not backwards else True)
    has_previous = bool(found) and cursor is not None and (more if backwards else True)
    return Page(
        rows=tuple(record for record, _ in found),
        columns=shown,
        sort=tuple(sort),
        omitted=omitted,
        count=counted.count,
        count_is_exact=counted.exact,
        sums=counted.sums,
        next=key_at(-1, False) if has_next else "",
        previous=key_at(0, True) if has_previous else "",
    )


def with_view(reading: Reading, asked: Asked) -> Asked:
    """Fill in what a list view says, where the question does not say otherwise."""
    if not asked.list_view:
        return asked
    view = reading.spec.list_views.get(asked.list_view)
    if view is None or view.object != asked.object or not has_view(reading, view):
        raise NotFound(say(reading.language, "no_view", label=asked.list_view[:60]), "no_view")
    both = f"({view.filter}) and ({asked.filter})" if view.filter and asked.filter else view.filter or asked.filter
    return replace(asked, columns=asked.columns or view.columns, sort=asked.sort or view.sort, filter=both)


def has_view(reading: Reading, view: ListView) -> bool:
    """Say whether a list view is for the one who asks."""
    return reading.actor is None or not view.roles or bool(set(view.roles) & set(reading.actor.roles))


def conditions_of(source: Source, asked: Asked, time_zone: str) -> list[Column]:
    """Return everything that narrows a list: the rule first."""
    reading = source.reading
    may_read(reading, asked.object, asked.verb)
    found: list[Column] = []
    rule = reading.rule(asked.verb, asked.object, source.table)
    if rule is not None:
        found.append(rule)
    found.extend(source.table.c[name] == value for name, value in asked.only)
    if asked.filter:
        found.append(filter_column(source, asked.filter))
    found.extend(condition_columns(source, asked.where, time_zone))
    if asked.search.strip():
        found.extend(found_records(reading, asked.object, source.table.c.id, asked.search))
    return found


def filter_column(source: Source, text: str) -> Column:
    """Return a formula as a condition; refused when it reads a field that is not for this reader."""
    reading = source.reading
    hidden = hidden_paths(reading, source.object_name, text)
    if hidden:
        raise Forbidden(say(reading.language, "may_not_use", label=", ".join(hidden)), "hidden_field", hidden)
    return is_true(source.formula(text, "boolean"))


def hidden_paths(reading: Reading, object_name: str, text: str) -> tuple[str, ...]:
    """Return what a formula reads that is not for this reader."""
    paths = sorted(".".join(path) for path in parse(text).paths) if text else []
    return tuple(path for path in paths if not reading.reads(object_name, path))


def may_read(reading: Reading, object_name: str, verb: Verb = "read") -> None:
    """Refuse an object that is not there or of which nothing may be seen, in the same words."""
    one = reading.spec.objects.get(object_name)
    if one is None or (reading.actor is not None and not reading.actor.rights.opens(object_name, verb)):
        words = object_label(reading.spec, one, reading.language) if one and verb != "read" else object_name[:60]
        code = "no_object" if verb == "read" else f"may_not_{verb}"
        raise Forbidden(say(reading.language, code, object=words), code)


def _picked(
    source: Source, conditions: Sequence[Column], keys: Sequence[Key], cursor: Any, limit: int, backwards: bool
) -> sa.Subquery:
    record_id = source.table.c.id
    columns = [record_id.label("id"), *(key.column.label(f"k{number}") for number, key in enumerate(keys))]
    wanted = [*conditions, *([behind(keys, record_id, cursor)] if cursor is not None else [])]
    statement = sa.select(*columns).select_from(source.from_clause).where(*wanted)
    return statement.order_by(*order_by(keys, record_id, backwards=backwards)).limit(limit).subquery("p")


def _outer_order(picked: sa.Subquery, keys: Sequence[Key], backwards: bool) -> list[Any]:
    """Say the order once more outside: a sub-select's order is not promised to last."""
    outside = [replace(key, column=_same_order(picked.c[f"k{number}"], key)) for number, key in enumerate(keys)]
    return order_by(outside, picked.c.id, backwards=backwards)


def _same_order(column: Column, key: Key) -> Column:
    return by_bytes(column) if key.kind == "text" else column


__all__ = [
    "Asked",
    "BadQuestion",
    "conditions_of",
    "filter_column",
    "has_view",
    "may_read",
    "page",
    "with_view",
]
