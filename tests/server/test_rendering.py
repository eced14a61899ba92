"""Views become pages that are whole, safe and small."""

from __future__ import annotations

import gzip
from html.parser import HTMLParser

import pytest
from jinja2 import TemplateSyntaxError, UndefinedError

from crmspec.server.assets import load_assets
from crmspec.server.display import clean_html
from crmspec.server.rendering import Renderer
from crmspec.server.views import Page
from tests.server.samples import NAMES, sample
from tests.server.samples.words import NOW

VOID = {"meta", "link", "input", "br", "hr", "img"}
FIRST_VISIT_KB, LATER_PAGE_KB = 250, 30


class Balance(HTMLParser):
    """Reads a page and keeps what is not as it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.wrong += [f"{tag} {name}" for name in names if name == "style" or name.startswith("on")]
        self.wrong += [f"{tag} twice {name}" for name in set(names) if names.count(name) > 1]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag == "script" and "src" not in names:
            self.wrong.append("script without src")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("name", NAMES)
def test_pages_are_whole(renderer: Renderer, name: str, language: str) -> None:
    """Tags are closed, ids are there once, nothing is inline: whatever the data."""
    frame, page = sample(name, language)
    reader = Balance()
    reader.feed(renderer.page(frame, page, now=NOW))
    assert reader.wrong == []
    assert reader.open == []
    assert sorted(set(reader.ids)) == sorted(reader.ids)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("nasty")])
def test_data_stays_data(renderer: Renderer, name: str) -> None:
    """Markup in labels and values is shown as it was written; addresses that run scripts are no links."""
    frame, page = sample(name)
    html = renderer.page(frame, page, now=NOW)
    for bad in ("<script>alert", "<b>bold", "onerror=", "onclick=", 'href="javascript', "</textarea><script", "49"):
        assert bad not in html, bad


@pytest.mark.parametrize("name", NAMES)
def test_pages_are_light(renderer: Renderer, name: str) -> None:
    """Every page is small, and the first visit with all that it loads as well."""
    frame, page = sample(name)
    size = len(gzip.compress(renderer.page(frame, page, now=NOW).encode()))
    assert size < LATER_PAGE_KB * 1000
    everything = sum(len(one.compressed) for name, one in load_assets().files.items() if "licenses" not in name)
    assert size + everything < FIRST_VISIT_KB * 1000


def test_every_address_has_the_prefix(renderer: Renderer) -> None:
    """Behind a path prefix nothing leads outside of it."""
    for name in NAMES:
        html = renderer.page(*sample(name), now=NOW)
        for start in ('href="/', 'action="/', 'src="/'):
            assert html.count(start) == html.count(start + "crm"), name


def test_a_project_replaces_a_block() -> None:
    """A template of the project stands in front of the shipped one and can build on it."""
    override = '{% extends "shipped/record.html" %}{% block history %}<p>ours</p>{% endblock %}'
    mine = Renderer(load_assets(), static_url="/crm/static", overrides={"record.html": override})
    mine.check()
    html = mine.page(*sample("record"), now=NOW)
    assert "<p>ours</p>" in html
    assert 'class="highlights"' in html
    assert "Older entries" not in html


def test_a_mistake_in_an_override_is_found_at_once() -> None:
    """A template that does not parse is refused before anybody reads it."""
    with pytest.raises(TemplateSyntaxError):
        Renderer(load_assets(), static_url="/", overrides={"record.html": "{% block %}"}).check()


def test_an_unknown_word_is_an_error() -> None:
    """A template that names what its view has not fails instead of showing nothing; the suffix changes nothing."""
    mine = Renderer(
        load_assets(), static_url="/", overrides={"a.txt": "{{ page.nothing }}", "b.txt": "{{ page.title }}"}
    )
    frame, _ = sample("home")
    with pytest.raises(UndefinedError):
        mine.page(frame, Page(template="a.txt"), now=NOW)
    assert mine.page(frame, Page(template="b.txt", title="<i>"), now=NOW) == "&lt;i&gt;"


def test_rich_text_is_made_safe() -> None:
    """Only the tags of the editor stay, and links that can be followed."""
    dirty = (
        '<p style="x" onclick="y">a<script>b</script><a href="javascript:c">d</a>'
        '<a href="https://e">f</a><img src=g></p>'
    )
    assert clean_html(dirty) == (
        '<p>a<a rel="noopener noreferrer">d</a><a href="https://e" rel="noopener noreferrer">f</a></p>'
    )
