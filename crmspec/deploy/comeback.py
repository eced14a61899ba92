"""What undoing a revision put out of sight comes back with its values when the revision is applied again.

A revision's `upgrade` adds a column; its `downgrade` retires it, since a value is never thrown away. Applied again, the
same `upgrade` adds an empty column beside the retired one. Then the values are moved over and the retired one goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from crmspec.deploy import state
from crmspec.deploy.catalogue import column_names
from crmspec.deploy.lock import Say
from crmspec.deploy.looking import has_column, has_table
from crmspec.deploy.online_journal import Place, checksum_of, journalled
from crmspec.deploy.prepare import Backfill, Change, Preparation
from crmspec.deploy.statements import execute_all
from crmspec.plan.beside import new_name
from crmspec.schema.ddl import quoted


def waiting(connection: sa.Connection, revision: str) -> Sequence[sa.Row[str, str, str, datetime, str]]:
    """Return what a revision that is about to be applied had retired when it was undone."""
    rows = state.retired.c
    return connection.execute(
        sa.select(rows.table_name, rows.stored_as, rows.name, rows.at, rows.address).where(rows.revision == revision)
        .order_by(rows.table_name, rows.stored_as)).all()


def waiting_by_revision(connection: sa.Connection) -> dict[str, Sequence[sa.Row[str, str, str, datetime, str]]]:
    """Return what is retired, by the revision that did it: what Alembic, which knows no releases, starts from."""
    rows = state.retired.c
    names = connection.execute(sa.select(rows.revision).distinct()).scalars().all()
    return {name: waiting(connection, name) for name in names}


def beforehand(connection: sa.Connection, revision: str, works: Sequence[Preparation]) -> Iterator[Backfill]:
    """Yield what copies retired values, before the release, into columns that a revision prepares anew (PostgreSQL).

    Nobody writes either column meanwhile: both are out of sight. A column that is worked out from others gets its
    values from them, as it did the first time.
    """
    added = [one.sql for one in works if isinstance(one, Change)]
    filled = {(one.table, name) for one in works if isinstance(one, Backfill) for name in one.values}
    for row in waiting(connection, revision):
        new = new_name(row.name)
        beginning = f"ALTER TABLE {quoted(row.table_name)} ADD COLUMN {quoted(new)} "
        is_made = any(sql.startswith(beginning) for sql in added) and (row.table_name, new) not in filled
        if is_made and has_column(connection, row.table_name, row.stored_as):
            yield _copy_of(row)


def carried(
    connection: sa.Connection, place: Place, rows: Sequence[sa.Row[str, str, str, datetime, str]],
) -> Collection[str]:
    """Return the retired columns whose values were copied when the revision was prepared, as the journal has it."""
    done = {row.checksum for row in journalled(connection, place) if row.state == "done"}
    return {row.stored_as for row in rows if checksum_of(_copy_of(row)) in done}


def _copy_of(row: sa.Row[str, str, str, datetime, str]) -> Backfill:
    source = quoted(row.stored_as)
    return Backfill(row.table_name, {new_name(row.name): source}, f"{source} IS NOT NULL", "id")


def bring_back(
    connection: sa.Connection, rows: Sequence[sa.Row[str, str, str, datetime, str]], say: Say,
    carried: Collection[str] = (),
) -> None:
    """Move the values of retired columns and tables into the new ones of their names; what has none stays retired.

    `carried` are retired columns whose values were copied before the release.
    """
    if not rows:
        return
    rows = _as_called_now(connection, rows)
    columns = [row for row in rows if row.table_name and has_column(connection, row.table_name, row.name)
               and has_column(connection, row.table_name, row.stored_as)]
    for table, stored, name, _, _ in columns:
        into, source = quoted(name), quoted(stored)
        if stored in carried and not _is_lookup(name):
            connection.exec_driver_sql(f"ALTER TABLE {quoted(table)} DROP COLUMN {source}")
        elif connection.dialect.name == "postgresql" and _can_take_its_place(connection, table, stored, name):
            _take_its_place(connection, table, stored, name)
        else:
            # Most records may have what the new column begins with: those are not written.
            differs = f"{source} IS NOT NULL AND {into} IS DISTINCT FROM {source}"
            if connection.dialect.name == "sqlite":
                differs = f"{source} IS NOT NULL AND {into} IS NOT {source}"
            if _is_lookup(name):
                differs = f"{source} IS NOT NULL AND {into} IS NULL"
            connection.exec_driver_sql(f"UPDATE {quoted(table)} SET {into} = {source} WHERE {differs}")
            connection.exec_driver_sql(f"ALTER TABLE {quoted(table)} DROP COLUMN {source}")
        _forget(connection, table, stored)
    tables = [row for row in rows if not row.table_name and has_table(connection, row.name)
              and has_table(connection, row.stored_as)]
    left = list(tables)
    while left:  # a table may point at another one that has to be filled first
        moved = [row for row in left if _move_rows(connection, row.stored_as, row.name, row.address)]
        if not moved:
            say(f"kept out of sight, since its records point at one another in a circle: {left[0].name}")
            return
        left = [row for row in left if row not in moved]


_LIKE = sa.text("""
SELECT bool_and(NOT a.attnotnull OR a.attname = :name)
  AND count(DISTINCT format_type(a.atttypid, a.atttypmod)) = 1 AND count(*) = 2
FROM pg_attribute AS a WHERE a.attrelid = to_regclass(:table) AND a.attname IN (:stored, :name)""")
# What hangs on a column, but for its default and for rules about this column alone, which are set again.
_HANGING = sa.text("""
SELECT count(*) FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
LEFT JOIN pg_constraint AS c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass(:table) AND a.attname = :name
  AND d.classid <> 'pg_attrdef'::regclass
  AND NOT (coalesce(c.contype IN ('c', 'n'), FALSE) AND c.conkey = ARRAY[a.attnum])""")
_BEGINS_WITH = sa.text("""
SELECT a.attnotnull, pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute AS a
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = to_regclass(:table) AND a.attname = :name""")
_CHECKS = sa.text("""
SELECT c.conname::text, pg_get_constraintdef(c.oid) FROM pg_constraint AS c
JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
WHERE c.contype = 'c' AND c.conrelid = to_regclass(:table) AND a.attname = :name ORDER BY c.conname""")


def _can_take_its_place(connection: sa.Connection, table: str, stored: str, name: str) -> bool:
    """Say whether the retired column can be the new one: they are alike, and the new one has nothing but its default.

    Then no record has to be written, which would take long while nobody can use the table.
    """
    about = {"table": quoted(table), "stored": stored, "name": name}
    if not connection.execute(_LIKE, about).scalar() or connection.execute(_HANGING, about).scalar():
        return False
    _, default = connection.execute(_BEGINS_WITH, about).one()
    something = f"SELECT EXISTS (SELECT FROM {quoted(table)} WHERE {quoted(name)} IS DISTINCT FROM {default or 'NULL'})"
    return not connection.exec_driver_sql(something, execution_options={"no_parameters": True}).scalar()


def _take_its_place(connection: sa.Connection, table: str, stored: str, name: str) -> None:
    about = {"table": quoted(table), "name": name}
    checks = connection.execute(_CHECKS, about).all()
    required, default = connection.execute(_BEGINS_WITH, about).one()
    changes = [f"DROP COLUMN {quoted(name)}", f"RENAME COLUMN {quoted(stored)} TO {quoted(name)}"]
    changes += [f"ALTER COLUMN {quoted(name)} SET DEFAULT {default}"] if default else []
    changes += [f"ALTER COLUMN {quoted(name)} SET NOT NULL"] if required else []
    changes += [f"ADD CONSTRAINT {quoted(check)} {text}" for check, text in checks]
    # Records that were made in between have what they would have by now.
    fill = f"UPDATE {quoted(table)} SET {quoted(stored)} = {default} WHERE {quoted(stored)} IS NULL"
    execute_all(connection, [*([fill] if default else []), *(f"ALTER TABLE {quoted(table)} {one}" for one in changes)])


def _as_called_now(
    connection: sa.Connection, rows: Sequence[sa.Row[str, str, str, datetime, str]],
) -> Sequence[sa.Row[str, str, str, datetime, str]]:
    """Read the rows again: the revision may have renamed a table that they name. What it retired itself is younger."""
    there = state.retired.c
    known = {(row.stored_as, row.at) for row in rows}
    found = connection.execute(sa.select(there.table_name, there.stored_as, there.name, there.at, there.address)
                               .where(there.stored_as.in_([row.stored_as for row in rows])))
    return [row for row in found if (row.stored_as, row.at) in known]


def _move_rows(connection: sa.Connection, stored: str, name: str, address: str) -> bool:
    there = set(column_names(connection, name))
    columns = [column for column in column_names(connection, stored) if column in there]
    shared = ", ".join(map(quoted, columns))
    into, source = quoted(name), quoted(stored)
    try:
        with connection.begin_nested():
            if "id" in columns:
                _give_back(connection, stored, name, columns)
            # What left an object (`contact.*`) and did not come again was deleted where it went.
            key = "id" if "id" in columns else "record_id"
            where = f" WHERE {key} IN (SELECT there.id FROM {quoted(name.partition('__')[0])} AS there)"
            connection.exec_driver_sql(
                f"INSERT INTO {into} ({shared}) SELECT {shared} FROM {source}"
                f"{where if address.endswith('.*') else ' WHERE true'} ON CONFLICT DO NOTHING")
    except IntegrityError:
        return False
    connection.exec_driver_sql(f"DROP TABLE {quoted(stored)}")
    _forget(connection, "", stored)
    return True


def _is_lookup(column: str) -> bool:
    """Say whether a column may point at a record that it has followed already: only a blank takes what was."""
    return column.endswith(("_id", "_object"))


def _give_back(connection: sa.Connection, stored: str, name: str, columns: Sequence[str]) -> None:
    """Give a record that came here again in the same revision what it held besides: where it has a blank, or what the
    column says by itself.
    """
    defaults = {one["name"]: one.get("default") for one in sa.inspect(connection).get_columns(name)}
    into, source = quoted(name), quoted(stored)
    for column in columns:
        own, kept = f"{into}.{quoted(column)}", f"kept.{quoted(column)}"
        unsaid = f"({own} IS NULL OR {own} = {defaults[column]})" if defaults.get(column) else f"{own} IS NULL"
        connection.exec_driver_sql(
            f"UPDATE {into} SET {quoted(column)} = {kept} FROM {source} AS kept "
            f"WHERE kept.id = {into}.id AND {unsaid} AND {kept} IS NOT NULL")


def _forget(connection: sa.Connection, table: str, stored: str) -> None:
    rows = state.retired.c
    connection.execute(sa.delete(state.retired).where(rows.table_name == table, rows.stored_as == stored))
