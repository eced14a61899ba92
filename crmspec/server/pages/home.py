"""The first page of the day: the dashboard that fits a person's roles."""

from __future__ import annotations

from datetime import date, datetime

from crmspec.records import BadQuestion, Forbidden, Record
from crmspec.records.paths import look, split_path
from crmspec.server import show
from crmspec.server.frame import apps_of
from crmspec.server.pages.reports import chart_of, figures_of, run_report
from crmspec.server.rendering import translations
from crmspec.server.views import Choice, HomeCard, HomeItem, HomePage, Link
from crmspec.server.web import Exchange, Reply, Shown
from crmspec.spec import ListView, Report, Tile
from crmspec.spec.screens import list_views_of

_LINES = 6
_TILES_WITHOUT_DASHBOARD = 4


def home(exchange: Exchange) -> Reply:
    """Show what matters to this person now."""
    gettext = translations(exchange.language).gettext
    cards = tuple(card for tile in _tiles(exchange) if (card := _card(exchange, tile)) is not None)
    title = gettext("Hello, %(name)s") % {"name": exchange.actor.name}
    return Shown(HomePage(title=title, cards=cards, today=exchange.reader.today))


def _tiles(exchange: Exchange) -> tuple[Tile, ...]:
    """Return the tiles of the first dashboard that fits; without one, the first lists this person may see."""
    roles = set(exchange.actor.roles)
    for dashboard in exchange.spec.dashboards.values():
        if not dashboard.roles or not roles.isdisjoint(dashboard.roles):
            return dashboard.tiles
    objects = [name for _, names in apps_of(exchange) for name in names]
    views = (list_views_of(exchange.spec, name, exchange.actor.roles)[0] for name in objects)
    return tuple(Tile(list_view=view.name) for view in views if view.name)[:_TILES_WITHOUT_DASHBOARD]


def _card(exchange: Exchange, tile: Tile) -> HomeCard | None:
    """Return a card, or None where the person may not see what it would show."""
    try:
        if tile.report:
            return _report_card(exchange, exchange.spec.reports[tile.report], tile)
        return _list_card(exchange, exchange.spec.list_views[tile.list_view], tile)
    except (Forbidden, BadQuestion):
        return None


def _report_card(exchange: Exchange, report: Report, tile: Tile) -> HomeCard | None:
    if report.roles and set(report.roles).isdisjoint(exchange.actor.roles):
        return None
    result = run_report(exchange, report)
    return HomeCard(
        title=exchange.words(report.label, report.name),
        icon="chart-column",
        size=tile.size,
        url=exchange.urls.to("reports", report.name),
        chart=chart_of(exchange, report, result),
        figures=() if report.chart else figures_of(exchange, report, result),
        empty=translations(exchange.language).gettext("Nothing to show yet."),
    )


def _list_card(exchange: Exchange, view: ListView, tile: Tile) -> HomeCard | None:
    if not exchange.records.may(view.object, "read") or (
        view.roles and set(view.roles).isdisjoint(exchange.actor.roles)
    ):
        return None
    one, gettext = exchange.spec.objects[view.object], translations(exchange.language).gettext
    page = exchange.records.page(view.object, columns=view.columns, list_view=view.name, sort=view.sort, limit=_LINES)
    new = Link(
        label=gettext("New %(object)s") % {"object": exchange.words(one.label)},
        url=exchange.urls.to("o", one.name, "new"),
    )
    return HomeCard(
        title=exchange.words(view.label, view.name),
        icon=one.icon,
        size=tile.size,
        url=exchange.urls.to("o", one.name, view=view.name),
        items=tuple(_item(exchange, record, page.columns) for record in page.rows),
        empty=gettext("Nothing here. Well done."),
        new=new if exchange.records.may(one.name, "create") else None,
    )


def _item(exchange: Exchange, record: Record, columns: tuple[str, ...]) -> HomeItem:
    """Return a line: the title, the first date as when, the first choice as tag, the first look-up below."""
    kinds = {path: seen.type for path in columns if (seen := look(exchange.spec, record.object, split_path(path)))}

    def first(*types: str) -> str:
        return next((path for path, kind in kinds.items() if kind in types and record.get(path) is not None), "")

    day, tag, other = first("date", "datetime"), first("picklist"), first("lookup")
    when = _when(record, day)
    chosen = show.value(exchange, record.object, tag, record.get(tag)).content if tag else None
    below = show.value(exchange, record.object, other, record.get(other)).content if other else None
    late = day.startswith("due") and when is not None and _day_of(when) < exchange.reader.today
    label = exchange.words(exchange.spec.objects[record.object].label)
    return HomeItem(
        link=Link(
            label=show.title_of(record, label),
            url=exchange.urls.record(record.object, record.id),
            detail=below.label if isinstance(below, Link) else "",
        ),
        when=when,
        late=late,
        tag=chosen if isinstance(chosen, Choice) else None,
    )


def _when(record: Record, path: str) -> date | datetime | None:
    content = record.get(path) if path else None
    return content if isinstance(content, date) else None


def _day_of(when: date | datetime) -> date:
    return when.date() if isinstance(when, datetime) else when
