"""`make screenshots`: the pictures of the docs, taken from a served demonstration.

    python docs/tools/screenshots.py [--template printing] [--dir docs/pictures]
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CRMSPEC = Path(sys.executable).with_name("crmspec")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its file, whose screen, where, and how the window is."""

    name: str
    role: str
    path: str
    language: str = "en"
    dark: bool = False
    width: int = 1280
    height: int = 800
    follow: str = ""                  # a link that is clicked first


SHOTS = (
    Shot("home", "sales_manager", "/"),
    Shot("list", "sales_manager", "/o/opportunity"),
    Shot("board", "sales_manager", "/o/opportunity/board"),
    Shot("record", "sales_manager", "/o/account", follow="table tbody a"),
    Shot("record-zh", "sales_manager", "/o/account", language="zh-CN", follow="table tbody a"),
    Shot("report", "sales_manager", "/reports/opportunity_pipeline"),
    Shot("list-dark", "sales_manager", "/o/quote", language="zh-CN", dark=True),
    Shot("phone", "sales_rep", "/o/account", width=390, height=844),
    Shot("access", "administrator", "/setup/access"),
)


@contextmanager
def served(template: str) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    """Make and serve a demonstration; give its address and, for each role, a log-in with its password."""
    folder = Path(tempfile.mkdtemp(prefix="crmspec-pictures-"))
    command = [str(CRMSPEC), "demo", template, "--dir", f"{folder}/crm", "--no-serve", "--format", "json"]
    try:
        made = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        people = {role: (one["login"], one["password"]) for one in reversed(made["people"]) for role in one["roles"]}
        serve = [CRMSPEC, "-C", made["dir"], "serve", "--port", "0"]
        with subprocess.Popen(serve, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                line = process.stderr.readline()
                found = re.search(r"http://\S+?(?=/\s)", line)
                if found is None:
                    raise SystemExit(f"the server did not start: {line}{process.stderr.read()}")
                yield found[0], people
            finally:
                process.terminate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def log_in(page: Page, address: str, login: str, password: str) -> None:
    """Log in as somebody."""
    page.goto(f"{address}/log-in")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{address}/")


def take(browser: Browser, address: str, shot: Shot, who: tuple[str, str], folder: Path) -> None:
    """Take one picture."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height}, color_scheme="dark" if shot.dark else "light",
        locale=shot.language, device_scale_factor=1, reduced_motion="reduce",
    )
    page = context.new_page()
    log_in(page, address, *who)
    token = page.locator("input[name=csrf_token]").first.get_attribute("value")
    form: dict[str, str | float | bool] = {
        "csrf_token": token or "", "language": shot.language, "theme": "dark" if shot.dark else "light", "next": "/",
    }
    context.request.post(f"{address}/preferences", form=form, headers={"origin": address})
    page.goto(f"{address}{shot.path}")
    if shot.follow:
        page.locator(shot.follow).first.click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / f"{shot.name}.png")
    context.close()
    print(f"~ {folder / shot.name}.png")


def main() -> None:
    """Read the command line and take every picture."""
    parser = argparse.ArgumentParser(description="Take the pictures of the docs.")
    parser.add_argument("--template", default="printing")
    parser.add_argument("--dir", type=Path, default=Path(__file__).parent.parent / "pictures")
    parser.add_argument("names", nargs="*", help="only these pictures")
    given = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Chromium is not installed (Debian: apt-get install chromium fonts-noto-cjk)")
    given.dir.mkdir(parents=True, exist_ok=True)
    with served(given.template) as (address, people), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for shot in SHOTS:
            if not given.names or shot.name in given.names:
                take(browser, address, shot, people[shot.role], given.dir)
        browser.close()


if __name__ == "__main__":
    main()
