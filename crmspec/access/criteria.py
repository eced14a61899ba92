"""The conditions of sharing rules and restrictions: typed once a spec, and as SQL over the record's own columns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from crmspec.access.once import once_per_spec
from crmspec.formula import Context, Dialect, Expression, Type, check, to_sql
from crmspec.spec import Field, Object, Spec
from crmspec.spec.stored import StoredScope

if TYPE_CHECKING:
    import sqlalchemy as sa

_REFERENCES = ("owner", "created_by", "updated_by")


class BrokenCondition(ValueError):
    """A condition of a deployed spec does not fit it: a fault of ours, since `validate` lets none through."""


def condition_tree(spec: Spec, object_name: str, text: str) -> Expression:
    """Return the typed tree of a condition."""
    known = _trees(spec)
    if (object_name, text) not in known:
        checked = check(text, StoredScope(spec, object_name), expects="boolean")
        if checked.expression is None:
            raise BrokenCondition(f"{object_name}: {text}: {'; '.join(one.what for one in checked.problems)}")
        known[object_name, text] = checked.expression
    return known[object_name, text]


@once_per_spec
def _trees(spec: Spec) -> dict[tuple[str, str], Expression]:
    return {}


def condition_context(spec: Spec, me: str | None) -> Context:
    """Return the circumstances of a condition: whose it is, and the project's days; no clock, since it uses none."""
    return Context(datetime(2000, 1, 1, tzinfo=UTC), date(2000, 1, 1), me, spec.project.time_zone)


def condition_sql(
    spec: Spec, object_name: str, text: str, table: sa.FromClause, *, me: str | None, dialect: Dialect
) -> sa.ColumnElement[bool]:
    """Return a condition over one table (or an alias of it) as SQL: true or false, blank counting as false."""
    import sqlalchemy

    one = spec.objects[object_name]

    def column(path: tuple[str, ...], _type: Type) -> sa.ColumnElement[Any]:
        return _column(spec, one, table, path)

    tree = condition_tree(spec, object_name, text)
    found = to_sql(tree, column, dialect=dialect, context=condition_context(spec, me))
    return sqlalchemy.func.coalesce(found, sqlalchemy.false())


def _column(spec: Spec, one: Object, table: sa.FromClause, path: tuple[str, ...]) -> sa.ColumnElement[Any]:
    name, *part = path
    field = one.fields.get(name)
    if field is not None and part and field.pipeline:
        return _of_stage(spec, field, table, part[0])
    if field is None:
        stored = _system_column(one, name)
    elif part:
        stored = f"{field.base_column}_{part[0]}"
    else:
        stored = f"{field.base_column}_id" if field.type in ("lookup", "file", "image") else field.base_column
    return table.c[stored]


def _system_column(one: Object, name: str) -> str:
    if name in _REFERENCES:
        return f"{name}_id"
    staged = one.fields.get(name.removesuffix("_since"))
    return f"{staged.base_column}_since" if staged is not None and name.endswith("_since") else name


def _of_stage(spec: Spec, field: Field, table: sa.FromClause, part: str) -> sa.ColumnElement[Any]:
    import sqlalchemy

    stages = spec.pipelines[field.pipeline].stages
    known = {name: value for name, stage in stages.items() if (value := getattr(stage, part)) is not None}
    kind: Any = sqlalchemy.Text() if part == "type" else sqlalchemy.BigInteger()
    if not known:
        return sqlalchemy.cast(sqlalchemy.null(), kind)
    return sqlalchemy.cast(sqlalchemy.case(known, value=table.c[field.base_column]), kind)
