"""Whether a revision can be prepared while an earlier one that touches the same table is still to be released.

What is prepared speaks of tables and columns as they are called now. It can be told from two revisions' statements
whether the earlier one changes anything that the later one names: any column, rule, index, function, or a table itself
that is renamed, made or dropped. Two fields that are added to one object, say, have nothing but its name in common.
Where something else is in common, or somebody wrote a revision by hand, it is not prepared.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from crmspec.deploy.online_journal import Direction
from crmspec.deploy.revisions import Revision
from crmspec.history import as_generated

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_OF_EVERY_TABLE = {"id"}


def stands_apart(later: Revision, earlier: Revision, direction: Direction) -> bool:
    """Say whether what the later revision prepares is the same before and after the earlier one."""
    if not (as_generated(later.file) and as_generated(earlier.file)):
        return False
    here, there = (tuple(_texts(one.file, direction)) for one in (later, earlier))
    shared = _names(here) & _names(there) - _OF_EVERY_TABLE
    tables = set(later.module.TABLES) & set(earlier.module.TABLES)
    return all(name in tables and not _changes_table((*here, *there), name) for name in shared)


def _texts(file: Path, direction: Direction) -> Iterator[str]:
    """Yield every text in a revision's functions of one direction, but for what is said to SQLite."""
    for part in ast.parse(file.read_text("utf-8")).body:
        if isinstance(part, ast.FunctionDef) and part.name in (direction, f"prepare_{direction}"):
            yield from (text for statement in part.body for text in _within(statement))


def _within(part: ast.AST) -> Iterator[str]:
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        yield part.value
    for child in ast.iter_child_nodes(part):
        if not (isinstance(child, ast.keyword) and child.arg == "sqlite"):
            yield from _within(child)


def _names(texts: tuple[str, ...]) -> set[str]:
    """Return what is named in quotes, and the names that are texts of their own: of a table or column to fill."""
    return {found for text in texts for found in _QUOTED.findall(text)} | {one for one in texts if one.isidentifier()}


def _changes_table(texts: tuple[str, ...], name: str) -> bool:
    table = re.escape(f'"{name}"')
    made_or_gone = rf"(?:CREATE|DROP) TABLE (?:IF (?:NOT )?EXISTS )?{table}"
    shape = re.compile(rf"{made_or_gone}|TABLE {table} RENAME TO|RENAME TO {table}")
    return any(shape.search(text) for text in texts)
