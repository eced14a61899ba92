"""A day in sales: what a representative makes, their manager sees and a colleague does not."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

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


def _contact(page: Page, crm: Crm, name: str, account: str) -> None:
    page.goto(f"{crm.url}/o/contact/new")
    page.locator('main [name="name"]').fill(name)
    _choose(page, "account", account)
    _save(page)
    expect(page.locator("h1")).to_have_text(name)


def _column(page: Page, stage: str) -> Locator:
    return page.locator(f'[data-stage="{stage}"]')


def _drag(page: Page, card: Locator, to: Locator) -> None:
    """Drag as a hand does: press, move a little, move there, let go."""
    start, end = card.bounding_box(), to.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 40, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 20, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 70, steps=12)
    page.mouse.up()


def test_a_deal_from_account_to_won(screen: Page, crm: Crm) -> None:
    """A representative makes account, contact and opportunity, is told what a stage needs, and wins the deal."""
    crm.log_in(screen, crm.who("sales_rep"))
    name = "Catalogue 2027"
    _account(screen, crm, "Harbour Books")
    _contact(screen, crm, "Alice Harbour", "Harbour Books")
    url = _opportunity(screen, crm, name, "Harbour Books")

    # The next stage needs a contact: dragging there is refused with the reason, and the card goes back.
    screen.goto(f"{crm.url}/o/opportunity/board?q=Catalogue+2027")
    card = screen.locator(".board-card", has_text=name)
    _drag(screen, card, _column(screen, "needs").locator("[data-cards]"))
    expect(screen.get_by_text("Main Contact is required for Needs")).to_be_visible()
    expect(_column(screen, "qualify").locator(".board-card", has_text=name)).to_have_count(1)

    # With the contact filled in, it may go.
    screen.goto(f"{url}/edit")
    _choose(screen, "contact", "Alice Harbour")
    _save(screen)
    screen.goto(f"{crm.url}/o/opportunity/board?q=Catalogue+2027")
    _drag(screen, screen.locator(".board-card", has_text=name), _column(screen, "needs").locator("[data-cards]"))
    expect(_column(screen, "needs").locator(".board-card", has_text=name)).to_have_count(1)
    expect(_column(screen, "needs").locator("[data-count]")).to_have_text("1")
    screen.reload()
    expect(_column(screen, "needs").locator(".board-card", has_text=name)).to_have_count(1)

    # The rest by the path on its page; history tells all of it.
    screen.goto(url)
    screen.get_by_role("button", name=re.compile("Won")).click()
    screen.wait_for_load_state()
    expect(screen.locator("main")).to_contain_text("Won")
    expect(screen.locator("main")).to_contain_text("moved this")


def test_cards_move_by_keyboard(screen: Page, crm: Crm) -> None:
    """Who does not drag opens the card's menu and chooses the stage."""
    crm.log_in(screen, crm.who("sales_rep"))
    _account(screen, crm, "Keyboard Press")
    _opportunity(screen, crm, "Keys only", "Keyboard Press")
    screen.goto(f"{crm.url}/o/opportunity/board?q=Keys+only")
    card = screen.locator(".board-card", has_text="Keys only")
    card.locator("summary, button[aria-haspopup]").first.focus()
    screen.keyboard.press("Enter")
    button = card.locator('[data-move-form] button[value="proposal"]')
    button.focus()
    screen.keyboard.press("Enter")
    expect(_column(screen, "proposal").locator(".board-card", has_text="Keys only")).to_have_count(1)


def test_a_list_is_searched_filtered_and_sorted(screen: Page, crm: Crm) -> None:
    """Words, a filter by stage, and an order by amount; the filter can be taken off again."""
    crm.log_in(screen, crm.who("sales_manager"))
    screen.goto(f"{crm.url}/o/opportunity?where=stage:is:proposal&sort=-amount")
    rows = screen.locator("main tbody tr")
    expect(rows.first).to_contain_text("Proposal")
    texts = [re.sub(r"[^0-9.]", "", text) for text in rows.locator("td").filter(has_text="¥").all_inner_texts()]
    amounts = [float(text) for text in texts if text]
    assert len(amounts) > 5
    assert rows.count() <= 50
    before = rows.count()
    screen.locator('main a[href*="remove"], main .filters a, main a.chip-remove').first.click() if screen.locator(
        "main .filters a"
    ).count() else screen.goto(f"{crm.url}/o/opportunity")
    assert screen.locator("main tbody tr").count() >= before


def test_reports_answer_for_their_reader(browser: Browser, screen: Page, crm: Crm) -> None:
    """The pipeline report has a chart and totals; the manager's figures are larger than the representative's."""
    counts = {}
    for login in (crm.who("sales_rep"), crm.who("sales_manager")):
        context = browser.new_context()
        page = context.new_page()
        crm.log_in(page, login)
        page.goto(f"{crm.url}/reports/opportunity_pipeline")
        expect(page.locator("main svg").first).to_be_visible()
        counts[login] = int(
            re.sub(r"\D", "", page.locator("main").inner_text().split("Records")[1].split("\n\n")[0][:12]) or 0
        )
        context.close()
    assert 0 < counts[crm.who("sales_rep")] < counts[crm.who("sales_manager")]


@pytest.mark.parametrize(
    ("role", "object_name"),
    [
        ("service_agent", "case"),
        ("marketer", "campaign"),
        ("estimator", "job_specification"),
        ("accountant", "payment"),
        ("executive", "opportunity"),
        ("read_only", "account"),
        ("production_planner", "work_order"),
    ],
)
def test_everybody_finds_their_work(screen: Page, crm: Crm, role: str, object_name: str) -> None:
    """Each role has a home page with something on it, and the list of what its work is about."""
    crm.log_in(screen, crm.who(role), "zh-CN")
    expect(screen.locator("main .card").first).to_be_visible()
    answer = screen.goto(f"{crm.url}/o/{object_name}")
    assert answer is not None
    assert answer.status == 200
    assert screen.locator("main tbody tr").count() > 0
    screen.locator("main tbody tr a").first.click()
    expect(screen.locator("h1")).to_be_visible()


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
