"""One value becomes several: what is copied into the table of a multi_picklist or a many_to_many."""

from __future__ import annotations

from crmspec.plan.work import TableWork, renaming
from crmspec.schema import child_table_name
from crmspec.schema.ddl import quoted
from crmspec.spec import Field, Object


def child_copy(before: Field | None, after: Field, one: Object, work: TableWork) -> str | None:
    """Write the statement that copies single values, which are out of sight by now, into the table of several."""
    if before is None or before.row.child or not before.row.columns:
        return None
    column = f"{before.base_column}{before.row.columns[0][0]}"
    source = quoted(work.retired.get(column, column))
    if before.type == "picklist" and after.type == "multi_picklist":
        names = after.convert.map if after.convert else {}
        return _copied(one, after, "value", renaming(source, names) if names else source, source)
    if before.type == "lookup" and after.type == "many_to_many" and before.to == after.to:
        return _copied(one, after, "target_id", source, source)
    return None


def _copied(one: Object, after: Field, column: str, value: str, source: str) -> str:
    child = quoted(child_table_name(one, after))
    return (
        f'INSERT INTO {child} ("record_id", {quoted(column)})\n'
        f'  SELECT "id", {value} FROM {quoted(one.table)} WHERE {source} IS NOT NULL'
    )
