"""Servers and files that could not take a deploy are refused before anything is tried on them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from crmspec.deploy import open_database
from crmspec.diagnostics import Refused
from crmspec.spec import Field
from tests.deploy.project import Checkout
from tests.deploy.specs import BASE, with_field
from tests.postgres_server import PostgresServer

VIP = with_field(BASE, "contact", Field(name="vip", type="boolean"))


def codes(checkout: Checkout, engine: sa.Engine) -> list[str]:
    """What a deploy is refused for."""
    with pytest.raises(Refused) as caught:
        checkout.deploy(engine, VIP)
    assert "not-for-printing" not in str(caught.value.diagnostics)
    return [found.code for found in caught.value.diagnostics]


@pytest.fixture
def weak_engine(postgres_engine: sa.Engine) -> Iterator[sa.Engine]:
    """The same database for a user who owns nothing in it and may make nothing."""
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS weak")
        connection.exec_driver_sql("CREATE ROLE weak LOGIN")
    engine = open_database(postgres_engine.url.set(username="weak").render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("DROP OWNED BY weak")
        connection.exec_driver_sql("DROP ROLE weak")


def test_missing_privileges_are_named_with_the_grant(
    postgres_engine: sa.Engine, weak_engine: sa.Engine, checkout: Checkout,
) -> None:
    """All of them at once; somebody else's tables as well."""
    assert codes(checkout, weak_engine) == ["CRM511", "CRM512"]
    checkout.deploy(postgres_engine, BASE)
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("GRANT CREATE ON SCHEMA public TO weak")
    assert codes(checkout, weak_engine) == ["CRM511"]


def test_a_read_only_server_is_refused(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """A standby, or one that is set so."""
    url = postgres_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.execute("SELECT current_database()").fetchone()
        assert name is not None
        connection.execute(f'ALTER DATABASE "{name[0]}" SET default_transaction_read_only = on'.encode())
    assert codes(checkout, postgres_engine) == ["CRM509"]


def test_another_encoding_is_refused(postgres_server: PostgresServer, checkout: Checkout) -> None:
    """Words of every language must fit in it."""
    with psycopg.connect(postgres_server.url(driver="postgresql"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
    engine = open_database(postgres_server.url("latin"))
    assert codes(checkout, engine) == ["CRM510"]
    engine.dispose()
    postgres_server.drop_database("latin")


def test_an_old_server_is_refused(engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Naming the version that is needed."""
    monkeypatch.setattr("crmspec.deploy.preflight.POSTGRESQL_OLDEST", 990000)
    monkeypatch.setattr("crmspec.deploy.preflight.SQLITE_OLDEST", (99, 0, 0))
    assert codes(checkout, engine) == ["CRM508"]


def test_a_file_that_may_only_be_read_is_refused(
    sqlite_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Found by asking the system: whoever runs the tests as root may write everything."""
    checkout.deploy(sqlite_engine, BASE)
    monkeypatch.setattr("crmspec.deploy.preflight.os.access", lambda *_: False)
    assert codes(checkout, sqlite_engine) == ["CRM509"]
