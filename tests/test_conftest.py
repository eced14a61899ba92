"""The databases and the browser that the tests stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_every_database_is_empty_and_answers(database_url: str) -> None:
    """A test may write what it likes: the next one sees nothing of it."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE left_over (id integer)"))
        assert connection.execute(text("SELECT count(*) FROM left_over")).scalar_one() == 0
    engine.dispose()


def test_postgres_is_version_18(postgres_url: str) -> None:
    """The oldest PostgreSQL that is promised is the one that is tested."""
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW server_version_num")).scalar_one().startswith("18")
    engine.dispose()


def test_the_browser_shows_a_page(page: Page) -> None:
    """Chromium starts and runs."""
    page.set_content("<title>客户</title>")
    assert page.title() == "客户"
