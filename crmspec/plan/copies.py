"""One value becomes several: what is copied into the table of a multi_picklist or a many_to_many."""

from __future__ import annotations

from dataclasses import dataclass

from crmspec.plan.cutting import is_cut_up, option_of_piece, pieces
from crmspec.plan.work import TableWork, renaming
from crmspec.schema import Table, child_table
from crmspec.schema.ddl import quoted
from crmspec.spec import Field, Object


@dataclass(frozen=True, slots=True)
class Copy:
    """What goes into a new table of values: expressions over the record's table, with the names once work has begun."""

    table: Table
    column: str  # of the table of values
    value: str
    source: str  # blank where there is nothing to copy
    parent: str
    cut: Field | None = None  # the field whose options the pieces of one text are

    @property
    def statement(self) -> str:
        """Write the statement of SQLite that copies all of them at once."""
        if self.cut is not None and self.cut.convert is not None:
            option = option_of_piece(self.cut)
            rows = pieces(self.source, self.cut.convert.at, "sqlite")
            return (
                f'INSERT INTO {quoted(self.table.name)} ("record_id", {quoted(self.column)})\n'
                f'  SELECT DISTINCT {quoted(self.parent)}."id", {option} FROM {quoted(self.parent)}, {rows} '
                f"WHERE {self.source} IS NOT NULL AND {option} IS NOT NULL"
            )
        return (
            f'INSERT INTO {quoted(self.table.name)} ("record_id", {quoted(self.column)})\n'
            f'  SELECT "id", {self.value} FROM {quoted(self.parent)} WHERE {self.source} IS NOT NULL'
        )


def child_copy(before: Field | None, after: Field, one: Object, work: TableWork) -> Copy | None:
    """Return what is copied from single values, which are out of sight by now, into the table of several."""
    if before is None or before.row.child or not before.row.columns:
        return None
    column = f"{before.base_column}{before.row.columns[0][0]}"
    source = quoted(work.retired.get(column, column))
    if before.type == "picklist" and after.type == "multi_picklist":
        names = after.convert.map if after.convert else {}
        return Copy(child_table(one, after), "value", renaming(source, names) if names else source, source, one.table)
    if is_cut_up(before, after):
        return Copy(child_table(one, after), "value", source, source, one.table, cut=after)
    if before.type == "lookup" and after.type == "many_to_many" and before.to == after.to:
        return Copy(child_table(one, after), "target_id", source, source, one.table)
    return None
