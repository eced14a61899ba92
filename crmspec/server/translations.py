"""The catalogues of the screens' words: `python -m crmspec.server.translations` renews them from the sources.

English is what the sources say. Every other language has a `messages.po` to be filled in, and a `messages.mo` made from
it; both are kept in git, so that nothing has to be compiled where crmspec runs.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from crmspec.audit import EVENTS, GROUPS
from crmspec.server.rendering import LOCALE_FOLDER

_SERVER = Path(__file__).resolve().parent
_METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "silent": "false"}}
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)   # a constant, so that the same sources give the same bytes


def extract() -> Catalog:
    """Return every message of the templates and of the server's Python, each with the files that use it."""
    catalog = Catalog(project="crmspec", creation_date=_WHEN, revision_date=_WHEN, fuzzy=False)
    found = extract_from_dir(_SERVER, _METHODS, _OPTIONS, keywords={**DEFAULT_KEYWORDS, "N_": None})
    for file, _, message, comments, context in found:
        catalog.add(message, None, [(Path(file).as_posix(), 0)], auto_comments=comments, context=context)
    for words in (*GROUPS.values(), *(event.words for event in EVENTS.values())):
        catalog.add(words, None, [("../audit/events.py", 0)])
    return catalog


def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue."""
    return tuple(sorted(path.parts[-3] for path in LOCALE_FOLDER.glob("*/LC_MESSAGES/messages.po")))


def renewed(language: str) -> Catalog:
    """Return a language's catalogue with the messages that the sources now have; what they no longer have is gone."""
    with catalogue_file(language, "po").open("rb") as stored:
        catalog = read_po(stored, locale=language)
    catalog.update(extract(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = _WHEN
    catalog.fuzzy, catalog.header_comment = False, f"# The words of the screens in {catalog.locale_identifier}."
    catalog.version, catalog.msgid_bugs_address = "", ""
    catalog.last_translator = catalog.language_team = "crmspec"
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """Return the catalogue as it is kept."""
    out = io.BytesIO()
    write_po(out, catalog, sort_output=True, width=120, include_lineno=False)
    return out.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """Return the catalogue as it is read at run time."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def untranslated(catalog: Catalog) -> Iterator[Message]:
    """Give each message that has no words in this language, or only for some numbers."""
    for message in catalog:
        words = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.id and not all(words):
            yield message


def refresh() -> list[str]:
    """Write every catalogue anew; return what is not translated."""
    missing = []
    for language in languages():
        catalog = renewed(language)
        catalogue_file(language, "po").write_bytes(as_po(catalog))
        catalogue_file(language, "mo").write_bytes(as_mo(catalog))
        missing += [f"{language}: {message.id}" for message in untranslated(catalog)]
    return missing


def catalogue_file(language: str, suffix: str) -> Path:
    """Return where a language's `po` or `mo` file is."""
    return LOCALE_FOLDER / language / "LC_MESSAGES" / f"messages.{suffix}"


if __name__ == "__main__":
    sys.stdout.writelines(f"not translated  {line}\n" for line in refresh())
