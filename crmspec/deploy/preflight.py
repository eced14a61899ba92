"""What a server or a file must be able to do before anything is tried on it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from crmspec.deploy.database import POSTGRESQL_OLDEST, SQLITE_OLDEST
from crmspec.diagnostics import Diagnostic, Refused


def refuse_unfit(engine: sa.Engine) -> None:
    """Refuse a database that could not take a deploy, with everything that stands in the way at once."""
    if engine.dialect.name == "sqlite":
        problems = list(_sqlite_problems(Path(engine.url.database or "")))
    else:
        with engine.connect() as connection:
            problems = list(_postgresql_problems(connection))
    if problems:
        raise Refused(*problems)


def _sqlite_problems(file: Path) -> Iterator[Diagnostic]:
    if sqlite3.sqlite_version_info < SQLITE_OLDEST:
        yield Diagnostic("CRM508", f"SQLite {sqlite3.sqlite_version} is too old",
                         why="its way of changing tables loses things",
                         help=f"use a Python with SQLite {'.'.join(map(str, SQLITE_OLDEST))} or newer")
    if file.exists() and not os.access(file, os.W_OK):
        yield Diagnostic("CRM509", f"the database {file.name} may only be read", help=f"chmod u+w {file}")
    elif not os.access(file.parent, os.W_OK):
        yield Diagnostic("CRM509", f"the folder of {file.name} may only be read",
                         why="SQLite writes its journal beside the database", help=f"chmod u+w {file.parent}")


_FACTS = """
SELECT current_setting('server_version_num')::int, current_setting('server_version'),
       current_setting('server_encoding'), current_setting('transaction_read_only') = 'on' OR pg_is_in_recovery(),
       coalesce(current_schema(), ''),
       current_schema() IS NOT NULL AND has_schema_privilege(current_schema(), 'CREATE'),
       EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm'),
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm'),
       has_database_privilege(current_database(), 'CREATE'), current_user, current_database()"""
_NOT_OWNED = """
SELECT r.relname FROM pg_class AS r
WHERE r.relnamespace = current_schema()::regnamespace AND r.relkind IN ('r', 'p')
  AND NOT pg_has_role(current_user, r.relowner, 'USAGE')
  AND (starts_with(r.relname, 'crmspec_') OR EXISTS (
       SELECT FROM pg_constraint AS c WHERE c.conrelid = r.oid AND c.contype = 'f'
       AND c.confrelid = to_regclass('crmspec_person'))) ORDER BY 1 LIMIT 5"""


def _postgresql_problems(connection: sa.Connection) -> Iterator[Diagnostic]:
    (number, version, encoding, read_only, schema, may_create, has_trigrams, offers_trigrams, may_extend, user,
     database) = connection.exec_driver_sql(_FACTS).one()
    if number < POSTGRESQL_OLDEST:
        yield Diagnostic("CRM508", f"PostgreSQL {version} is too old",
                         help=f"use {POSTGRESQL_OLDEST // 10000} or newer")
    if encoding != "UTF8":
        yield Diagnostic("CRM510", f"the database `{database}` has the encoding {encoding}",
                         why="names and words of every language must fit in it",
                         help=f"make it anew: createdb --encoding=UTF8 --template=template0 {database}")
    if read_only:
        yield Diagnostic("CRM509", f"the database `{database}` may only be read",
                         why="it is a standby, or default_transaction_read_only is set",
                         help="deploy to the primary server")
    if not may_create:
        yield Diagnostic("CRM511", f"`{user}` may not make tables in the schema `{schema}`",
                         help=f"GRANT USAGE, CREATE ON SCHEMA {schema or 'public'} TO {user};")
    if not has_trigrams and not (offers_trigrams and may_extend):
        why = f"`{user}` may not add extensions" if offers_trigrams else "the server does not offer it"
        yield Diagnostic("CRM512", "the extension pg_trgm, which search needs, is missing", why=why,
                         help="have an administrator run: CREATE EXTENSION pg_trgm;")
    others = connection.exec_driver_sql(_NOT_OWNED).scalars().all()
    if others:
        yield Diagnostic("CRM511", f"`{user}` does not own the tables {', '.join(f'`{name}`' for name in others)}",
                         why="only their owner can change them", help="deploy as the user who deployed them first")
