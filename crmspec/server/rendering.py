"""A view and its frame in, a page out."""

from __future__ import annotations

import gettext
import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import BaseLoader, ChoiceLoader, DictLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup, escape

from crmspec.server import charts, formatting, words
from crmspec.server.assets import Assets
from crmspec.server.display import SIDES, Display, clean_html
from crmspec.server.formatting import Reader
from crmspec.server.icons import ICONS, UNKNOWN_ICON
from crmspec.server.views import OPERATORS, PERIODS, VALUELESS, AnyPage, Choice, Frame, LookupTarget

TEMPLATES_FOLDER = Path(__file__).resolve().parent / "templates"
LOCALE_FOLDER = Path(__file__).resolve().parent / "locale"

_ICON_NAMES = frozenset(ICONS)
_reader: ContextVar[Reader] = ContextVar("reader")   # of the page being written; filters and macros ask it


@lru_cache(maxsize=64)
def translations(language: str) -> gettext.NullTranslations:
    """Return the words of a language; English, the language of the sources, where there is no catalogue."""
    return gettext.translation("messages", LOCALE_FOLDER, [language.replace("-", "_")], fallback=True)


class Renderer:
    """Turns views into HTML.

    `static_url` is the prefix, with the path prefix of the server, that `Assets.answer` is reached under. `overrides`
    are templates of the project, by name, that stand in front of the shipped ones; such a template can extend the one
    it replaces as `shipped/list.html`.
    """

    def __init__(self, assets: Assets, *, static_url: str, overrides: Mapping[str, str] | None = None) -> None:
        shipped = FileSystemLoader(TEMPLATES_FOLDER)
        loaders: list[BaseLoader] = [DictLoader(dict(overrides or {})), shipped, PrefixLoader({"shipped": shipped})]
        self._assets = assets
        self._static_url = static_url.rstrip("/")
        self._sprite = self.static("icons.svg")
        self._environment = Environment(
            loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, auto_reload=False, extensions=["jinja2.ext.i18n"],
        )
        self._environment.filters.update(_filters())
        self._environment.globals.update(self._globals())
        _install_words(self._environment)

    def page(self, frame: Frame, page: AnyPage, *, now: datetime) -> str:
        """Return the whole page. `now` is what `today` and `yesterday` are told from."""
        reader = Reader(frame.language, frame.time_zone, frame.currency, now, translations(frame.language))
        token = _reader.set(reader)
        try:
            return self._environment.get_template(page.template).render(frame=frame, page=page)
        finally:
            _reader.reset(token)

    def check(self) -> None:
        """Compile every template, so that a mistake in an override is found before anybody reads it."""
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    def static(self, name: str) -> str:
        """Return the address of an asset."""
        return f"{self._static_url}/{self._assets.path(name)}"

    def icon(self, name: str, label: str = "") -> Markup:
        """Return an icon of the sprite; without a label it is only ornament."""
        known = name if name in _ICON_NAMES else UNKNOWN_ICON
        said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
        return Markup(f'<svg class="icon" {said}><use href="{self._sprite}#{known}"/></svg>')  # noqa: S704

    def _globals(self) -> dict[str, object]:
        display = Display(self.icon, _reader.get)
        return {
            "show": display.show, "avatar": display.avatar, "chip": display.chip, "link": display.link, "sides": SIDES,
            "static": self.static, "icon": self.icon, "draw": charts.draw, "operators": OPERATORS, "periods": PERIODS,
            "valueless": VALUELESS, "words": words,
        }


def _target_json(targets: tuple[LookupTarget, ...]) -> str:
    """Return what the look-up script reads; it is escaped like any text where it is written."""
    return json.dumps([
        {"object": one.object, "label": one.label, "url": one.url, "new": one.new_url} for one in targets
    ], ensure_ascii=False)


def _choice_json(choices: tuple[Choice, ...]) -> str:
    return json.dumps([[one.name, one.label] for one in choices], ensure_ascii=False)


def _filters() -> dict[str, Callable[..., object]]:
    asked = {
        name: _asks(name) for name in (
            "number", "short_number", "money", "currency_sign", "percent", "day", "moment", "clock", "when", "weekday",
            "duration", "size", "full_name", "address_lines", "coordinates",
        )
    }
    plain: dict[str, Callable[..., object]] = {
        "hue": formatting.hue, "tint": formatting.tint, "initials": formatting.initials, "dial": formatting.dial,
        "web_address": formatting.web_address, "clean_html": clean_html, "target_json": _target_json,
        "choice_json": _choice_json,
    }
    return asked | plain


def _asks(name: str) -> Callable[..., object]:
    """Return a filter that asks the reader of the page being written."""
    def ask(value: object, *more: object, **named: object) -> object:
        return getattr(_reader.get(), name)(value, *more, **named)
    return ask


def _install_words(environment: Environment) -> None:
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _reader.get().words.gettext(text),
        lambda one, many, n: _reader.get().words.ngettext(one, many, n),
        newstyle=True,
        pgettext=lambda context, text: _reader.get().words.pgettext(context, text),
        npgettext=lambda context, one, many, n: _reader.get().words.npgettext(context, one, many, n),
    )
