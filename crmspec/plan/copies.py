"""One value becomes several: what is copied into the table of a multi_picklist or a many_to_many."""

from __future__ import annotations

from crmspec.plan.retire import stored_name
from crmspec.schema import child_table_name
from crmspec.schema.ddl import literal, quoted
from crmspec.spec import Field, Object


def child_copy(before: Field | None, after: Field, one: Object, revision: str) -> str | None:
    """Write the statement that copies single values, which are out of sight by now, into the table of several."""
    if before is None or before.row.child or not before.row.columns:
        return None
    source = quoted(stored_name(revision, f"{before.base_column}{before.row.columns[0][0]}"))
    child = quoted(child_table_name(one, after))
    if before.type == "picklist" and after.type == "multi_picklist":
        value = source
        if after.convert and after.convert.map:
            cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in after.convert.map.items())
            value = f"CASE {source} {cases} ELSE {source} END"
        return f'INSERT INTO {child} ("record_id", "value")\n  SELECT "id", {value} FROM {quoted(one.table)} WHERE {source} IS NOT NULL'
    if before.type == "lookup" and after.type == "many_to_many" and before.to == after.to:
        return f'INSERT INTO {child} ("record_id", "target_id")\n  SELECT "id", {source} FROM {quoted(one.table)} WHERE {source} IS NOT NULL'
    return None
