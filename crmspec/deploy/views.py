"""People's views and triggers over a column that was set aside → over the new column of its name.

A field whose type changes gets a new column, and the old one goes out of sight under another name. What somebody made
over it follows that rename by itself, and would show the old values for ever. So after each revision whatever reads a
column that is out of sight, while its table has one of its name in sight, is made again over that one: with its owner,
its rights, its options and what stands on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crmspec.deploy.column_rights import move_column_rights
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.schema.ddl import quoted

_AS_WRITTEN = {"no_parameters": True}
Names = Mapping[str, str]  # column out of sight → column in sight


def follow_columns(connection: sa.Connection) -> None:
    """Let views, triggers and rights that were left behind by a change of type go over to the columns in sight."""
    if connection.dialect.name == "sqlite":
        _follow_on_sqlite(connection)
    else:
        _follow_on_postgresql(connection)
        move_column_rights(connection)


def _over_the_new(text: str, names: Names) -> str:
    words = "|".join(map(re.escape, names))
    return re.sub(rf'"(?:{words})"|\b(?:{words})\b', lambda match: quoted(names[match[0].strip('"')]), text)


# --- SQLite ---

_SQLITE_PAIRS = """
SELECT r.stored_as, r.name FROM crmspec_retired AS r
WHERE r.table_name <> '' AND EXISTS (SELECT 1 FROM pragma_table_info(r.table_name) WHERE name = r.name)
  AND EXISTS (SELECT 1 FROM pragma_table_info(r.table_name) WHERE name = r.stored_as)"""
_SQLITE_TEXTS = """
SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('view', 'trigger')
ORDER BY type = 'trigger', rowid"""


def _follow_on_sqlite(connection: sa.Connection) -> None:
    texts = connection.exec_driver_sql(_SQLITE_TEXTS).all()
    if not any("crmspec_" in sql for kind, name, table, sql in texts if not name.startswith("crmspec_")):
        return
    names = {row.stored_as: row.name for row in connection.exec_driver_sql(_SQLITE_PAIRS)}
    if not names:
        return
    changed = {name for _, name, _, sql in texts if _over_the_new(sql, names) != sql}
    for kind, name, table, _ in reversed(texts):
        if name in changed or (kind == "trigger" and table in changed):  # a view takes its triggers along
            connection.exec_driver_sql(f"DROP {kind.upper()} IF EXISTS {quoted(name)}")
    for kind, name, table, sql in texts:
        if name in changed or (kind == "trigger" and table in changed):
            connection.exec_driver_sql(_over_the_new(sql, names), execution_options=_AS_WRITTEN)


# --- PostgreSQL ---

_POSTGRESQL_LEFT = """
WITH RECURSIVE left_behind AS (
  SELECT v.oid, 0 AS depth, a.attname::text AS stored, r.name
  FROM crmspec_retired AS r
  JOIN pg_class AS t ON t.relname = r.table_name AND t.relnamespace = current_schema()::regnamespace
  JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attname = r.stored_as AND NOT a.attisdropped
  JOIN pg_attribute AS seen ON seen.attrelid = t.oid AND seen.attname = r.name AND NOT seen.attisdropped
  JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid = a.attnum
    AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite AS w ON w.oid = d.objid
  JOIN pg_class AS v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
  UNION ALL
  SELECT v.oid, l.depth + 1, l.stored, l.name
  FROM left_behind AS l
  JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = l.oid
    AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite AS w ON w.oid = d.objid AND w.ev_class <> l.oid
  JOIN pg_class AS v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
)
SELECT oid::regclass::text, oid, max(depth), jsonb_object_agg(stored, name) FROM left_behind
GROUP BY left_behind.oid ORDER BY max(depth), left_behind.oid"""
_POSTGRESQL_WORDS = """
SELECT v.relkind::text, pg_get_viewdef(v.oid), coalesce(array_to_string(v.reloptions, ', '), ''),
  quote_ident(pg_get_userbyid(v.relowner)), quote_literal(obj_description(v.oid, 'pg_class')),
  ARRAY(SELECT format('GRANT %%s ON %%s TO %%s%%s', g.privilege_type, v.oid::regclass,
          CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
          CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM aclexplode(v.relacl) AS g WHERE g.grantee <> v.relowner)
  || ARRAY(SELECT format('GRANT %%s (%%I) ON %%s TO %%s', g.privilege_type, a.attname, v.oid::regclass,
          CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END)
        FROM pg_attribute AS a CROSS JOIN aclexplode(a.attacl) AS g WHERE a.attrelid = v.oid)
  || ARRAY(SELECT pg_get_triggerdef(t.oid) FROM pg_trigger AS t WHERE t.tgrelid = v.oid AND NOT t.tgisinternal)
  || ARRAY(SELECT pg_get_indexdef(i.indexrelid) FROM pg_index AS i WHERE i.indrelid = v.oid)
FROM pg_class AS v WHERE v.oid = %s"""


def _follow_on_postgresql(connection: sa.Connection) -> None:
    left = connection.exec_driver_sql(_POSTGRESQL_LEFT).all()
    if not left:
        return
    made = [list(_again(connection, name, oid, names)) for name, oid, _, names in left]
    try:
        for (name, *_), (kind, *_) in zip(reversed(left), reversed(made), strict=True):
            connection.exec_driver_sql(f"DROP {kind} {name}", execution_options=_AS_WRITTEN)
        for _, *statements in made:
            for statement in statements:
                connection.exec_driver_sql(statement, execution_options=_AS_WRITTEN)
    except DBAPIError as error:
        names = ", ".join(f"`{name}`" for name, *_ in left)
        raise Refused(Diagnostic(
            "CRM547", f"somebody's view does not fit what the fields it reads become: {names}",
            why=" ".join(str(error.orig).split()),
            help="drop it or write it anew before, and run the same command again; nothing was changed")) from error


def _again(connection: sa.Connection, name: str, oid: int, names: dict[str, str]) -> Iterator[str]:
    """Yield what kind a view is, then every statement that makes it again, over the columns that are in sight."""
    row: Any = connection.exec_driver_sql(_POSTGRESQL_WORDS, (oid,)).one()
    kind, text, options, owner, comment, more = row
    what = "VIEW" if kind == "v" else "MATERIALIZED VIEW"
    yield what
    settings = f" WITH ({options})" if options else ""
    yield f"CREATE {what} {name}{settings} AS {_over_the_new(text, names)}"
    yield f"ALTER {what} {name} OWNER TO {owner}"
    if comment:
        yield f"COMMENT ON {what} {name} IS {comment}"
    yield from more
