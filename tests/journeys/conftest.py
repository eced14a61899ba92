"""The same journeys on both databases: one served CRM a database and a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.crm import Crm, served
from tests.postgres_server import PostgresServer


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def crm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crm]:
    """A CRM with the printing template and its sample records, once on each database."""
    folder: Path = tmp_path_factory.mktemp("crm") / "printing"
    if request.param == "sqlite":
        with served(folder, None) as one:
            yield one
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database()
    try:
        with served(folder, server.url(name)) as one:
            yield one
    finally:
        server.drop_database(name)


@pytest.fixture
def screen(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when the browser complains: of a script, of the policy, of a missing file."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    yield page
    context.close()
    # What the server refuses (403, 404, 409, 422) Chromium writes to its console.
    assert [line for line in complaints if "status of 4" not in line] == []
