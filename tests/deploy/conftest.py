"""An empty database, and a project that is deployed to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmspec.deploy import open_database
from tests.deploy.project import Checkout


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An empty database, once of each kind."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def other_engine(request: pytest.FixtureRequest, engine: sa.Engine, tmp_path: Path) -> Iterator[sa.Engine]:
    """A second empty database of the same kind."""
    if engine.dialect.name == "sqlite":
        made = open_database(f"sqlite:///{tmp_path / 'other.db'}")
        yield made
        made.dispose()
    else:
        server = request.getfixturevalue("postgres_server")
        name = server.create_database()
        made = open_database(server.url(name))
        yield made
        made.dispose()
        server.drop_database(name)


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[sa.Engine]:
    """A SQLite file that does not exist yet."""
    engine = open_database(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[sa.Engine]:
    """An empty PostgreSQL database."""
    engine = open_database(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A project without any revision yet."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Checkout(folder)
