"""What people do on the pages, in a real browser under the strict policy: by mouse, by keyboard, without scripts."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from playwright.sync_api import Browser, Page, expect

from tests.server.preview import Preview, address
from tests.server.test_accessibility import check

MOVE = "/crm/opportunity/0/move"
CARD = '[data-stage="proposal"] .board-card >> nth=0'


def drag(page: Page, card: str, stage: str) -> None:
    """Drag a card to the first place of another stage."""
    start = page.locator(card).bounding_box()
    end = page.locator(f'[data-stage="{stage}"] [data-cards]').bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 40, start["y"] + 40)
    page.mouse.down()
    for step in range(1, 11):
        x = start["x"] + 40 + (end["x"] + 60 - start["x"] - 40) * step / 10
        page.mouse.move(x, start["y"] + 40 + (end["y"] + 30 - start["y"] - 40) * step / 10)
    page.mouse.up()


def test_a_card_is_dragged_to_another_stage(screen: Page, preview: Preview) -> None:
    """The move is posted with stage, version and token; counts and sums follow the answer."""
    preview.answers[MOVE] = (
        200,
        json.dumps(
            {
                "version": 9,
                "message": "",
                "columns": {"proposal": {"count": "34", "sum": "¥1"}, "negotiation": {"count": "22", "sum": "¥2"}},
            }
        ),
    )
    screen.goto(address("board", "en", "light"))
    drag(screen, CARD, "negotiation")
    expect(screen.locator(".toast")).to_contain_text("Moved to Negotiation.")
    path, body = preview.posts[0]
    assert path == MOVE
    assert parse_qs(body) == {"to": ["negotiation"], "version": ["1"], "csrf_token": ["token-123"]}
    card = screen.locator("#card-proposal-0")
    assert card.evaluate("it => it.closest('[data-stage]').dataset.stage") == "negotiation"
    assert card.get_attribute("data-version") == "9"
    assert screen.locator('[data-stage="negotiation"] [data-count]').inner_text() == "22"


def test_a_refused_move_goes_back(screen: Page, preview: Preview) -> None:
    """The card stands where it stood, and the reason is said with a link to what is missing."""
    preview.answers[MOVE] = (
        422,
        json.dumps({"message": "Negotiation needs the print run.", "link": {"label": "Fill it in", "url": "/crm/x"}}),
    )
    screen.goto(address("board", "en", "light"))
    before = screen.locator('[data-stage="proposal"] .card-title').all_inner_texts()
    drag(screen, CARD, "negotiation")
    toast = screen.locator(".toast.error")
    expect(toast).to_contain_text("Negotiation needs the print run.")
    assert toast.locator("a").get_attribute("href") == "/crm/x"
    assert screen.locator('[data-stage="proposal"] .card-title').all_inner_texts() == before


def test_a_card_is_moved_by_keyboard(screen: Page, preview: Preview) -> None:
    """The menu of a card moves it without dragging; afterwards it offers the way back."""
    preview.answers[MOVE] = (200, json.dumps({"version": 2, "columns": {}}))
    screen.goto(address("board", "en", "light"))
    screen.locator("#card-proposal-0 summary").focus()
    screen.keyboard.press("Enter")
    screen.keyboard.press("ArrowDown")
    screen.keyboard.press("ArrowDown")
    assert screen.evaluate("document.activeElement.value") == "negotiation"
    screen.keyboard.press("Enter")
    expect(screen.locator(".toast")).to_contain_text("Moved to Negotiation.")
    assert (
        screen.locator("#card-proposal-0").evaluate("it => it.closest('[data-stage]').dataset.stage") == "negotiation"
    )
    assert screen.locator('#card-proposal-0 button[value="proposal"]').count() == 1
    assert screen.locator('#card-proposal-0 button[value="negotiation"]').count() == 0


def test_a_card_that_may_not_move_stays(screen: Page, preview: Preview) -> None:
    """A card without a way to move it is neither dragged nor given a menu."""
    screen.goto(address("board", "en", "light"))
    drag(screen, "#card-proposal-3", "negotiation")
    assert preview.posts == []
    assert screen.locator("#card-proposal-3 .move-menu").count() == 0


def test_a_look_up_by_keyboard(screen: Page, preview: Preview) -> None:
    """Typing asks the server, arrows choose, Enter takes; typing again forgets what was chosen."""
    preview.answers["/crm/lookup/account"] = (
        200,
        json.dumps(
            {
                "results": [
                    {"id": "7", "label": "Hanse Messebau", "detail": "Hamburg"},
                    {"id": "8", "label": "Hanse <b>Druck</b>", "detail": ""},
                ],
                "more": False,
            }
        ),
    )
    screen.goto(address("form", "en", "light"))
    box = screen.get_by_role("combobox", name="Account")
    box.fill("hans")
    expect(screen.get_by_role("option", name="Hanse Messebau")).to_be_visible()
    assert box.get_attribute("aria-expanded") == "true"
    screen.keyboard.press("ArrowDown")
    screen.keyboard.press("Enter")
    assert box.input_value() == "Hanse <b>Druck</b>"
    hidden = screen.locator('input[type=hidden][name="account"]')
    assert hidden.input_value() == "8"
    box.press_sequentially("x")
    assert hidden.input_value() == ""


def test_several_look_ups(screen: Page, preview: Preview) -> None:
    """Chosen records stand as ticks that can be taken away."""
    preview.answers["/crm/lookup/competitor"] = (
        200,
        json.dumps({"results": [{"id": "9", "label": "New One", "detail": ""}], "more": False}),
    )
    screen.goto(address("form", "en", "light"))
    screen.get_by_role("combobox", name="Competitors").fill("new")
    screen.get_by_role("option", name="New One").click()
    ticked = screen.locator('input[name="rivals"]:checked')
    assert ticked.evaluate_all("all => all.map(one => one.value)") == ["1", "2", "9"]
    screen.locator("label", has_text="PaperWorks").locator("input").uncheck()
    assert ticked.evaluate_all("all => all.map(one => one.value)") == ["1", "9"]


def test_the_filter_follows_its_field(screen: Page) -> None:
    """Conditions and kind of value fit the field that is chosen."""
    screen.goto(address("list", "en", "light"))
    screen.click("#filter-menu summary")
    form = screen.locator("[data-filter-form]")
    form.locator('[name="add_field"]').select_option("stage")
    assert form.locator('[name="add_operator"] option').evaluate_all("all => all.map(one => one.value)") == [
        "is",
        "is_not",
        "is_empty",
        "is_not_empty",
    ]
    assert form.locator('select[name="add_value"] option').all_inner_texts() == [
        "Qualify",
        "Proposal",
        "Negotiation",
        "Won",
        "Lost",
    ]
    form.locator('[name="add_field"]').select_option("close_date")
    assert form.locator('select[name="add_value"]').count() == 1
    form.locator('[name="add_operator"]').select_option("from")
    assert form.locator('[name="add_value"]').get_attribute("type") == "date"
    form.locator('[name="add_operator"]').select_option("is_empty")
    assert form.locator('[name="add_value"]').count() == 0


def test_a_list_changes_in_place(screen: Page) -> None:
    """Searching, sorting and turning pages fetch only the list; the address follows, typing goes on, back goes back."""
    screen.goto(address("list", "en", "light"))
    screen.evaluate("window.same = true")
    screen.click("#list-search")
    screen.keyboard.type("pap")
    screen.wait_for_url(lambda url: "q=pap" in url)
    screen.keyboard.type("er")
    screen.wait_for_url(lambda url: "q=paper" in url)
    assert "where=stage" in screen.url
    assert screen.input_value("#list-search") == "paper"
    expect(screen.locator("#list-search")).to_be_focused()
    screen.click("th .sort >> nth=0")
    screen.wait_for_url(lambda url: "sort=name" in url)
    assert screen.evaluate("window.same")
    screen.click("#filter-menu summary")
    screen.locator('[name="add_field"]').select_option("account")
    assert screen.locator("#filter-menu .combobox input[type=text]").count() == 1
    screen.go_back()
    screen.wait_for_url(lambda url: "q=paper" in url)
    screen.wait_for_function("!window.same")


def test_an_answer_without_the_list_is_shown_whole(screen: Page) -> None:
    """When the session has ended or the list is gone, the page that says so takes the place of everything."""
    screen.goto(address("list", "en", "light"))
    screen.evaluate(f"document.querySelector('th .sort').href = '{address('error', 'en', 'light')}'")
    screen.click("th .sort >> nth=0")
    expect(screen.locator("h1")).to_have_text("There is nothing here")


def test_the_theme_changes_at_once(screen: Page, preview: Preview) -> None:
    """The page turns dark before the server answers, and the choice is posted."""
    screen.goto(address("home", "en", "light"))
    screen.click(".profile")
    screen.click('button[value="dark"]')
    assert screen.evaluate("document.documentElement.dataset.theme") == "dark"
    assert screen.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 19, 21)"
    expect(screen.locator('button[value="dark"]')).to_have_attribute("aria-pressed", "true")
    path, body = preview.posts[0]
    assert (path, parse_qs(body)["theme"]) == ("/crm/preferences", ["dark"])


def test_search_everywhere(screen: Page, preview: Preview) -> None:
    """A slash goes to the search box, which suggests by object."""
    preview.answers["/crm/search"] = (
        200,
        json.dumps(
            {
                "groups": [
                    {
                        "label": "Accounts",
                        "icon": "building-2",
                        "hits": [{"label": "Lumière", "detail": "Lyon", "url": "/crm/account/1"}],
                    }
                ]
            }
        ),
    )
    screen.goto(address("home", "en", "light"))
    screen.keyboard.press("/")
    screen.keyboard.type("lum")
    option = screen.get_by_role("option", name="Lumière")
    expect(option).to_be_visible()
    with screen.expect_request("**/crm/account/1"):
        option.click()


def test_everything_by_keyboard(screen: Page, preview: Preview) -> None:
    """Ctrl K goes to what is typed, does what the page offers, and finds records; `?` says which keys there are."""
    preview.answers["/crm/search"] = (
        200, json.dumps({"groups": [{"label": "Accounts", "icon": "", "hits": [
            {"label": "Quotable Ltd", "detail": "", "url": "/crm/account/1"}]}]}))
    screen.goto(address("list", "en", "light"))
    screen.keyboard.press("Control+k")
    palette = screen.locator("#palette")
    expect(palette.get_by_role("option").first).to_be_visible()
    check(screen, within="#palette")
    screen.keyboard.type("quot")
    expect(palette.get_by_role("option").first).to_have_text("Quotes")
    expect(palette.get_by_role("option", name="Quotable Ltd")).to_be_visible()
    with screen.expect_request("**/quote"):
        screen.keyboard.press("Enter")
    screen.goto(address("list", "en", "dark"))
    screen.keyboard.press("?")
    shortcuts = screen.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_be_visible()
    check(screen, within="#shortcuts")
    shortcuts.get_by_label("Shortcuts of a single key").uncheck()
    screen.keyboard.press("Escape")
    screen.keyboard.press("?")
    expect(shortcuts).to_be_hidden()
    screen.keyboard.press("Control+k")
    screen.keyboard.type("shortc")
    screen.keyboard.press("Enter")
    shortcuts.get_by_label("Shortcuts of a single key").check()
    screen.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()
    with screen.expect_request("**/opportunity/new"):
        screen.keyboard.press("n")


def test_problems_lead_to_their_fields(screen: Page) -> None:
    """The summary has the focus, and its links put it into the control."""
    screen.goto(address("form-wrong", "en", "light"))
    expect(screen.locator("#problems")).to_be_focused()
    screen.click("#problems a >> nth=1")
    expect(screen.locator('[id="f-amount"]')).to_be_focused()


def test_rich_text_is_edited_as_it_looks(screen: Page) -> None:
    """The editor shows and stores only what is allowed."""
    screen.goto(address("nasty-form", "en", "light"))
    assert screen.locator(".rich-edit img").count() == 0
    screen.goto(address("form", "en", "light"))
    edit = screen.locator(".rich-edit")
    assert edit.locator("strong").inner_text() == "soft touch"
    edit.click()
    screen.keyboard.press("Control+End")
    screen.keyboard.press("Enter")
    screen.click('[data-command="italic"]')
    screen.keyboard.type("gold")
    assert "<i>gold</i>" in screen.locator('textarea[name="story"]').input_value()


def test_a_phone_opens_its_menu(screen: Page) -> None:
    """The navigation slides in and goes away again, by Escape or by a touch beside it."""
    screen.set_viewport_size({"width": 360, "height": 740})
    screen.goto(address("home", "en", "light"))
    expect(screen.locator("#navigation")).not_to_be_visible()
    screen.click(".menu-button")
    expect(screen.locator("#navigation")).to_be_visible()
    screen.keyboard.press("Escape")
    expect(screen.locator("#navigation")).not_to_be_visible()


def test_where_a_label_is_defined(screen: Page) -> None:
    """Holding Alt says which line of the spec a label comes from."""
    screen.goto(address("record", "en", "light"))
    screen.hover("h1")
    screen.keyboard.down("Alt")
    said = screen.evaluate("getComputedStyle(document.querySelector('h1'), '::after').content")
    assert said == '"specs/objects/opportunity.yaml:1"'
    screen.keyboard.up("Alt")


def test_everything_works_without_scripts(browser: Browser, preview: Preview) -> None:
    """Menus open, a card is moved by a form, a filter is sent, the board offers every stage."""
    context = browser.new_context(java_script_enabled=False)
    preview.attach(context)
    preview.posts.clear()
    preview.answers.clear()
    page = context.new_page()
    page.goto(address("board", "en", "light"))
    page.click("#card-proposal-0 summary")
    with page.expect_request("**" + MOVE):
        page.click('#card-proposal-0 button[value="won"]')
    assert parse_qs(preview.posts[0][1]) == {
        "csrf_token": ["token-123"],
        "version": ["1"],
        "next": ["/crm/opportunity"],
        "to": ["won"],
    }
    page.goto(address("list", "en", "light"))
    page.click("#filter-menu summary")
    page.select_option('[name="add_field"]', "amount")
    page.select_option('[name="add_operator"]', "at_least")
    page.fill('[name="add_value"]', "1000")
    with page.expect_request(lambda request: "add_field=amount&add_operator=at_least&add_value=1000" in request.url):
        page.click("text=Add filter")
    page.goto(address("form", "en", "light"))
    assert page.locator('textarea[name="story"]').is_visible()
    assert page.locator('input[name="account.text"]').input_value() == "Lumière Cosmetics"
    context.close()
