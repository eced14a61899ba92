"""A table of SQLite that is written anew loses nothing: not what people made on it, not what points at it."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from crmspec.deploy import find_drift
from crmspec.spec import Field
from tests.deploy.project import Checkout
from tests.deploy.records import add_records, all_values
from tests.deploy.specs import ACCOUNT, BASE, with_field, without_field

# Making a field required is what SQLite cannot do in place.
TIGHTER = with_field(BASE, "account", replace(ACCOUNT.fields["stars"], required=True))

MADE_BY_PEOPLE = (
    "CREATE VIEW names AS SELECT a.name, contact.name AS who FROM account AS a JOIN contact ON account_id = a.id",
    "CREATE INDEX mine_partial ON account (name COLLATE NOCASE DESC) WHERE active = 1",
    "CREATE INDEX mine_expression ON account (lower(name))",
    "CREATE TABLE mine_log (what TEXT)",
    "CREATE TRIGGER mine AFTER UPDATE ON account BEGIN INSERT INTO mine_log VALUES (new.name); END",
    "CREATE TRIGGER other AFTER INSERT ON contact BEGIN UPDATE account SET extra = '1' WHERE id = new.account_id; END",
    "ALTER TABLE account ADD COLUMN mine_note TEXT DEFAULT 'x'",
)


def made_by_people(connection: sa.Connection) -> dict[str, str]:
    """The SQL of everything on the tables that no spec knows."""
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE name LIKE 'mine%' OR name IN ('names', 'other')")
    return {row.name: row.sql for row in rows}


def test_what_people_made_is_there_afterwards(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """Views, indexes of every kind, triggers and a column with its values; and the triggers did not fire."""
    checkout.deploy(sqlite_engine, BASE)
    with sqlite_engine.begin() as connection:
        add_records(connection, BASE, "account", [
            {"id": n, "name": f"A{n}", "stars": 1, "active": True} for n in (1, 2)])
        add_records(connection, BASE, "contact", [
            {"id": n, "name": f"C{n}", "account_id": 1, "number": str(n)} for n in (3, 4)])
        for statement in MADE_BY_PEOPLE:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("UPDATE account SET mine_note = 'kept' WHERE name = 'A2'")
        connection.exec_driver_sql("DELETE FROM mine_log")
        there, contacts = made_by_people(connection), all_values(connection, BASE, "contact")
    checkout.deploy(sqlite_engine, TIGHTER)
    with sqlite_engine.connect() as connection:
        assert made_by_people(connection) == there
        assert all_values(connection, BASE, "contact") == contacts, "deleting the old table did not cascade"
        notes = connection.exec_driver_sql("SELECT mine_note FROM account ORDER BY name").scalars().all()
        assert notes == ["x", "kept"]
        assert connection.exec_driver_sql("SELECT who FROM names ORDER BY 1").scalars().all() == ["C3", "C4"]
        assert connection.exec_driver_sql("SELECT count(*) FROM mine_log").scalar_one() == 0
        assert {drift.owner for drift in find_drift(connection, TIGHTER)} == {"unmanaged"}
        connection.exec_driver_sql("UPDATE account SET name = 'B' WHERE name = 'A1'")
        assert connection.exec_driver_sql("SELECT what FROM mine_log").scalars().all() == ["B"]
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_retired_columns_travel_along(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """What is out of sight stays so through a rebuild, and comes back afterwards."""
    loose = with_field(BASE, "account", Field(name="memo", type="long_text"))
    checkout.deploy(sqlite_engine, loose)
    with sqlite_engine.begin() as connection:
        add_records(connection, loose, "account", [{"id": 1, "name": "A", "stars": 1, "memo": "remember"}])
    checkout.deploy(sqlite_engine, without_field(loose, "account", "memo"))
    checkout.deploy(sqlite_engine, TIGHTER)
    both = with_field(TIGHTER, "account", loose.objects["account"].fields["memo"])
    checkout.deploy(sqlite_engine, both)
    with sqlite_engine.connect() as connection:
        assert [row["memo"] for row in all_values(connection, both, "account").values()] == ["remember"]
        assert find_drift(connection, both) == ()


def test_orphans_that_were_there_before_are_not_blamed_on_the_deploy(
    sqlite_engine: sa.Engine, checkout: Checkout,
) -> None:
    """Another program had left them; the deploy says so and goes on. New ones would stop it."""
    checkout.deploy(sqlite_engine, BASE)
    with sqlite_engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.cursor().execute("PRAGMA foreign_keys = OFF")
        add_records(connection, BASE, "contact", [{"id": 3, "name": "C", "account_id": 77, "number": "1"}])
        connection.commit()
        driver.cursor().execute("PRAGMA foreign_keys = ON")
    said: list[str] = []
    assert checkout.deploy(sqlite_engine, TIGHTER, say=said.append).changed
    assert "1 records pointed at records that are not there before this deploy, and still do" in said
