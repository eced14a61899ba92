"""The rule as SQL: one shape for every list, record, count, report, search and lookup."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from crmspec.access.actor import Actor
from crmspec.access.criteria import condition_sql
from crmspec.access.passing import passed, ruled
from crmspec.access.reach import Reach, owners_meant, parent_lookup, reach
from crmspec.access.system_tables import system_table
from crmspec.spec import Sharing, Verb

SHARES_MOST = 200  # ids that are written into a query; where a person has more, the query asks for them
Condition = sa.ColumnElement[bool]


def predicate(actor: Actor, verb: Verb, object_name: str, table: sa.FromClause) -> Condition:
    """Return the condition that `table` (the object's table or an alias of it) holds a record the verb reaches.

    Owners and shared records are literal ids, so that the planner sees how many they are; a scope that reaches
    everything adds nothing. Whoever stands in for others reaches what one of the identities reaches.
    """
    condition = _any(_condition(identity, verb, object_name, table, ()) for identity in actor.identities)
    if actor.within is not None:
        looking_on = (_condition(identity, verb, object_name, table, ()) for identity in actor.within.identities)
        condition = _all((condition, _any(looking_on)))
    return ruled(table, condition, everything=is_everything(condition))


def is_everything(condition: Condition) -> bool:
    """Say whether a predicate lets every record through."""
    return isinstance(condition, sa.sql.elements.True_)


def _condition(actor: Actor, verb: Verb, object_name: str, table: sa.FromClause, way: tuple[str, ...]) -> Condition:
    found = reach(actor, verb, object_name)
    # Objects that are each other's parents are refused at `validate`; here nobody is let in through them.
    if not found.granted or object_name in way:
        return sa.false()
    opened = _opened(actor, found, object_name, table)
    if found.also is not None:
        opened = _all((opened, _opened(actor, found.also, object_name, table)))
    if found.parent is not None:
        opened = _through_parent(actor, found.parent, object_name, table, opened, (*way, object_name))
    held = (_fits(actor, object_name, one.rule.where, table, one.me) for one in found.restrictions)
    return _all((opened, *held))


def _opened(actor: Actor, found: Reach, object_name: str, table: sa.FromClause) -> Condition:
    """Return what opens a record by itself: its owner, a share of it, a sharing rule."""
    if found.everything:
        return sa.true()
    ways: list[Condition] = []
    if found.owners:
        ways.append(table.c.owner_id.in_(sorted(found.owners)))
    if found.shared and not actor.system:
        ways.append(_shared(actor, found, object_name, table))
    ways.extend(_by_rule(actor, rule, object_name, table) for rule in found.criteria)
    return _any(ways)


def _shared(actor: Actor, found: Reach, object_name: str, table: sa.FromClause) -> Condition:
    """Shares are known by id, unless they are too many to be written out."""
    shares = actor.shares.get(object_name, {})
    if len(shares) > SHARES_MOST:
        share = system_table("crmspec_share")
        rows = sa.select(share.c.record_id).where(
            share.c.person_id == actor.person_id,
            share.c.object == object_name,
            sa.or_(share.c.until.is_(None), share.c.until > actor.now),
        )
        return table.c.id.in_(rows if found.shared == "read" else rows.where(share.c.access == "edit"))
    known = sorted(record for record, access in shares.items() if found.shared in ("read", access))
    return table.c.id.in_(known) if known else sa.false()


def _by_rule(actor: Actor, rule: Sharing, object_name: str, table: sa.FromClause) -> Condition:
    fits = _fits(actor, object_name, rule.where, table, actor.me)
    if not rule.owned_by:
        return fits
    owners = sorted(owners_meant(actor, rule))
    return _all((table.c.owner_id.in_(owners), fits)) if owners else sa.false()


def _fits(actor: Actor, object_name: str, where: str, table: sa.FromClause, me: str | None) -> Condition:
    return condition_sql(actor.spec, object_name, where, table, me=me, dialect=actor.dialect)


def _through_parent(
    actor: Actor, verb: Verb, object_name: str, table: sa.FromClause, opened: Condition, way: tuple[str, ...]
) -> Condition:
    field = parent_lookup(actor.spec.objects[object_name])
    assert field is not None, "a reach with a parent comes from an object that has one"
    column = table.c[f"{field.base_column}_id"]
    ways = [_all((column.is_(None), opened))]
    everything = is_everything(opened)
    for target in field.to:
        if target == "person":
            inner: Condition = sa.true()
        else:
            # It stands in the condition that is given for the record itself.
            parent = passed(_table_beside(table, actor.spec.objects[target].table).alias(), "picked")
            rule = _condition(actor, verb, target, parent, way)
            inner = sa.true() if is_everything(rule) else column.in_(sa.select(parent.c.id).where(rule))
        everything = everything and is_everything(inner)
        of_target = column.is_not(None) if len(field.to) == 1 else table.c[f"{field.base_column}_object"] == target
        ways.append(_all((of_target, inner)))
    return sa.true() if everything else sa.or_(*ways)


def _any(conditions: Iterable[Condition]) -> Condition:
    """Join by or; one that lets everything through makes the others needless."""
    ways = [one for one in conditions if not isinstance(one, sa.sql.elements.False_)]
    if any(is_everything(one) for one in ways):
        return sa.true()
    return sa.or_(*ways) if ways else sa.false()


def _all(conditions: Iterable[Condition]) -> Condition:
    """Join by and; one that lets nothing through makes the others needless."""
    asked = [one for one in conditions if not is_everything(one)]
    if any(isinstance(one, sa.sql.elements.False_) for one in asked):
        return sa.false()
    return sa.and_(*asked) if asked else sa.true()


def _table_beside(table: sa.FromClause, name: str) -> sa.Table:
    """Find another table of the same metadata, from a table or from an alias of one."""
    base = table.element if isinstance(table, sa.sql.expression.AliasedReturnsRows) else table
    assert isinstance(base, sa.Table), "a predicate is asked about a table or an alias of one"
    return base.metadata.tables[name]
