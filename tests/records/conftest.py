"""A deployed CRM on each database, built once and emptied after each test, with a key for its secrets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet

from tests.postgres_server import PostgresServer
from tests.records.crm import Crm, crm_at


@pytest.fixture(autouse=True)
def secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of the test's own."""
    monkeypatch.setenv("CRMSPEC_SECRET_KEY", Fernet.generate_key().decode())


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crm]:
    """A CRM that every test of the room works on, one after another."""
    if request.param == "sqlite":
        with crm_at(f"sqlite:///{tmp_path_factory.mktemp('crm') / 'crm.db'}") as made:
            yield made
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database()
    with crm_at(server.url(name)) as made:
        yield made
    server.drop_database(name)


@pytest.fixture
def crm(deployed: Crm) -> Iterator[Crm]:
    """A CRM with a person on each position and no records."""
    yield deployed
    deployed.reset()


@pytest.fixture
def postgres_crm(postgres_url: str) -> Iterator[Crm]:
    """A CRM on PostgreSQL alone, for what only happens between many connections."""
    with crm_at(postgres_url) as made:
        yield made
