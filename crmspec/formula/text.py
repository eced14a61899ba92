"""A formula as SQL text with its literals written out, for a statement that is kept and read by people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import literal_column
from sqlalchemy.dialects import postgresql, sqlite

from .sql import to_sql
from .tree import Expression
from .types import Context, Dialect

_DIALECTS: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgresql}


def to_text(expression: Expression, columns: Callable[[tuple[str, ...]], str], *, dialect: Dialect, zone: str) -> str:
    """Write a formula that looks at no clock and no person as one SQL text; `columns` writes what a path stands for."""
    never = datetime(1970, 1, 1, tzinfo=UTC)
    element = to_sql(
        expression, lambda path, _: literal_column(columns(path)), dialect=dialect,
        context=Context(now=never, today=never.date(), me=None, zone=zone),
    )
    # Named parameters: with others a percent sign in a text would be doubled for a driver that never sees it.
    words = _DIALECTS[dialect].dialect(paramstyle="named")
    return str(element.compile(dialect=words, compile_kwargs={"literal_binds": True}))
