"""Reports: which there are, one of them on a page, and as a file to take away."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import quote

from starlette.responses import Response

from crmspec import reports
from crmspec.formula import rename_paths
from crmspec.records import Condition
from crmspec.records.paths import look, option_label
from crmspec.reports import Result
from crmspec.server import show, views, words
from crmspec.server.pages.report_rows import lines_of, report_columns, total_value, with_totals_shown
from crmspec.server.question import Question, active_filters
from crmspec.server.rendering import translations
from crmspec.server.views import Action, Count, FieldView, Link, Point, ReportGroup, ReportPage, ReportsPage
from crmspec.server.web import Exchange, Problem, Reply, Shown
from crmspec.spec import Report, Verb
from crmspec.spec.screens import list_views_of

EXPORTED_MAX = 50_000
_CONDITIONS_MAX = 20  # as many as a list's address may have
_CHART_ICONS = {"pie": "chart-pie", "line": "chart-line"}


def index(exchange: Exchange) -> Reply:
    """Show every report this person may run, by object."""
    by_object: dict[str, list[Report]] = {}
    for report in reports.reports_of(exchange.spec, exchange.actor):
        by_object.setdefault(report.object, []).append(report)
    groups = []
    for one in exchange.spec.objects.values():
        links = tuple(_link(exchange, report) for report in by_object.get(one.name, ()))
        if links:
            label = exchange.words(one.plural) or exchange.words(one.label)
            groups.append(ReportGroup(label=label, icon=one.icon or "box", links=links))
    return Shown(ReportsPage(title=translations(exchange.language).gettext("Reports"), groups=tuple(groups)))


def _link(exchange: Exchange, report: Report) -> Link:
    chart = report.chart
    return Link(
        label=exchange.words(report.label, report.name),
        url=exchange.urls.to("reports", report.name),
        icon="list" if chart is None else _CHART_ICONS.get(chart.type, "chart-column"),
        detail=exchange.words(report.help),
        current=exchange.parameters.get("report") == report.name,
    )


def the_report(exchange: Exchange) -> Report:
    """Return the report of the address, if it is meant for this person."""
    report = exchange.spec.reports.get(exchange.parameters["report"])
    if report is None or not reports.has_report(exchange.actor, report):
        raise Problem(404)
    return report


def run_report(exchange: Exchange, report: Report, *, limit: int = 0, verb: Verb = "read") -> Result:
    """Answer a report for this person. Without a limit it has totals, groups and a chart, but no records."""
    return reports.run(
        exchange.spec,
        exchange.connection,
        exchange.actor,
        report,
        now=exchange.now,
        language=exchange.language,
        limit=limit,
        verb=verb,
    )


def report(exchange: Exchange) -> Reply:
    """Show one report: figures, chart, table."""
    asked = the_report(exchange)
    result = run_report(exchange, with_totals_shown(asked), limit=reports.ROWS_MAX)
    if result.count > exchange.spec.project.log_in.notes_reads_above:
        exchange.note("report_read", object=asked.object, report=asked.name, of=result.count)
    gettext = translations(exchange.language).gettext
    url = exchange.urls.to("reports", asked.name)
    rows, is_cut = lines_of(exchange, result)
    page = ReportPage(
        title=exchange.words(asked.label, asked.name),
        url=url,
        columns=report_columns(result),
        rows=rows,
        count=Count(number=result.count),
        help=exchange.words(asked.help),
        figures=figures_of(exchange, asked, result),
        chart=chart_of(exchange, asked, result),
        conditions=_conditions(exchange, result),
        others=tuple(_link(exchange, one) for one in reports.reports_of(exchange.spec, exchange.actor)),
        actions=(Action(label=gettext("Export"), url=f"{url}/export", icon="download", method="post"),)
        if exchange.records.may(asked.object, "export")
        else (),
        more=_more(exchange, result, is_cut=is_cut),
        defined_at=show.defined_at(exchange, f"report:{asked.name}"),
    )
    return Shown(page)


def _more(exchange: Exchange, result: Result, *, is_cut: bool) -> str:
    gettext = translations(exchange.language).gettext
    if result.truncated:
        return gettext("The first %(shown)s of %(count)s records are shown. Totals are of all of them.") % {
            "shown": len(result.rows),
            "count": result.count,
        }
    return gettext("Not every group is shown. Totals are of all of them.") if is_cut else ""


# --- the numbers ---


def figures_of(exchange: Exchange, report: Report, result: Result) -> tuple[FieldView, ...]:
    """Return the grand totals as fields."""
    return tuple(
        FieldView(
            name=f"{measure.path}.{measure.function}",
            label=measure.label,
            value=total_value(exchange, measure, result.totals[measure.key]),
        )
        for measure in result.measures
    )


def chart_of(exchange: Exchange, report: Report, result: Result) -> views.Chart | None:
    """Return a report's chart; None where it has none, or what it would draw are no numbers."""
    chart = result.chart
    if chart is None:
        return None
    numbers = [total_value(exchange, chart.measure, point.number).content for point in chart.points]
    if any(isinstance(number, bool) or not isinstance(number, (int, Decimal, type(None))) for number in numbers):
        return None
    points = tuple(
        Point(
            label=point.label,
            number=number if isinstance(number, (int, Decimal)) else None,
            url=_list_url(exchange, report.object, point.where),
            color=_color(exchange, chart.by, point),
        )
        for point, number in zip(chart.points, numbers, strict=True)
    )
    return views.Chart(
        type=chart.type,
        title=exchange.words(report.label, report.name),
        by=chart.by.label,
        measure=chart.measure.label,
        points=points,
        value=total_value(exchange, chart.measure, None),
    )


def _color(exchange: Exchange, by: reports.Column, point: reports.Point) -> str:
    if point.is_rest:
        return "gray"
    return show.color_of(exchange, by.seen, point.key) if isinstance(point.key, str) else ""


def _list_url(exchange: Exchange, object_name: str, where: tuple[Condition, ...] | None) -> str:
    """Return the list of exactly these records: in a list view that leaves nothing out by itself."""
    if where is None or len(where) > _CONDITIONS_MAX:
        return ""
    mine = list_views_of(exchange.spec, object_name, exchange.actor.roles)
    view = next((one for one in mine if not one.filter), None)
    if view is None:
        return ""
    pairs = [("where", f"{one.field}:{one.operator}:{one.value}") for one in where]
    return exchange.urls.with_pairs([("view", view.name), *pairs], "o", object_name)


# --- the filter in words ---


def _conditions(exchange: Exchange, result: Result) -> tuple[str, ...]:
    """Return the parts of the filter in the reader's words: as a list says them, else as the formula does."""
    return tuple(
        _said(exchange, result.object, one.where) if one.where else _formula(exchange, result.object, one.formula)
        for one in result.filters
    )


def _said(exchange: Exchange, object_name: str, where: tuple[Condition, ...]) -> str:
    gettext = translations(exchange.language).gettext
    filters = active_filters(exchange, Question(object_name, where=where), ())
    alternatives = ", ".join(one.shown for one in filters if one.shown)
    first = filters[0]
    return " ".join(part for part in (first.label, gettext(words.OPERATORS[first.operator]), alternatives) if part)


def _formula(exchange: Exchange, object_name: str, text: str) -> str:
    def named(path: tuple[str, ...]) -> tuple[str, ...]:
        known = look(exchange.spec, object_name, path) is not None
        return (show.label(exchange, object_name, ".".join(path)),) if known else path

    def worded(path: tuple[str, ...], literal: str) -> str:
        seen = look(exchange.spec, object_name, path)
        return option_label(exchange.spec, seen, literal, exchange.language) if seen and seen.options else literal

    return rename_paths(text, named, worded)


# --- to take away ---


def export(exchange: Exchange) -> Reply:
    """Send a report as CSV: what this person may export of it. Who took what away is written down."""
    asked = the_report(exchange)
    result = run_report(exchange, with_totals_shown(asked), limit=EXPORTED_MAX, verb="export")
    exchange.note("export", object=asked.object, report=asked.name, records=len(result.rows), of=result.count)
    time_zone = exchange.actor.time_zone or exchange.spec.project.time_zone
    text = reports.csv_of(exchange.spec, result, exchange.language, time_zone)
    # With a byte order mark, or Excel takes it for the encoding of its own country.
    return Response(
        text.encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(_file_name(exchange, asked, result))}"},
    )


def _file_name(exchange: Exchange, report: Report, result: Result) -> str:
    """Name the file after the report and the day; a file that ends early says so in its name."""
    part = f"-first-{len(result.rows)}-of-{result.count}" if result.truncated else ""
    return f"{report.name}-{exchange.reader.today.isoformat()}{part}.csv"
