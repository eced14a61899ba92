"""What every test may ask for: databases, a browser, and whether expected files are to be written again."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.postgres_server import PostgresServer, start_postgres

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_SERVER = pytest.StashKey[PostgresServer]()
_CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]
_NO_CHROMIUM = "Chromium is not installed (Debian: apt-get install chromium)"


_MEMORY = Path("/dev/shm")
_MEMORY_MIN = 4 << 30


def _work_in_memory() -> None:
    """Put temporary files into memory where there is plenty: what the tests write need not outlive the machine."""
    if "TMPDIR" in os.environ or not _MEMORY.is_dir() or not os.access(_MEMORY, os.W_OK):
        return
    if shutil.disk_usage(_MEMORY).free >= _MEMORY_MIN:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None


_work_in_memory()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update`."""
    parser.addoption("--update", action="store_true", help="write expected files again instead of comparing")


@pytest.fixture(scope="session")
def update(request: pytest.FixtureRequest) -> bool:
    """Say whether expected files are to be written again; read the difference in git like any code."""
    return bool(request.config.getoption("--update"))


# --- PostgreSQL: one server a run, whatever the number of workers ---


def pytest_configure_node(node: object) -> None:
    """Hand the workers of a parallel run the one server of the run."""
    server = _server_of(node.config)  # type: ignore[attr-defined]
    node.workerinput["postgres"] = (str(server.folder), server.port)  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server where it was started."""
    if _SERVER in config.stash:
        config.stash[_SERVER].stop()


def _server_of(config: pytest.Config) -> PostgresServer:
    if _SERVER not in config.stash:
        config.stash[_SERVER] = start_postgres()
    return config.stash[_SERVER]


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> PostgresServer:
    """A running PostgreSQL 18."""
    handed = getattr(request.config, "workerinput", {}).get("postgres")
    return PostgresServer(Path(handed[0]), handed[1]) if handed else _server_of(request.config)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of an empty PostgreSQL database of the test's own."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'crm.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty database, once of each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


# --- Browser ---


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the browser, and skip it where there is none."""
    for item in items:
        if {"browser", "page"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("browser") and not shutil.which("chromium"):
            item.add_marker(pytest.mark.skip(reason=_NO_CHROMIUM))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say clearly when no browser test ran."""
    skipped = [r for r in terminalreporter.stats.get("skipped", ()) if _NO_CHROMIUM in str(r.longrepr)]
    if skipped:
        terminalreporter.write_line(f"BROWSER TESTS DID NOT RUN: {len(skipped)} skipped. {_NO_CHROMIUM}.", yellow=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium, for one file: while it runs, its event loop is in the way of tests that run their own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a profile of its own: no cookies, 1280 × 800."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()
