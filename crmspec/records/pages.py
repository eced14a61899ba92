"""Lists: filtered, searched, sorted, a page at a time. The page is picked first, then shown, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from crmspec.formula import parse
from crmspec.records.conditions import Condition, Group, condition_columns
from crmspec.records.counting import EXACT_COUNT_MAX, by_group, summable, tally
from crmspec.records.fetching import fetch, shown_columns
from crmspec.records.keyset import SORTS_MAX, Key, at_or_behind, behind, order_by, order_keys, read, written
from crmspec.records.problems import BadQuestion, Forbidden, NotFound
from crmspec.records.reading import Reading
from crmspec.records.searching import found_records
from crmspec.records.sources import Source
from crmspec.records.values import Page
from crmspec.records.wording import Column, by_bytes, is_true
from crmspec.records.words import object_label, say
from crmspec.spec import ListView, Verb

PAGE_MAX = 500
LAST = "last"  # as a cursor: the page at the end
SKIP_MAX = 100_000_000
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
    where: tuple[Condition | Group, ...] = ()
    search: str = ""
    sort: tuple[str, ...] = ()
    cursor: str = ""
    start: str = ""  # a value of the first key: the page begins there
    skip: int = 0  # the page begins behind so many records
    sums: bool = False
    group: str = ""  # a path: its values come first in the order, and are counted
    whole: bool = False  # count and add up all there are, however long it takes
    limit: int = 50
    verb: Verb = "read"
    only: tuple[tuple[str, str], ...] = ()  # column name, value


def page(connection: sa.Connection, reading: Reading, asked: Asked, time_zone: str) -> Page:
    """Return one page of records."""
    may_read(reading, asked.object, asked.verb)
    asked = with_view(reading, asked)
    source = Source(reading, asked.object, reading.object_table(asked.object).alias("t"))
    conditions = conditions_of(source, asked, time_zone)
    sort = _sort_of(asked)
    keys = order_keys(source, sort)
    limit = max(1, min(asked.limit, PAGE_MAX))
    shown, omitted = shown_columns(reading, asked.object, (*asked.columns, *filter(None, (asked.group,))))
    from_end = asked.cursor == LAST
    cursor = read(asked.cursor, sort, keys, reading.language) if asked.cursor and not from_end else None
    backwards = from_end or (cursor is not None and cursor.backwards)
    wanted = [behind(keys, source.table.c.id, cursor)] if cursor is not None else []
    if asked.start and cursor is None and not from_end:
        wanted.append(at_or_behind(source, keys[0], asked.start, time_zone))
    skip = min(max(asked.skip, 0), SKIP_MAX) if not wanted and not from_end else 0
    picked = _picked(source, [*conditions, *wanted], keys, limit + 1, backwards, skip)
    names = [f"k{number}" for number in range(len(keys))]
    found = fetch(connection, reading, asked.object, shown, picked, names, _outer_order(picked, keys, backwards))
    more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    numbers = summable(reading, asked.object, shown) if asked.sums else ()
    total = tally(connection, source, conditions, numbers, whole=asked.whole)
    # A list that is too long to be counted is too long to be counted by group.
    groups = by_group(connection, source, conditions, asked.group, numbers) if asked.group and total.exact else ()

    def key_at(position: int, back: bool) -> str:
        record, values = found[position]
        return written(sort, backwards=back, values=values, record_id=record.id)

    has_next = bool(found) and not from_end and (more if not backwards else True)
    inside = cursor is not None or from_end or bool(wanted) or skip > 0
    has_previous = bool(found) and inside and (more if backwards else True)
    return Page(
        rows=tuple(record for record, _ in found),
        columns=tuple(path for path in shown if path in asked.columns),
        groups=groups,
        sort=tuple(sort),
        omitted=omitted,
        count=total.count,
        count_is_exact=total.exact,
        sums=total.sums,
        next=key_at(-1, False) if has_next else "",
        previous=key_at(0, True) if has_previous else "",
    )


def _sort_of(asked: Asked) -> tuple[str, ...]:
    """Put the groups first; an order of the group's own path says which way."""
    sort = asked.sort or DEFAULT_SORT
    if not asked.group:
        return sort
    own = next((one for one in sort if one.removeprefix("-") == asked.group), asked.group)
    return (own, *(one for one in sort if one != own))[:SORTS_MAX]


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
    source: Source, conditions: Sequence[Column], keys: Sequence[Key], limit: int, backwards: bool, skip: int
) -> sa.Subquery:
    record_id = source.table.c.id
    columns = [record_id.label("id"), *(key.column.label(f"k{number}") for number, key in enumerate(keys))]
    statement = sa.select(*columns).select_from(source.from_clause).where(*conditions)
    return statement.order_by(*order_by(keys, record_id, backwards=backwards)).limit(limit).offset(skip).subquery("p")


def _outer_order(picked: sa.Subquery, keys: Sequence[Key], backwards: bool) -> list[Any]:
    """Say the order once more outside: a sub-select's order is not promised to last."""
    outside = [replace(key, column=_same_order(picked.c[f"k{number}"], key)) for number, key in enumerate(keys)]
    return order_by(outside, picked.c.id, backwards=backwards)


def _same_order(column: Column, key: Key) -> Column:
    return by_bytes(column) if key.kind == "text" else column


__all__ = [
    "EXACT_COUNT_MAX",
    "LAST",
    "Asked",
    "BadQuestion",
    "conditions_of",
    "filter_column",
    "has_view",
    "may_read",
    "page",
    "with_view",
]
