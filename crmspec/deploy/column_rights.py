"""Somebody's rights and words on a column that was set aside → on the new column of its name (PostgreSQL).

A column that takes another's place is a new one: nobody may read it who was let in by `GRANT SELECT (column)`, and a
comment stays behind. What is out of sight is nobody's to read, so both are moved, not copied; doing it again finds
nothing to do.
"""

from __future__ import annotations

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
