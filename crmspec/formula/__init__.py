"""The formula language: text → typed tree → SQL for SQLite, SQL for PostgreSQL, or a value; the three agree.

Names are known only through the scope that is handed in; clocks and people only through the context. Reading and SQL
bring in their libraries at first use, so that importing this room costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .check import check
from .evaluate import evaluate
from .functions import FUNCTIONS, Function, Parameter
from .parse import Parsed, parse
from .rename import rename_paths
from .tree import Checked, Expression
from .types import Context, Dialect, FormulaProblem, Kind, Scope, Type, Unknown

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def to_sql(
    expression: Expression,
    columns: Callable[[tuple[str, ...], Type], ColumnElement[Any]],
    *,
    dialect: Dialect,
    context: Context,
) -> ColumnElement[Any]:
    """Write a formula as one SQL expression for one database; literals are bound.

    `columns` gives for each path a column or a scalar sub-select that holds: a number as scaled integer; true and false
    as the database keeps them; a date as `Date`; a moment as `timestamptz`, on SQLite as UTC text of fixed width; for
    a multi-picklist a sub-select of its options. What comes out keeps to the same rules.
    """
    from .sql import to_sql as write

    return write(expression, columns, dialect=dialect, context=context)


__all__ = [
    "FUNCTIONS",
    "Checked",
    "Context",
    "Dialect",
    "Expression",
    "FormulaProblem",
    "Function",
    "Kind",
    "Parameter",
    "Parsed",
    "Scope",
    "Type",
    "Unknown",
    "check",
    "evaluate",
    "parse",
    "rename_paths",
    "to_sql",
]
