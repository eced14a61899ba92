"""Whole tables that are prepared on PostgreSQL: kept up to date by a trigger, filled by touching what they come from.

- The table of a field with several values whose values get other names, or become one: written anew beside the old.
- The table of a field that holds several values from now on: filled from the single values of the records.

Touching a row is an UPDATE that changes nothing: the trigger then does for it what it does for every row that people
write, one row at a time and under its lock, so that nothing is missed and nothing newer is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from crmspec.plan.beside import DIALECT, Beside, new_name
from crmspec.plan.change import Prepared
from crmspec.plan.copies import Copy
from crmspec.plan.cutting import option_of_piece, pieces
from crmspec.plan.prepare import change, function, of_row, refusal
from crmspec.plan.retire import rename_table
from crmspec.plan.work import FieldWork, renaming
from crmspec.schema import Table
from crmspec.schema.ddl import create_table_sql, index_sql, primary_key_name, quoted


def whole(table: Table, tables: Mapping[str, str]) -> Table:
    """Return a table as it is prepared: with all its rules, and with names of its own."""
    return replace(
        table,
        name=new_name(table.name),
        checks=tuple(replace(check, name=new_name(check.name)) for check in table.checks),
        foreign_keys=tuple(
            replace(key, name=new_name(key.name), table=tables.get(key.table, key.table)) for key in table.foreign_keys
        ),
        indexes=tuple(replace(index, name=new_name(index.name)) for index in table.indexes),
    )


def make(table: Table, tables: Mapping[str, str]) -> Iterator[Prepared]:
    """Make a table beside; it is empty, so its indexes cost nothing, and they go with it."""
    one = whole(table, tables)
    gone = f"DROP TABLE IF EXISTS {quoted(one.name)}"
    yield change(create_table_sql(one, DIALECT, not_null_of=table.name), gone)
    for index in one.indexes:
        yield change(index_sql(one.name, index), f"DROP INDEX IF EXISTS {quoted(index.name)}")


def unveil(table: Table) -> Iterator[str]:
    """Give a table that was made beside its name, and all its parts theirs."""
    there = whole(table, {})
    yield rename_table(there.name, table.name)
    own = quoted(table.name)
    names = [(primary_key_name(there.name), primary_key_name(table.name))]
    names += [(new_name(check.name), check.name) for check in table.checks]
    names += [(new_name(key.name), key.name) for key in table.foreign_keys]
    for before, after in names:
        yield f"ALTER TABLE {own} RENAME CONSTRAINT {quoted(before)} TO {quoted(after)}"
    for index in table.indexes:
        yield f"ALTER INDEX {quoted(new_name(index.name))} RENAME TO {quoted(index.name)}"


# --- values with other names ---


def renewing(beside: Beside) -> Iterator[Prepared]:
    """Keep the table that is made beside as the old one would be with the new names."""
    name, table, new = new_name(beside.work.name), quoted(beside.table), quoted(new_name(beside.work.name))
    ((column, names),) = beside.work.value_names.items()
    of, record = quoted(beside.place(column)), quoted("record_id")
    old_value, new_value, other = (renaming(f"{row}.{of}", names) for row in ("OLD", "NEW", "other"))
    body = f"""BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM {new} WHERE {record} = OLD.{record} AND {quoted(column)} = {old_value}
      AND NOT EXISTS (SELECT FROM {table} AS other WHERE other.{record} = OLD.{record} AND {other} = {old_value});
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO {new} ({record}, {quoted(column)}) VALUES (NEW.{record}, {new_value}) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END"""
    yield function(name, body)
    yield after(name, beside.table, "INSERT OR UPDATE OR DELETE")
    yield touch(beside.table, beside.place(column), "", "record_id")


# --- several values instead of one ---


def copying(beside: Beside, copy: Copy) -> Iterator[Prepared]:
    """Keep the table of several values as the single ones ask for it."""
    name = new_name(copy.table.name)
    source, value = beside.now.as_now(copy.source), beside.now.as_now(copy.value)
    unfit = [
        line
        for field in beside.work.fields
        if field.unfit and field.address == f"{copy.table.object}.{copy.table.columns[0].field}"
        for line in refusal(beside, field)
    ]
    body = "\n".join(
        (
            "BEGIN",
            *unfit,
            "  IF TG_OP = 'UPDATE' THEN",
            f'    DELETE FROM {quoted(name)} WHERE "record_id" = NEW."id";',
            "  END IF;",
            f'  INSERT INTO {quoted(name)} ("record_id", {quoted(copy.column)})',
            *_copied(copy, of_row(beside, value, "NEW."), of_row(beside, source, "NEW.")),
            "  RETURN NULL;",
            "END",
        )
    )
    yield function(name, body)
    column = beside.place(_unquoted(copy.source))
    yield after(name, beside.table, f"INSERT OR UPDATE OF {quoted(column)}")
    yield touch(beside.table, column, f"{quoted(column)} IS NOT NULL", "id")


def _copied(copy: Copy, value: str, source: str) -> Iterator[str]:
    """Write what is copied of one row."""
    if copy.cut is None or copy.cut.convert is None:
        yield f'    SELECT NEW."id", {value} WHERE {source} IS NOT NULL;'
        return
    option = option_of_piece(copy.cut)
    rows = pieces(source, copy.cut.convert.at, "postgresql")
    yield f'    SELECT DISTINCT NEW."id", {option} FROM {rows} WHERE {option} IS NOT NULL;'


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"')


def after(name: str, table: str, events: str) -> Prepared:
    """Return the making of a trigger that looks at each row once it is written."""
    return change(
        f"CREATE TRIGGER {quoted(name)} AFTER {events} ON {quoted(table)}\n"
        f"  FOR EACH ROW EXECUTE FUNCTION {quoted(name)}()",
        f"DROP TRIGGER IF EXISTS {quoted(name)} ON {quoted(table)}",
    )


def touch(table: str, column: str, where: str, key: str) -> Prepared:
    """Return an UPDATE in batches that changes nothing, so that triggers see the rows that are there."""
    of = quoted(column)
    sql = f"UPDATE {quoted(table)} SET {of} = {of}{' WHERE ' + where if where else ''}"
    return Prepared(kind="backfill", sql=sql, direct=sql, table=table, values={column: of}, where=where, key=key)


def bearing(beside: Beside, field: FieldWork) -> Iterator[Prepared]:
    """Have the names that records bear written again wherever they were copied to, when somebody changes them."""
    assert field.named_by is not None
    target, source = field.named_by
    name, own = new_name(bearing_name(field)), quoted(beside.place_of_source(_unquoted(source)))
    touched = f'UPDATE {quoted(beside.table)} SET {own} = {own} WHERE {own} = NEW."id";'
    yield function(name, f"BEGIN\n  {touched}\n  RETURN NULL;\nEND")
    tables = beside.now.tables
    column = tables.get(f"{target.table}.{target.column}", target.column)
    yield after(name, tables.get(target.table, target.table), f"UPDATE OF {quoted(column)}")


def bearing_name(field: FieldWork) -> str:
    """Return what the trigger is called that writes names again."""
    return f"{field.address.replace('.', '_')}_names"


def following(beside: Beside, stored: str) -> Iterator[Prepared]:
    """Have the values of a record worked out again whenever one of its several values is written."""
    name, table = new_name(stored), beside.now.tables.get(stored, stored)
    touched = f'UPDATE {quoted(beside.table)} SET "id" = "id" WHERE "id" ='
    yield function(
        name,
        f"""BEGIN
  IF TG_OP <> 'INSERT' THEN
    {touched} OLD."record_id";
  END IF;
  IF TG_OP <> 'DELETE' THEN
    {touched} NEW."record_id";
  END IF;
  RETURN NULL;
END""",
    )
    yield after(name, table, "INSERT OR UPDATE OR DELETE")


def end(name: str, table: str) -> Iterator[str]:
    """Take a trigger and its function away; `table` is called what it will be."""
    yield f"DROP TRIGGER {quoted(new_name(name))} ON {quoted(table)}"
    yield f"DROP FUNCTION {quoted(new_name(name))}()"
