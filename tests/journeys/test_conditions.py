"""Fields that depend on others: on the form while it is filled in, and on the page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.crm import Crm


def test_a_field_comes_and_goes_with_another(screen: Page, crm: Crm) -> None:
    """The supplier is asked for on a supplier's quote only; required where the spec says so."""
    crm.log_in(screen, crm.who("sales_manager"))
    screen.goto(f"{crm.url}/o/quote/new")
    supplier = screen.locator('[data-field="supplier"]')
    expect(supplier).to_be_hidden()
    screen.locator('select[name="kind"]').select_option("supplier")
    expect(supplier).to_be_visible()
    expect(supplier.locator(".required")).to_have_count(1)
    screen.locator('select[name="kind"]').select_option("customer")
    expect(supplier).to_be_hidden()


def test_a_page_leaves_out_what_does_not_apply(screen: Page, crm: Crm) -> None:
    """A customer's quote says nothing of a supplier."""
    crm.log_in(screen, crm.who("sales_manager"))
    screen.goto(f"{crm.url}/o/quote?where=kind:is:customer")
    screen.locator("main tbody tr a").first.click()
    expect(screen.locator("h1")).to_be_visible()
    expect(screen.locator("main dt", has_text="Supplier")).to_have_count(0)
