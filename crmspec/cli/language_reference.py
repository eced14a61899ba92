"""The models of the language and the table of field types → docs/language.md: nothing in it is written by hand."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from crmspec.cli.code_table import FAMILIES, code_table
from crmspec.spec import FIELD_TYPES, FieldType, parts, sharing
from crmspec.spec.field_types import COMMON_KEYS

HEAD = """\
# The language

Written by `crmspec docs` from the models in `crmspec/spec/parts.py` and `sharing.py`, the table in
`crmspec/spec/field_types.py` and the diagnostics in the code. Do not edit: a test compares it.

A project is a folder with `crmspec.yaml`; every `*.yaml` below its `specs/` is read, one or more documents a file.
The first key of a document says what it is, its value is the name.
Where a key takes *text by language*, plain text is taken for the project's first language.
"""

# Part → how a document of it begins; parts without an entry stand inside another part.
DOCUMENTS = {
    "Project": "crm: NAME", "Object": "object: NAME", "ValueSet": "value_set: NAME", "Pipeline": "pipeline: NAME",
    "Role": "role: NAME", "Organization": "organization: {...}", "Report": "report: NAME",
    "ListView": "list_view: NAME", "Layout": "layout: NAME",
    "Dashboard": "dashboard: NAME", "App": "app: NAME", "AccessTest": "access_tests: [...]", "Seed": "seed: NAME",
    "Term": "terms: {...}", "Rename": "renames: [...]", "Merge": "merges: [...]",
    "Split": "splits: [...]", "Sharing": "sharing: NAME", "Restriction": "restriction: NAME",
}
_TYPE_WORDS = {
    "Text": "text by language", "str": "text", "str | None": "text", "tuple[str, ...]": "list of text",
    "Access": "`read` or `edit`",
    "int": "whole number", "int | None": "whole number", "Decimal | None": "number", "bool": "true or false",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a part, as its line in the model says."""

    name: str
    takes: str
    default: str
    comment: str


def language_reference() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *_field_types(), *_documents(), *_diagnostics()])


def _field_types() -> Iterator[str]:
    common = _codes(sorted(COMMON_KEYS - {"type"}))
    yield from ("## Field types", "", f"Every type reads {common}; a computed one only `help` and `label`.", "")
    yield from ("| type | what it is | its own keys | example |", "|---|---|---|---|")
    yield from (_type_row(row) for row in FIELD_TYPES.values())
    yield from (
        "",
        "Stored values become another type without being asked how. "
        "What does not fit (a text that is no day) is counted before anything is changed, and refuses the deploy; "
        "[`convert`](#convert) says how texts are written, and what becomes of the rest.",
        "",
    )
    yield from (f"- `{row.name}` → {_codes(row.converts_to)}" for row in FIELD_TYPES.values() if row.converts_to)
    yield ""


def _documents() -> Iterator[str]:
    yield from ("## Documents and their parts", "")
    for name, doc, keys in _models():
        yield from (f"### {_words(name)}", "", *_document_line(name), doc, "")
        yield from ("| key | takes | if left out | |", "|---|---|---|---|")
        yield from (f"| `{key.name}` | {key.takes} | {key.default} | {key.comment} |" for key in keys)
        yield ""


def _diagnostics() -> Iterator[str]:
    yield from ("## Diagnostics", "", "`…` stands for what the message names.", "")
    table = code_table()
    for prefix, title in FAMILIES.items():
        rows = [(code, whats) for code, whats in table.items() if code.startswith(prefix)]
        if rows:
            yield from (f"### {prefix}xx  {title}", "", "| code | says |", "|---|---|")
            yield from (f"| {code} | {'<br>'.join(map(_cell, whats))} |" for code, whats in rows)
            yield ""


def _document_line(name: str) -> list[str]:
    return [f"Begins with `{DOCUMENTS[name]}`.", ""] if name in DOCUMENTS else []


def _type_row(row: FieldType) -> str:
    return f"| `{row.name}` | {_cell(row.help)} | {_codes(sorted(row.keys))} | `{_cell(row.example)}` |"


def _models() -> Iterator[tuple[str, str, list[Key]]]:
    """Yield name, docstring and keys of every part, in the order of the files."""
    for module in (parts, sharing):
        lines = inspect.getsource(module).splitlines()
        for node in ast.parse("\n".join(lines)).body:
            if isinstance(node, ast.ClassDef):
                items = [item for item in node.body if isinstance(item, ast.AnnAssign) and not _unwritten(item, lines)]
                found = [_key(item, lines) for item in items]
                # Elsewhere the name is the key that the part stands at.
                keys = [key for key in found if key.name != "name" or node.name == "Company"]
                yield node.name, inspect.cleandoc(ast.get_docstring(node) or ""), keys


def _unwritten(node: ast.AnnAssign, lines: list[str]) -> bool:
    """Say whether another key says it."""
    return lines[node.lineno - 1][node.end_col_offset :].strip().startswith("# not written")


def _key(node: ast.AnnAssign, lines: list[str]) -> Key:
    assert isinstance(node.target, ast.Name)
    comment = lines[node.lineno - 1][node.end_col_offset :].partition("#")[2].strip()
    written = re.match(r"written `([a-z_]+)`[:;,. ]*", comment)
    name = written[1] if written else node.target.id.rstrip("_")
    rest = comment[written.end() :] if written else comment
    return Key(name, _cell(_takes(ast.unparse(node.annotation))), _cell(_default(node.value)), _cell(rest))


def _takes(annotation: str) -> str:
    """Say in words what a value of this annotation is."""
    if annotation in _TYPE_WORDS:
        return _TYPE_WORDS[annotation]
    if annotation.startswith("Literal["):
        return " or ".join(f"`{value}`" for value in ast.literal_eval(f"({annotation[8:-1]},)") if value)
    if match := re.fullmatch(r"Mapping\[str, (.+)\]", annotation):
        return f"map of name to {_takes(match[1])}"
    if match := re.fullmatch(r"tuple\[(.+), \.\.\.\](?: \| None)?", annotation):
        return f"list of {_takes(match[1])}"
    if match := re.fullmatch(r"([A-Z]\w+)(?: \| None)?", annotation):
        return f"[{_words(match[1])}](#{_words(match[1]).lower().replace(' ', '-')})"
    return f"`{annotation}`"


def _default(value: ast.expr | None) -> str:
    match value:
        case None:
            return "must be said"
        case ast.Constant(value=None | "") | ast.Tuple(elts=[]) | ast.Call():
            return ""
        case ast.Constant(value=bool(truth)):
            return f"`{str(truth).lower()}`"
        case ast.Tuple(elts=elements):
            return f"`[{', '.join(ast.unparse(element).strip(chr(39)) for element in elements)}]`"
        case _:
            return f"`{ast.unparse(value).strip(chr(39))}`"


def _words(name: str) -> str:
    """Return `ListView` as `List view`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return spaced[0] + spaced[1:].lower()


def _codes(names: object) -> str:
    assert isinstance(names, list | tuple)
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
