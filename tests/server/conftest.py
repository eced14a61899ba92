"""A browser before a server that is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from crmspec.server.assets import load_assets
from crmspec.server.rendering import Renderer
from tests.server.preview import Preview

AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    """The renderer of the shipped templates."""
    return Renderer(load_assets(), static_url="/crm/static")


@pytest.fixture(scope="session")
def preview() -> Preview:
    """What answers the browser."""
    return Preview()


@pytest.fixture
def screen(browser: Browser, preview: Preview) -> Iterator[Page]:
    """A page that sees the samples under the strict policy, and fails the test when the browser complains."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    preview.attach(context)
    preview.posts.clear()
    preview.answers.clear()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    yield page
    context.close()
    # A refused move is answered with 409 or 403, which Chromium writes to its console.
    assert [line for line in complaints if "status of 4" not in line] == []
