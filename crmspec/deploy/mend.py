"""Drift → what would restore it: statements, what they cost, which rows they would not fit, and where nobody can tell.

Nothing here changes a database. What a mend says is shown by `status`, and carried out by `deploy --repair`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa

from crmspec.deploy.beside_tables import made_beside
from crmspec.deploy.catalogue import real_shapes
from crmspec.deploy.drift import Drift, wanted_tables
from crmspec.deploy.looking import dialect_of
from crmspec.deploy.planning import retired_after
from crmspec.deploy.release import Release
from crmspec.deploy.shape import Shape, wanted_shape
from crmspec.diagnostics import Diagnostic
from crmspec.plan import Retired
from crmspec.plan.change import HazardName
from crmspec.plan.straight import stored_columns, stored_tables
from crmspec.schema import Dialect, ForeignKey, Table
from crmspec.schema.ddl import add_column_sql, check_sql, create_table_sql, literal, quoted
from crmspec.spec import Spec

# The order in which statements run, whichever differences they are for.
DROP, MAKE, CHANGE, RULE, KEY, INDEX, LAST = range(7)
Ordered = tuple[int, str]
_AS_WRITTEN = {"no_parameters": True}  # a percent sign is a percent sign
Hazards = tuple[tuple[HazardName, str], ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Rows that would not fit what is restored: to be counted before anything is touched."""

    place: str
    what: str
    table: str
    key: str                          # the column that names a row
    condition: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Mend:
    """What would restore one difference. With `conflict`, nobody but a person can; `remedy` says how."""

    drift: Drift
    title: str
    statements: tuple[Ordered, ...] = ()
    hazards: Hazards = ()
    doubts: tuple[Doubt, ...] = ()
    conflict: str = ""
    remedy: str = ""

    @property
    def sql(self) -> tuple[str, ...]:
        """The statements in their order."""
        return tuple(statement for _, statement in sorted(self.statements, key=lambda pair: pair[0]))


@dataclass(frozen=True)
class There:
    """A database as it is, beside the tables that it should have."""

    dialect: Dialect
    spec: Spec
    real: Mapping[str, Shape]
    drift: Sequence[Drift]
    retired: Sequence[Retired] = ()

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Every table that should be there."""
        return wanted_tables(self.spec)

    def wanted(self, table: str) -> Shape:
        """Return the shape that a table should have."""
        return wanted_shape(self.tables[table], self.dialect)

    def key(self, table: str) -> str:
        """Return the column that names a row."""
        columns = self.real[table].columns
        return next((name for name in ("id", "record_id") if name in columns), next(iter(columns)))

    def doubt(self, drift: Drift, condition: str, what: str, remedy: str) -> tuple[Doubt, ...]:
        """Return the count of rows that a condition holds for."""
        return (Doubt(drift.place, what, drift.table, self.key(drift.table), condition, remedy),)


def read_mends(connection: sa.Connection, release: Release, drift: Sequence[Drift]) -> tuple[Mend, ...]:
    """Return what would restore each difference of a database from its release; reads only."""
    there = There(dialect_of(connection), release.spec, real_shapes(connection), drift, retired_after(release))
    return mends_of(there)


def mends_of(there: There) -> tuple[Mend, ...]:
    """Return what would restore each difference that is ours, in the order of the differences."""
    from crmspec.deploy import mend_postgresql, mend_sqlite

    ours = [one for one in there.drift if one.owner == "ours"]
    found = {one: mend for one in ours if (mend := _whole(there, one))}
    rest = [one for one in ours if one not in found]
    module = mend_sqlite if there.dialect == "sqlite" else mend_postgresql
    found |= {mend.drift: mend for mend in module.mends(there, rest)}
    return tuple(found[one] for one in ours)


def in_order(mends: Iterable[Mend]) -> list[str]:
    """Return the statements of several mends in the order in which they can run, each once."""
    pairs = [pair for mend in mends for pair in mend.statements]
    return list(dict.fromkeys(statement for _, statement in sorted(pairs, key=lambda pair: pair[0])))


def stopped(drift: Drift, conflict: str, remedy: str) -> Mend:
    """Return a difference that only a person can undo."""
    return Mend(drift, "cannot be restored by itself", conflict=conflict, remedy=remedy)


def _whole(there: There, drift: Drift) -> Mend | None:
    """Mend what is not one part of a table that is there; None for all the rest."""
    match drift.aspect:
        case "beside":
            return _beside(there, drift)
        case "retired":
            return _retired(there, drift)
        case "table":
            return _table(there, drift)
        case "column":
            return _moved_column(there, drift)
    return None


def _beside(there: There, drift: Drift) -> Mend:
    statements: list[Ordered] = []
    made = made_beside(there.dialect)[drift.name]
    if drift.what.endswith("something else"):
        statements.append((DROP, f"DROP TRIGGER {quoted(drift.name)}"))
    statements.append((INDEX, made))
    if there.dialect == "sqlite" and "crmspec_search" in made:
        # What was written meanwhile is not in the index: it is read from the table again.
        statements.append((LAST, "INSERT INTO crmspec_search_words (crmspec_search_words) VALUES ('rebuild')"))
    return Mend(drift, f"make {drift.name} again", tuple(statements))


def _retired(there: There, drift: Drift) -> Mend:
    """Make what is out of sight again, empty, so that what a later revision looks for is there."""
    lost: Hazards = (("loses_data", "what was removed cannot be restored any more: its values are gone"),)
    title = f"make {drift.name} again, out of sight"
    for one in stored_columns(there.retired, there.dialect):
        if (one.table, one.column.name) == (drift.table, drift.name):
            return Mend(drift, title, ((MAKE, add_column_sql(one.table, one.column, there.dialect)),), lost)
    table = stored_tables(there.spec, there.retired).get(drift.name)
    if table is not None:
        return Mend(drift, title, ((MAKE, create_table_sql(table, there.dialect)),), lost)
    forget = f"DELETE FROM crmspec_retired WHERE stored_as = {literal(drift.name)}"
    return Mend(drift, f"forget {drift.name}", ((LAST, forget),), lost)


def _table(there: There, drift: Drift) -> Mend:
    table = there.tables[drift.table]
    names = {column.name for column in table.columns}
    like = [one.table for one in there.drift if one.owner == "unmanaged" and one.aspect == "table"
            and names <= there.real[one.table].columns.keys()]
    if like:
        return stopped(
            drift, f"the table `{like[0]}` has every column of it: perhaps somebody renamed it",
            f"give it its name back: ALTER TABLE {quoted(like[0])} RENAME TO {quoted(drift.table)}"
            f"      or, if it is another one, give that another column name or move it away")
    from crmspec.deploy import mend_postgresql, mend_sqlite

    module = mend_sqlite if there.dialect == "sqlite" else mend_postgresql
    reason = "its records are gone: a backup may have them; it is made again, empty"
    return Mend(drift, f"make the table {drift.table} again, empty", tuple(module.make(table)),
                (("loses_data", reason),))


def _moved_column(there: There, drift: Drift) -> Mend | None:
    """Stop where the missing column may be there under another name: a new empty one would hide that."""
    shape = there.real[drift.table]
    kind, _, _ = there.wanted(drift.table).columns[drift.name]
    like = [one.name for one in there.drift if one.owner == "unmanaged" and one.aspect == "column"
            and one.table == drift.table and shape.columns[one.name][0].lower() == kind.lower()]
    if len(like) != 1:
        return None
    table, other = quoted(drift.table), quoted(like[0])
    return stopped(
        drift, f"the column `{drift.table}.{like[0]}`, which no spec knows, has its type: perhaps somebody renamed it",
        f"give it its name back: ALTER TABLE {table} RENAME COLUMN {other} TO {quoted(drift.name)}"
        f"      or take it over, if it is another one: crmspec adopt {drift.table}.{like[0]}")


def broken(there: There, drift: Drift) -> str:
    """Return the condition that holds for rows which a check of a table would refuse."""
    check = next((one for one in there.tables[drift.table].checks if one.name == drift.name), None)
    return f"NOT ({check_sql(check, there.dialect)})" if check else ""


def missing_columns(there: There, table: str) -> set[str]:
    """Return the columns that a table should have and has not: they are made empty, so that no rule minds them."""
    return {column.name for column in there.tables[table].columns} - there.real[table].columns.keys()


def orphans(there: There, key: ForeignKey) -> str:
    """Return the condition that holds for rows which point at nothing."""
    column = quoted(key.column)
    if key.table not in there.real:
        return f"{column} IS NOT NULL"
    # The alias keeps the table's own column apart from that of the other one.
    return f"{column} IS NOT NULL AND {column} NOT IN (SELECT there.id FROM {quoted(key.table)} AS there)"


def repeated(table: str, columns: Sequence[str]) -> str:
    """Return the condition that holds for rows which share what should be unique."""
    names = ", ".join(map(quoted, columns))
    filled = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in columns)
    return f"({names}) IN (SELECT {names} FROM {quoted(table)} WHERE {filled} GROUP BY {names} HAVING count(*) > 1)"


# --- Rows that would not fit ---


def unfit_rows(connection: sa.Connection, mends: Collection[Mend]) -> Iterator[Diagnostic]:
    """Say which records would not fit what is restored, with how many they are and the first five."""
    for doubt in dict.fromkeys(doubt for mend in mends for doubt in mend.doubts):
        rows, sample = _count(connection, doubt)
        if rows:
            yield Diagnostic("CRM550", f"{rows:,} {doubt.what} (`{doubt.place}`)",
                             why=f"the first are {', '.join(sample)}", help=doubt.remedy)


def _count(connection: sa.Connection, doubt: Doubt) -> tuple[int, list[str]]:
    where = f"FROM {quoted(doubt.table)} WHERE {doubt.condition}"
    rows = connection.exec_driver_sql(f"SELECT count(*) {where}", execution_options=_AS_WRITTEN).scalar_one()
    if not rows:
        return 0, []
    key = quoted(doubt.key)
    first = connection.exec_driver_sql(
        f"SELECT CAST({key} AS TEXT) {where} ORDER BY {key} LIMIT 5", execution_options=_AS_WRITTEN)
    return rows, [str(one) for one in first.scalars()]
