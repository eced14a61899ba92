"""How large tables are: on PostgreSQL as its catalogue estimates, on SQLite counted, which takes a moment there."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from crmspec.deploy.looking import Asks, has_table
from crmspec.plan import Plan, Size
from crmspec.schema import object_tables
from crmspec.schema.ddl import quoted
from crmspec.spec import differing

# A table that was never analysed says -1 rows: then its pages tell, at what a row takes on average.
_IN_POSTGRESQL = """
SELECT relname, CASE WHEN reltuples >= 0 AND relpages > 0 THEN reltuples::bigint
                     ELSE (pg_relation_size(oid) / 150)::bigint END, pg_table_size(oid)
FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relname = ANY (%s)"""


def sizes_of(connection: Asks, plan: Plan) -> Mapping[str, Size]:
    """Return the size of every deployed table of the objects that a plan touches."""
    if plan.deployed is None:
        return {}
    names = [
        table.name for name in differing(plan.deployed.objects, plan.desired.objects)
        for table in object_tables(plan.deployed, plan.deployed.objects[name])
    ]
    names += [name for retired in plan.returned if retired.kind != "field" for name in retired.stored_as]
    return table_sizes(connection, names) if names else {}


def table_sizes(connection: Asks, names: Collection[str]) -> Mapping[str, Size]:
    """Return the size of each of the tables that is there."""
    if connection.dialect.name == "postgresql":
        rows = connection.exec_driver_sql(_IN_POSTGRESQL, (list(names),))
        return {name: Size(count, size) for name, count, size in rows}
    there = [name for name in names if has_table(connection, name)]
    return {name: Size(_counted(connection, name)) for name in there}


def _counted(connection: Asks, table: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {quoted(table)}").scalar_one())
