"""What a list or a board was asked for: read from the address, written back into addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crmspec.records import Condition
from crmspec.records.paths import Seen, look, split_path
from crmspec.server.rendering import translations
from crmspec.server.show import choices, label, seen_value
from crmspec.server.views import OPERATORS, VALUELESS, ActiveFilter, FilterField, Link
from crmspec.server.web import Exchange
from crmspec.server.words import PERIODS
from crmspec.spec import ListView, Object

SYSTEM_FILTERS = ("owner", "created_at", "updated_at")
_WHERE_MAX = 20


@dataclass(frozen=True, slots=True)
class Question:
    """Search words, conditions, order, list view and page key of one address."""

    object: str
    view: str = ""
    query: str = ""
    where: tuple[Condition, ...] = ()
    sort: str = ""
    cursor: str = ""

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The parameters of an address that asks the same, without the page key."""
        where = tuple(("where", f"{one.field}:{one.operator}:{one.value}") for one in self.where)
        return (("view", self.view), ("q", self.query), *where, ("sort", self.sort))

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """What a search box or a new filter carries along."""
        return tuple((name, value) for name, value in self.pairs if value and name != "q")


def read_question(exchange: Exchange, object_name: str) -> Question:
    """Read what is asked. A filter that the form adds is one more condition; `records` refuses what makes no sense."""
    query = exchange.query
    where = [condition for text in query.texts("where")[:_WHERE_MAX] if (condition := _condition(text))]
    if query.text("add_field"):
        where.append(
            _added(
                exchange,
                object_name,
                query.text("add_field"),
                query.text("add_operator"),
                query.text("add_value").strip(),
            )
        )
    return Question(
        object_name,
        query.text("view"),
        query.text("q").strip()[:200],
        tuple(dict.fromkeys(where)),
        query.text("sort"),
        query.text("at"),
    )


def _condition(text: str) -> Condition | None:
    field, mark, rest = text.partition(":")
    operator, _, value = rest.partition(":")
    return Condition(field, operator, value) if mark else None


def _added(exchange: Exchange, object_name: str, field: str, operator: str, value: str) -> Condition:
    """Take a choice's value by its name, or by its label as somebody without scripts types it."""
    seen = look(exchange.spec, object_name, split_path(field))
    if (
        seen is not None
        and seen.field is not None
        and seen.type in ("picklist", "multi_picklist")
        and value not in (seen.options or ())
    ):
        named = {one.label.lower(): one.name for one in choices(exchange, object_name, seen.field)}
        value = named.get(value.lower(), value)
    return Condition(field, operator, "" if operator in VALUELESS else value)


def filter_fields(exchange: Exchange, one: Object) -> tuple[FilterField, ...]:
    """Return the fields this person may filter by."""
    found = []
    for name in (*one.fields, *SYSTEM_FILTERS):
        seen = look(exchange.spec, one.name, (name,))
        if seen is None or seen.kind not in OPERATORS or not exchange.records.reads(one.name, name):
            continue
        if seen.field is not None and seen.field.row.formula == "none":
            continue
        options = choices(exchange, one.name, seen.field) if seen.field is not None and seen.options else ()
        url = exchange.urls.to("o", one.name, "choices", name) if seen.kind == "reference" else ""
        found.append(
            FilterField(
                name=name, label=label(exchange, one.name, name), kind=str(seen.kind), choices=options, lookup_url=url
            )
        )
    return tuple(found)


def active_filters(exchange: Exchange, question: Question, segments: Sequence[str]) -> tuple[ActiveFilter, ...]:
    """Return the conditions in the reader's words, each with the address of the list without it."""
    found = []
    for condition in question.where:
        rest = replace(question, where=tuple(one for one in question.where if one != condition))
        found.append(
            ActiveFilter(
                field=condition.field,
                label=label(exchange, question.object, condition.field),
                operator=condition.operator,
                shown=_shown(exchange, question.object, condition),
                remove_url=exchange.urls.with_pairs(rest.pairs, *segments),
            )
        )
    return tuple(found)


def _shown(exchange: Exchange, object_name: str, condition: Condition) -> str:
    if condition.operator in VALUELESS:
        return ""
    if condition.operator == "in":
        return translations(exchange.language).gettext(PERIODS.get(condition.value, condition.value))
    seen = look(exchange.spec, object_name, split_path(condition.field))
    return _value_words(exchange, seen, condition.value) if seen else condition.value


def _value_words(exchange: Exchange, seen: Seen, text: str) -> str:
    if seen.kind == "reference":
        if text == "me":
            return translations(exchange.language).gettext("me")
        return next((title for target in seen.to if (title := exchange.records.title(target, text))), text)
    if seen.kind in ("choice", "choices"):
        content = seen_value(exchange, seen, (text,) if seen.kind == "choices" else text).content
        one = content[0] if isinstance(content, tuple) else content
        return str(getattr(one, "label", text))
    if seen.kind == "boolean":
        gettext = translations(exchange.language).gettext
        return gettext("Yes") if text == "true" else gettext("No")
    return text


def view_links(exchange: Exchange, views: Sequence[ListView], question: Question, *segments: str) -> tuple[Link, ...]:
    """Return the list views as tabs."""
    return tuple(
        Link(
            label=exchange.words(view.label, view.name),
            url=exchange.urls.to(*segments, view=view.name),
            current=view.name == question.view,
        )
        for view in views
    )
