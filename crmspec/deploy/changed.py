"""Two specs → the tables that are not the same in both."""

from __future__ import annotations

from collections.abc import Mapping

from crmspec.schema import Table, object_tables
from crmspec.spec import Spec, differing


def changed_tables(before: Spec | None, after: Spec) -> Mapping[str, Table]:
    """Return the tables of the later spec that are not the same in the earlier one."""
    objects = {} if before is None else before.objects
    changed = [after.objects[name] for name in differing(after.objects, objects)]
    old = {table.name: table for one in changed if before and one.name in objects
           for table in object_tables(before, objects[one.name])}
    tables = {table.name: table for one in changed for table in object_tables(after, one)}
    return {name: table for name, table in tables.items() if old.get(name) != table}
