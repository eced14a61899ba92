"""A database that goes from spec to spec."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from crmspec.schema import Dialect
from tests.plan.building import Database
from tests.postgres_server import PostgresServer


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database, once of each kind, that follows plans."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="module")
def connections(postgres_server: PostgresServer) -> Iterator[dict[Dialect, sa.Connection]]:
    """One open connection to each database."""
    name = postgres_server.create_database()
    engines: dict[Dialect, sa.Engine] = {
        "sqlite": sa.create_engine("sqlite://"), "postgresql": sa.create_engine(postgres_server.url(name))}
    opened = {dialect: engine.connect() for dialect, engine in engines.items()}
    yield opened
    for dialect, engine in engines.items():
        opened[dialect].close()
        engine.dispose()
    postgres_server.drop_database(name)
