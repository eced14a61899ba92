"""What a plan means for the records that are there: how many lose a value, break a rule, become another value."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from crmspec.deploy.by_hand import refuse_changes_by_hand
from crmspec.deploy.looking import AS_WRITTEN, Asks, dialect_of, has_table
from crmspec.deploy.sizes import sizes_of
from crmspec.diagnostics import Diagnostic
from crmspec.plan import Count, DataCheck, Fact, Offender, Plan, Tally, with_facts, with_heads
from crmspec.schema.ddl import quoted

if TYPE_CHECKING:
    import sqlalchemy as sa

    from crmspec.access import Holding


def count_hazards(plan: Plan, engine: sa.Engine, *, adopted: Collection[str] = ()) -> Plan:
    """Return the plan with what a database says of it, and without the hazards that its records do not pose.

    Reads only. Where nothing is deployed there is nothing to count; tables that somebody changed by hand are refused,
    but for what is to be `adopted`.
    """
    if plan.deployed is None:
        return plan
    from crmspec.deploy.database import for_reading

    with for_reading(engine).connect() as connection:
        refuse_changes_by_hand(connection, plan.deployed, plan.desired, adopted=adopted)
        return counted(connection, plan, everything=True)


def counted(connection: Asks, plan: Plan, *, everything: bool = False) -> Plan:
    """Ask the database on a connection what decides about hazards; `everything` adds what is only worth telling."""
    if plan.deployed is None:
        return plan
    told = plan.tallies if everything else [tally for tally in plan.tallies if tally.kind == "lost"]
    facts = list(_told(connection, told))
    counts = {fact.address: Count(fact.rows, fact.of) for fact in facts if fact.kind == "lost"}
    for check, rows, sample in _failing(connection, plan.checks):
        facts.append(Fact(check.address, "unfit", check.what, rows, sample=sample, remedy=check.remedy))
        counts[check.address] = Count(rows, sample=tuple(one.key for one in sample))
    plan = with_facts(plan, facts, counts, sizes_of(connection, plan) if everything else None)
    return with_heads(plan, who_holds_what(connection, plan)) if is_of_rights(plan) else plan


def is_of_rights(plan: Plan) -> bool:
    """Say whether people gain or lose something by a plan: then who they are is asked, which takes SQLAlchemy."""
    return any(hazard.name in ("widens_access", "narrows_access") for hazard in plan.hazards)


def who_holds_what(connection: Asks, plan: Plan) -> tuple[Holding, ...]:
    """Return what people who can log in hold by the deployed names."""
    if plan.deployed is None or not has_table(connection, "crmspec_person"):
        return ()
    import sqlalchemy as sa

    from crmspec.access import holdings
    from crmspec.deploy.state import database_clock

    assert isinstance(connection, sa.Connection)
    return holdings(connection, plan.deployed, database_clock(connection))


def unfit_data(plan: Plan) -> Iterator[Diagnostic]:
    """Say what the stored records would break, with how many they are and the first five. `plan` has been counted."""
    for fact in plan.facts:
        if fact.kind == "unfit":
            first = ", ".join(map(str, fact.sample))
            yield Diagnostic("CRM550", f"{fact.rows:,} {fact.what} (`{fact.address}`)",
                             why=f"the first are {first}" if first else "", help=fact.remedy)


def _failing(
    connection: Asks, checks: Sequence[DataCheck],
) -> Iterator[tuple[DataCheck, int, tuple[Offender, ...]]]:
    dialect = dialect_of(connection)
    fitting = _fitting(connection, checks)
    for check in checks:
        if id(check) in fitting:
            continue
        rows, sample = connection.exec_driver_sql(check.sql[dialect], execution_options=AS_WRITTEN).one()
        if rows:
            yield check, rows, tuple(Offender(str(key), value) for key, value in json.loads(sample or "[]"))


def _fitting(connection: Asks, checks: Sequence[DataCheck]) -> set[int]:
    """Return the checks that no record of their table stands in the way of: asked in one pass over each table."""
    dialect = dialect_of(connection)
    by_table: dict[str, list[DataCheck]] = defaultdict(list)
    for check in checks:
        if check.condition:
            by_table[check.table].append(check)
    found: set[int] = set()
    for table, several in by_table.items():
        if len(several) == 1:
            continue  # its own query is one pass already
        asked = ", ".join(f"count(*) FILTER (WHERE {check.condition[dialect]})" for check in several)
        text = f"SELECT {asked} FROM {quoted(table)}"
        counts = connection.exec_driver_sql(text, execution_options=AS_WRITTEN).one()
        found |= {id(check) for check, rows in zip(several, counts, strict=True) if not rows}
    return found


def _told(connection: Asks, tallies: Sequence[Tally]) -> Iterator[Fact]:
    """Count, one query a table, what becomes of records."""
    dialect = dialect_of(connection)
    by_table: dict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        by_table[tally.table].append(tally)
    for table, told in by_table.items():
        if not has_table(connection, table):
            continue
        sums = ", ".join(f"count(*) FILTER (WHERE {tally.condition[dialect]})" for tally in told)
        text = f"SELECT count(*), {sums} FROM {quoted(table)}"
        total, *found = connection.exec_driver_sql(text, execution_options=AS_WRITTEN).one()
        for tally, rows in zip(told, found, strict=True):
            if rows or tally.kind == "lost":
                yield Fact(tally.address, tally.kind, tally.what, rows, total)
