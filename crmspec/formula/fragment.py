"""Pieces of SQL text and columns become one SQLAlchemy element.

A formula is one flat element, however deep its tree: its compilation never recurses into it, it is cached by
SQLAlchemy like any other, and the same column or literal can stand in it twice. Only this file and `sql` know
SQLAlchemy; both are imported at the first formula that becomes SQL.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Date, DateTime, Dialect, String, Text, Time, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ColumnClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import ScalarSelect
from sqlalchemy.types import TypeDecorator, TypeEngine

from .types import Kind

Sql = tuple["str | ColumnElement[Any]", ...]
"""SQL text with the columns and bound values that stand in it; complete in itself, so that it needs no parentheses."""


class Named(str):
    """A value that was worked out beforehand, by the name it has in the formula's `WITH`."""

    __slots__ = ()

    @property
    def source(self) -> str:
        """The relation of one row that holds it."""
        return self.partition(".")[0]


class UtcText(TypeDecorator[datetime]):
    """A moment as SQLite keeps it: UTC text of fixed width, so that it sorts as it should."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


SQLITE_TYPES: dict[Kind, TypeEngine[Any]] = {
    "text": Text(), "number": BigInteger(), "boolean": Boolean(), "date": Date(), "datetime": UtcText(),
    "time": Time(), "choice": Text(), "reference": Text(),
}  # fmt: skip
POSTGRESQL_TYPES: dict[Kind, TypeEngine[Any]] = {**SQLITE_TYPES, "datetime": DateTime(timezone=True)}


class Formula(FunctionElement[Any]):
    """A formula as an element: usable in a column list, a condition, an order, with a label."""

    name = "formula"
    inherit_cache = True

    def __init__(self, pieces: Sql, kind: Kind, type_: TypeEngine[Any]) -> None:
        leaves: dict[int, tuple[int, ColumnElement[Any]]] = {}
        text: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                text.append(piece)
            else:
                place, _ = leaves.setdefault(id(piece), (len(leaves), piece))
                text.append(f"{{{place}}}")
        # The text stands first among the clauses: so it is part of the cache key, with the kind of the result.
        template: ColumnElement[Any] = literal_column(f"{kind}|{''.join(text)}")
        super().__init__(template, *(leaf for _, leaf in leaves.values()))
        self.type = type_


_PLAIN = (ColumnClause, BindParameter)
_SLOT = re.compile(r"\{(\d+)\}")


@compiles(Formula)
def _compile(element: Formula, compiler: SQLCompiler, **kw: Any) -> str:
    """Write the text with its leaves; each leaf is compiled in the enclosing statement, so that it correlates there."""
    template, *leaves = element.clauses
    assert isinstance(template, ColumnClause)
    told = kw.pop("add_to_result_map", None)
    if told is not None:
        told(element.name, element.name, (element,), element.type)
    kw.update(within_columns_clause=False, within_label_clause=False)
    written: dict[int, str] = {}

    def leaf(match: re.Match[str]) -> str:
        place = int(match[1])
        if place not in written:
            written[place] = _leaf(leaves[place], compiler, kw)
        return written[place]

    return _SLOT.sub(leaf, template.name.partition("|")[2])


def _leaf(column: ColumnElement[Any], compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    text: str = compiler.process(column, **kw)
    return text if isinstance(column, (*_PLAIN, ScalarSelect, Formula)) else f"({text})"


def is_heavy(pieces: Sql) -> bool:
    """Whether pieces are too long to be written twice: what holds more than two columns or values, or a sub-select."""
    leaves = [piece for piece in pieces if not isinstance(piece, str)]
    length = sum(len(piece) for piece in pieces if isinstance(piece, str))
    return len(leaves) > 2 or length > 60 or any(not isinstance(leaf, _PLAIN) for leaf in leaves)


def nesting(pieces: Sql) -> int:
    """Count how deep the parentheses of pieces go."""
    deepest = open_now = 0
    for piece in pieces:
        if isinstance(piece, str):
            for character in piece:
                if character == "(":
                    open_now += 1
                    deepest = max(deepest, open_now)
                elif character == ")":
                    open_now -= 1
        elif not isinstance(piece, _PLAIN):
            # A sub-select of a lookup is shallow; what is anything else, another formula perhaps, nobody knows.
            deepest = max(deepest, open_now + (3 if isinstance(piece, ScalarSelect) else 9))
    return deepest
