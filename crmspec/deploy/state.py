"""What a database knows of its own past: releases, deploys, steps, revisions, what was retired.

`crmspec_release` is a chain: every row carries the hash of the one before, so that an edited, removed or inserted row
is found. Order is by `number`, never by a clock. `crmspec_retired` has one row for each column or table that a
revision put out of sight: `stored_as` is what it is called now, `name` what it was called, `table_name` where a column
is (empty for a table), `address` the part of the spec it held, `revision` the revision that retired it. `at` is filled
in by the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa

from crmspec import __version__
from crmspec.audit import begin_chain
from crmspec.deploy.looking import dialect_of, has_column, has_table
from crmspec.deploy.statements import execute_all
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.schema import Column, Dialect, Table, TableIndex
from crmspec.schema.ddl import add_column_sql, create_table_sql, index_sql, literal
from crmspec.schema.metadata import add_tables
from crmspec.schema.system import SYSTEM_SQL, SYSTEM_TABLES, SYSTEM_VERSION
from crmspec.schema.tables import MOMENT_FORMAT

STATE_VERSION = 2


def _text(name: str, *, required: bool = True, default: str | None = None) -> Column:
    return Column(name=name, kind="text", required=required, default=default)


def _number(name: str, *, required: bool = True) -> Column:
    return Column(name=name, kind="bigint", required=required)


def _moment(name: str, *, required: bool = True) -> Column:
    return Column(name=name, kind="datetime", required=required)


STATE_TABLES: tuple[Table, ...] = (
    Table(name="crmspec_version", primary_key=("name",), columns=(_text("name"), _number("version"))),
    Table(
        name="crmspec_release", primary_key=("number",),
        columns=(
            _number("number"), _text("deploy_id"), _text("action"), _text("fingerprint"),
            _text("revision", required=False), _text("git_commit", required=False), _text("who"), _moment("at"),
            _text("made_by"),
            _text("spec_hash"), _text("artifacts_hash"), _text("origins_hash"), _text("previous_hash"), _text("hash"),
        ),
        indexes=(TableIndex(name="uq_crmspec_release_deploy", columns=("deploy_id",), unique=True),),
    ),
    # The spec, each artifact, the list of artifacts (path → hash) and that of origins stand under their own hashes: a
    # release that changes one screen adds what is new, not a copy of everything.
    Table(name="crmspec_content", primary_key=("hash",), columns=(_text("hash"), _text("content"))),
    Table(
        name="crmspec_deploy", primary_key=("id",),
        columns=(_text("id"), _number("seq"), _text("state"), _text("action"), _text("fingerprint"),
                 _text("revision", required=False), _text("who"), _moment("started_at"),
                 _moment("finished_at", required=False)),
        indexes=(TableIndex(name="uq_crmspec_deploy_seq", columns=("seq",), unique=True),),
    ),
    Table(
        name="crmspec_step", primary_key=("deploy_id", "number"),
        columns=(_text("deploy_id"), _number("number"), _text("revision"), _text("direction"), _number("statements"),
                 _text("checksum"), _moment("at")),
    ),
    Table(name="crmspec_revision", primary_key=("revision",),
          columns=(_text("revision"), _text("checksum"), _text("deploy_id", required=False), _moment("at"))),
    Table(
        name="crmspec_retired", primary_key=("table_name", "stored_as"),
        columns=(_text("table_name", default=""), _text("stored_as"), _text("name"), _text("address"),
                 _text("revision"), _moment("at")),
    ),
    # What revisions have prepared on PostgreSQL and not released yet, in the order it was done, which is also kept in
    # `number`: see `deploy.online_journal`.
    Table(
        name="crmspec_online", primary_key=("number",),
        columns=(_number("number"), _text("revision"), _text("direction"), _text("kind"), _text("state"),
                 _text("undo"), _text("cursor", required=False), _text("last", required=False), _text("checksum"),
                 _moment("at")),
    ),
)
# The moment by the database's clock, as SQL.
NOW: dict[Dialect, str] = {"sqlite": "(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))", "postgresql": "clock_timestamp()"}
_metadata = sa.MetaData()
add_tables(_metadata, STATE_TABLES)
version, release, content, deploy, step, revision, retired, online = (
    _metadata.tables[table.name] for table in STATE_TABLES)


def state_sql(dialect: Dialect) -> tuple[str, ...]:
    """Return the statements that make every table of crmspec's own where it is missing; safe to run again."""
    statements: list[str] = []
    for table in (*STATE_TABLES, *SYSTEM_TABLES):
        statements.append(_with_clock(create_table_sql(table, dialect), table, dialect))
        statements.extend(index_sql(table.name, index) for index in table.indexes)
    statements.extend(SYSTEM_SQL[dialect])
    for name, number in (("state", STATE_VERSION), ("system", SYSTEM_VERSION)):
        statements.append(f"INSERT INTO crmspec_version VALUES ({literal(name)}, {number}) ON CONFLICT DO NOTHING")
    return tuple(_if_missing(statement) for statement in statements)


def _if_missing(statement: str) -> str:
    """Say IF NOT EXISTS in a CREATE statement that does not yet."""
    safe = statement.startswith("CREATE OR REPLACE ") or " IF NOT EXISTS " in statement
    if safe or not statement.startswith("CREATE "):
        return statement
    for kind in ("VIRTUAL TABLE", "UNIQUE INDEX", "TABLE", "INDEX", "TRIGGER"):
        if statement.startswith(f"CREATE {kind} "):
            return statement.replace(f"CREATE {kind} ", f"CREATE {kind} IF NOT EXISTS ", 1)
    raise ValueError(f"no way to say IF NOT EXISTS in: {statement}")


def _with_clock(statement: str, table: Table, dialect: Dialect) -> str:
    """Have the database date a retired part by itself; a `Column`'s default is always a constant."""
    if table.name != "crmspec_retired":
        return statement
    kind = "TEXT" if dialect == "sqlite" else "timestamptz"
    return statement.replace(f'"at" {kind} NOT NULL', f'"at" {kind} NOT NULL DEFAULT {NOW[dialect]}')


def ensure_state(connection: sa.Connection) -> None:
    """Make crmspec's own tables and columns where they are missing. A newer crmspec's tables are refused."""
    versions = state_versions(connection)
    refuse_newer_state(versions)
    if versions == _VERSIONS:
        return
    dialect = dialect_of(connection)
    if versions:
        execute_all(connection, list(_missing_columns(connection, dialect)))
        if has_table(connection, "crmspec_audit"):
            begin_chain(connection)
    execute_all(connection, state_sql(dialect))
    for name, number in _VERSIONS.items():
        connection.execute(sa.update(version).where(version.c.name == name).values(version=number))


def _missing_columns(connection: sa.Connection, dialect: Dialect) -> Iterator[str]:
    """Write the columns that an older crmspec did not have yet; a table that it did not have is made whole."""
    for table in (*STATE_TABLES, *SYSTEM_TABLES):
        if has_table(connection, table.name):
            for column in table.columns:
                if not has_column(connection, table.name, column.name):
                    yield add_column_sql(table.name, column, dialect)


_VERSIONS = {"state": STATE_VERSION, "system": SYSTEM_VERSION}


def state_versions(connection: sa.Connection) -> dict[str, int]:
    """Return the versions of the state and system tables; empty for a database that crmspec has never written to."""
    if not has_table(connection, "crmspec_version"):
        return {}
    known = sa.select(version).where(version.c.name.in_(_VERSIONS))
    return {row.name: row.version for row in connection.execute(known)}


def is_current(connection: sa.Connection) -> bool:
    """Say whether crmspec's own tables are those of this version."""
    return state_versions(connection) == _VERSIONS


def refuse_newer_state(versions: dict[str, int]) -> None:
    """Refuse a database that a newer crmspec has written to: what it means by its rows is not known here."""
    if any(versions.get(name, 0) > known for name, known in _VERSIONS.items()):
        raise Refused(Diagnostic(
            "CRM502", "this database was last deployed by a newer crmspec",
            why=f"its own tables have version {versions}, this crmspec ({__version__}) knows {_VERSIONS}",
            help="pip install --upgrade crmspec",
        ))


def database_clock(connection: sa.Connection) -> datetime:
    """Return the moment by the database's clock, the one clock that all deployers share."""
    if connection.dialect.name == "postgresql":
        moment: datetime = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
        return moment.astimezone(UTC)
    text = connection.execute(sa.text("SELECT strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')")).scalar_one()
    return datetime.strptime(text, MOMENT_FORMAT).replace(tzinfo=UTC)
