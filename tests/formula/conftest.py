"""The records of the formula tests, in Python and on each database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.formula.records import Everywhere, database, rows
from tests.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def everywhere(postgres_server: PostgresServer) -> Iterator[Everywhere]:
    """Thirty records, always the same."""
    records = rows(30, seed=11)
    name = postgres_server.create_database()
    opened = contextmanager(database)
    with opened("sqlite://", records) as sqlite, opened(postgres_server.url(name), records) as postgresql:
        yield Everywhere(records, (sqlite, postgresql))
    postgres_server.drop_database(name)
