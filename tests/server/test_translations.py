"""Every word of the screens is there in every language."""

from __future__ import annotations

import re

import pytest

from crmspec.access import SENTENCES
from crmspec.records import PERIODS
from crmspec.server import words as screen_words
from crmspec.server.rendering import TEMPLATES_FOLDER, translations
from crmspec.server.translations import as_mo, catalogue_file, extract, languages, renewed, untranslated

HOW = (
    "run `python -m crmspec.server.translations`, then fill in crmspec/server/locale/*/LC_MESSAGES/messages.po "
    "and run it again"
)
TAGS = re.compile(r"\{% block \w+_class %\}.*?\{% endblock %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


@pytest.mark.parametrize("language", languages())
def test_nothing_is_untranslated(language: str) -> None:
    """Each message of the sources has its words."""
    assert [message.id for message in untranslated(renewed(language))] == [], HOW


@pytest.mark.parametrize("language", languages())
def test_the_catalogue_is_fresh(language: str) -> None:
    """The stored catalogue has the messages of the sources, no more, no fewer, and was compiled."""
    from babel.messages.pofile import read_po

    with catalogue_file(language, "po").open("rb") as stored:
        kept = read_po(stored, locale=language)
    assert {message.id for message in kept} == {message.id for message in renewed(language)}, HOW
    assert catalogue_file(language, "mo").read_bytes() == as_mo(kept), HOW


@pytest.mark.parametrize("language", languages())
def test_slots_are_kept(language: str) -> None:
    """A translation has the same slots as its source: a lost one hides a name, a new one breaks the page."""
    for message in renewed(language):
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string or ())
        wanted = set(re.findall(r"%\(\w+\)s", " ".join(sources)))
        for words in filter(None, said):
            assert set(re.findall(r"%\(\w+\)s", words)) == wanted or not message.id, message.id


def test_every_template_word_is_marked() -> None:
    """Templates have no words outside of the marks of translation: between tags, and in labels for the ear."""
    loose = []
    for template in sorted(TEMPLATES_FOLDER.rglob("*.html")):
        text = TAGS.sub("", template.read_text(encoding="utf-8"))
        text = re.sub("<kbd[^>]*>[^<]*</kbd>", "", text)  # what is printed on a key
        between = re.findall(r">([^<>]*[A-Za-z]{2,}[^<>]*)<", text)
        labels = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*[A-Za-z]{2,}[^"]*)"', text)
        # A macro that writes attributes stands between tags, too.
        loose += [f"{template.name}: {words.strip()}" for words in between + labels if '="' not in words]
    assert loose == []


def test_unknown_languages_speak_english() -> None:
    """Without a catalogue the words of the sources are shown."""
    assert translations("fr").gettext("Save") == "Save"
    assert translations("zh-CN").gettext("Save") == "保存"
    assert len(list(extract())) > 200


def test_every_period_has_its_words() -> None:
    """What a list can be filtered by has a name on the screen."""
    assert set(screen_words.PERIODS) == set(PERIODS)


def test_every_reason_has_its_words() -> None:
    """What `access` says when it explains is what the screens translate."""
    assert tuple(SENTENCES.values()) == screen_words.REASONS
