"""Pictures of every page: `python -m tests.server.preview FOLDER [NAME …]`, to be looked at by people."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Route, sync_playwright

from crmspec.server.assets import load_assets
from crmspec.server.rendering import Renderer
from crmspec.server.views import Theme
from tests.server.samples import NAMES, sample
from tests.server.samples.words import BASE, NOW

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
ORIGIN = "http://crm.test"
SIZES = {"wide": (1280, 860), "phone": (360, 740)}
LOOKS: tuple[tuple[str, Theme, str], ...] = (
    ("en", "light", "wide"),
    ("en", "dark", "wide"),
    ("zh-CN", "light", "wide"),
    ("zh-CN", "dark", "phone"),
    ("en", "light", "phone"),
)


class Preview:
    """A server that is none: it answers a browser's requests with sample pages, under the strict policy."""

    def __init__(self) -> None:
        self.assets = load_assets()
        self.renderer = Renderer(self.assets, static_url="/crm/static")
        self.posts: list[tuple[str, str]] = []
        self.answers: dict[str, tuple[int, str]] = {}  # path → status, JSON

    def html(self, name: str, language: str = "en", theme: Theme = "light") -> str:
        """Return one page."""
        frame, page = sample(name, language, theme)
        return self.renderer.page(frame, page, now=NOW)

    def attach(self, context: BrowserContext) -> None:
        """Answer everything that this browser asks for."""
        context.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        request, parts = route.request, urlsplit(route.request.url)
        if parts.path.startswith("/crm/static/"):
            asset = self.assets.answer(parts.path.removeprefix("/crm/static/"))
            return route.fulfill(status=asset.status, headers=dict(asset.headers), body=asset.body)
        if request.method == "POST":
            self.posts.append((parts.path, request.post_data or ""))
        if parts.path in self.answers:
            status, body = self.answers[parts.path]
            return route.fulfill(status=status, headers={"Content-Type": "application/json"}, body=body)
        if parts.path == f"{BASE}/opportunity":
            return self._page(route, "list", "en", "light")
        if parts.path.startswith("/preview/"):
            name, language, theme = parts.path.split("/")[2:]
            return self._page(route, name, language, cast(Theme, theme))
        return route.fulfill(status=204)

    def _page(self, route: Route, name: str, language: str, theme: Theme) -> None:
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
        route.fulfill(status=404 if name == "error" else 200, headers=headers, body=self.html(name, language, theme))


def address(name: str, language: str, theme: Theme) -> str:
    """Return where a sample page is."""
    return f"{ORIGIN}/preview/{name}/{language}/{theme}"


def main(folder: Path, names: tuple[str, ...]) -> None:
    """Take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    preview = Preview()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for language, theme, size in LOOKS:
            width, height = SIZES[size]
            context = browser.new_context(viewport={"width": width, "height": height}, locale=language)
            preview.attach(context)
            page = context.new_page()
            page.on("console", lambda said: print("console:", said.text) if said.type in ("error", "warning") else None)
            page.on("pageerror", lambda fault: print("fault:", fault))
            for name in names:
                page.goto(address(name, language, theme))
                page.screenshot(path=folder / f"{name}-{language}-{theme}-{size}.png", full_page=True)
            context.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(sys.argv[2:]) or NAMES)
