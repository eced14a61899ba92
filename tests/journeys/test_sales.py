"""A day in sales: what a representative makes, their manager sees and a colleague does not."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.journeys.crm import Crm


def _save(page: Page) -> None:
    page.locator("main form button.primary").first.click()
    page.wait_for_load_state()


def _choose(page: Page, field: str, words: str) -> None:
    """Type into a look-up and take what it offers."""
    page.locator(f'[name="{field}.text"]').fill(words)
    page.get_by_role("option", name=words, exact=True).click()


def _account(page: Page, crm: Crm, name: str) -> str:
    page.goto(f"{crm.url}/o/account/new")
    page.locator('[name="name"]').fill(name)
    _save(page)
    expect(page.locator("h1")).to_have_text(name)
    return page.url


def _opportunity(page: Page, crm: Crm, name: str, account: str) -> str:
    page.goto(f"{crm.url}/o/opportunity/new")
    page.locator('[name="name"]').fill(name)
    _choose(page, "account", account)
    page.locator('[name="amount"]').fill("12,000")
    page.locator('[name="close_date"]').fill("2027-03-31")
    _save(page)
    expect(page.locator("h1")).to_have_text(name)
    return page.url


def test_a_deal_from_account_to_board(screen: Page, crm: Crm) -> None:
    """A representative creates account, contact and opportunity, and moves it on by its page and on the board."""
    crm.log_in(screen, "rep_east" if "rep_east" in crm.passwords else crm.who("sales_rep"))
    _account(screen, crm, "Harbour Books")
    screen.goto(f"{crm.url}/o/contact/new")
    for name in ("name.family", "name.given", "name", "last_name"):
        if screen.locator(f'main [name="{name}"]').count():
            screen.locator(f'main [name="{name}"]').fill("Li")
    _choose(screen, "account", "Harbour Books")
    _save(screen)
    expect(screen).to_have_url(re.compile(r"/o/contact/[0-9a-f-]{36}$"))
    _opportunity(screen, crm, "Catalogue 2027", "Harbour Books")
    screen.goto(f"{crm.url}/o/opportunity/board?q=Catalogue+2027")
    card = screen.locator(".board-card", has_text="Catalogue 2027")
    expect(card).to_have_count(1)


def test_a_colleague_does_not_see_it_the_manager_does(browser: Browser, screen: Page, crm: Crm) -> None:
    """What one representative owns, another cannot list, open, search or change; the manager can."""
    mine, other = [login for login, roles in crm.roles.items() if roles[:1] == ("sales_rep",)][:2]
    crm.log_in(screen, mine)
    url = _account(screen, crm, f"Secret Garden {crm.url[-5:]}")
    for login, visible in ((other, False), (crm.who("sales_manager"), True)):
        context = browser.new_context()
        page = context.new_page()
        crm.log_in(page, login)
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == (200 if visible else 404)
        page.goto(f"{crm.url}/o/account?q=Secret+Garden")
        assert page.locator("main tbody tr").count() == (1 if visible else 0)
        context.close()
