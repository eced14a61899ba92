"""What a database says of its own tables, in five queries whatever their number, as `Shape`s."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from crmspec.deploy.looking import Asks
from crmspec.deploy.shape import Shape, condition, plain_default
from crmspec.schema import Table
from crmspec.schema.ddl import create_table_sql, index_sql


def real_shapes(connection: Asks, only: Collection[str] | None = None) -> dict[str, Shape]:
    """Read the shape of every table, or only of those named; takes no lock that anybody would notice."""
    shapes: dict[str, Shape] = defaultdict(Shape)
    if connection.dialect.name == "sqlite":
        _read_sqlite(connection, shapes, only)
    else:
        _read_postgresql(connection, shapes, only)
    return dict(shapes)


def written_otherwise(connection: Asks, tables: Mapping[str, Table]) -> dict[str, Table]:
    """Leave out the tables that stand in SQLite's schema word for word as a new one is written: they need no look."""
    if connection.dialect.name != "sqlite":
        return dict(tables)
    real: dict[str, dict[str, str]] = defaultdict(dict)
    for table, name, text in connection.exec_driver_sql(_SQLITE_TEXTS, (json.dumps([*tables]),)):
        real[table][name] = text
    return {name: table for name, table in tables.items() if real.get(name) != _texts(table)}


def _texts(table: Table) -> dict[str, str]:
    indexes = {index.name: index_sql(table.name, index) for index in table.indexes}
    return {table.name: create_table_sql(table, "sqlite")} | indexes


def _rows(connection: Asks, query: str, only: Collection[str] | None) -> Any:
    """Run one of the queries below, with or without its condition on the names of tables."""
    if only is None:
        return connection.exec_driver_sql(query.replace(_ONLY, ""))
    if connection.dialect.name == "sqlite":
        # What SQLite knows of a table it finds by the table's name; `sqlite_master` it would look through.
        narrow = query.replace(_FROM_ALL, _FROM_THESE) if _FROM_ALL in query else query.replace(_ONLY, _ONLY_THESE)
        return connection.exec_driver_sql(narrow, (json.dumps(sorted(only)),))
    return connection.exec_driver_sql(query.replace(_ONLY, "AND r.relname = ANY (%(only)s)"), {"only": sorted(only)})


_ONLY = "/* only */"
_ONLY_THESE = "AND m.name IN (SELECT value FROM json_each(?))"
_FROM_ALL = "sqlite_master AS m /* or these */"
_FROM_THESE = "(SELECT value AS name, 'table' AS type FROM json_each(?)) AS m"


# --- SQLite ---

_SQLITE_COLUMNS = """
SELECT m.name, c.name, upper(c.type), c."notnull", c.dflt_value, c.pk, m.sql
FROM sqlite_master AS m JOIN pragma_table_xinfo(m.name) AS c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.sql NOT LIKE 'CREATE VIRTUAL%'
/* only */ ORDER BY m.name, c.cid"""
_SQLITE_TEXTS = """
SELECT tbl_name, name, sql FROM sqlite_master
WHERE tbl_name IN (SELECT value FROM json_each(?)) AND type IN ('table', 'index') AND sql IS NOT NULL"""
_SQLITE_KEYS = """
SELECT m.name, k."from", k."table", lower(replace(k.on_delete, ' ', '_'))
FROM sqlite_master AS m /* or these */ JOIN pragma_foreign_key_list(m.name) AS k WHERE m.type = 'table'"""
_SQLITE_INDEXES = """
SELECT m.name, i.name, i."unique", i.partial, x.name, x."desc", x.cid
FROM sqlite_master AS m /* or these */ JOIN pragma_index_list(m.name) AS i JOIN pragma_index_xinfo(i.name) AS x
WHERE m.type = 'table' AND i.origin = 'c' AND x.key = 1 ORDER BY m.name, i.name, x.seqno"""
_SQLITE_TRIGGERS = """
SELECT m.name, t.name FROM sqlite_master AS t JOIN sqlite_master AS m ON m.type = 'table' AND m.name = t.tbl_name
WHERE t.type = 'trigger' /* only */"""
_EXPRESSION = -2


def _read_sqlite(connection: Asks, shapes: dict[str, Shape], only: Collection[str] | None) -> None:
    texts: dict[str, str] = {}
    keys: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for table, column, kind, required, default, place, sql in _rows(connection, _SQLITE_COLUMNS, only):
        shapes[table].columns[column] = (kind, bool(required), plain_default(default))
        texts[table] = sql
        if place:
            keys[table].append((place, column))
    for table, sql in texts.items():
        shapes[table].primary_key = tuple(column for _, column in sorted(keys[table]))
        shapes[table].checks = dict(_checks_in(sql))
    for table, column, target, on_delete in _rows(connection, _SQLITE_KEYS, only):
        if table in texts:
            shapes[table].foreign_keys[column] = (column, target, on_delete)
    for table, index, unique, partial, column, descending, cid in _rows(connection, _SQLITE_INDEXES, only):
        if table in texts:
            entries, _ = shapes[table].indexes.get(index, ((), False))
            shown = "(expression)" if cid == _EXPRESSION else f"{'-' if descending else ''}{column}"
            shapes[table].indexes[index] = ((*entries, shown, *(("(partial)",) if partial else ())), bool(unique))
    for table, trigger in _rows(connection, _SQLITE_TRIGGERS, only):
        if table in texts:
            shapes[table].triggers[trigger] = True


_CHECK = re.compile(r"(?:CONSTRAINT\s+(?:\"((?:[^\"]|\"\")+)\"|(\w+))\s+)?\bCHECK\s*\(", re.IGNORECASE)
_PIECE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()]")
_HIDDEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)


def _checks_in(sql: str) -> Iterator[tuple[str, str]]:
    """Find the checks in a CREATE TABLE, since SQLite has no other place where they stand."""
    # Blanked out, texts and comments keep their length but can no longer look like a constraint.
    visible = _HIDDEN.sub(lambda match: " " * len(match[0]), sql)
    for match in _CHECK.finditer(visible):
        body = condition(_balanced(sql, match.end()))
        yield (match[1] or match[2] or body).replace('""', '"'), body


def _balanced(sql: str, start: int) -> str:
    """Return the text from behind an opening parenthesis to the one that closes it."""
    depth = 1
    for match in _PIECE.finditer(sql, start):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0:
            return sql[start:match.start()]
    return sql[start:]


# --- PostgreSQL ---

_POSTGRESQL_COLUMNS = """
SELECT r.relname, a.attname,
       format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attcollation IN (0, 100) THEN ''  -- none, or the default of the database
          ELSE (SELECT ' collate ' || quote_ident(o.collname) FROM pg_collation AS o WHERE o.oid = a.attcollation) END
       || CASE WHEN a.attgenerated <> '' THEN ' generated' WHEN a.attidentity <> '' THEN ' identity' ELSE '' END,
       a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
FROM pg_class AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relnamespace = current_schema()::regnamespace AND r.relkind IN ('r', 'p') /* only */
ORDER BY r.relname, a.attnum"""
_POSTGRESQL_CONSTRAINTS = """
SELECT r.relname, c.conname, c.contype::text,
       c.convalidated AND NOT (c.contype = 'f' AND EXISTS (
           SELECT FROM pg_trigger AS g WHERE g.tgconstraint = c.oid AND g.tgenabled <> 'O')),
       CASE WHEN c.contype = 'c' THEN pg_get_expr(c.conbin, c.conrelid) END,
       (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = k.number),
       t.relname, c.confdeltype::text
FROM pg_constraint AS c JOIN pg_class AS r ON r.oid = c.conrelid LEFT JOIN pg_class AS t ON t.oid = c.confrelid
WHERE r.relnamespace = current_schema()::regnamespace AND c.contype IN ('p', 'c', 'f') AND r.relkind IN ('r', 'p')
  /* only */"""
_POSTGRESQL_INDEXES = """
SELECT r.relname, n.relname, i.indisunique, i.indisvalid,
       concat(CASE WHEN i.indpred IS NOT NULL THEN '(partial)' END,
              CASE WHEN n.relam <> 403 THEN '(not a btree)' END,
              CASE WHEN i.indnatts > i.indnkeyatts THEN '(includes others)' END /* blanks */),
       (SELECT array_agg(CASE WHEN o.option::int & 1 = 1 THEN '-' ELSE '' END
                         || coalesce(a.attname::text, '(expression)')
                         || CASE o.option::int WHEN 1 THEN ' nulls last' WHEN 2 THEN ' nulls first' ELSE '' END
                         ORDER BY k.place)
        FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
        JOIN unnest(i.indoption) WITH ORDINALITY AS o (option, place) ON o.place = k.place
        LEFT JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = k.number AND k.number > 0)
FROM pg_index AS i JOIN pg_class AS n ON n.oid = i.indexrelid JOIN pg_class AS r ON r.oid = i.indrelid
WHERE r.relnamespace = current_schema()::regnamespace AND NOT i.indisprimary AND r.relkind IN ('r', 'p')
  /* only */"""
_BLANKS = ", CASE WHEN i.indnullsnotdistinct THEN '(blanks are doubles)' END"
_SINCE_BLANKS = (15,)
_POSTGRESQL_OTHERS = """
SELECT r.relname, 'trigger', t.tgname::text, t.tgenabled <> 'D'
FROM pg_trigger AS t JOIN pg_class AS r ON r.oid = t.tgrelid
WHERE r.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal AND r.relkind IN ('r', 'p') /* only */
UNION ALL
SELECT r.relname, 'policy', coalesce(p.polname::text, ''), true
FROM pg_class AS r LEFT JOIN pg_policy AS p ON p.polrelid = r.oid
WHERE r.relnamespace = current_schema()::regnamespace AND (r.relrowsecurity OR p.oid IS NOT NULL)
  AND r.relkind IN ('r', 'p') /* only */
UNION ALL
SELECT r.relname, 'grant', concat(string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type), ' ', a.attname,
         CASE WHEN g.grantee = 0 THEN ' to everybody' ELSE ' to ' || quote_ident(pg_get_userbyid(g.grantee)) END), true
FROM pg_class AS r
CROSS JOIN LATERAL (SELECT r.relacl AS rights, NULL AS attname UNION ALL
                    SELECT c.attacl, concat('(', quote_ident(c.attname), ')') FROM pg_attribute AS c
                    WHERE c.attrelid = r.oid AND c.attacl IS NOT NULL AND NOT c.attisdropped) AS a
CROSS JOIN LATERAL aclexplode(a.rights) AS g
WHERE r.relnamespace = current_schema()::regnamespace AND g.grantee <> r.relowner AND r.relkind IN ('r', 'p') /* only */
GROUP BY r.relname, a.attname, g.grantee"""
_ON_DELETE: Mapping[str, str] = {"a": "no_action", "r": "restrict", "n": "set_null", "c": "cascade", "d": "set_default"}


def _read_postgresql(connection: Asks, shapes: dict[str, Shape], only: Collection[str] | None) -> None:
    for table, column, kind, required, default in _rows(connection, _POSTGRESQL_COLUMNS, only):
        shapes[table].columns[column] = (kind, required, plain_default(default))
    constraints = _rows(connection, _POSTGRESQL_CONSTRAINTS, only)
    for table, name, kind, valid, text, columns, target, deleted in constraints:
        shape = shapes[table]
        match kind:
            case "p":
                shape.primary_key, shape.key_name = tuple(columns), name
            case "c":
                shape.checks[name] = condition(text)
            case "f":
                shape.foreign_keys[name] = (",".join(columns), target, _ON_DELETE[deleted])
        if not valid:
            shape.faulty.add(name)
    # Whether blanks are doubles of one another can be said since version 15.
    blanks = _BLANKS if (connection.dialect.server_version_info or ()) >= _SINCE_BLANKS else ""
    indexes = _rows(connection, _POSTGRESQL_INDEXES.replace("/* blanks */", blanks), only)
    for table, name, unique, valid, peculiar, entries in indexes:
        shapes[table].indexes[name] = ((*entries, *((peculiar,) if peculiar else ())), unique)
        if not valid:
            shapes[table].faulty.add(name)
    for table, kind, name, fires in _rows(connection, _POSTGRESQL_OTHERS, only):
        match kind:
            case "trigger":
                shapes[table].triggers[name] = fires
            case "policy":
                shapes[table].policies.add(name)
            case "grant":
                shapes[table].grants.add(" ".join(name.split()))


def column_names(connection: Asks, table: str) -> list[str]:
    """Return the names of one table's columns, in their order."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM pragma_table_info(?) ORDER BY cid"
    else:
        query = ("SELECT attname::text FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid = "
                 "to_regclass(quote_ident(%s)) ORDER BY attnum")
    return list(connection.exec_driver_sql(query, (table,)).scalars())


def table_names(connection: Asks) -> list[str]:
    """Return the names of all tables."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    else:
        query = ("SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
                 "AND relkind IN ('r', 'p')")
    return list(connection.exec_driver_sql(query).scalars())
