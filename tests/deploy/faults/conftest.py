"""A site on each database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.faults.site import Site


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Site:
    """A project and an empty database, once of each kind."""
    return Site(tmp_path / "acme", database_url)


@pytest.fixture
def sqlite_site(tmp_path: Path, sqlite_url: str) -> Site:
    """A project on a SQLite file that does not exist yet."""
    return Site(tmp_path / "acme", sqlite_url)


@pytest.fixture
def postgres_site(tmp_path: Path, postgres_url: str) -> Site:
    """A project on an empty PostgreSQL database."""
    return Site(tmp_path / "acme", postgres_url)
