"""A release while people work: the next page shows it, nobody is logged out, and it can be taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.crm import Crm, run

CHANGE = """\
terms: {account: {en: Firm, zh-CN: 公司}}
---
extend: account
fields:
  credit_class: {type: picklist, label: {en: Credit class, zh-CN: 信用等级}, options: [a, b, c]}
"""


def test_a_running_server_follows(screen: Page, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A term and a field appear on the next page without a restart; rolled back, they are gone again."""
    crm.log_in(screen, crm.who("sales_manager"))
    screen.goto(f"{crm.url}/o/account")
    expect(screen.locator("h1")).to_have_text("Accounts")
    file = crm.folder / "specs" / "firm.yaml"
    file.write_text(CHANGE, encoding="utf-8")
    monkeypatch.setenv("CRM_DATABASE_URL", crm.database)
    run("-C", str(crm.folder), "generate", "-m", "firms")
    run("-C", str(crm.folder), "--env", "production", "deploy", "--yes")
    try:
        screen.reload()
        expect(screen.locator("h1")).to_have_text("Firms")
        screen.goto(f"{crm.url}/o/account/new")
        expect(screen.locator('[name="credit_class"]')).to_have_count(1)
    finally:
        file.unlink()
        run("-C", str(crm.folder), "--env", "production", "rollback", "--yes")
    screen.goto(f"{crm.url}/o/account/new")
    expect(screen.locator("h1")).to_have_text("New Account")
    expect(screen.locator('[name="credit_class"]')).to_have_count(0)


def test_set_up_shows_releases_access_and_spec(screen: Page, crm: Crm) -> None:
    """An administrator sees what is deployed, who may do what, and which line defines a field."""
    crm.log_in(screen, crm.who("administrator"))
    for path, words in (
        ("/setup/releases", "deploy"),
        ("/setup/access/sales_rep", "Opportunity"),
        ("/setup/spec/quote", "quote.yaml:"),
        ("/setup/people", crm.who("sales_rep")),
    ):
        answer = screen.goto(f"{crm.url}{path}")
        assert answer is not None
        assert answer.status == 200
        expect(screen.locator("main")).to_contain_text(words)
