"""axe-core finds nothing to object to: every page, light and dark, both languages, desk and phone."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page

from tests.server.conftest import AXE
from tests.server.preview import address
from tests.server.samples import NAMES

RUN = """async ([within, only]) => (await axe.run(within, {
    resultTypes: ["violations"],
    runOnly: only.length ? {type: "rule", values: only} : {type: "tag", values: [
        "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
})).violations.map(one => ({
    rule: one.id, help: one.help, where: one.nodes.slice(0, 4).map(node => node.html + " " + node.failureSummary),
}))"""


def check(page: Page, *rules: str, within: str = "html") -> None:
    """Fail with what axe objects to. Without rules: all of WCAG 2.2 AA and the good practices."""
    # By the debugger: the policy of the page would not let a script of ours in.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(RUN, [within, list(rules)])
    assert found == [], json.dumps(found, indent=1, ensure_ascii=False)[:6000]


@pytest.mark.parametrize("name", NAMES)
def test_every_page(screen: Page, name: str) -> None:
    """Light keeps every rule and dark those about colours; nothing is inline, and the browser refuses nothing."""
    screen.goto(address(name, "en", "light"))
    assert screen.evaluate("document.querySelectorAll('[style]').length") == 0
    assert screen.evaluate("getComputedStyle(document.body).fontSize") == "14px"
    check(screen)
    screen.evaluate("document.documentElement.dataset.theme = 'dark'")
    check(screen, "color-contrast", "link-in-text-block")


@pytest.mark.parametrize("name", ["list", "record", "form-wrong", "board", "report", "home", "access-field", "security",
                                  "audit", "log-in-enrol"])
def test_phone(screen: Page, name: str) -> None:
    """On a phone nothing sticks out sideways, and every rule is kept there too."""
    screen.set_viewport_size({"width": 360, "height": 740})
    screen.goto(address(name, "zh-CN", "dark"))
    assert screen.evaluate("document.documentElement.scrollWidth") == 360
    check(screen)


def test_open_menus(screen: Page) -> None:
    """What is behind the menus keeps the rules, too."""
    screen.goto(address("record", "en", "light"))
    screen.click(".profile")
    check(screen, within=".profile-panel")
    screen.keyboard.press("Escape")
    screen.click(".heading-actions summary")
    screen.click("text=Delete")
    check(screen, within=".heading-actions .menu-panel")
