"""Names and options change inside a formula's text; every other character stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .parse import Raw, parse

RenamePath = Callable[[tuple[str, ...]], tuple[str, ...]]
RenameLiteral = Callable[[tuple[str, ...], str], str]

_WORDS = frozenset({"and", "or", "not", "in", "true", "false", "blank"})
_PIECE = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?P<path>[^\W\d]\w*(?:\.[^\W\d]\w*)*)(?!\s*\()|\w+""", re.DOTALL
)


def rename_paths(text: str, rename: RenamePath, rename_literal: RenameLiteral | None = None) -> str:
    """Rewrite the paths of a formula, and the options written beside them.

    `rename` is asked for each path; `rename_literal` for each quoted text that is compared with a path, or stands in a
    list beside it, with that path as it was. A formula that cannot be read still gets its paths renamed.
    """
    edits: dict[tuple[int, int], str] = {}
    for match in _PIECE.finditer(text):
        written = match["path"]
        if written and written not in _WORDS:
            edits[match.span()] = ".".join(rename(tuple(written.split("."))))
    root = parse(text).root
    if rename_literal is not None and root is not None:
        for path, literal in _beside(root):
            old = str(literal.value)
            new = rename_literal(path, old)
            if new != old:
                span = (literal.start - 1, literal.end - 1)
                edits[span] = _quoted(new, text[span[0]])
    for (start, end), new in sorted(edits.items(), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _beside(root: Raw) -> Iterator[tuple[tuple[str, ...], Raw]]:
    """Give each path with each quoted text that means one of its options."""
    for node in root.walk():
        paths: tuple[Raw, ...] | list[Raw]
        if node.kind in ("compare", "in", "in_field") or (
            node.kind == "call" and node.value in ("if", "coalesce", "contains")
        ):
            parts = node.args[1:] if node.value == "if" else node.args
            results = [result for part in parts for result in _results(part)]
            paths = [result for result in results if result.kind == "path"]
            for literal in (result for result in results if result.kind == "text"):
                for path in paths:
                    yield path.value, literal  # type: ignore[misc]


def _results(node: Raw) -> Iterator[Raw]:
    """Give what a value can be: itself, or the branches of `if` and `coalesce`."""
    if node.kind == "call" and node.value in ("if", "coalesce"):
        for part in node.args[1:] if node.value == "if" else node.args:
            yield from _results(part)
    else:
        yield node


def _quoted(text: str, quote: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return quote + escaped.replace("\n", "\\n").replace("\t", "\\t") + quote
