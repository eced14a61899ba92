"""The parts of a long list: its groups, what they come to, and the way into the middle of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from crmspec.records import Page, Record, Ref
from crmspec.records.paths import look, split_path
from crmspec.server import show, views
from crmspec.server.question import Question
from crmspec.server.rendering import translations
from crmspec.server.views import Block, GroupHead, Jump, Link
from crmspec.server.web import Exchange
from crmspec.spec import Object

_JUMPS = {"date": "date", "datetime": "date", "number": "number"}


def sums_of(exchange: Exchange, one: Object, sums: Mapping[str, Decimal]) -> dict[str, views.Value]:
    """Return what columns come to, as they are shown."""
    return {path: show.value(exchange, one.name, path, number) for path, number in sums.items()}


def blocks_of(
    exchange: Exchange, one: Object, group: str, found: Page, rows: tuple[views.Row, ...]
) -> tuple[Block, ...]:
    """Put lines together that have the same value, in the order they came."""
    counted = {total.key: total for total in found.groups}
    blocks: list[tuple[object, Record, list[views.Row]]] = []
    for record, row in zip(found.rows, rows, strict=True):
        value = record.get(group)
        key = (value.id or None) if isinstance(value, Ref) else value
        if not blocks or blocks[-1][0] != key:
            blocks.append((key, record, []))
        blocks[-1][2].append(row)
    return tuple(
        Block(
            rows=tuple(lines),
            head=GroupHead(
                value=show.value(exchange, one.name, group, record.get(group)),
                label=show.label(exchange, one.name, group),
                count=counted[key].count if key in counted else None,
                sums=sums_of(exchange, one, counted[key].sums) if key in counted else {},
            ),
        )
        for key, record, lines in blocks
    )


def group_links(exchange: Exchange, one: Object, question: Question) -> tuple[Link, ...]:
    """Return what a list can be grouped by: choices, look-ups, yes and no, months."""
    gettext = translations(exchange.language).gettext

    def link(label: str, path: str) -> Link:
        pairs = replace(question.first_page, group=path).pairs
        url = exchange.urls.with_pairs(pairs, "o", one.name)
        return Link(label=label, url=url, current=path == question.group)

    found = [link(gettext("No groups"), "")]
    for name in (*one.fields, "owner"):
        seen = look(exchange.spec, one.name, (name,))
        if seen is None or not exchange.records.sorts(one.name, name):
            continue
        if seen.type in ("picklist", "boolean", "lookup"):
            found.append(link(show.label(exchange, one.name, name), name))
        elif seen.type in ("date", "datetime") and exchange.records.sorts(one.name, f"{name}.month"):
            found.append(link(show.label(exchange, one.name, f"{name}.month"), f"{name}.month"))
    return tuple(found)


def jump_of(exchange: Exchange, question: Question, found: Page) -> Jump | None:
    """Offer the way into the middle of a list that has more than one page."""
    if not (found.next or found.previous or question.start or question.skip) or not found.sort:
        return None
    path = found.sort[0].removeprefix("-")
    seen = look(exchange.spec, question.object, split_path(path))
    if seen is None or seen.kind == "boolean":
        return None
    kind = "text" if seen.options is not None else _JUMPS.get(str(seen.kind), "text")
    return Jump(
        label=show.label(exchange, question.object, path),
        type=kind,  # type: ignore[arg-type]
        kept=tuple((name, value) for name, value in question.pairs if value),
        value=question.start,
    )
