"""Nodes → pipelines, seeds, terms, renames, merges and splits."""

from __future__ import annotations

import re
from typing import Any

from crmspec.source.bind import (
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
from crmspec.source.bind_named import labelled, needs
from crmspec.source.bind_object import COLOR, TEXT_MAP
from crmspec.source.form import shown
from crmspec.source.tree import Node
from crmspec.spec.parts import (
    Merge,
    Pipeline,
    Rename,
    Seed,
    Split,
    Stage,
    Term,
)

_TRANSITION = re.compile(r"\s*([^\s>]+)\s*->\s*([^\s>]+)\s*\Z")


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
        out[name] = Stage(name=name, **labelled(binder, read, name))
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
    if not needs(
        binder, node, address, read, object="object: opportunity", stages="stages: {qualify: {}, won: {type: won}}"
    ):
        return None
    return Pipeline(name=name, **labelled(binder, read, name))


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
    if not needs(binder, node, f"seed:{name}", read, object="object: product", rows="rows: [{name: …}]"):
        return None
    return Seed(name=name, sample=sample, **read)


# Terms, renames, merges


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
    whole = needs(
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
    whole = needs(
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
    whole = needs(
        binder,
        node,
        "splits",
        {**read, **{k + "_": 1 for k in ("from", "to") if k in node.value}},
        from_="from: contact.name",
        to_="to: [contact.first_name, contact.last_name]",
    )
    return Split(**read) if whole and "source" in read and "targets" in read else None


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
    "where": FORMULA,
    "fields": TEXT_MAP,
    "values": TEXT_MAP,
}
MERGE_KEYS: dict[str, Key] = {
    "from": Key(words, LIST, "sources"),
    "to": Key(word, TEXT, "target"),
    "keep": choice("first_not_empty", "last_not_empty", "join"),
    "fields": TEXT_MAP,
    "values": TEXT_MAP,
}

LEVELS |= {
    "a pipeline": PIPELINE_KEYS,
    "a stage": STAGE_KEYS,
    "a seed": SEED_KEYS,
}
