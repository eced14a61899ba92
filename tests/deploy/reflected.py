"""The shape of tables as each database itself writes it, names included: read without any of crmspec's own code.

Left out is what crmspec keeps out of sight (`crmspec_…`) and the names of PostgreSQL 18's NOT NULL constraints, which
earlier ones do not have.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import sqlalchemy as sa

Shape = dict[str, list[str]]

_POSTGRESQL = """
SELECT r.relname, 'column ' || quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END || coalesce(' ' || a.attgenerated::text, '')
       || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_class AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relnamespace = current_schema()::regnamespace AND r.relname = ANY (%(tables)s)
UNION ALL
SELECT r.relname, quote_ident(c.conname) || ' ' || pg_get_constraintdef(c.oid)
FROM pg_class AS r JOIN pg_constraint AS c ON c.conrelid = r.oid
WHERE r.relnamespace = current_schema()::regnamespace AND r.relname = ANY (%(tables)s) AND c.contype <> 'n'
UNION ALL
SELECT r.relname, 'a NOT NULL that is not valid'
FROM pg_class AS r JOIN pg_constraint AS c ON c.conrelid = r.oid
WHERE r.relnamespace = current_schema()::regnamespace AND r.relname = ANY (%(tables)s) AND c.contype = 'n'
  AND NOT c.convalidated
UNION ALL
SELECT r.relname, replace(pg_get_indexdef(i.indexrelid), current_schema() || '.', '')
       || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
FROM pg_class AS r JOIN pg_index AS i ON i.indrelid = r.oid
WHERE r.relnamespace = current_schema()::regnamespace AND r.relname = ANY (%(tables)s)
UNION ALL
SELECT r.relname, 'trigger ' || pg_get_triggerdef(t.oid)
FROM pg_class AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid AND NOT t.tgisinternal
WHERE r.relnamespace = current_schema()::regnamespace AND r.relname = ANY (%(tables)s)
"""
_CONSTRAINT = re.compile(r'(?:CONSTRAINT\s+"([^"]+)"\s+)?\b(CHECK|PRIMARY KEY|FOREIGN KEY)\s*\(')
_PIECE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()]")


def reflected(connection: sa.Connection, tables: Collection[str]) -> Shape:
    """Return everything that stands in the catalogue about tables, one line each, sorted."""
    if connection.dialect.name == "sqlite":
        found = {table: [*_of_sqlite(connection, table)] for table in tables}
    else:
        found = {table: [] for table in tables}
        for table, line in connection.exec_driver_sql(_POSTGRESQL, {"tables": list(tables)}):
            found[table].append(line)
    return {table: sorted(line for line in lines if "crmspec_0" not in line) for table, lines in found.items()}


def _of_sqlite(connection: sa.Connection, table: str) -> Iterator[str]:
    rows = connection.exec_driver_sql(
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?)", (table,))
    yield from (f"column {tuple(row)}" for row in rows)
    keys = connection.exec_driver_sql(
        'SELECT "from", "table", "to", on_update, on_delete FROM pragma_foreign_key_list(?)', (table,))
    yield from (f"key {tuple(row)}" for row in keys)
    options = connection.exec_driver_sql("SELECT wr, strict FROM pragma_table_list WHERE name = ?", (table,))
    yield from (f"options {tuple(row)}" for row in options)
    texts = connection.exec_driver_sql(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql NOTNULL", (table,))
    for kind, text in texts:
        yield from _constraints(text) if kind == "table" else [" ".join(text.split())]


def _constraints(text: str) -> Iterator[str]:
    """Find the constraints in a CREATE TABLE, inline ones too."""
    for match in _CONSTRAINT.finditer(text):
        yield f"{match[1] or 'unnamed'} {match[2]} ({_balanced(text, match.end())})"


def _balanced(text: str, start: int) -> str:
    depth = 1
    for match in _PIECE.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0:
            return " ".join(text[start:match.start()].split())
    raise ValueError(text)
