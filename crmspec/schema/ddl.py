"""Tables as SQL text, one shape in both databases' words. Names are quoted, constants escaped, here and only here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crmspec.schema.tables import Check, Column, Dialect, ForeignKey, Table, TableIndex, fitted
from crmspec.spec import ColumnKind

# SQLite keeps days, times and moments as ISO 8601 text of one width, so that text order is time order.
TYPES: dict[Dialect, dict[ColumnKind, str]] = {
    "sqlite": {
        "id": "TEXT",
        "text": "TEXT",
        "bigint": "INTEGER",
        "boolean": "INTEGER",
        "date": "TEXT",
        "datetime": "TEXT",
        "time": "TEXT",
        "json": "TEXT",
    },
    "postgresql": {
        "id": "uuid",
        "text": "text",
        "bigint": "bigint",
        "boolean": "boolean",
        "date": "date",
        "datetime": "timestamptz",
        "time": "time",
        "json": "jsonb",
    },
}
_ON_DELETE = {"no_action": "", "set_null": " ON DELETE SET NULL", "cascade": " ON DELETE CASCADE"}


def quoted(name: str) -> str:
    """Quote an identifier: always, since no list of reserved words is complete."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text constant. Both databases run with standard strings, where only the quote itself is special."""
    return "'" + text.replace("'", "''") + "'"


def constant(kind: ColumnKind, text: str, dialect: Dialect) -> str:
    """Write a canonical constant of a kind in SQL."""
    if kind == "bigint":
        return str(int(text))
    if kind == "boolean":
        return text.upper() if dialect == "postgresql" else str(int(text == "true"))
    return literal(text)


def column_sql(column: Column, dialect: Dialect, *, not_null: str = "") -> str:
    """Write one column as it stands in CREATE TABLE or ADD COLUMN; NOT NULL may have a name (PostgreSQL 18 has one)."""
    text = f"{quoted(column.name)} {TYPES[dialect][column.kind]}"
    if column.required:
        text += f" CONSTRAINT {quoted(not_null)} NOT NULL" if not_null else " NOT NULL"
    if column.default is not None:
        text += f" DEFAULT {constant(column.kind, column.default, dialect)}"
    return text


def check_sql(check: Check, dialect: Dialect) -> str:
    """Write the condition of a check."""
    column = quoted(check.column)
    match check.rule:
        case "one_of":
            # Sorted: options in another order are the same set, and no reason to touch a table.
            return f"{column} IN ({', '.join(literal(value) for value in sorted(check.values))})"
        case "at_least":
            return f"{column} >= {int(check.values[0])}"
        case "at_most":
            return f"{column} <= {int(check.values[0])}"
        case "length_max":
            return f"length({column}) <= {int(check.values[0])}"
        case "together":
            return " = ".join(f"({quoted(name)} IS NULL)" for name in check.values)


def constraint_sql(check: Check, dialect: Dialect) -> str:
    """Write a named check constraint."""
    return f"CONSTRAINT {quoted(check.name)} CHECK ({check_sql(check, dialect)})"


def foreign_key_sql(key: ForeignKey) -> str:
    """Write a named foreign key constraint."""
    return (
        f"CONSTRAINT {quoted(key.name)} FOREIGN KEY ({quoted(key.column)}) "
        f"REFERENCES {quoted(key.table)} ({quoted('id')}){_ON_DELETE[key.on_delete]}"
    )


def index_sql(table: str, index: TableIndex, *, concurrently: bool = False) -> str:
    """Write CREATE INDEX."""
    entries = ", ".join(
        quoted(entry[1:]) + " DESC" if entry.startswith("-") else quoted(entry) for entry in index.columns
    )
    unique = "UNIQUE " if index.unique else ""
    online = "CONCURRENTLY " if concurrently else ""
    return f"CREATE {unique}INDEX {online}{quoted(index.name)} ON {quoted(table)} ({entries})"


def create_table_sql(
    table: Table, dialect: Dialect, *, name: str = "", foreign_keys: bool = True, not_null_of: str = ""
) -> str:
    """Write CREATE TABLE, without its indexes.

    With `foreign_keys=False` they are left to a later ALTER (PostgreSQL: tables that point at one another). With
    `not_null_of` each NOT NULL is called as PostgreSQL would call it in the table of that name.
    """
    lines = [
        column_sql(
            column, dialect, not_null=fitted(f"{not_null_of}_{column.name}_not_null") if not_null_of else ""
        )
        for column in table.columns
    ]
    key = ", ".join(quoted(column) for column in table.primary_key)
    lines.append(f"CONSTRAINT {quoted(primary_key_name(table.name))} PRIMARY KEY ({key})")
    lines.extend(constraint_sql(check, dialect) for check in table.checks)
    lines.extend(constraint for _, constraint in implied_checks(table, dialect))
    if foreign_keys:
        lines.extend(foreign_key_sql(entry) for entry in table.foreign_keys)
    body = ",\n  ".join(lines)
    return f"CREATE TABLE {quoted(name or table.name)} (\n  {body}\n)"


def primary_key_name(table: str) -> str:
    """Return the name of a table's primary key: PostgreSQL keeps it as an index, whose name must be free."""
    return fitted(f"pk_{table}")


def add_column_sql(table: str, column: Column, dialect: Dialect, checks: Iterable[Check] = ()) -> str:
    """Write ADD COLUMN, on SQLite with the column's checks: it cannot add them later."""
    text = f"ALTER TABLE {quoted(table)} ADD COLUMN {column_sql(column, dialect)}"
    if dialect == "postgresql":
        return text
    constraints = [
        *(constraint for _, constraint in implied_column_checks(column)),
        *(constraint_sql(check, dialect) for check in checks),
    ]
    return "\n  ".join((text, *constraints))


def implied_checks(table: Table, dialect: Dialect) -> Iterator[tuple[str, str]]:
    """Yield (column, constraint) for what PostgreSQL's types keep by themselves and SQLite's do not."""
    if dialect == "sqlite":
        for column in table.columns:
            yield from implied_column_checks(column)


def implied_column_checks(column: Column) -> Iterator[tuple[str, str]]:
    """Yield (column, constraint) for what SQLite does not keep by itself of a column's kind."""
    if column.kind == "boolean":
        yield column.name, f"CHECK ({quoted(column.name)} IN (0, 1))"
    elif column.kind == "json":
        # SQLite before 3.45 calls a blank no valid JSON.
        yield column.name, f"CHECK ({quoted(column.name)} IS NULL OR json_valid({quoted(column.name)}))"
