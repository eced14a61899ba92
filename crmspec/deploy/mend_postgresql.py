"""What would restore one difference, in PostgreSQL's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crmspec.deploy.drift import Drift
from crmspec.deploy.mend import (
    CHANGE,
    DROP,
    INDEX,
    KEY,
    MAKE,
    RULE,
    Doubt,
    Hazards,
    Mend,
    Ordered,
    There,
    broken,
    missing_columns,
    orphans,
    repeated,
    stopped,
)
from crmspec.schema import Column, Table, TableIndex
from crmspec.schema.ddl import (
    TYPES,
    add_column_sql,
    constant,
    constraint_sql,
    create_table_sql,
    foreign_key_sql,
    index_sql,
    quoted,
)

_SCANS: Hazards = (("blocks_writes", "every row is looked at while nobody can save"),)
_BUILT: Hazards = (("blocks_writes", "the index is built while nobody can save"),)
# Wanted type → types whose values are the same in it, with the condition that holds for those that are not.
_SAME_VALUES: dict[str, tuple[tuple[str, str], ...]] = {
    "bigint": (("smallint|integer", ""), (r"numeric.*", "{0} <> trunc({0}) OR abs({0}) > 9223372036854775807")),
    "text": ((r"character.*|text collate .*|citext", ""),),
    "uuid": ((r"text|character.*", "{0}::text !~* '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'"),),
    "jsonb": (("json", ""),),
    "timestamp with time zone": ((r"timestamp\(\d\) with time zone", ""),),
    "time without time zone": ((r"time\(\d\) without time zone", ""),),
}


def mends(there: There, drifts: Sequence[Drift]) -> Iterator[Mend]:
    """Yield what would restore each difference."""
    for drift in drifts:
        match drift.aspect:
            case "column":
                yield _column(there, drift)
            case "type":
                yield _type(there, drift)
            case "required":
                yield _required(there, drift)
            case "default":
                yield _default(there, drift)
            case "primary key":
                yield _primary_key(there, drift)
            case "check" | "foreign key":
                yield _constraint(there, drift)
            case _:
                yield _index(there, drift)


def make(table: Table) -> Iterator[Ordered]:
    """Make a table; what it points at may be made after it."""
    yield MAKE, create_table_sql(table, "postgresql", foreign_keys=False)
    for key in table.foreign_keys:
        yield KEY, f"ALTER TABLE {quoted(table.name)} ADD {foreign_key_sql(key)}"
    for index in table.indexes:
        yield INDEX, index_sql(table.name, index)


def _alter(drift: Drift) -> str:
    return f"ALTER TABLE {quoted(drift.table)} ALTER COLUMN {quoted(drift.name)}"


def _wanted(there: There, drift: Drift) -> Column:
    column = there.tables[drift.table].column(drift.name)
    assert column is not None
    return column


def _column(there: There, drift: Drift) -> Mend:
    column = _wanted(there, drift)
    lost: Hazards = (("loses_data", "its values are gone: a backup may have them; it is made again, empty"),)
    doubts = there.doubt(drift, "TRUE", "records would have no value in a column that must have one",
                         f"add `{drift.place}` by hand, fill it, and run the same command again") \
        if column.required and column.default is None else ()
    return Mend(drift, f"make {drift.place} again, empty",
                ((MAKE, add_column_sql(drift.table, column, "postgresql")),), lost, doubts)


def _type(there: There, drift: Drift) -> Mend:
    column = _wanted(there, drift)
    misfit = next((condition for wanted, condition in _SAME_VALUES.get(drift.expected, ())
                   if re.fullmatch(wanted, drift.found)), None)
    if misfit is None:
        return stopped(
            drift, f"nobody can tell what its values should be as {drift.expected}",
            f"{_alter(drift)} TYPE {drift.expected} USING …      with the conversion that is meant")
    name, kind = quoted(drift.name), TYPES["postgresql"][column.kind]
    statements: list[Ordered] = [(CHANGE, f"{_alter(drift)} DROP DEFAULT")]
    statements.append((CHANGE, f"{_alter(drift)} TYPE {kind} USING {name}::{kind}"))
    if column.default is not None:
        default = constant(column.kind, column.default, "postgresql")
        statements.append((CHANGE, f"{_alter(drift)} SET DEFAULT {default}"))
    doubts = there.doubt(drift, misfit.format(name), f"values do not fit into {drift.expected}", "mend those records") \
        if misfit else ()
    hazards: Hazards = (("rewrites_table", f"every value becomes {drift.expected} again"),)
    return Mend(drift, f"give {drift.place} its type back", tuple(statements), hazards, doubts)


def _required(there: There, drift: Drift) -> Mend:
    if not _wanted(there, drift).required and drift.name not in there.tables[drift.table].primary_key:
        return Mend(drift, f"let {drift.place} be empty", ((CHANGE, f"{_alter(drift)} DROP NOT NULL"),))
    doubts = there.doubt(drift, f"{quoted(drift.name)} IS NULL", "records are blank in a column that must be filled",
                         "fill them")
    statement = f"{_alter(drift)} SET NOT NULL"
    return Mend(drift, f"let {drift.place} not be empty", ((CHANGE, statement),), doubts=doubts)


def _default(there: There, drift: Drift) -> Mend:
    column = _wanted(there, drift)
    words = "DROP DEFAULT" if column.default is None else \
        f"SET DEFAULT {constant(column.kind, column.default, 'postgresql')}"
    return Mend(drift, f"give {drift.place} its default back", ((CHANGE, f"{_alter(drift)} {words}"),))


def _primary_key(there: There, drift: Drift) -> Mend:
    table = there.tables[drift.table]
    if there.real[drift.table].primary_key == table.primary_key:
        return Mend(drift, f"give {drift.name} its name back", (_renamed_constraint(drift),))
    if drift.called:
        return stopped(drift, "other tables may lean on the key that is there",
                       f"ALTER TABLE {quoted(drift.table)} DROP CONSTRAINT {quoted(drift.called)}, then run it again")
    names = ", ".join(map(quoted, table.primary_key))
    blank = " OR ".join(f"{quoted(name)} IS NULL" for name in table.primary_key)
    doubts = there.doubt(drift, f"{blank} OR {repeated(drift.table, table.primary_key)}",
                         "records have no id, or share one", "give each of them an id of its own")
    add = f"ALTER TABLE {quoted(drift.table)} ADD CONSTRAINT {quoted(drift.name)} PRIMARY KEY ({names})"
    return Mend(drift, f"make the primary key of {drift.table} again", ((RULE, add),), _SCANS, doubts)


def _renamed_constraint(drift: Drift) -> Ordered:
    return (DROP, f"ALTER TABLE {quoted(drift.table)} RENAME CONSTRAINT {quoted(drift.called)} TO {quoted(drift.name)}")


def _constraint(there: There, drift: Drift) -> Mend:
    if drift.called and drift.called != drift.name:
        return Mend(drift, f"give {drift.name} its name back", (_renamed_constraint(drift),))
    table = there.tables[drift.table]
    statements: list[Ordered] = []
    if drift.called:
        statements.append((DROP, f"ALTER TABLE {quoted(drift.table)} DROP CONSTRAINT {quoted(drift.name)}"))
    gone = missing_columns(there, drift.table)
    if drift.aspect == "check":
        check = next(one for one in table.checks if one.name == drift.name)
        statements.append((RULE, f"ALTER TABLE {quoted(drift.table)} ADD {constraint_sql(check, 'postgresql')}"))
        columns, condition = {check.column, *(check.values if check.rule == "together" else ())}, broken(there, drift)
        what = "records break the rule"
    else:
        key = next(one for one in table.foreign_keys if one.name == drift.name)
        statements.append((KEY, f"ALTER TABLE {quoted(drift.table)} ADD {foreign_key_sql(key)}"))
        columns, condition, what = {key.column}, orphans(there, key), "records point at records that are not there"
    doubts = () if columns & gone else there.doubt(drift, condition, what, "mend those records")
    return Mend(drift, f"make {drift.name} again", tuple(statements), _SCANS, doubts)


def _index(there: There, drift: Drift) -> Mend:
    if drift.called and drift.called != drift.name:
        rename = f"ALTER INDEX {quoted(drift.called)} RENAME TO {quoted(drift.name)}"
        return Mend(drift, f"give {drift.name} its name back", ((DROP, rename),))
    index = next(one for one in there.tables[drift.table].indexes if one.name == drift.name)
    drop: tuple[Ordered, ...] = ((DROP, f"DROP INDEX {quoted(drift.name)}"),) if drift.called else ()
    statements = (*drop, (INDEX, index_sql(drift.table, index)))
    return Mend(drift, f"make {drift.name} again", statements, _BUILT, unique_doubt(there, drift, index))


def unique_doubt(there: There, drift: Drift, index: TableIndex) -> tuple[Doubt, ...]:
    """Return the count of records that share what an index keeps apart."""
    columns = [entry.removeprefix("-") for entry in index.columns]
    if not index.unique or missing_columns(there, drift.table) & set(columns):
        return ()
    return there.doubt(drift, repeated(drift.table, columns), "records share what should be unique",
                       "give all but one of them another value")
