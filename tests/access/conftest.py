"""The CRM that the tests of records work on, built once more for this room; and both databases for drawn companies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from crmspec.deploy.database import open_database
from tests.access.company import SHAPE
from tests.postgres_server import PostgresServer
from tests.records.conftest import crm, deployed, secret_key
from tests.records.crm import build

__all__ = ["connections", "crm", "deployed", "secret_key"]


@pytest.fixture(scope="package")
def connections(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[list[sa.Connection]]:
    """Both databases, with the tables that every company has."""
    name = postgres_server.create_database()
    urls = [f"sqlite:///{tmp_path_factory.mktemp('agreement') / 'crm.db'}", postgres_server.url(name)]
    engines = [open_database(url) for url in urls]
    for engine in engines:
        build(engine, SHAPE)
    opened = [engine.connect() for engine in engines]
    yield opened
    for connection, engine in zip(opened, engines, strict=True):
        connection.close()
        engine.dispose()
    postgres_server.drop_database(name)
