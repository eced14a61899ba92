"""Nodes → pipelines, reports, list views, layouts, the organization, access tests, seeds, renames and merges."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    label,
    word,
    words,
)
from crmspec.source.bind_object import COLOR
from crmspec.source.form import shown
from crmspec.source.tree import Node
from crmspec.spec.parts import (
    VERBS,
    AccessTest,
    App,
    Chart,
    Company,
    Dashboard,
    Department,
    Layout,
    ListView,
    Merge,
    Organization,
    Pipeline,
    Position,
    Rename,
    Report,
    Section,
    Seed,
    Split,
    Stage,
    Term,
    Tile,
)

_TRANSITION = re.compile(r"\s*([^\s>]+)\s*->\s*([^\s>]+)\s*\Z")


def _labelled(binder: Binder, read: dict[str, Any], name: str) -> dict[str, Any]:
    """Fill in a label that was left out: the words of the name."""
    if "label" not in read:
        read["label"] = binder.spoken(name)
    return read


def _needs(binder: Binder, node: Node, address: str, read: Mapping[str, Any], **examples: str) -> bool:
    """Say which keys are missing; tell whether the part can be made."""
    whole = True
    for key, example in examples.items():
        if key not in read:
            whole = False
            written = key.rstrip("_")
            if node.get(written) is None:
                binder.missing(node, address, written, example)
    return whole


# Pipelines


def stages(binder: Binder, node: Node, where: str) -> Any:
    """Read the stages of a pipeline, in their order."""
    out: dict[str, Stage] = {}
    for name, child in binder.named(node, where, "stage", "stages: {qualify: {probability: 10}, won: {type: won}}"):
        read = (
            {}
            if child.blank
            else binder.part(child, f"{where}.{name}", STAGE_KEYS, kind="a stage", example="{probability: 10}")
        )
        out[name] = Stage(name=name, **_labelled(binder, read, name))
    return out


def transitions(binder: Binder, node: Node, where: str) -> Any:
    """Read which stage may follow which: `any`, or a list of `from -> to`."""
    if node.value == "any":
        return None
    if type(node.value) is not list:
        return binder.wrong_shape(node, where, "`any` or a list", "transitions: [qualify -> proposal, proposal -> won]")
    out: list[tuple[str, str]] = []
    for child in node.value:
        found = _TRANSITION.match(child.value) if type(child.value) is str else None
        if found is None:
            binder.wrong_shape(child, where, "a pair like `qualify -> proposal`", "transitions: [qualify -> proposal]")
        elif (found[1], found[2]) in out:
            binder.say(
                "CRM220",
                f"the transition `{shown(str(child.value))}` of `{where}` stands twice",
                child.at,
                "one is enough",
                "remove one",
            )
        else:
            out.append((found[1], found[2]))
    return tuple(out)


def bind_pipeline(binder: Binder, name: str, node: Node) -> Pipeline | None:
    """Read one pipeline."""
    address = f"pipeline:{name}"
    read = binder.part(node, address, PIPELINE_KEYS, kind="a pipeline", skip="pipeline")
    if not _needs(
        binder, node, address, read, object="object: opportunity", stages="stages: {qualify: {}, won: {type: won}}"
    ):
        return None
    return Pipeline(name=name, **_labelled(binder, read, name))


# Reports, lists, layouts


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
    if not _needs(
        binder,
        node,
        f"report:{name}",
        {**read, **({"from_": 1} if "object" in read else {})},
        from_="from: opportunity",
    ):
        return None
    return Report(name=name, **_labelled(binder, read, name))


def bind_list_view(binder: Binder, name: str, node: Node) -> ListView | None:
    """Read one list view."""
    read = binder.part(node, f"list_view:{name}", LIST_VIEW_KEYS, kind="a list view", skip="list_view")
    if not _needs(binder, node, f"list_view:{name}", read, object="object: account", columns="columns: [name]"):
        return None
    return ListView(name=name, **_labelled(binder, read, name))


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
    if not _needs(binder, node, f"layout:{name}", read, object="object: account"):
        return None
    return Layout(name=name, **_labelled(binder, read, name))


# The organization


def company(binder: Binder, node: Node, where: str) -> Any:
    """Read the company's particulars."""
    return Company(
        **binder.part(node, "company", COMPANY_KEYS, kind="the company", example="company: {name: ACME Printing}")
    )


def departments(binder: Binder, node: Node, where: str) -> Any:
    """Read the departments."""
    out = {}
    for name, child in binder.named(
        node, where, "department", "departments: {head_office: {}, sales: {parent: head_office}}"
    ):
        read = (
            {}
            if child.blank
            else binder.part(
                child, f"department:{name}", DEPARTMENT_KEYS, kind="a department", example="{parent: head_office}"
            )
        )
        out[name] = Department(name=name, **_labelled(binder, read, name))
    return out


def positions(binder: Binder, node: Node, where: str) -> Any:
    """Read the positions."""
    out = {}
    for name, child in binder.named(
        node, where, "position", "positions: {sales_director: {department: sales, roles: [sales_manager]}}"
    ):
        read = (
            {}
            if child.blank
            else binder.part(
                child,
                f"position:{name}",
                POSITION_KEYS,
                kind="a position",
                example="{department: sales, roles: [sales_rep]}",
            )
        )
        out[name] = Position(name=name, **_labelled(binder, read, name))
    return out


def bind_organization(binder: Binder, node: Node) -> Organization:
    """Read the organization: the whole of the value of `organization:`."""
    return Organization(**binder.part(node, "organization", ORGANIZATION_KEYS, kind="the organization"))


# Access tests


def bind_access_test(binder: Binder, node: Node) -> AccessTest | None:
    """Read one sentence about who may do what."""
    read = binder.part(
        node,
        "access_tests",
        ACCESS_TEST_KEYS,
        kind="an access test",
        example="{as: sales_rep, cannot: read, on: opportunity.margin}",
    )
    if type(node.value) is not dict or not _needs(
        binder, node, "access_tests", read, as_="as: sales_rep", on="on: opportunity"
    ):
        return None
    said = [key for key in ("can", "cannot") if key in node.value]
    if len(said) != 1:
        binder.say(
            "CRM211",
            f"an access test says {'both `can` and' if said else 'neither `can` nor'} `cannot`",
            node.at,
            "it holds exactly one of them true",
            "write one of them: `can: read`",
        )
        return None
    if said[0] not in read:
        return None
    return AccessTest(
        as_=read["as_"], verb=read[said[0]], allowed=said[0] == "can", on=read["on"], owned_by=read.get("owned_by", "")
    )


# Seeds


def rows(binder: Binder, node: Node, where: str) -> Any:
    """Read the records of a seed; the parts of an address are flattened to `billing_address.city`."""
    if type(node.value) is not list:
        return binder.wrong_shape(node, where, "a list of records", "rows: [{name: Printing}, {name: Packaging}]")
    out = []
    for child in node.value:
        if type(child.value) is not dict:
            binder.wrong_shape(child, where, "a record", "{name: Printing}")
            continue
        row: dict[str, Any] = {}
        for field, value in child.value.items():
            given = value.value
            if type(given) is str:
                row[field] = given
            elif type(given) is list:
                row[field] = words(binder, value, where)
            else:
                assert isinstance(given, dict)
                for part, inner in given.items():
                    said = word(binder, inner, where)
                    if said is not MISSING:
                        row[f"{field}.{part}"] = said
        out.append({field: value for field, value in row.items() if value is not MISSING})
    return tuple(out)


def bind_seed(binder: Binder, name: str, node: Node, *, sample: bool) -> Seed | None:
    """Read records that come with the release, or with the demonstration."""
    read = binder.part(node, f"seed:{name}", SEED_KEYS, kind="a seed", skip="seed")
    if not _needs(binder, node, f"seed:{name}", read, object="object: product", rows="rows: [{name: …}]"):
        return None
    return Seed(name=name, sample=sample, **read)


# Terms, renames, merges


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
    if not _needs(binder, node, f"dashboard:{name}", read, tiles="tiles: [{list_view: my_tasks}]"):
        return None
    return Dashboard(name=name, **_labelled(binder, read, name))


def bind_app(binder: Binder, name: str, node: Node) -> App | None:
    """Read one group of the navigation."""
    read = binder.part(node, f"app:{name}", APP_KEYS, kind="an app", skip="app")
    if not _needs(binder, node, f"app:{name}", read, objects="objects: [account, contact]"):
        return None
    return App(name=name, **_labelled(binder, read, name))


def bind_term(binder: Binder, name: str, node: Node) -> Term | None:
    """Read the company's own word for an object: by language, or `label` and `plural`."""
    if type(node.value) is dict and ("label" in node.value or "plural" in node.value):
        read = binder.part(node, f"terms of {name}", TERM_KEYS, kind="a term")
        return Term(name=name, **read) if "label" in read else None
    said = label(binder, node, f"terms.{name}")
    return None if said is MISSING else Term(name=name, label=said)


def bind_rename(binder: Binder, node: Node) -> Rename | None:
    """Read one declared rename."""
    read = binder.part(
        node, "renames", RENAME_KEYS, kind="a rename", example="{from: contact.phone, to: contact.mobile}"
    )
    if type(node.value) is not dict:
        return None
    whole = _needs(
        binder,
        node,
        "renames",
        {**read, **{k + "_": 1 for k in ("from", "to") if k in node.value}},
        from_="from: contact.phone",
        to_="to: contact.mobile",
    )
    return Rename(**read) if whole and len(read) == 2 else None


def bind_merge(binder: Binder, node: Node) -> Merge | None:
    """Read one declared merge."""
    read = binder.part(
        node, "merges", MERGE_KEYS, kind="a merge", example="{from: [lead.fax, lead.telex], to: lead.fax_number}"
    )
    if type(node.value) is not dict:
        return None
    whole = _needs(
        binder,
        node,
        "merges",
        {**read, **{k + "_": 1 for k in ("from", "to") if k in node.value}},
        from_="from: [lead.fax, lead.telex]",
        to_="to: lead.fax_number",
    )
    return Merge(**read) if whole and "sources" in read and "target" in read else None


def bind_split(binder: Binder, node: Node) -> Split | None:
    """Read one declared split."""
    read = binder.part(
        node,
        "splits",
        SPLIT_KEYS,
        kind="a split",
        example='{from: contact.name, to: [contact.first_name, contact.last_name], at: " "}',
    )
    if type(node.value) is not dict:
        return None
    whole = _needs(
        binder,
        node,
        "splits",
        {**read, **{k + "_": 1 for k in ("from", "to") if k in node.value}},
        from_="from: contact.name",
        to_="to: [contact.first_name, contact.last_name]",
    )
    return Split(**read) if whole and "source" in read and "targets" in read else None


TOTALS = ("sum", "avg", "min", "max", "count")
STAGE_KEYS: dict[str, Key] = {
    "label": LABEL,
    "help": PROSE,
    "type": choice("open", "won", "lost"),
    "probability": INTEGER,
    "stuck_after_days": INTEGER,
    "responsible": WORD,
    "enter_requires": WORDS,
    "enter_when": FORMULA,
    "inputs": PROSE,
    "measure": PROSE,
    "color": COLOR,
}
PIPELINE_KEYS: dict[str, Key] = {
    "object": WORD,
    "field": WORD,
    "label": LABEL,
    "stages": Key(stages, {"type": "object", "additionalProperties": {"$ref": "#/$defs/stage"}}),
    "transitions": Key(transitions, {"oneOf": [{"const": "any"}, {"type": "array", "items": TEXT}]}),
}
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
COMPANY_KEYS: dict[str, Key] = {
    "name": LABEL,
    "address": PROSE,
    "telephone": WORD,
    "fax": WORD,
    "web_site": WORD,
    "postcode": WORD,
    "email": WORD,
}
DEPARTMENT_KEYS: dict[str, Key] = {"label": LABEL, "parent": WORD, "manager": WORD}
POSITION_KEYS: dict[str, Key] = {"label": LABEL, "department": WORD, "reports_to": WORD, "roles": WORDS}
ORGANIZATION_KEYS: dict[str, Key] = {
    "company": Key(company, {"$ref": "#/$defs/company"}),
    "departments": Key(departments, {"type": "object", "additionalProperties": {"$ref": "#/$defs/department"}}),
    "positions": Key(positions, {"type": "object", "additionalProperties": {"$ref": "#/$defs/position"}}),
}
ACCESS_TEST_KEYS: dict[str, Key] = {
    "as": Key(word, TEXT, "as_"),
    "can": choice(*VERBS),
    "cannot": choice(*VERBS),
    "on": WORD,
    "owned_by": WORD,
}
SEED_KEYS: dict[str, Key] = {
    "object": WORD,
    "key": WORD,
    "rows": Key(rows, {"type": "array", "items": {"type": "object"}}),
}
TERM_KEYS: dict[str, Key] = {"label": LABEL, "plural": LABEL}
RENAME_KEYS: dict[str, Key] = {"from": Key(word, TEXT, "before"), "to": Key(word, TEXT, "after")}
SPLIT_KEYS: dict[str, Key] = {
    "from": Key(word, TEXT, "source"),
    "to": Key(words, LIST, "targets"),
    "at": WORD,
    "rest": choice("last", "first"),
}
MERGE_KEYS: dict[str, Key] = {
    "from": Key(words, LIST, "sources"),
    "to": Key(word, TEXT, "target"),
    "keep": choice("first_not_empty", "last_not_empty", "join"),
}

LEVELS |= {
    "a pipeline": PIPELINE_KEYS,
    "a stage": STAGE_KEYS,
    "a report": REPORT_KEYS,
    "a chart": CHART_KEYS,
    "a list view": LIST_VIEW_KEYS,
    "a layout": LAYOUT_KEYS,
    "a section": SECTION_KEYS,
    "a dashboard": DASHBOARD_KEYS,
    "a tile": TILE_KEYS,
    "an app": APP_KEYS,
    "the company": COMPANY_KEYS,
    "a department": DEPARTMENT_KEYS,
    "a position": POSITION_KEYS,
    "a seed": SEED_KEYS,
}
