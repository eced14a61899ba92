"""No false drift, and every true one with its name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from crmspec.deploy.catalogue import real_shapes
from crmspec.deploy.database import open_database
from crmspec.deploy.drift import find_drift
from tests.deploy.build import build_fresh
from tests.deploy.specs import BASE


@pytest.fixture
def connection(database_url: str) -> Iterator[sa.Connection]:
    """A database built from `BASE`, in a transaction."""
    engine = open_database(database_url)
    with engine.connect() as connection, connection.begin():
        build_fresh(connection, BASE)
        yield connection
    engine.dispose()


def test_what_was_just_built_has_not_drifted(connection: sa.Connection) -> None:
    """Defaults, checks and types come back in the database's own words and are still the same."""
    assert find_drift(connection, BASE) == ()


BOTH = ("sqlite", "postgresql")


@pytest.mark.parametrize(("on", "statements", "places"), [
    (BOTH, ["DROP INDEX ix_account_owner"], ["account: ix_account_owner"]),
    (BOTH, ["DROP INDEX ix_account_owner", "CREATE INDEX ix_account_owner ON account (owner_id)"],
     ["account: ix_account_owner"]),
    (BOTH, ["ALTER TABLE contact RENAME COLUMN fax TO telefax"], ["contact.fax", "contact.telefax"]),
    (BOTH, ["ALTER TABLE contact ADD COLUMN mine text"], ["contact.mine"]),
    (BOTH, ["CREATE TABLE mine (id text)"], ["mine"]),
    (BOTH, ["CREATE INDEX mine ON contact (fax)"], ["contact: mine"]),
    (BOTH, ["DROP TABLE account__tags"], ["account__tags"]),
    (BOTH, ["ALTER TABLE contact RENAME COLUMN fax TO crmspec_3_fax", "ALTER TABLE contact ADD COLUMN fax text",
            "CREATE TABLE crmspec_3_deal (id text)"], []),
    (("postgresql",), ["ALTER TABLE account ALTER active DROP DEFAULT", "ALTER TABLE account ALTER name DROP NOT NULL"],
     ["account.name", "account.active"]),
    (("postgresql",), ["ALTER TABLE account ALTER revenue TYPE numeric"], ["account.revenue"]),
    (("postgresql",), ["ALTER TABLE account DROP CONSTRAINT ck_account_stars_at_most",
                       "ALTER TABLE account ADD CONSTRAINT ck_account_stars_at_most CHECK (stars <= 6)"],
     ["account: ck_account_stars_at_most"]),
    (("postgresql",), ["ALTER TABLE contact DROP CONSTRAINT fk_contact_account_id"],
     ["contact: fk_contact_account_id"]),
])
def test_each_difference_is_named(
    connection: sa.Connection, on: tuple[str, ...], statements: list[str], places: list[str],
) -> None:
    """Ours and other people's are told apart by what the spec says."""
    if connection.dialect.name not in on:
        pytest.skip("this database cannot do that to a table")
    for statement in statements:
        connection.exec_driver_sql(statement)
    assert [drift.place for drift in find_drift(connection, BASE)] == places


def test_who_was_let_in_beside_the_rule_is_named(postgres_url: str) -> None:
    """Rights that somebody granted, and row policies, are no spec's: said, and left alone."""
    engine = open_database(postgres_url)
    with engine.connect() as connection, connection.begin():
        build_fresh(connection, BASE)
        for statement in (
            "GRANT SELECT, UPDATE ON account, contact TO PUBLIC", "GRANT SELECT (fax) ON contact TO PUBLIC",
            "CREATE POLICY mine ON contact USING (true)",
        ):
            connection.exec_driver_sql(statement)
        found = find_drift(connection, BASE)
    engine.dispose()
    assert {drift.owner for drift in found} == {"unmanaged"}
    assert [str(drift) for drift in found] == [
        "`contact: mine` is a row policy that no spec knows",
        "`contact: SELECT (fax) to everybody` is granted, and goes past the server's own rule",
        "`account, contact: SELECT, UPDATE to everybody` is granted, and goes past the server's own rule"]


def test_only_the_named_tables_are_read(connection: sa.Connection) -> None:
    """A deploy that changes one table looks at one table."""
    assert set(real_shapes(connection, {"account", "nobody"})) == {"account"}
    assert real_shapes(connection, {"account"})["account"] == real_shapes(connection)["account"]
