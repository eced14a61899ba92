"""A value becomes HTML: one small function a field type, in a table.

Lists show hundreds of values, so this is Python and not a template, which took three times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import nh3
from markupsafe import Markup, escape

from crmspec.server.formatting import Reader, dial, hue, initials, tint, web_address
from crmspec.server.views import Choice, Link, Value
from crmspec.spec.field_types import FIELD_TYPES, NUMBER_TYPES

RICH_TAGS = frozenset((
    "p", "br", "h2", "h3", "h4", "strong", "b", "em", "i", "u", "s", "ul", "ol", "li", "a", "blockquote", "code",
    "pre", "hr",
))
# The class of a column: numbers stand at its right.
SIDES = {name: "right" if name in NUMBER_TYPES - {"rating"} else "" for name in FIELD_TYPES}
_SHORT, _LINK, _CHIP, _SCROLLED = 120, 80, 60, 300   # letters


def clean_html(text: str) -> Markup:
    """Return rich text that cannot do harm, whoever stored it."""
    safe = nh3.clean(text, tags=set(RICH_TAGS), attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"})
    return Markup(safe)  # noqa: S704


def _cut(text: str, most: int) -> Markup:
    return escape(text if len(text) <= most else text[:most - 1] + "…")


def _safe(html: str) -> Markup:
    """Call finished HTML finished. Every piece of data in it has been through `escape`."""
    return Markup(html)  # noqa: S704


@dataclass(frozen=True, slots=True)
class How:
    """How a value is to be shown: inside of a link it has none of its own; `long` shows all there is."""

    reader: Reader
    links: bool
    long: bool


class Display:
    """Shows values, people, options and links. `icon` draws an icon of the sprite, `reader` says who reads."""

    def __init__(self, icon: Callable[..., Markup], reader: Callable[[], Reader]) -> None:
        self._icon = icon
        self._reader = reader

    def show(self, value: Value, links: bool = True, long: bool = False) -> Markup:
        """Return a value as HTML. A blank is a dash for the eye and a word for the ear."""
        how = How(self._reader(), links, long)
        if value.masked:
            return self._masked(how)
        content = value.content
        if content is None or content == "" or content == ():
            return _safe(f'<span class="blank" aria-hidden="true">–</span>'
                         f'<span class="sr">{how.reader.words.gettext("empty")}</span>')
        return _safe(_SHOWN.get(value.type, Display._text)(self, value, content, how))

    def avatar(self, label: str) -> Markup:
        """Return the portrait of a person: their initials, ornament beside the name."""
        return _safe(f'<span class="avatar {tint(label)}" aria-hidden="true">{escape(initials(label))}</span>')

    def chip(self, choice: Choice) -> Markup:
        """Return an option in its colour."""
        return _safe(f'<span class="chip {hue(choice.color)}"><bdi>{_cut(choice.label, _CHIP)}</bdi></span>')

    def link(self, one: Link) -> Markup:
        """Return words that lead somewhere, a person with their portrait."""
        words = f"<bdi>{_cut(one.label, _SHORT)}</bdi>"
        words = f'<a class="link" href="{escape(one.url)}">{words}</a>' if one.url else f"<span>{words}</span>"
        if not (one.person or one.icon):
            return _safe(words)
        picture = self.avatar(one.label) if one.person else self._icon(one.icon)
        return _safe(f'<span class="with-picture">{picture}{words}</span>')

    def _masked(self, how: How) -> Markup:
        said = escape(how.reader.words.gettext("You may not see this value"))
        return _safe(f'<span class="masked" title="{said}"><span aria-hidden="true">••••••</span>'
                     f'<span class="sr">{said}</span></span>')

    def _text(self, value: Value, it: Any, how: How) -> str:
        if not how.long:
            return f"<bdi>{_cut(str(it), _SHORT)}</bdi>"
        if len(it) > _SCROLLED:
            return f'<div class="prose scroll" tabindex="0" dir="auto">{escape(it)}</div>'
        return f'<span class="prose" dir="auto">{escape(it)}</span>'

    def _boolean(self, value: Value, it: Any, how: How) -> str:
        gettext = how.reader.words.gettext
        return f'<span class="yes">{self._icon("check")}{gettext("Yes")}</span>' if it else \
            f'<span class="no">{gettext("No")}</span>'

    def _currency(self, value: Value, it: Any, how: How) -> str:
        return f'<span class="numeral">{escape(how.reader.money(it, value.currency, value.decimals))}</span>'

    def _number(self, value: Value, it: Any, how: How) -> str:
        return f'<span class="numeral">{how.reader.number(it, value.decimals)}</span>'

    def _percent(self, value: Value, it: Any, how: How) -> str:
        return f'<span class="numeral">{how.reader.percent(it, value.decimals)}</span>'

    def _duration(self, value: Value, it: Any, how: How) -> str:
        return f'<span class="numeral">{how.reader.duration(int(it))}</span>'

    def _date(self, value: Value, it: Any, how: How) -> str:
        return f'<time class="numeral" datetime="{it.isoformat()}">{how.reader.day(it)}</time>'

    def _datetime(self, value: Value, it: Any, how: How) -> str:
        return f'<time class="numeral" datetime="{it.isoformat()}">{how.reader.moment(it)}</time>'

    def _time(self, value: Value, it: Any, how: How) -> str:
        return f'<time class="numeral" datetime="{it.isoformat()}">{how.reader.clock(it)}</time>'

    def _picklist(self, value: Value, it: Any, how: How) -> str:
        return self.chip(it)

    def _multi_picklist(self, value: Value, it: Any, how: How) -> str:
        return f'<span class="chips">{"".join(map(self.chip, it))}</span>'

    def _lookup(self, value: Value, it: Any, how: How) -> str:
        return self.link(it) if how.links else f"<bdi>{_cut(it.label, _SHORT)}</bdi>"

    def _many_to_many(self, value: Value, it: Any, how: How) -> str:
        inner = (self._lookup(value, one, how) for one in it)
        return f'<span class="chips">{"".join(f"""<span class="chip hue-gray">{one}</span>""" for one in inner)}</span>'

    def _followed(self, address: str, text: str, how: How, more: str = "") -> str:
        words = f"<bdi>{_cut(text, _LINK)}</bdi>"
        return f'<a class="link" href="{escape(address)}"{more}>{words}</a>' if how.links and address else words

    def _email(self, value: Value, it: Any, how: How) -> str:
        return self._followed(f"mailto:{it}", it, how)

    def _phone(self, value: Value, it: Any, how: How) -> str:
        return self._followed(f"tel:{dial(it)}", it, how)

    def _url(self, value: Value, it: Any, how: How) -> str:
        shown = it.removeprefix("https://").removeprefix("http://")
        return self._followed(web_address(it), shown, how, ' rel="noopener noreferrer" target="_blank"')

    def _address(self, value: Value, it: Any, how: How) -> str:
        return " ".join(f'<span class="line" dir="auto">{escape(one)}</span>' for one in how.reader.address_lines(it))

    def _person_name(self, value: Value, it: Any, how: How) -> str:
        return f"<bdi>{_cut(how.reader.full_name(it), _SHORT)}</bdi>"

    def _geolocation(self, value: Value, it: Any, how: How) -> str:
        return f'<span class="numeral">{how.reader.coordinates(it)}</span>'

    def _file(self, value: Value, it: Any, how: How) -> str:
        if value.type == "image" and it.picture and how.long:
            return (f'<a href="{escape(it.url)}"><img class="picture" src="{escape(it.picture)}" '
                    f'alt="{escape(it.name)}" loading="lazy"></a>')
        size = how.reader.size(it.size_bytes)
        return f'{self._icon("paperclip")}{self._followed(it.url, it.name, how)} <span class="muted">{size}</span>'

    def _rich_text(self, value: Value, it: Any, how: How) -> str:
        safe = clean_html(it)
        if how.long:
            return f'<div class="rich" dir="auto">{safe}</div>'
        return f"<bdi>{_cut(safe.striptags(), _SHORT)}</bdi>"

    def _rating(self, value: Value, it: Any, how: How) -> str:
        said = how.reader.words.gettext("%(n)s of %(most)s stars") % {"n": it, "most": value.maximum}
        star = self._icon("star")
        stars = f'<span class="on">{star}</span>' * it + f'<span class="off">{star}</span>' * (value.maximum - it)
        return f'<span class="stars" role="img" aria-label="{escape(said)}">{stars}</span>'

    def _color(self, value: Value, it: Any, how: How) -> str:
        return (f'<span class="swatch"><svg viewBox="0 0 16 16" aria-hidden="true"><rect width="16" height="16" rx="4" '
                f'fill="{escape(it)}"/></svg><bdi>{_cut(it, _SHORT)}</bdi></span>')

    def _json(self, value: Value, it: Any, how: How) -> str:
        if how.long:
            return f'<pre class="code scroll" tabindex="0">{escape(it)}</pre>'
        return f"<code>{_cut(it, _LINK)}</code>"

    def _secret(self, value: Value, it: Any, how: How) -> str:
        return f'<code class="masked">{escape(it)}</code>'

    def _auto_number(self, value: Value, it: Any, how: How) -> str:
        return f'<span class="numeral"><bdi>{_cut(it, _SHORT)}</bdi></span>'


# Rows of the field-type table that are not here are shown as text.
_SHOWN: dict[str, Callable[[Display, Value, Any, How], str]] = {
    "boolean": Display._boolean, "currency": Display._currency, "integer": Display._number, "number": Display._number,
    "percent": Display._percent, "duration": Display._duration, "date": Display._date, "datetime": Display._datetime,
    "time": Display._time, "picklist": Display._picklist, "multi_picklist": Display._multi_picklist,
    "lookup": Display._lookup, "many_to_many": Display._many_to_many, "email": Display._email, "phone": Display._phone,
    "url": Display._url, "address": Display._address, "person_name": Display._person_name,
    "geolocation": Display._geolocation, "file": Display._file, "image": Display._file,
    "rich_text": Display._rich_text, "rating": Display._rating, "color": Display._color, "json": Display._json,
    "secret": Display._secret, "auto_number": Display._auto_number,
}
