"""The rule as SQL: one shape for every list, record, count, report, search and lookup."""

from __future__ import annotations

import sqlalchemy as sa

from crmspec.access.actor import Actor
from crmspec.access.reach import Reach, parent_lookup, reach
from crmspec.spec import Verb


def predicate(actor: Actor, verb: Verb, object_name: str, table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition that `table` (the object's table or an alias of it) holds a record the verb reaches.

    Owners are literal ids, so that the planner sees how many they are; a scope that reaches everything adds nothing.
    """
    return _condition(actor, verb, object_name, table, ())


def is_everything(condition: sa.ColumnElement[bool]) -> bool:
    """Say whether a predicate lets every record through."""
    return isinstance(condition, sa.sql.elements.True_)


def _condition(
    actor: Actor, verb: Verb, object_name: str, table: sa.FromClause, way: tuple[str, ...]
) -> sa.ColumnElement[bool]:
    found = reach(actor, verb, object_name)
    # Objects that are each other's parents are refused at `validate`; here nobody is let in through them.
    if not found.granted or object_name in way:
        return sa.false()
    owned = _owned(found, table)
    if found.parent is None:
        return owned
    return _through_parent(actor, found.parent, object_name, table, owned, (*way, object_name))


def _owned(found: Reach, table: sa.FromClause) -> sa.ColumnElement[bool]:
    if found.everything:
        return sa.true()
    if not found.owners:
        return sa.false()
    column: sa.ColumnElement[str] = table.c.owner_id
    return column.in_(sorted(found.owners))


def _through_parent(
    actor: Actor,
    verb: Verb,
    object_name: str,
    table: sa.FromClause,
    owned: sa.ColumnElement[bool],
    way: tuple[str, ...],
) -> sa.ColumnElement[bool]:
    field = parent_lookup(actor.spec.objects[object_name])
    assert field is not None, "a reach with a parent comes from an object that has one"
    column = table.c[f"{field.base_column}_id"]
    ways = [sa.and_(column.is_(None), owned)]
    for target in field.to:
        if target == "person":
            inner: sa.ColumnElement[bool] = sa.true()
        else:
            parent = _table_beside(table, actor.spec.objects[target].table).alias()
            rule = _condition(actor, verb, target, parent, way)
            inner = sa.true() if is_everything(rule) else column.in_(sa.select(parent.c.id).where(rule))
        of_target = column.is_not(None) if len(field.to) == 1 else table.c[f"{field.base_column}_object"] == target
        ways.append(sa.and_(of_target, inner))
    if is_everything(owned) and all(is_everything(entry) for entry in ways[1:]):
        return sa.true()
    return sa.or_(*ways)


def _table_beside(table: sa.FromClause, name: str) -> sa.Table:
    """Find another table of the same metadata, from a table or from an alias of one."""
    base = table.element if isinstance(table, sa.sql.expression.AliasedReturnsRows) else table
    assert isinstance(base, sa.Table), "a predicate is asked about a table or an alias of one"
    return base.metadata.tables[name]
