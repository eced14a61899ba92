"""A removed part → the edit of the team's YAML that declares it again: the removal taken back, or the part written out.

1. Where an `extend` of the team removes the part, that entry goes; with nothing left beside it the document goes, too.
2. Where the team's own declaration is gone, the part is written to a new file as it was.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmspec.diagnostics import Refused, in_order
from crmspec.source.documents import Document, documents_of
from crmspec.source.load import find
from crmspec.source.problems import Problems
from crmspec.source.tree import Node
from crmspec.spec import Field, Index, Object
from crmspec.spec.canonical import to_plain

_PARTING = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Edit:
    """One file of the project, and what is to stand in it: None when it goes."""

    file: Path
    text: str | None


def declare_again(folder: Path, packages_folder: Path, address: str, part: Field | Object) -> Edit:
    """Return the edit that declares a removed field or object again. Raises `Refused` for a project with errors."""
    problems = Problems()
    found = find(folder, packages_folder, problems)
    own = {file.name: file for file in found.layers[-1].files} if found.layers else {}
    documents = [one for file in own.values() for one in documents_of(file, problems)]
    if problems.has_errors:
        raise Refused(*in_order(problems.found))
    for document in documents:
        removal = _removal(document, address)
        if removal is not None:
            text = own[document.file].data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
            beside = [one for one in documents if one.file == document.file]
            return Edit(Path(document.file), _without(text, document, removal, beside))
    return _written_out(address, part)


def _removal(document: Document, address: str) -> Node | None:
    """Return the entry of an `extend` that removes the part, or None."""
    object_name, _, field_name = address.partition(".")
    wanted = document.node.get("remove")
    if document.kind != "extend" or document.name != object_name or wanted is None:
        return None
    if not field_name:
        return wanted if wanted.value == "true" else None
    entries = wanted.value if isinstance(wanted.value, list) else []
    return next((one for one in entries if one.value in (field_name, f"fields.{field_name}")), None)


def _without(text: str, document: Document, removal: Node, beside: list[Document]) -> str | None:
    """Take the entry out of the text; the key when it was the only one, the document when it said nothing else."""
    wanted = document.node.get("remove")
    assert wanted is not None
    entries = wanted.value if isinstance(wanted.value, list) else [removal]
    assert isinstance(document.node.value, dict)
    if len(entries) > 1:
        return _without_entry(text, wanted, removal, entries)
    if set(document.node.value) > {"extend", "remove"}:
        start = text.rfind("\n", 0, wanted.key.start_mark.index) + 1
        return text[:start] + text[_line_end(text, _end(wanted, text)) :]
    return _without_document(text, beside.index(document)) if len(beside) > 1 else None


def _without_entry(text: str, wanted: Node, removal: Node, entries: list[Node]) -> str:
    if not wanted.event.flow_style:
        start = text.rfind("\n", 0, removal.event.start_mark.index) + 1
        return text[:start] + text[_line_end(text, removal.event.end_mark.index) :]
    kept = (text[one.event.start_mark.index : one.event.end_mark.index] for one in entries if one is not removal)
    return f"{text[: wanted.event.start_mark.index]}[{', '.join(kept)}]{text[_end(wanted, text) :]}"


def _end(node: Node, text: str) -> int:
    """Return where a list of words, or one word, ends."""
    if not isinstance(node.value, list):
        return int(node.event.end_mark.index)
    last = int(node.value[-1].event.end_mark.index)
    return text.index("]", last) + 1 if node.event.flow_style else last


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _without_document(text: str, index: int) -> str:
    """Leave one of several documents out."""
    parts = _PARTING.split(text)
    if not parts[0].strip():  # the file begins with a parting line
        parts = parts[1:]
    kept = [part.strip("\r\n") for place, part in enumerate(parts) if place != index]
    return "\n---\n".join(kept) + "\n"


def declare_new(address: str, part: Field | Object) -> Edit:
    """Return the edit that declares something a database has already, in a file of its own."""
    return _written_out(address, part, "adopted")


def declare_index(object_name: str, index: Index) -> Edit:
    """Return the edit that declares one index more of an object, in a file of its own."""
    file = Path("specs") / "adopted" / f"{object_name}_{index.name}_index.yaml"
    return Edit(file, f"extend: {object_name}\nindexes:\n  - {_flow(to_plain(index))}\n")


def _written_out(address: str, part: Field | Object, folder: str = "restored") -> Edit:
    object_name, _, field_name = address.partition(".")
    file = Path("specs") / folder / f"{address.replace('.', '_')}.yaml"
    if isinstance(part, Field):
        return Edit(file, f"extend: {object_name}\nfields:\n  {field_name}: {_flow(_field(part))}\n")
    return Edit(file, _object(part))


def _object(part: Object) -> str:
    plain = to_plain(part)
    lines = [f"object: {part.name}"]
    lines += [
        f"{key}: {_flow(plain[key])}"
        for key in ("label", "plural", "help", "icon", "title_field", "default_access")
        if plain.get(key)
    ]
    if part.fields:
        lines += ["fields:", *(f"  {name}: {_flow(_field(field))}" for name, field in part.fields.items())]
    if part.validation:
        rules = plain["validation"].items()
        lines += ["validation:", *(f"  {name}: {_flow(_but(rule, 'name'))}" for name, rule in rules)]
    if part.indexes:
        lines += ["indexes:", *(f"  - {_flow(index)}" for index in plain["indexes"])]
    return "\n".join(lines) + "\n"


def _field(field: Field) -> dict[str, Any]:
    """Return the keys that a team may write of a field, options by name, nothing that is filled in."""
    plain = to_plain(field, everything=True)
    kept = {key: value for key, value in plain.items() if key in field.row.all_keys and key not in ("name", "options")}
    if "options" in plain and not field.value_set and not field.pipeline:
        named = ((option["name"], _but(option, "name")) for option in plain["options"])
        kept["options"] = {name: said or {"label": name} for name, said in named}
    return kept


def _but(plain: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in plain.items() if name != key}


def _flow(value: object) -> str:
    """Write a value on one line; JSON is YAML, and words that need no quotes go without."""
    match value:
        case dict():
            return "{" + ", ".join(f"{_flow(key)}: {_flow(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case bool():
            return "true" if value else "false"
        case str():
            needs_no_quotes = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*(-[A-Z]+)?", value)
            return value if needs_no_quotes else json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)
