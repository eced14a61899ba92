"""The code of crmspec itself → every diagnostic it can give, so that the documented list cannot be incomplete."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import crmspec
from crmspec import library

_CODE = re.compile(r"CRM\d{3}")

FAMILIES = {
    "CRM1": "YAML: the form of a file",
    "CRM2": "The language: keys, names, values, references",
    "CRM3": "Rules across the parts of a project",
    "CRM4": "Formulas, renames, plans",
    "CRM5": "Deploying",
    "CRM6": "Access and people",
    "CRM7": "Records and reports",
    "CRM8": "Generators and files",
    "CRM9": "The world around: files, databases, environments",
}


def code_table() -> dict[str, tuple[str, ...]]:
    """Return code → the messages it comes with, `…` where a message names something."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for root in (Path(crmspec.__file__).parent, library.generators_folder()):
        for file in sorted(root.rglob("*.py")):
            tree = ast.parse(file.read_text("utf-8"))
            for code in _codes(tree):
                found.setdefault(code, {})
            for code, what in _messages(tree):
                found[code].setdefault(what)
    # A code whose words are made elsewhere is still one that people meet.
    return {code: tuple(sorted(found[code])) or ("…",) for code in sorted(found)}


def _messages(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield code and message wherever a message directly follows a code: in a call, a tuple or a list."""
    for scope in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Module)):
        said = {
            node.targets[0].id: node.value for node in ast.walk(scope)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else scope.body:
            match node:
                case ast.Call(args=items) | ast.Tuple(elts=items) | ast.List(elts=items):
                    yield from _pairs(items, said)
                case _:
                    pass


def _pairs(items: list[ast.expr], said: dict[str, ast.expr]) -> Iterator[tuple[str, str]]:
    for first, second in pairwise(items):
        words = _text(said.get(second.id, second) if isinstance(second, ast.Name) else second)
        if words and not _CODE.fullmatch(words):
            yield from ((code, words) for code in _codes(first))


def _codes(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and _CODE.fullmatch(one.value):
            yield one.value


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) for part in parts)
        case ast.FormattedValue():
            return "…"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case _:
            return ""
