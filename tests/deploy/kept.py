"""Every value of a database before a deploy, and where each has to be found afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from crmspec.deploy.catalogue import table_names
from crmspec.plan import Plan
from crmspec.schema import child_table_name, field_columns, tables_of
from crmspec.schema.ddl import quoted
from crmspec.spec import Field, kind_of

Rows = list[dict[str, object]]
Retired = dict[tuple[str, str], str]     # table ('' for a whole one), name it had → what it is stored as


@dataclass(frozen=True)
class Contents:
    """Every row of every table that holds records, what is out of sight included."""

    tables: dict[str, Rows]
    retired: Retired


def contents(connection: sa.Connection) -> Contents:
    """Read everything."""
    # What is kept of some records (`contact.*`) stands beside what they left, not in its place, and goes with the way
    # back: whether it is given back then is seen where it belongs.
    rows = connection.exec_driver_sql(
        "SELECT table_name, name, stored_as, substr(address, length(address) - 1) = '.*' FROM crmspec_retired "
        "ORDER BY at, stored_as").all()
    beside = {stored for _, _, stored, is_beside in rows if is_beside}
    names = [name for name in table_names(connection) if name.startswith("crmspec_0") or not name.startswith(
        ("crmspec_", "alembic_"))]
    tables = {name: [dict(row) for row in connection.exec_driver_sql(f"SELECT * FROM {quoted(name)}").mappings()]
              for name in names if name not in beside}
    return Contents(tables, {(table, name): stored for table, name, stored, is_beside in rows if not is_beside})


def lost_values(plan: Plan, before: Contents, after: Contents, *, changed: Collection[str] = ()) -> Iterator[str]:
    """Yield what is not where it should be, and what was said to change and did not."""
    assert plan.deployed is not None
    places = _Places(plan, before, after)
    really = set()
    for table, column in places.columns():
        values = places.values_before(table, column)
        now_table, now_column = places.now(table, column)
        found = places.values_after(now_table, now_column)
        if found is None and column.startswith("crmspec_0") and all(value.endswith("=None") for value in values):
            continue  # it was purged: nothing is left of it that could be kept
        if found is None:
            yield f"{table}.{column} is nowhere"
        elif found != values:
            address = places.address(table, column)
            if address not in changed:
                yield f"{table}.{column}: {values} became {found}"
            really.add(address)
    for table, rows in before.tables.items():
        now = after.tables.get(places.table(table), [])
        if len(rows) != len(now):
            really.add(table)
            if table not in changed:
                yield f"{table} had {len(rows)} rows and has {len(now)}"
    yield from (f"{address} was said to change, and did not" for address in set(changed) - really)


class _Places:
    """What each table and column of before is called afterwards."""

    def __init__(self, plan: Plan, before: Contents, after: Contents) -> None:
        assert plan.deployed is not None
        self._was, self._now = plan.deployed, plan.desired
        self._before, self._after = before, after
        self._renamed = {change.was: change.address for change in plan.changes if change.action == "rename"}
        self._fresh = {key: stored for key, stored in after.retired.items() if before.retired.get(key) != stored}
        self._tables = tables_of(self._was)

    def columns(self) -> Iterator[tuple[str, str]]:
        """Yield every column of before that there is a value in."""
        for table, rows in self._before.tables.items():
            for column in rows[0] if rows else ():
                yield table, column

    def values_before(self, table: str, column: str) -> list[str]:
        """Return the values of a column under the names that a rename gives them."""
        names = self._value_names(table, column)
        return sorted(f"{self._key(row)}={names.get(str(row[column]), row[column])}"
                      for row in self._before.tables[table])

    def values_after(self, table: str, column: str) -> list[str] | None:
        """Return the values of a column, None where there is none."""
        rows = self._after.tables.get(table)
        if rows is None or (rows and column not in rows[0]):
            return None
        return sorted(f"{self._key(row)}={row[column]}" for row in rows)

    def table(self, name: str) -> str:
        """Return what a table is called now."""
        if name.startswith("crmspec_0"):
            back = next((was for (table, was), stored in self._before.retired.items()
                         if not table and stored == name), name)
            return name if name in self._after.tables else back
        renamed = self._renamed_table(name)
        return self._fresh.get(("", renamed), self._fresh.get(("", name), renamed))

    def now(self, table: str, column: str) -> tuple[str, str]:
        """Return where a column of before is now."""
        new_table = self.table(table)
        shown = self._renamed_table(table)
        if column.startswith("crmspec_0"):
            there = self._after.tables.get(new_table) or [{}]
            back = next((was for (_, was), stored in self._before.retired.items() if stored == column), column)
            return new_table, column if column in there[0] else back
        field = self._field(table, column)
        new = self._new_column(table, field, column) if field else column
        for name in (new, column):
            if (shown, name) in self._fresh:
                return new_table, self._fresh[shown, name]
        return new_table, new

    def address(self, table: str, column: str) -> str:
        """Return the address that a column's values have now."""
        field = self._field(table, column)
        owner = self._tables[table].object if table in self._tables else table
        return self._moved(f"{owner}.{field.name}") if field else f"{self._moved(owner)}.{column}"

    def _key(self, row: dict[str, object]) -> str:
        # A row of several values has no id of its own; then the value is compared as part of the whole.
        return str(row.get("id") or row.get("record_id"))

    def _moved(self, address: str) -> str:
        if address in self._renamed:
            return self._renamed[address]
        parent, dot, last = address.rpartition(".")
        return f"{self._moved(parent)}.{last}" if dot else address

    def _renamed_table(self, name: str) -> str:
        table = self._tables.get(name)
        if table is None:
            return name
        one = self._was.objects[table.object]
        after = self._now.objects.get(self._moved(one.name))
        if name == one.table:
            return after.table if after else self._moved(one.name)
        field = next(field for field in one.fields.values() if field.row.child and child_table_name(one, field) == name)
        new = self._now.field(self._moved(f"{one.name}.{field.name}"))
        if after and new and new.row.child:
            return child_table_name(after, new)
        return name if after is None else child_table_name(after, field)

    def _field(self, table: str, column: str) -> Field | None:
        shape = self._tables.get(table)
        found = shape.column(column) if shape else None
        return self._was.objects[shape.object].fields.get(found.field) if shape and found and found.field else None

    def _new_column(self, table: str, field: Field, column: str) -> str:
        after = self._now.field(self._moved(f"{self._tables[table].object}.{field.name}"))
        if after is None or field.row.child:
            return column
        old, new = [one.name for one in field_columns(field)], [one.name for one in field_columns(after)]
        return new[old.index(column)] if old.index(column) < len(new) else column

    def _value_names(self, table: str, column: str) -> dict[str, str]:
        """Return the new names of values that are names: of options, and of the objects a lookup may point at."""
        field = self._field(table, column)
        if field is None:
            return {}
        if column.endswith("_object") and len(field.to) > 1:
            return {name: self._moved(name) for name in field.to}
        if not field.options:
            return {}
        address = f"{self._tables[table].object}.{field.name}"
        new = {name: self._renamed.get(f"{address}.{name}", "") for name in field.option_names}
        return {name: moved.removeprefix(f"{self._moved(address)}.") for name, moved in new.items()
                if moved and kind_of(moved) == "option"}
