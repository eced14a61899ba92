"""What a list or a board was asked for: read from the address, written back into addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crmspec.records import Condition, Group, conditions_in, read_filter, write_filter
from crmspec.records.paths import Seen, look, split_path
from crmspec.server.rendering import translations
from crmspec.server.show import choices, label, seen_value
from crmspec.server.views import OPERATORS, VALUELESS, ActiveFilter, FilterField, Link
from crmspec.server.web import Exchange
from crmspec.server.words import OPERATORS as OPERATOR_WORDS
from crmspec.server.words import PERIODS, period_words
from crmspec.spec import ListView, Object

SYSTEM_FILTERS = ("owner", "created_at", "updated_at", "created_by", "updated_by")
_WHERE_MAX = 20
_SORTS_MAX = 4
_ROW_DIGITS_MAX = 10
_CHIP_CONDITIONS_MAX = 4


@dataclass(frozen=True, slots=True)
class Question:
    """Search words, conditions, order, groups, columns, list view and page key of one address."""

    object: str
    view: str = ""
    query: str = ""
    where: tuple[Condition, ...] = ()
    filter: Group | None = None
    sort: tuple[str, ...] = ()
    group: str = ""
    cursor: str = ""
    start: str = ""
    skip: int = 0
    whole: bool = False

    @property
    def conditions(self) -> tuple[Condition | Group, ...]:
        """Everything that people filter by."""
        return (*self.where, *((self.filter,) if self.filter is not None else ()))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The parameters of an address that asks the same, without the page key."""
        where = tuple(("where", f"{one.field}:{one.operator}:{one.value}") for one in self.where)
        return (
            ("view", self.view), ("q", self.query), *where, ("filter", write_filter(self.filter)),
            ("sort", ",".join(self.sort)), ("group", self.group),
        )  # fmt: skip

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """What a search box or a new filter carries along."""
        return tuple((name, value) for name, value in self.pairs if value and name != "q")

    @property
    def first_page(self) -> Question:
        """The same question, from the beginning."""
        return replace(self, cursor="", start="", skip=0, whole=False)


def read_question(exchange: Exchange, object_name: str) -> Question:
    """Read what is asked. A filter that the form adds is one more condition; `records` refuses what makes no sense."""
    query = exchange.query
    where = [condition for text in query.texts("where")[:_WHERE_MAX] if (condition := _condition(text))]
    if query.text("add_field"):
        added = (query.text("add_field"), query.text("add_operator"), query.text("add_value").strip())
        where.append(_added(exchange, object_name, *added))
    row = query.text("row")
    return Question(
        object_name,
        query.text("view"),
        query.text("q").strip()[:200],
        tuple(dict.fromkeys(where)),
        read_filter(query.text("filter"), exchange.language),
        _listed(query.text("sort")),
        query.text("group")[:200],
        query.text("at"),
        query.text("from").strip()[:100],
        max(int(row) - 1, 0) if row.isdecimal() and len(row) < _ROW_DIGITS_MAX else 0,
        query.text("count") == "exact",
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (one.strip() for one in text.split(",")))))[:_SORTS_MAX]


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
    """Return the fields of the object itself that this person may filter by."""
    names = (*one.fields, *SYSTEM_FILTERS)
    return tuple(found for name in names if (found := filter_field(exchange, one.name, name)) is not None)


def filter_field(exchange: Exchange, object_name: str, path: str) -> FilterField | None:
    """Return a path as what can be filtered by; None when it cannot, or not by this person."""
    seen = look(exchange.spec, object_name, split_path(path))
    if seen is None or seen.kind not in OPERATORS or not exchange.records.reads(object_name, path):
        return None
    if seen.field is not None and not seen.part and seen.field.row.formula == "none":
        return None
    if seen.kind == "choices" and "." in path:
        return None
    options = choices(exchange, object_name, seen.field) if seen.field is not None and seen.options else ()
    owner, name = seen.object, split_path(path)[-1]
    may_look_up = seen.kind == "reference" and owner in exchange.spec.objects
    url = exchange.urls.to("o", owner, "choices", name) if may_look_up else ""
    return FilterField(
        name=path, label=label(exchange, object_name, path), kind=str(seen.kind), choices=options, lookup_url=url
    )


def active_filters(exchange: Exchange, question: Question, segments: Sequence[str]) -> tuple[ActiveFilter, ...]:
    """Return the conditions in the reader's words, each with the address of the list without it."""
    question = question.first_page
    found = []
    for condition in question.where:
        rest = replace(question, where=tuple(one for one in question.where if one != condition))
        found.append(_chip(exchange, question.object, condition, exchange.urls.with_pairs(rest.pairs, *segments)))
    if question.filter is not None:
        for at, member in enumerate(_top(question.filter)):
            url = exchange.urls.with_pairs(replace(question, filter=_without(question.filter, at)).pairs, *segments)
            found.append(_chip(exchange, question.object, member, url))
    return tuple(found)


def _top(group: Group) -> tuple[Condition | Group, ...]:
    """Return what stands apart: the members of a group of which all must hold; any other group is one thing."""
    return (group,) if group.any and len(group.members) > 1 else group.members


def _without(group: Group, at: int) -> Group | None:
    if _top(group) == (group,):
        return None
    rest = tuple(one for place, one in enumerate(group.members) if place != at)
    return Group(rest, any=group.any) if rest else None


def _chip(exchange: Exchange, object_name: str, member: Condition | Group, url: str) -> ActiveFilter:
    if isinstance(member, Group):
        return ActiveFilter(
            field="", label=group_words(exchange, object_name, member), operator="", shown="", remove_url=url
        )
    return ActiveFilter(
        field=member.field,
        label=label(exchange, object_name, member.field),
        operator=member.operator,
        shown=shown(exchange, object_name, member),
        remove_url=url,
    )


def group_words(exchange: Exchange, object_name: str, group: Group) -> str:
    """Return a group in the reader's words; a long one only by how much is in it."""
    gettext = translations(exchange.language).gettext
    if sum(1 for _ in conditions_in(group.members)) > _CHIP_CONDITIONS_MAX:
        count = sum(1 for _ in conditions_in(group.members))
        pattern = gettext("any of %(n)s conditions") if group.any else gettext("all of %(n)s conditions")
        return pattern % {"n": count}
    between = f" {gettext('or') if group.any else gettext('and')} "
    return between.join(_member_words(exchange, object_name, member) for member in group.members)


def _member_words(exchange: Exchange, object_name: str, member: Condition | Group) -> str:
    if isinstance(member, Group):
        return f"({group_words(exchange, object_name, member)})"
    gettext = translations(exchange.language).gettext
    operator = gettext(OPERATOR_WORDS.get(member.operator, member.operator))
    parts = (label(exchange, object_name, member.field), operator, shown(exchange, object_name, member))
    return " ".join(part for part in parts if part)


def shown(exchange: Exchange, object_name: str, condition: Condition) -> str:
    """Return the value of a condition in the reader's words."""
    gettext = translations(exchange.language).gettext
    if condition.operator in VALUELESS:
        return ""
    if condition.operator == "in":
        return period_words(translations(exchange.language), condition.value)
    seen = look(exchange.spec, object_name, split_path(condition.field))
    if seen is None:
        return condition.value
    if condition.operator == "between":
        first, _, last = condition.value.partition("..")
        return gettext("%(least)s to %(most)s") % {
            "least": _value_words(exchange, seen, first), "most": _value_words(exchange, seen, last),
        }  # fmt: skip
    several = condition.value.split(",") if condition.operator in ("any_of", "none_of") else [condition.value]
    return ", ".join(_value_words(exchange, seen, text) for text in several)


def _value_words(exchange: Exchange, seen: Seen, text: str) -> str:
    gettext = translations(exchange.language).gettext
    if seen.kind == "reference":
        if text == "me":
            return gettext("me")
        return next((title for target in seen.to if (title := exchange.records.title(target, text))), text)
    if seen.kind in ("choice", "choices"):
        content = seen_value(exchange, seen, (text,) if seen.kind == "choices" else text).content
        one = content[0] if isinstance(content, tuple) else content
        return str(getattr(one, "label", text))
    if seen.kind == "boolean":
        return gettext("Yes") if text == "true" else gettext("No")
    if seen.kind in ("date", "datetime") and text.startswith("today"):
        return _relative_words(exchange, text)
    return text


def _relative_words(exchange: Exchange, text: str) -> str:
    words = translations(exchange.language)
    rest = text.removeprefix("today").replace(" ", "")
    if not rest.lstrip("+-").isdecimal() or int(rest) == 0:
        return words.gettext(PERIODS["today"])
    days = abs(int(rest))
    if rest.startswith("-"):
        return words.ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": days}
    return words.ngettext("in %(n)s day", "in %(n)s days", days) % {"n": days}


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
