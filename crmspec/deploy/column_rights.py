"""Somebody's rights and words on a column that was set aside → on the new column of its name (PostgreSQL).

A column that takes another's place is a new one: nobody may read it who was let in by `GRANT SELECT (column)`, and a
comment stays behind. What is out of sight is nobody's to read, so both are moved, not copied; doing it again finds
nothing to do. A table that is written anew beside another gets what was on that one before it is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa

from crmspec.deploy.statements import execute_all

# Every column that is out of sight beside the one that has its name.
_PAIRS = """
SELECT t.oid AS relation, old.attnum AS old, old.attname AS stored, new.attname AS seen, old.attacl AS rights
FROM crmspec_retired AS r
JOIN pg_class AS t ON t.relname = r.table_name AND t.relnamespace = current_schema()::regnamespace
JOIN pg_attribute AS old ON old.attrelid = t.oid AND old.attname = r.stored_as AND NOT old.attisdropped
JOIN pg_attribute AS new ON new.attrelid = t.oid AND new.attname = r.name AND NOT new.attisdropped"""
_STATEMENTS = f"""
WITH pair AS ({_PAIRS}),
granted AS (
  SELECT pair.*, one.privilege_type, one.is_grantable,
    CASE WHEN one.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(one.grantee)) END AS whom
  FROM pair CROSS JOIN aclexplode(pair.rights) AS one)
SELECT format('GRANT %%s (%%I) ON %%s TO %%s%%s', privilege_type, seen, relation::regclass, whom,
  CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) FROM granted
UNION ALL
SELECT format('REVOKE %%s (%%I) ON %%s FROM %%s', privilege_type, stored, relation::regclass, whom) FROM granted
UNION ALL
SELECT format('COMMENT ON COLUMN %%s.%%I IS %%s', relation::regclass, name.one, name.words)
FROM pair CROSS JOIN LATERAL (VALUES (seen, quote_literal(col_description(relation, old))), (stored, 'NULL'))
  AS name (one, words)
WHERE col_description(relation, old) IS NOT NULL"""


def move_column_rights(connection: sa.Connection) -> None:
    """Let whoever was granted something on a column have it on the one that took its place."""
    execute_all(connection, list(connection.exec_driver_sql(_STATEMENTS).scalars()))


_DROPPED = re.compile(r'\ADROP TABLE ("(?:[^"]|"")*")\Z')
_RENAMED = re.compile(r'\AALTER TABLE ("(?:[^"]|"")*") RENAME TO ("(?:[^"]|"")*")\Z')
_OF_TABLE = """
WITH side AS (SELECT to_regclass(:old) AS old, to_regclass(:new) AS new),
granted AS (
  SELECT side.new AS relation, one.privilege_type, one.is_grantable, '' AS seen, one.grantee
  FROM side JOIN pg_class AS t ON t.oid = side.old CROSS JOIN aclexplode(t.relacl) AS one
  WHERE one.grantee <> t.relowner
  UNION ALL
  SELECT side.new, one.privilege_type, one.is_grantable, format(' (%I)', there.attname), one.grantee
  FROM side JOIN pg_attribute AS here ON here.attrelid = side.old
  JOIN pg_attribute AS there ON there.attrelid = side.new AND there.attname = here.attname
  CROSS JOIN aclexplode(here.attacl) AS one)
SELECT format('GRANT %s%s ON %s TO %s%s', privilege_type, seen, relation,
  CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
  CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) FROM granted
UNION ALL
SELECT format('COMMENT ON TABLE %s IS %L', new, obj_description(old, 'pg_class')) FROM side
WHERE obj_description(old, 'pg_class') IS NOT NULL
UNION ALL
SELECT format('COMMENT ON COLUMN %s.%I IS %L', side.new, there.attname, col_description(here.attrelid, here.attnum))
FROM side JOIN pg_attribute AS here ON here.attrelid = side.old
JOIN pg_attribute AS there ON there.attrelid = side.new AND there.attname = here.attname
WHERE col_description(here.attrelid, here.attnum) IS NOT NULL"""
_BOUND = sa.text(_OF_TABLE).bindparams(sa.bindparam("old", type_=sa.Text), sa.bindparam("new", type_=sa.Text))


def copy_table_rights(connection: sa.Connection, statements: Sequence[str]) -> None:
    """Give tables that statements put in the place of others, which they drop, the rights and comments of those."""
    made = {found[2]: found[1] for one in statements if (found := _RENAMED.match(one))}
    for statement in statements:
        if (dropped := _DROPPED.match(statement)) and dropped[1] in made:
            rights = connection.execute(_BOUND, {"old": dropped[1], "new": made[dropped[1]]}).scalars()
            execute_all(connection, [*rights])
