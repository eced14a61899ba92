"""`crmspec rename OLD NEW`: every place in the team's files that names a part, and nothing else of them.

Edits are made in the text at the places the tree knows, so comments, quotes and layout stay as they were.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmspec.diagnostics import Diagnostic, Refused, did_you_mean, in_order
from crmspec.source.assemble import Assembly
from crmspec.source.documents import Document, documents_of
from crmspec.source.load import Found, find, put_together
from crmspec.source.problems import Problems
from crmspec.source.reading import SAMPLE, SourceFile, read_folder
from crmspec.source.references import Graph, Reference, references
from crmspec.source.renames import Entry, Names, addresses_of, entries_of, names_for, renamed
from crmspec.source.tree import Node
from crmspec.spec import names as name_rules

_NEW_FILE = "specs/renames.yaml"


@dataclass(frozen=True, slots=True)
class Changed:
    """One file, and in how many places it changed."""

    file: Path
    places: int


@dataclass(frozen=True, slots=True)
class _Edit:
    """Characters of a file that are replaced."""

    start: int
    end: int
    text: str


def rename_part(folder: Path, packages_folder: Path, old: str, new: str, *, write: bool = True) -> tuple[Changed, ...]:
    """Rename a part wherever the team's files name it, and declare the rename. Raises `Refused`.

    1. Read the project; refuse what cannot be renamed. 2. Find every reference, definitions among them. 3. Edit the
    text of each file from its end to its beginning. 4. Append the entry to `renames`.
    """
    problems = Problems()
    found = find(folder, packages_folder, problems)
    documents = [document for file in found.files for document in documents_of(file, problems)]
    if problems.has_errors:
        raise Refused(*in_order(problems.found))
    own = len(found.layers) - 1
    assembly = put_together(documents, own, problems)
    after = _full_address(old, new)
    _refuse(old, after, assembly)
    names = names_for([Entry(old, after, Node("", None, None, ""))], {old})
    files = {file.name: file for file in _own_files(found, folder)}
    samples = [file for file in files.values() if file.layer < 0]
    spoken = [document for document in documents if document.layer == own]
    spoken += [document for file in samples for document in documents_of(file, Problems())]
    texts = _edited(files, spoken, names, Graph(assembly), old)
    _declare(texts, files, spoken, old, after)
    return _written(folder, texts, files, write=write)


def declare_renamed(folder: Path, packages_folder: Path, old: str, new: str) -> tuple[Changed, ...]:
    """Declare that a part bears another name already: an entry in `renames`, and nothing else is touched."""
    found = find(folder, packages_folder, Problems())
    files = {file.name: file for file in _own_files(found, folder)}
    own = found.layers[-1].files if found.layers else []
    documents = [document for file in own for document in documents_of(file, Problems())]
    texts: dict[str, str] = {}
    _declare(texts, files, documents, old, new)
    return _written(folder, texts, files, write=True)


def _full_address(old: str, new: str) -> str:
    """Let the new side be a bare name: `contact.phone` → `mobile`."""
    if "." in new or ":" in new:
        return new
    head = max(old.rfind("."), old.rfind(":")) + 1
    if old.count(".") >= 2 and ":" not in old:  # an option may have dots of its own
        head = len(".".join(old.split(".", 2)[:2])) + 1
    return old[:head] + new


def _refuse(old: str, new: str, assembly: Assembly) -> None:
    """Refuse a rename that `crmspec validate` would refuse."""
    there = addresses_of(assembly)
    name = new.split(".", 2)[-1].rpartition(":")[2] if new.count(".") < 2 else new.split(".", 2)[2]
    if old not in there:
        raise Refused(Diagnostic("CRM381", f"there is no `{old}` to rename", help=did_you_mean(old, there)))
    if new in there:
        raise Refused(
            Diagnostic(
                "CRM381",
                f"`{new}` is there already",
                why="two parts would have one name",
                help="remove it first, or declare a swap in `renames` by hand",
            )
        )
    if _home(old) != _home(new):
        raise Refused(
            Diagnostic(
                "CRM381",
                f"`{old}` cannot become `{new}`",
                why="a rename stays within its kind and its object",
                help="give the new name only",
            )
        )
    if old.count(".") >= 2 and (shared := _value_set(assembly, old)):
        raise Refused(
            Diagnostic(
                "CRM381",
                f"`{old}` is a value of the value set `{shared}`",
                why="other fields have it, too",
                help=f"change it in `value_set:{shared}`, and add a rename for each field that uses it",
            )
        )
    is_value = old.count(".") >= 2 and ":" not in old
    refusal = (
        None
        if is_value
        else name_rules.form_refusal(name) or name_rules.reserved_refusal(name, "field" if "." in old else "object")
    )
    if refusal is not None:
        raise Refused(Diagnostic(refusal[0], f"`{name}` cannot be used: {refusal[1]}", why=refusal[2], help=refusal[3]))
    for entry in entries_of(assembly.lists["renames"]):
        if entry.before == new:
            raise Refused(
                Diagnostic(
                    "CRM381",
                    f"`{new}` became `{entry.after}` before",
                    entry.node.at,
                    why="a name that was given up can come back when every environment has passed the rename",
                    help="remove this entry first when they have",
                )
            )


def _home(address: str) -> tuple[str, ...]:
    """Return what a rename may not change: the kind, the object, the field of an option."""
    kind, colon, _ = address.partition(":")
    if colon and "." not in kind:  # an option may have a colon in it
        return (kind,)
    return ("", *address.split(".", 2)[:-1])


def _value_set(assembly: Assembly, option: str) -> str:
    """Return the value set an option comes from, or ''."""
    object_name, field_name, _ = option.split(".", 2)
    part = assembly.parts["object"].get(object_name)
    fields = part.node.get("fields") if part else None
    field = fields.get(field_name) if fields else None
    return field.text("value_set") if field is not None and field.get("options") is None else ""


def _own_files(found: Found, folder: Path) -> Iterator[SourceFile]:
    yield from found.layers[-1].files if found.layers else ()
    for prefix in (SAMPLE, f"specs/{SAMPLE}"):
        if (folder / prefix).is_dir():
            yield from read_folder(folder / prefix, f"{prefix}/", -1, Problems(), root=folder)


def _edited(
    files: dict[str, SourceFile], documents: list[Document], names: Names, graph: Graph, old: str
) -> dict[str, str]:
    """Give the new text of every file that changes."""
    edits: dict[str, dict[tuple[int, int], _Edit]] = {}
    for document in documents:
        if document.file not in files:
            continue
        text = _text(files[document.file])
        changes = [
            *_definition(document, names, text),
            *_references(document, names, graph, text),
            *_placeholders(document, names, text),
        ]
        for edit in changes:
            edits.setdefault(document.file, {})[(edit.start, edit.end)] = edit
    out: dict[str, str] = {}
    for file, changed in edits.items():
        text = _text(files[file])
        for start, end in sorted(changed, reverse=True):
            text = text[:start] + changed[(start, end)].text + text[end:]
        out[file] = text
    return out


def _text(file: SourceFile) -> str:
    return file.data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")


def _definition(document: Document, names: Names, text: str) -> Iterator[_Edit]:
    """The document that declares the part."""
    new = (
        names.objects.get(document.name)
        if document.kind == "object"
        else names.parts.get((document.kind, document.name))
    )
    if new is not None and document.kind != "extend":
        yield _replaced(document.head.event, new, text)


def _references(document: Document, names: Names, graph: Graph, text: str) -> Iterator[_Edit]:
    for found in references(document, graph):
        new = renamed(found, names, graph)
        event = _event(found)
        start, end = event.start_mark.index, event.end_mark.index
        if new != found.text and found.role == "formula" and "\n" in text[start:end]:
            # A formula over several lines keeps its lines: it is rewritten where it stands, folded or not.
            head = text.index("\n", start) + 1 if event.style in ("|", ">") else start
            yield _Edit(start, end, text[start:head] + names.formula(graph, found.scope, text[head:end]))
        elif new != found.text:
            yield _replaced(event, new, text)


def _event(reference: Reference) -> Any:
    node = reference.node
    return node.key if reference.is_key else node.event


def _placeholders(document: Document, names: Names, text: str) -> Iterator[_Edit]:
    """Texts that hold the word for a renamed object: `{account}`, `{account.plural}`."""
    for node in _scalars(document.node) if names.objects else ():
        event = node.event
        raw = text[event.start_mark.index : event.end_mark.index]
        new = raw
        for before, after in names.objects.items():
            new = new.replace("{" + before + "}", "{" + after + "}").replace(
                "{" + before + ".plural}", "{" + after + ".plural}"
            )
        if new != raw:
            yield _Edit(event.start_mark.index, event.end_mark.index, new)


def _scalars(node: Node) -> Iterator[Node]:
    children = (
        node.value.values() if isinstance(node.value, dict) else node.value if isinstance(node.value, list) else ()
    )
    if isinstance(node.value, str):
        yield node
    for child in children:
        yield from _scalars(child)


def _replaced(event: Any, new: str, text: str) -> _Edit:
    """Write a new text in the quotes of the old one."""
    start, end = event.start_mark.index, event.end_mark.index
    style, value = event.style, event.value
    raw = text[start:end]
    if style in ("|", ">"):
        body = raw.index("\n") + 1
        return _Edit(start, end, raw[:body] + raw[body:].replace(value.strip(), new.strip()))
    if style == "'" and raw[1:-1].replace("''", "'") == value:
        return _Edit(start, end, "'" + new.replace("'", "''") + "'")
    if style == '"' and raw[1:-1] == value and '"' not in new and "\\" not in new:
        return _Edit(start, end, f'"{new}"')
    if not style and raw == value and _plain(new):
        return _Edit(start, end, new)
    return _Edit(start, end, json.dumps(new, ensure_ascii=False))


def _plain(text: str) -> bool:
    """Say whether a text can stand without quotes wherever the old one did."""
    return text.isprintable() and text[:1].isalnum() | (text[:1] == "-") and not any(c in text for c in ":#,[]{}'\"")


def _declare(
    texts: dict[str, str], files: dict[str, SourceFile], documents: list[Document], old: str, new: str
) -> None:
    """Append the rename to the last `renames` of the team, or begin a file for it."""
    entry = f"{{from: {_scalar(old)}, to: {_scalar(new)}}}"
    last = next(
        (d for d in reversed(documents) if d.kind == "renames" and isinstance(d.head.value, list) and d.head.value),
        None,
    )
    if last is None:
        before = _text(files[_NEW_FILE]).rstrip("\n") + "\n---\n" if _NEW_FILE in files else ""
        texts[_NEW_FILE] = f"{before}renames:\n  - {entry}\n"
        return
    text = _text(files[last.file])
    assert isinstance(last.head.value, list)
    item = last.head.value[-1].event
    at = _end_of(last.head.value[-1])
    newline = "\r\n" if "\r\n" in text else "\n"
    if last.head.event.flow_style:
        at = text.index("}", at) + 1
        addition = f", {entry}"
    else:
        line = text.rfind("\n", 0, item.start_mark.index) + 1
        indent = text[line : text.index("-", line)]
        at = text.find("\n", at)
        at = len(text) if at < 0 else at
        at -= text[at - 1 : at] == "\r"
        addition = f"{newline}{indent}- {entry}"
    changed = texts.get(last.file, text)
    # Renames are never edited, so what stands before the end of the list has moved by as much as edits above it.
    tail = text[at:]
    cut = len(changed) - len(tail) if changed.endswith(tail) else at
    texts[last.file] = changed[:cut] + addition + changed[cut:]


def _end_of(node: Node) -> int:
    """Return where the last character of a node's tree stands."""
    if isinstance(node.value, dict) and node.value:
        return _end_of(list(node.value.values())[-1])
    if isinstance(node.value, list) and node.value:
        return _end_of(node.value[-1])
    return int(node.event.end_mark.index)


def _scalar(text: str) -> str:
    safe = text.isascii() and all(c.isalnum() or c in "._:" for c in text)
    return text if safe else json.dumps(text, ensure_ascii=False)


def _written(folder: Path, texts: dict[str, str], files: dict[str, SourceFile], *, write: bool) -> tuple[Changed, ...]:
    if write:
        _write_all({folder / file: text for file, text in sorted(texts.items())})
    return tuple(
        Changed(Path(file), _places(_text(files[file]) if file in files else "", text))
        for file, text in sorted(texts.items()))


def _write_all(texts: dict[Path, str]) -> None:
    """Write every file beside its place before the first takes it: a full disk leaves all of them as they were."""
    beside = {path: path.with_name(f".{path.name}.{os.getpid()}") for path in texts}
    try:
        for path, temporary in beside.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(temporary, "w", encoding="utf-8", newline="") as handle:
                handle.write(texts[path])
        for path, temporary in beside.items():
            os.replace(temporary, path)
    finally:
        for temporary in beside.values():
            temporary.unlink(missing_ok=True)


def _places(before: str, after: str) -> int:
    """Count the lines that differ, at least one."""
    import difflib

    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return max(1, sum(1 for line in lines if line.startswith("+") and not line.startswith("+++")))
