"""A database that goes from spec to spec."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.plan.building import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database, once of each kind, that follows plans."""
    database = Database(database_url)
    yield database
    database.close()
