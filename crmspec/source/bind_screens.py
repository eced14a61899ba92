"""Nodes → reports, list views, layouts, dashboards and apps: what people look at."""

from __future__ import annotations

from typing import Any

from crmspec.diagnostics import did_you_mean
from crmspec.source.bind import (
    FLAG,
    FORMULA,
    INTEGER,
    LABEL,
    LEVELS,
    LIST,
    MISSING,
    PROSE,
    TEXT,
    WORD,
    WORDS,
    Binder,
    Key,
    choice,
    word,
    words,
)
from crmspec.source.bind_named import labelled, needs
from crmspec.source.form import shown
from crmspec.source.tree import Node
from crmspec.spec.parts import (
    App,
    Chart,
    Dashboard,
    Layout,
    ListView,
    Report,
    Section,
    Tile,
)


def totals(binder: Binder, node: Node, where: str) -> Any:
    """Read what a report adds up: path → functions."""
    if type(node.value) is not dict:
        return binder.wrong_shape(node, where, "a mapping", "totals: {amount: [sum, avg], records: count}")
    out: dict[str, tuple[str, ...]] = {}
    for path, child in node.value.items():
        functions = words(binder, child, where)
        if functions is MISSING:
            continue
        for function in functions:
            if function not in TOTALS:
                binder.say(
                    "CRM210",
                    f"unknown total `{shown(function)}` of `{where}`",
                    child.at,
                    f"it is one of {', '.join(TOTALS)}",
                    did_you_mean(function, TOTALS),
                )
        out[path] = tuple(function for function in functions if function in TOTALS)
    return out


def chart(binder: Binder, node: Node, where: str) -> Any:
    """Read the picture of a report."""
    return Chart(**binder.part(node, where, CHART_KEYS, kind="a chart", example="chart: {type: bar, by: stage}"))


def bind_report(binder: Binder, name: str, node: Node) -> Report | None:
    """Read one report."""
    read = binder.part(node, f"report:{name}", REPORT_KEYS, kind="a report", skip="report")
    if not needs(
        binder,
        node,
        f"report:{name}",
        {**read, **({"from_": 1} if "object" in read else {})},
        from_="from: opportunity",
    ):
        return None
    return Report(name=name, **labelled(binder, read, name))


def bind_list_view(binder: Binder, name: str, node: Node) -> ListView | None:
    """Read one list view."""
    read = binder.part(node, f"list_view:{name}", LIST_VIEW_KEYS, kind="a list view", skip="list_view")
    if not needs(binder, node, f"list_view:{name}", read, object="object: account", columns="columns: [name]"):
        return None
    return ListView(name=name, **labelled(binder, read, name))


def sections(binder: Binder, node: Node, where: str) -> Any:
    """Read the sections of a layout, in their order."""
    if type(node.value) is not list:
        return binder.wrong_shape(node, where, "a list", "sections: [{label: Address, fields: [city, street]}]")
    out = []
    for child in node.value:
        read = binder.part(
            child, where, SECTION_KEYS, kind="a section", example="{label: Address, fields: [city, street]}"
        )
        if read.get("fields"):
            out.append(Section(**read))
        elif type(child.value) is dict and "fields" not in child.value:
            binder.missing(child, where, "fields", "fields: [name]")
    return tuple(out)


def bind_layout(binder: Binder, name: str, node: Node) -> Layout | None:
    """Read one layout."""
    read = binder.part(node, f"layout:{name}", LAYOUT_KEYS, kind="a layout", skip="layout")
    if not needs(binder, node, f"layout:{name}", read, object="object: account"):
        return None
    return Layout(name=name, **labelled(binder, read, name))


def tiles(binder: Binder, node: Node, where: str) -> Any:
    """Read the cards of a dashboard: each names one list view or one report."""
    if type(node.value) is not list:
        return binder.wrong_shape(node, where, "a list", "tiles: [{list_view: my_tasks}, {report: open_deals}]")
    out = []
    for child in node.value:
        read = binder.part(child, where, TILE_KEYS, kind="a tile", example="{list_view: my_tasks}")
        if len({"list_view", "report"} & read.keys()) == 1:
            out.append(Tile(**read))
        elif type(child.value) is dict:
            binder.say(
                "CRM211",
                f"a tile of `{where}` does not name one list view or one report",
                child.at,
                "a tile shows one thing",
                "write it like `{list_view: my_tasks}` or `{report: open_deals, size: wide}`",
            )
    return tuple(out)


def bind_dashboard(binder: Binder, name: str, node: Node) -> Dashboard | None:
    """Read one dashboard."""
    read = binder.part(node, f"dashboard:{name}", DASHBOARD_KEYS, kind="a dashboard", skip="dashboard")
    if not needs(binder, node, f"dashboard:{name}", read, tiles="tiles: [{list_view: my_tasks}]"):
        return None
    return Dashboard(name=name, **labelled(binder, read, name))


def bind_app(binder: Binder, name: str, node: Node) -> App | None:
    """Read one group of the navigation."""
    read = binder.part(node, f"app:{name}", APP_KEYS, kind="an app", skip="app")
    if not needs(binder, node, f"app:{name}", read, objects="objects: [account, contact]"):
        return None
    return App(name=name, **labelled(binder, read, name))


TOTALS = ("sum", "avg", "min", "max", "count")
CHART_KEYS: dict[str, Key] = {
    "type": choice("bar", "line", "pie", "funnel"),
    "by": WORD,
    "value": WORD,
    "function": choice(*TOTALS),
}
REPORT_KEYS: dict[str, Key] = {
    "label": LABEL,
    "help": PROSE,
    "from": Key(word, TEXT, "object"),
    "columns": WORDS,
    "filter": FORMULA,
    "group_by": WORDS,
    "totals": Key(totals, {"type": "object", "additionalProperties": LIST}),
    "sort": WORDS,
    "chart": Key(chart, {"$ref": "#/$defs/chart"}),
    "roles": WORDS,
}
LIST_VIEW_KEYS: dict[str, Key] = {
    "object": WORD,
    "label": LABEL,
    "columns": WORDS,
    "filter": FORMULA,
    "sort": WORDS,
    "roles": WORDS,
    "default": FLAG,
}
SECTION_KEYS: dict[str, Key] = {"label": LABEL, "fields": WORDS, "columns": INTEGER}
LAYOUT_KEYS: dict[str, Key] = {
    "object": WORD,
    "label": LABEL,
    "highlights": WORDS,
    "sections": Key(sections, {"type": "array", "items": {"$ref": "#/$defs/section"}}),
    "related": WORDS,
    "roles": WORDS,
}
TILE_KEYS: dict[str, Key] = {"list_view": WORD, "report": WORD, "size": choice("small", "wide")}
DASHBOARD_KEYS: dict[str, Key] = {
    "label": LABEL,
    "tiles": Key(tiles, {"type": "array", "items": {"$ref": "#/$defs/tile"}}),
    "roles": WORDS,
}
APP_KEYS: dict[str, Key] = {"label": LABEL, "objects": WORDS, "roles": WORDS}

LEVELS |= {
    "a report": REPORT_KEYS,
    "a chart": CHART_KEYS,
    "a list view": LIST_VIEW_KEYS,
    "a layout": LAYOUT_KEYS,
    "a section": SECTION_KEYS,
    "a dashboard": DASHBOARD_KEYS,
    "a tile": TILE_KEYS,
    "an app": APP_KEYS,
}
