"""Long lists in the browser: groups, sums, orders and the way into the middle, by keyboard and at phone width."""

from __future__ import annotations

from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.journeys.crm import Crm
from tests.server.test_accessibility import check


def test_a_list_in_groups_with_sums(screen: Page, crm: Crm) -> None:
    """Chosen by keyboard, groups stand under their value with count and sum; Shift sorts by one more column."""
    crm.log_in(screen, crm.who("sales_manager"))
    screen.goto(f"{crm.url}/o/opportunity?view=all_opportunities")
    screen.locator("summary", has_text="Group").focus()
    screen.keyboard.press("Enter")
    screen.locator(".toolbar .menu-panel").get_by_role("link", name="Stage", exact=True).press("Enter")
    expect(screen.locator(".group-head").first).to_contain_text("Qualify")
    expect(screen.locator(".records tfoot")).to_contain_text("¥")
    check(screen, within="#list")
    screen.goto(f"{crm.url}/o/opportunity?view=all_opportunities&sort=stage")
    screen.get_by_role("table").get_by_role("link", name="Close date").click(modifiers=["Shift"])
    screen.wait_for_url("**sort=stage%2Cclose_date**")
    screen.set_viewport_size({"width": 360, "height": 740})
    assert screen.evaluate("document.documentElement.scrollWidth") == 360


def test_into_the_middle_and_a_filter_of_groups(screen: Page, crm: Crm) -> None:
    """A page begins where somebody says; a filter is told in words and taken away by keyboard; nonsense is refused."""
    crm.log_in(screen, crm.who("sales_manager"), "zh-CN")
    screen.goto(f"{crm.url}/o/opportunity?view=all_opportunities&sort=-amount")
    screen.locator('.jump [name="row"]').fill("101")
    screen.keyboard.press("Enter")
    screen.wait_for_url("**row=101**")
    assert 0 < screen.locator(".records tbody tr").count() <= 60
    groups = quote('{"any":[["stage","is","won"],["amount","more_than","100000"]]}')
    screen.goto(f"{crm.url}/o/opportunity?view=all_opportunities&filter={groups}")
    expect(screen.locator(".filter")).to_contain_text("大于")
    check(screen, within="#list")
    screen.locator(".filter a").press("Enter")
    expect(screen.locator(".filter")).to_have_count(0)
    answer = screen.goto(f"{crm.url}/o/opportunity?filter={{")
    assert answer is not None
    assert answer.status == 400
