"""What means the same is no drift: however the server writes it, in whatever order, after whatever journey (A rows)."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from crmspec.deploy import find_drift, open_database, plan_repair, read_status
from crmspec.deploy.catalogue import real_shapes
from crmspec.spec import Field, Index, Object
from tests.deploy.build import build_fresh
from tests.deploy.project import Checkout
from tests.deploy.records import add_records
from tests.deploy.specs import ACCOUNT, BASE, fields, options, spec_of, with_field
from tests.postgres_server import binaries_folder

LONG = "a_name_that_is_as_long_as_a_name_may_be_in_a_project"[:48]
TRICKY = spec_of(
    ACCOUNT,
    Object(name=LONG, title_field="name", indexes=(Index(name=LONG, fields=("name", f"-{LONG}")),), fields=fields(
        Field(name="name", type="text", default="it's, (all) 'else' -- \\ {0}"),
        Field(name=LONG, type="picklist", options=options("z", "a,b", "it's", "a''b", "\\", "%s", "-- x", "客户")),
        Field(name=f"{LONG[:-1]}2", type="multi_picklist", options=options("one", "two")),
        Field(name="first_name", type="text", column="firstName", unique=True, max_length=10),
        Field(name="zero", type="integer", default="0"),
        Field(name="below", type="integer", default="-1", min=Decimal(-10), max=Decimal(-1)),
        Field(name="no", type="boolean", default="false"),
    )),
)
BY_HAND = {
    "sqlite": [
        # A12: what SQLite is told is what it keeps, blanks and all.
        "DROP INDEX ix_account_owner",
        "create   index ix_account_owner on ACCOUNT (owner_id asc, created_at DESC, id desc)",
    ],
    "postgresql": [
        "ALTER TABLE account ALTER version SET DEFAULT '1'::integer",               # A4
        "ALTER TABLE account ALTER active SET DEFAULT ('t')::boolean",               # A6
        "ALTER TABLE account ALTER founded SET DEFAULT date '2001-02-03'",
        "ALTER TABLE account ALTER revenue TYPE int8",                               # A8, D34
        "ALTER TABLE account ALTER seen TYPE timestamp with time zone",
        "ALTER TABLE account DROP CONSTRAINT ck_account_stars_at_most, "
        "ADD CONSTRAINT ck_account_stars_at_most CHECK ((((stars)) <= (5)::bigint))",  # A10
        "ALTER TABLE account DROP CONSTRAINT ck_account_industry_one_of, ADD CONSTRAINT ck_account_industry_one_of "
        "CHECK (industry = ANY (ARRAY['it''s, (all) else'::text, 'print'::text]))",
        "DROP INDEX ix_account_owner",
        "CREATE INDEX ix_account_owner ON account USING btree (owner_id ASC NULLS LAST, created_at DESC NULLS FIRST, "
        "id DESC)",                                                                  # A12
        "DROP INDEX uq_contact_email",
        "ALTER TABLE contact ADD CONSTRAINT uq_contact_email UNIQUE (email)",        # E16
    ],
}


@pytest.fixture
def connection(database_url: str) -> Iterator[sa.Connection]:
    """An empty database, in a transaction that is forgotten."""
    engine = open_database(database_url)
    with engine.connect() as connection, connection.begin():
        yield connection
    engine.dispose()


def test_what_means_the_same_is_written_otherwise(connection: sa.Connection) -> None:
    """A4, A6, A8, A10, A12, E16: constants, aliases of types, parentheses and directions."""
    build_fresh(connection, BASE)
    for statement in BY_HAND[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    assert [str(one) for one in find_drift(connection, BASE)] == []


def test_names_and_values_that_are_hard_to_write(connection: sa.Connection) -> None:
    """A14, A20, F10: long names, upper case, quotes, backslashes, percent signs, other alphabets, negative numbers."""
    build_fresh(connection, TRICKY)
    assert [str(one) for one in find_drift(connection, TRICKY)] == []


def test_options_and_columns_in_another_order(engine: sa.Engine, checkout: Checkout) -> None:
    """A18, A22: a column that came later stands last; a picklist is a set."""
    later = with_field(BASE, "account", Field(name="motto", type="text"))
    checkout.deploy(engine, BASE)
    checkout.deploy(engine, later)
    account = later.objects["account"]
    turned = spec_of(
        Object(name="account", title_field="name", fields=dict(reversed(list(account.fields.items())))),
        later.objects["contact"])
    turned = with_field(turned, "account", Field(
        name="industry", type="picklist", options=tuple(reversed(account.fields["industry"].options)),
        default="print"))
    with engine.connect() as connection:
        assert find_drift(connection, turned) == ()


def test_a_database_that_came_out_of_a_dump(engine: sa.Engine, checkout: Checkout, tmp_path: Path) -> None:
    """A24: dumped and restored, everything has another number and order, and nothing has changed."""
    checkout.deploy(engine, BASE)
    with engine.begin() as connection:
        add_records(connection, BASE, "account", [{"id": 1, "name": "A"}])
    restored = open_database(_restored(engine, tmp_path))
    try:
        status = read_status(restored, checkout.folder, BASE)
        assert [str(one) for one in status.drift] == []
        assert status.up_to_date
    finally:
        restored.dispose()


def _restored(engine: sa.Engine, tmp_path: Path) -> str:
    if engine.dialect.name == "sqlite":
        if shutil.which("sqlite3") is None:
            pytest.skip("the program sqlite3 is not installed")
        copy = tmp_path / "copy.db"
        dump = subprocess.run(["sqlite3", str(engine.url.database), ".dump"], check=True, capture_output=True).stdout
        subprocess.run(["sqlite3", str(copy)], input=dump, check=True, capture_output=True)
        return f"sqlite:///{copy}"
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    programs = binaries_folder()
    dump = subprocess.run([programs / "pg_dump", "--no-owner", url], check=True, capture_output=True).stdout
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    restore: list[str | Path] = [programs / "psql", "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", url]
    subprocess.run(restore, input=dump, check=True, capture_output=True)
    return engine.url.render_as_string(hide_password=False)


# --- Looking changes nothing (M8, N14) ---


def test_a_role_that_may_only_read_can_look(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """M8, N14: with nothing but SELECT, no transaction that writes, no lock beyond ACCESS SHARE."""
    checkout.deploy(postgres_engine, BASE)
    with postgres_engine.begin() as connection:
        for statement in (
            "DROP INDEX ix_account_owner", "DROP ROLE IF EXISTS d_reader", "CREATE ROLE d_reader LOGIN PASSWORD 'r'",
            "GRANT USAGE ON SCHEMA public TO d_reader", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO d_reader",
            "ALTER ROLE d_reader SET default_transaction_read_only = on",
        ):
            connection.exec_driver_sql(statement)
    reader = open_database(postgres_engine.url.set(username="d_reader", password="r").render_as_string(
        hide_password=False))
    modes: set[str] = set()

    def look(connection: sa.Connection) -> None:
        cursor = connection.connection.cursor()
        cursor.execute("SELECT DISTINCT mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'")
        modes.update(mode for (mode,) in cursor.fetchall())

    event.listen(reader, "rollback", look)
    try:
        status = read_status(reader, checkout.folder, BASE)
        missing, granted = status.drift
        assert missing.place == "account: ix_account_owner"
        assert granted.place.endswith(" more: SELECT to d_reader")
        assert [mend.sql for mend in status.mends] == [mend.sql for mend in plan_repair(reader).mends]
        assert modes == {"AccessShareLock"}
    finally:
        reader.dispose()
        with postgres_engine.begin() as connection:
            connection.exec_driver_sql("DROP OWNED BY d_reader")
            connection.exec_driver_sql("DROP ROLE d_reader")


def test_looking_leaves_every_byte_of_a_file_as_it_was(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """N14: neither `status` nor the plan of a repair writes."""
    checkout.deploy(sqlite_engine, BASE)
    file = Path(str(sqlite_engine.url.database))
    with closing(sqlite3.connect(file)) as driver:
        driver.execute("DROP INDEX ix_account_owner")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = file.read_bytes()
    assert read_status(sqlite_engine, checkout.folder, BASE).mends
    assert plan_repair(sqlite_engine)
    assert file.read_bytes() == before


def test_a_thousand_tables_are_read_in_a_few_queries(connection: sa.Connection) -> None:
    """A26: as many queries for one table as for all."""
    build_fresh(connection, BASE)
    asked: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
    real_shapes(connection, {"account"})
    one = len(asked)
    real_shapes(connection)
    assert len(asked) == 2 * one <= 10
