"""What would restore one difference, in SQLite's words: most of it is one writing anew of the table, with all its rows.

The first such difference of a table carries the statements; the others say that it is done with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmspec.deploy.drift import Drift
from crmspec.deploy.mend import (
    CHANGE,
    DROP,
    INDEX,
    MAKE,
    Doubt,
    Hazards,
    Mend,
    Ordered,
    There,
    broken,
    missing_columns,
    orphans,
    repeated,
)
from crmspec.deploy.mend_postgresql import unique_doubt
from crmspec.plan import sqlite
from crmspec.schema import Column, Table
from crmspec.schema.ddl import add_column_sql, constant, create_table_sql, implied_checks, index_sql, quoted

_LOST: Hazards = (("loses_data", "its values are gone: a backup may have them; it is made again, empty"),)
_REWRITES: Hazards = (("rewrites_table", "the table is written anew with all its rows"),)
# Values that stay what they are not, whatever the type of their column.
_MISFIT = {
    "INTEGER": "typeof({0}) IN ('blob', 'real') OR typeof({0}) = 'text' "
               "AND CAST(CAST({0} AS INTEGER) AS TEXT) <> {0}",
    "TEXT": "typeof({0}) = 'blob'",
}


def mends(there: There, drifts: Sequence[Drift]) -> Iterator[Mend]:
    """Yield what would restore each difference."""
    anew = {drift.table for drift in drifts if _needs_rebuild(there, drift)}
    written: set[str] = set()
    for drift in drifts:
        if drift.aspect == "index":
            yield _index(there, drift)
        elif drift.table in anew:
            first = drift.table not in written
            written.add(drift.table)
            hazards = _LOST if drift.aspect == "column" else ()
            doubts = tuple(_doubts(there, drift))
            yield Mend(drift, f"write {drift.table} anew" if first else f"with {drift.table}, which is written anew",
                       tuple(_rebuild(there, there.tables[drift.table])) if first else (),
                       (*hazards, *(_REWRITES if first else ())), doubts)
        else:
            column = _wanted(there, drift)
            yield Mend(drift, f"make {drift.place} again, empty",
                       ((MAKE, add_column_sql(drift.table, column, "sqlite")),), _LOST)


def make(table: Table) -> Iterator[Ordered]:
    """Make a table and its indexes."""
    yield MAKE, create_table_sql(table, "sqlite")
    for index in table.indexes:
        yield INDEX, index_sql(table.name, index)


def _needs_rebuild(there: There, drift: Drift) -> bool:
    if drift.aspect != "column":
        return drift.aspect != "index"
    # Rules that the column has of its own are differences by themselves, and ask for it.
    column = _wanted(there, drift)
    return column.required and column.default is None


def _wanted(there: There, drift: Drift) -> Column:
    column = there.tables[drift.table].column(drift.name)
    assert column is not None
    return column


def _rebuild(there: There, table: Table) -> Iterator[Ordered]:
    """Write a table anew as it should be; whoever runs it keeps what is other people's (`deploy.rebuild`)."""
    gone = missing_columns(there, table.name)
    sources = {column.name: _first_value(column) if column.name in gone else quoted(column.name)
               for column in table.columns}
    for statement in sqlite.rebuild(table, sources):
        yield CHANGE, statement


def _first_value(column: Column) -> str:
    return "NULL" if column.default is None else constant(column.kind, column.default, "sqlite")


def _doubts(there: There, drift: Drift) -> Iterator[Doubt]:
    for condition, what, remedy in _conditions(there, drift):
        yield from there.doubt(drift, condition, what, remedy)


def _conditions(there: There, drift: Drift) -> Iterator[tuple[str, str, str]]:
    """Yield what to count: condition, words, remedy."""
    table, gone = there.tables[drift.table], missing_columns(there, drift.table)
    name = quoted(drift.name)
    mend = "mend those records"
    match drift.aspect:
        case "column" if _needs_rebuild(there, drift):
            yield "TRUE", "records would have no value in a column that must have one", \
                f"add `{drift.place}` by hand, fill it, and run the same command again"
        case "type":
            yield _MISFIT[drift.expected].format(name), f"values are no {drift.expected}", mend
        case "required" if _wanted(there, drift).required:
            yield f"{name} IS NULL", "records are blank in a column that must be filled", "fill them"
        case "primary key":
            blank = " OR ".join(f"{quoted(one)} IS NULL" for one in table.primary_key)
            yield f"{blank} OR {repeated(drift.table, table.primary_key)}", "records have no id, or share one", \
                "give each of them an id of its own"
        case "foreign key":
            key = next(one for one in table.foreign_keys if one.column == drift.name)
            if key.column not in gone:
                yield orphans(there, key), "records point at records that are not there", mend
        case "check":
            condition = broken(there, drift) or _implied(table, drift.name)
            if not any(quoted(column) in condition for column in gone):
                yield condition, "records break the rule", mend


def _implied(table: Table, name: str) -> str:
    """Return the condition that a rule of a column's kind does not hold; such rules have no name but themselves."""
    from crmspec.deploy.shape import condition

    text = next(text.removeprefix("CHECK ") for _, text in implied_checks(table, "sqlite")
                if condition(text.removeprefix("CHECK ")) == name)
    return f"NOT {text}"


def _index(there: There, drift: Drift) -> Mend:
    """Make an index again; SQLite cannot rename one."""
    index = next(one for one in there.tables[drift.table].indexes if one.name == drift.name)
    drop: tuple[Ordered, ...] = ((DROP, f"DROP INDEX {quoted(drift.called)}"),) if drift.called else ()
    statements = (*drop, (INDEX, index_sql(drift.table, index)))
    return Mend(drift, f"make {drift.name} again", statements, doubts=unique_doubt(there, drift, index))
