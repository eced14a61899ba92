"""What a plan means for the records that are there: how many lose a value, how many would break a rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import sqlalchemy as sa

from crmspec.deploy.database import for_reading
from crmspec.deploy.state import dialect_of, has_table
from crmspec.diagnostics import Diagnostic
from crmspec.plan import Change, Count, DataCheck, Plan
from crmspec.schema import child_table_name, field_columns
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Field, Object, Spec

_AS_WRITTEN = {"no_parameters": True}  # a percent sign is a percent sign


def count_hazards(plan: Plan, engine: sa.Engine) -> Plan:
    """Return the plan with what a database says: address → how many of how many records, and for checks the first few.

    Reads only. Where nothing is deployed there is nothing to count.
    """
    if plan.deployed is None:
        return plan
    with for_reading(engine).connect() as connection:
        counts = dict(_lost_values(connection, plan.deployed, plan.changes))
        counts.update({check.address: count for check, count in _failing(connection, plan.checks)})
    return replace(plan, counts=counts)


def unfit_data(connection: sa.Connection, plan: Plan) -> Iterator[Diagnostic]:
    """Say what the stored records would break, with how many they are and the first five."""
    for check, count in _failing(connection, plan.checks):
        yield Diagnostic("CRM550", f"{count.rows:,} {check.what} (`{check.address}`)",
                         why=f"the first are {', '.join(count.sample)}" if count.sample else "", help=check.remedy)


def _failing(connection: sa.Connection, checks: Sequence[DataCheck]) -> Iterator[tuple[DataCheck, Count]]:
    dialect = dialect_of(connection)
    for check in checks:
        rows, sample = connection.exec_driver_sql(check.sql[dialect], execution_options=_AS_WRITTEN).one()
        if rows:
            yield check, Count(rows, sample=tuple(str(sample).split(", ")) if sample is not None else ())


# --- Values that go out of sight ---


def _lost_values(
    connection: sa.Connection, deployed: Spec, changes: Sequence[Change],
) -> Iterator[tuple[str, Count]]:
    """Count, one query a table, the records that have something in what is removed or becomes another type."""
    by_object: dict[str, dict[str, str]] = defaultdict(dict)  # object → address → expression that counts
    for change in changes:
        counted = _counted(deployed, change)
        if counted:
            by_object[counted[0].name][change.address] = counted[1]
    for name, expressions in by_object.items():
        table = deployed.objects[name].table
        if not has_table(connection, table):
            continue
        text = f"SELECT count(*), {', '.join(expressions.values())} FROM {quoted(table)} AS one"
        total, *found = connection.exec_driver_sql(text, execution_options=_AS_WRITTEN).one()
        for address, rows in zip(expressions, found, strict=True):
            yield address, Count(rows, of=total)


def _counted(deployed: Spec, change: Change) -> tuple[Object, str] | None:
    """Return the deployed object a change takes values from, and the SQL that counts its records that have one."""
    address = change.was or change.address
    part = change.before
    if change.action == "remove" and isinstance(part, Object):
        return deployed.objects[address], "count(*)"
    one = deployed.objects.get(address.split(".", 1)[0])
    if one is None:
        return None
    if isinstance(part, Field) and (change.action == "remove" or _type_of(change.after) != part.type):
        return one, _filled(one, part)
    names = address.split(".", 2)
    field = one.fields.get(names[1]) if len(names) == 3 and change.action == "remove" else None
    return (one, _having(one, field, names[2])) if field and field.options else None


def _type_of(part: object) -> str:
    return part.type if isinstance(part, Field) else ""


def _filled(one: Object, field: Field) -> str:
    """Count the records that have a value in a field."""
    if field.row.child:
        child = quoted(child_table_name(one, field))
        return f"count(*) FILTER (WHERE EXISTS (SELECT 1 FROM {child} AS many WHERE many.record_id = one.id))"
    columns = field_columns(field)
    if not columns:
        return "0"
    return f"count(coalesce({', '.join(_text(column.name) for column in columns)}, NULL))"


def _text(column: str) -> str:
    return f"CAST(one.{quoted(column)} AS TEXT)"


def _having(one: Object, field: Field, option: str) -> str:
    """Count the records that have one value of a list."""
    if field.row.child:
        child = quoted(child_table_name(one, field))
        return (f"count(*) FILTER (WHERE EXISTS (SELECT 1 FROM {child} AS many "
                f"WHERE many.record_id = one.id AND many.value = {literal(option)}))")
    return f"count(*) FILTER (WHERE one.{quoted(field.base_column)} = {literal(option)})"
