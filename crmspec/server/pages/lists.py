"""Lists of one object, typeahead, search over everything."""

from __future__ import annotations

from dataclasses import replace

from crmspec.records import LAST, Page
from crmspec.records.paths import look, split_path
from crmspec.server import show
from crmspec.server.frame import main_objects
from crmspec.server.pages.list_parts import blocks_of, group_links, jump_of, sums_of
from crmspec.server.question import Question, active_filters, filter_fields, read_question, view_links
from crmspec.server.rendering import translations
from crmspec.server.views import Column, Count, Link, ListPage, Pager, SearchGroup, SearchHit, SearchPage
from crmspec.server.web import Exchange, Problem, Reply, Shown, as_json, see_other
from crmspec.spec import ListView, Object
from crmspec.spec.screens import list_views_of

_SUGGESTED = 20
_HITS_PER_OBJECT = 10


def the_object(exchange: Exchange) -> Object:
    """Return the object of the address, if this person may see any of its records."""
    one = exchange.spec.objects.get(exchange.parameters["object"])
    if one is None or not exchange.records.may(one.name, "read"):
        raise Problem(404)
    return one


def the_view(exchange: Exchange, one: Object, name: str) -> tuple[tuple[ListView, ...], ListView]:
    """Return the list views this person has, and the one asked for."""
    views = list_views_of(exchange.spec, one.name, exchange.actor.roles)
    if not name:
        return views, next((view for view in views if view.default), views[0])
    found = next((view for view in views if view.name == name), None)
    if found is None:
        raise Problem(404)
    return views, found


def list_page(exchange: Exchange) -> Reply:
    """Show a page of records."""
    one = the_object(exchange)
    question = read_question(exchange, one.name)
    if exchange.query.text("add_field"):
        return see_other(exchange.urls.with_pairs(question.pairs, "o", one.name))
    views, view = the_view(exchange, one, question.view)
    found = exchange.records.page(
        one.name,
        columns=view.columns,
        list_view=view.name if view.name else "",
        search=question.query,
        where=question.conditions,
        sort=question.sort or view.sort,
        group=question.group,
        cursor=question.cursor,
        start=question.start,
        skip=question.skip,
        sums=True,
        whole=question.whole,
        limit=exchange.settings.page_size,
    )
    return Shown(_page(exchange, one, replace(question, view=view.name), views, view, found))


def _page(
    exchange: Exchange, one: Object, question: Question, views: tuple[ListView, ...], view: ListView, found: Page
) -> ListPage:
    urls = exchange.urls
    rows = tuple(show.row(exchange, record, found.columns) for record in found.rows)
    mine = exchange.records.may(one.name, "create")
    gettext = translations(exchange.language).gettext
    return ListPage(
        title=exchange.words(one.plural) or exchange.words(one.label),
        url=urls.object(one.name),
        icon=one.icon,
        help=exchange.words(one.help),
        columns=tuple(_column(exchange, question, path, found.sort) for path in found.columns),
        rows=rows,
        blocks=blocks_of(exchange, one, question.group, found, rows) if question.group else (),
        sums=sums_of(exchange, one, found.sums),
        jump=jump_of(exchange, question, found),
        groups=group_links(exchange, one, question),
        count=_count(exchange, question, found),
        query=question.query,
        kept=question.kept,
        views=view_links(exchange, views, question, "o", one.name) if len(views) > 1 else (),
        displays=displays(exchange, one, question, board=False),
        filter_fields=filter_fields(exchange, one),
        filters=active_filters(exchange, question, ("o", one.name)),
        clear_url=urls.to("o", one.name, view=question.view) if question.query or question.conditions else "",
        pager=_pager(exchange, question, found),
        defined_at=show.defined_at(exchange, f"list_view:{view.name}" if view.name else one.name),
        new=Link(
            label=gettext("New %(object)s") % {"object": exchange.words(one.label)}, url=urls.to("o", one.name, "new")
        )
        if mine
        else None,
    )


def displays(exchange: Exchange, one: Object, question: Question, *, board: bool) -> tuple[Link, ...]:
    """Return the ways the same records can be looked at."""
    pipeline = exchange.spec.pipeline_of(one.name)
    if pipeline is None or not exchange.records.reads(one.name, pipeline.field):
        return ()
    gettext, pairs = translations(exchange.language).gettext, question.pairs
    return (
        Link(label=gettext("List"), url=exchange.urls.with_pairs(pairs, "o", one.name), icon="list", current=not board),
        Link(
            label=gettext("Board"),
            url=exchange.urls.with_pairs(pairs, "o", one.name, "board"),
            icon="square-kanban",
            current=board,
        ),
    )


def _column(exchange: Exchange, question: Question, path: str, sort: tuple[str, ...]) -> Column:
    seen = look(exchange.spec, question.object, split_path(path))
    place = next((at for at, entry in enumerate(sort) if entry.removeprefix("-") == path), -1)
    order = "" if place < 0 else "descending" if sort[place].startswith("-") else "ascending"
    turned = f"-{path}" if order == "ascending" else path
    url = also = ""
    if seen is not None and exchange.records.sorts(question.object, path):
        others = tuple(turned if at == place else entry for at, entry in enumerate(sort))
        url = _sorted_url(exchange, question, (turned,))
        also = _sorted_url(exchange, question, others if place >= 0 else (*sort, path))
    head = show.column(exchange, question.object, path, sort_url=url, order=order)  # type: ignore[arg-type]
    return replace(head, also_url=also, place=place + 1 if len(sort) > 1 and place >= 0 else 0)


def _sorted_url(exchange: Exchange, question: Question, sort: tuple[str, ...]) -> str:
    return exchange.urls.with_pairs(replace(question.first_page, sort=sort).pairs, "o", question.object)


def _count(exchange: Exchange, question: Question, found: Page) -> Count:
    exact = (*question.pairs, ("count", "exact"))
    url = "" if found.count_is_exact else exchange.urls.with_pairs(exact, "o", question.object)
    return Count(number=found.count, exact=found.count_is_exact, exact_url=url)


def _pager(exchange: Exchange, question: Question, found: Page) -> Pager:
    def at(key: str) -> str:
        return exchange.urls.with_pairs((*question.pairs, ("at", key)), "o", question.object) if key else ""

    first = exchange.urls.with_pairs(question.pairs, "o", question.object) if found.previous else ""
    last = at(LAST) if found.next else ""
    return Pager(first_url=first, previous_url=at(found.previous), next_url=at(found.next), last_url=last)


def choices(exchange: Exchange) -> Reply:
    """Answer a look-up that is being typed in: the records of the target that fit and that this person may see."""
    object_name, field_name = exchange.parameters["object"], exchange.parameters["field"]
    found = exchange.records.choices(
        object_name,
        field_name,
        exchange.query.text("q").strip()[:200],
        target=exchange.query.text("object"),
        limit=_SUGGESTED + 1,
    )
    results = [{"id": ref.id, "label": ref.title, "detail": ""} for ref in found[:_SUGGESTED]]
    return as_json({"results": results, "more": len(found) > _SUGGESTED})


def search(exchange: Exchange) -> Reply:
    """Search every object; to a script as what the search box suggests."""
    gettext, query = translations(exchange.language).gettext, exchange.query.text("q").strip()[:200]
    hits = exchange.records.search(query) if query else ()
    groups = []
    for one in main_objects(exchange.spec):
        mine = [hit for hit in hits if hit.ref.object == one.name]
        if mine:
            groups.append(
                SearchGroup(
                    label=exchange.words(one.plural) or exchange.words(one.label),
                    icon=one.icon or "box",
                    hits=tuple(
                        SearchHit(link=show.link_to(exchange, hit.ref), found=hit.found)
                        for hit in mine[:_HITS_PER_OBJECT]
                    ),
                    all_url=exchange.urls.to("o", one.name, q=query) if len(mine) > _HITS_PER_OBJECT else "",
                )
            )
    if exchange.wants_json:
        return as_json(
            {
                "groups": [
                    {
                        "label": group.label,
                        "icon": group.icon,
                        "hits": [
                            {"label": hit.link.label, "detail": hit.found, "url": hit.link.url}
                            for hit in group.hits[:5]
                        ],
                    }
                    for group in groups
                ]
            }
        )
    return Shown(SearchPage(title=gettext("Search"), url=exchange.urls.to("search"), query=query, groups=tuple(groups)))
