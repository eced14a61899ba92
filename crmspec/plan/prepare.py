"""What is prepared beside a table in use, as calls in PostgreSQL's words: columns, trigger, values, rules, indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from crmspec.plan.beside import DIALECT, Beside, new_name
from crmspec.plan.change import Prepared
from crmspec.plan.pointing import Target
from crmspec.plan.work import FieldWork
from crmspec.schema import Check, Column, ForeignKey, Table, TableIndex
from crmspec.schema.ddl import (
    TYPES,
    column_sql,
    constraint_sql,
    create_table_sql,
    foreign_key_sql,
    index_sql,
    literal,
    quoted,
)

# A text, a column with its table, or a name.
_COLUMNS = re.compile(r"'(?:[^']|'')*'|\"((?:[^\"]|\"\")*)\"\.\"((?:[^\"]|\"\")*)\"|\"(?:[^\"]|\"\")*\"")
# A text, the table before a name, or a name.
_NAMES = re.compile(r"'(?:[^']|'')*'|\"((?:[^\"]|\"\")*)\"\.(?=\")|\"(?:[^\"]|\"\")*\"")


def change(sql: str, undo: str) -> Prepared:
    """Return a statement that is over at once, with the one that takes it back."""
    return Prepared(kind="change", sql=sql, direct=sql, undo=undo)


# --- columns ---


def columns(beside: Beside) -> Iterator[Prepared]:
    """Add the columns that are prepared."""
    table = quoted(beside.table)
    for name, column in beside.columns.items():
        yield change(
            f"ALTER TABLE {table} ADD COLUMN {column_words(column, beside.first_values.get(name))}",
            f"ALTER TABLE {table} DROP COLUMN IF EXISTS {quoted(column.name)}",
        )


def column_words(column: Column, first_value: str | None) -> str:
    """Write a column as it is added: with what the rows that are there get, where that is not its default."""
    if first_value is None:
        return column_sql(column, DIALECT)
    required = " NOT NULL" if column.required else ""
    return f"{quoted(column.name)} {TYPES[DIALECT][column.kind]}{required} DEFAULT {first_value}"


# --- values ---


def carrying(beside: Beside) -> Iterator[Prepared]:
    """Have a trigger work out the computed columns of every row that is written from now on.

    It leaves a row alone in which something else changes: so a batch does not work it out twice, and saving costs next
    to nothing. A row that is written without any change is looked at: that is how others ask for it.
    """
    if not (beside.computed or beside.in_place):
        return
    if beside.unfit:
        yield _refusing(beside)
    name, table = new_name(beside.work.name), quoted(beside.table)
    yield function(name, "\n".join(("BEGIN", *_lines(beside), "  RETURN NEW;", "END")))
    yield change(
        f"CREATE TRIGGER {quoted(name)} BEFORE INSERT OR UPDATE ON {table}\n"
        f"  FOR EACH ROW EXECUTE FUNCTION {quoted(name)}()",
        f"DROP TRIGGER IF EXISTS {quoted(name)} ON {table}",
    )


def _refusing(beside: Beside) -> Prepared:
    """Return the making of a function that stops a batch at a row, and says why."""
    name, tag = quoted(unfit_name(beside)), "$crmspec$"
    body = f"{tag} BEGIN RAISE check_violation USING MESSAGE = why; END {tag}"
    return change(
        f"CREATE FUNCTION {name}(why text) RETURNS text LANGUAGE plpgsql AS {body}",
        f"DROP FUNCTION IF EXISTS {name}(text)",
    )


def unfit_name(beside: Beside) -> str:
    """Return the name of the function that stops a batch."""
    return new_name(f"{beside.work.name}_unfit")


def function(name: str, body: str) -> Prepared:
    """Return the making of a trigger's function. One that looks at other rows has the rights of who deploys."""
    tag = "$crmspec$"
    while tag in body:  # an option may be called anything
        tag = f"{tag[:-1]}_$"
    others = any(word in body for word in ("SELECT ", "INSERT INTO ", 'UPDATE "', "DELETE FROM "))
    rights = "SECURITY DEFINER SET search_path FROM CURRENT " if others else ""
    return change(
        f"CREATE FUNCTION {quoted(name)}() RETURNS trigger LANGUAGE plpgsql {rights}AS {tag}\n{body}\n{tag}",
        f"DROP FUNCTION IF EXISTS {quoted(name)}()",
    )


def _lines(beside: Beside) -> Iterator[str]:
    sources = sorted(_sources(beside))
    old, new = (", ".join(f"{row}.{quoted(column)}" for column in sources) for row in ("OLD", "NEW"))
    yield f"  IF TG_OP = 'UPDATE' AND NEW *<> OLD AND ROW({new}) IS NOT DISTINCT FROM ROW({old}) THEN"
    yield "    RETURN NEW;"
    yield "  END IF;"
    for field in beside.unfit:
        yield from refusal(beside, field)
    # Computed columns first: they are worked out from what the others held before.
    for column, expression in (*beside.computed.items(), *beside.in_place.items()):
        yield f"  NEW.{quoted(beside.place(column))} := {of_row(beside, expression, 'NEW.')};"


def _sources(beside: Beside) -> set[str]:
    """Return the columns of a row that the new values, and what is refused, are worked out from."""
    expressions = [*beside.computed.values(), *beside.in_place.values()]
    expressions += [_unfit(beside, field) for field in beside.unfit]
    return {column for expression in expressions for column in _own_columns(beside, expression)}


def _own_columns(beside: Beside, expression: str) -> Iterator[str]:
    """Yield the columns of the deployed table that an expression over it looks at."""
    for match in _COLUMNS.finditer(expression):
        if match[1] is not None and match[1].replace('""', '"') == beside.table:
            yield match[2].replace('""', '"')


def refusal(beside: Beside, field: FieldWork) -> Iterator[str]:
    """Write the lines that refuse a row whose value cannot be converted, with its key."""
    yield f"  IF coalesce({of_row(beside, _unfit(beside, field), 'NEW.')}, FALSE) THEN"
    yield f"    RAISE check_violation USING MESSAGE = {_why(beside, field, 'NEW.')};"
    yield "  END IF;"


def _why(beside: Beside, field: FieldWork, row: str) -> str:
    words = literal(f"{field.address}: what is stored {field.unfit_words}, so it cannot be converted (record ")
    return f"{words} || {row}{quoted(beside.now.key)} || ')'"


def _unfit(beside: Beside, field: FieldWork) -> str:
    assert field.unfit is not None
    return beside.as_now(field.unfit[DIALECT])


def of_row(beside: Beside, expression: str, row: str) -> str:
    """Write an expression over the deployed table as one over a row of it, as it is called where it stands."""

    def one(match: re.Match[str]) -> str:
        own = match[1] is not None and match[1].replace('""', '"') == beside.table
        return row if own else match[0]

    return _NAMES.sub(one, expression)


def backfill(beside: Beside) -> Iterator[Prepared]:
    """Fill the columns of the rows that are there, and stop at one that cannot be converted."""
    values, wheres = {}, []
    for column, expression in (*beside.computed.items(), *beside.in_place.items()):
        place = beside.place(column)
        value = _plainly(beside, expression)
        for field in beside.unfit:
            if column in field.fill:
                unfit = _plainly(beside, _unfit(beside, field))
                stop = f"CAST({quoted(unfit_name(beside))}({_why(beside, field, '')}) AS {_type(beside, column)})"
                value = f"CASE WHEN coalesce({unfit}, FALSE) THEN {stop} ELSE {value} END"
        values[place] = value
        wheres.append(_is_due(beside, column, place, value))
    if not values:
        return
    where = " OR ".join(f"({one})" for one in wheres) if len(wheres) > 1 else wheres[0]
    assignments = ", ".join(f"{quoted(column)} = {value}" for column, value in values.items())
    sql = f"UPDATE {quoted(beside.table)} SET {assignments} WHERE {where}"
    yield Prepared(
        kind="backfill", sql=sql, direct=sql, table=beside.table, values=values, where=where, key=beside.now.key
    )


def _type(beside: Beside, column: str) -> str:
    there = beside.columns.get(column) or beside.work.desired.column(column)
    assert there is not None
    return TYPES[DIALECT][there.kind]


def _is_due(beside: Beside, column: str, place: str, value: str) -> str:
    """Write which rows a batch has to fill. What is blank stays blank, unless a value is asked for."""
    if column in beside.in_place:
        blanks = value.startswith(f"coalesce({quoted(place)}, ")
        return f"{quoted(place)} IS NULL" if blanks else f"{quoted(place)} IS DISTINCT FROM {value}"
    if "SELECT" in value:  # the trigger would read the other table again for every row that stays as it is
        return f"{quoted(place)} IS DISTINCT FROM {value}"
    desired = beside.work.desired.column(column)
    sources = sorted(set(_own_columns(beside, beside.computed[column])))
    if (desired and desired.required) or not sources:
        return f"{quoted(place)} IS NULL"
    names = ", ".join(map(quoted, sources))
    filled = f"{names} IS NOT NULL" if len(sources) == 1 else f"num_nonnulls({names}) > 0"
    return f"{quoted(place)} IS NULL AND {filled}"


def _plainly(beside: Beside, expression: str) -> str:
    """Leave the table's own name out where nothing else is read."""
    return expression if "SELECT" in expression else of_row(beside, expression, "")


# --- rules ---


def checks(beside: Beside) -> Iterator[Prepared]:
    """Add the rules that the table does not have yet: they hold for every row that is written from now on."""
    table = quoted(beside.table)
    for constraint, name in constraints(beside):
        yield change(
            f"ALTER TABLE {table} ADD {constraint} NOT VALID",
            f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {quoted(name)}",
        )


def lost_rows(beside: Beside) -> Iterator[Prepared]:
    """Take rows away that point at nothing, from a table of several values that nobody has seen for a while."""
    if not beside.idle or beside.now.key == "id":
        return
    for key in beside.coming_keys:
        one = _placed_key(beside, key)
        yield change(
            f"DELETE FROM {quoted(beside.table)} WHERE NOT EXISTS "
            f"(SELECT FROM {quoted(one.table)} AS there WHERE there.id = {quoted(beside.table)}.{quoted(one.column)})",
            "SELECT",  # they were nobody's
        )


def proofs(beside: Beside) -> Iterator[Prepared]:
    """Look whether the rules hold for every row there is. Nobody waits for that."""
    for _, name in constraints(beside):
        sql = f"ALTER TABLE {quoted(beside.table)} VALIDATE CONSTRAINT {quoted(name)}"
        yield Prepared(kind="validate", sql=sql, direct=sql)


def constraints(beside: Beside) -> Iterator[tuple[str, str]]:
    """Yield every rule that is prepared, in words, and its name."""
    for column, name in beside.proofs.items():
        yield f"CONSTRAINT {quoted(name)} CHECK ({quoted(beside.place(column))} IS NOT NULL)", name
    for check in beside.coming_checks:
        one = _placed_check(beside, check)
        yield constraint_sql(one, DIALECT), one.name
    for key in beside.coming_keys:
        other = _placed_key(beside, key)
        yield foreign_key_sql(other), other.name


def _placed_check(beside: Beside, check: Check) -> Check:
    values = tuple(map(beside.place, check.values)) if check.rule == "together" else check.values
    return replace(check, name=new_name(check.name), column=beside.place(check.column), values=values)


def _placed_key(beside: Beside, key: ForeignKey) -> ForeignKey:
    target = beside.now.tables.get(key.table, key.table)
    return replace(key, name=new_name(key.name), column=beside.place(key.column), table=target)


# --- indexes ---


def indexes(beside: Beside) -> Iterator[Prepared]:
    """Build the indexes that the table does not have yet, while everybody goes on writing."""
    for index in beside.coming_indexes:
        one = _placed_index(beside, index)
        yield Prepared(
            kind="build_index",
            sql=index_sql(beside.table, one, concurrently=True),
            direct=index_sql(beside.table, one),
            name=one.name,
        )


def index_of_names(target: Target, names: Mapping[str, str]) -> Prepared:
    """Build the index by which records are found by their names, until the release."""
    table = names.get(target.table, target.table)
    column = names.get(f"{target.table}.{target.column}", target.column)
    name = name_of_index(target)
    what = f"INDEX {{}}{quoted(name)} ON {quoted(table)} (trim({quoted(column)}))"
    return Prepared(
        kind="build_index",
        sql=f"CREATE {what.format('CONCURRENTLY ')}",
        direct=f"CREATE {what.format('')}",
        name=name,
    )


def name_of_index(target: Target) -> str:
    """Return what the index over the names of a table is called."""
    return new_name(f"ix_{target.table}_{target.column}_names")


def _placed_index(beside: Beside, index: TableIndex) -> TableIndex:
    entries = tuple(f"{'-' * entry.startswith('-')}{beside.place(entry.removeprefix('-'))}" for entry in index.columns)
    return replace(index, name=new_name(index.name), columns=entries)


def statistics(beside: Beside) -> Iterator[Prepared]:
    """Have PostgreSQL look at the new values, so that it plans queries by them from the first moment of the release."""
    names = ", ".join(quoted(beside.place(column)) for column in beside.computed)
    if names:
        yield change(f"ANALYZE {quoted(beside.table)} ({names})", "SELECT")  # there is nothing to take back


# --- tables that others point at ---


def bare(table: Table) -> Table:
    """Return a new table as it is prepared: rules and indexes cost nothing later, since it is empty."""
    return replace(table, name=new_name(table.name), checks=(), foreign_keys=(), indexes=())


def target(table: Table) -> Iterator[Prepared]:
    """Make a new table, so that a prepared foreign key can point at it."""
    one = bare(table)
    yield change(create_table_sql(one, DIALECT, not_null_of=table.name), f"DROP TABLE IF EXISTS {quoted(one.name)}")
