"""Values become words in one reader's language, time zone and currency."""

from __future__ import annotations

import gettext
import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import DateTimePattern, format_skeleton, get_date_format, get_time_format
from babel.numbers import (
    NumberPattern,
    format_compact_decimal,
    get_currency_precision,
    get_currency_symbol,
    parse_pattern,
)

from crmspec.server.views import Address, PersonName, Place

# Colours by name, each an angle of the colour wheel; `gray` has none. The style sheet has a class `hue-…` for each.
HUES = {
    "red": 25, "orange": 55, "amber": 80, "lime": 125, "green": 150, "teal": 185, "cyan": 215, "blue": 255,
    "indigo": 275, "violet": 300, "pink": 350,
}
_SHORT_SIGNS = {
    "AUD": "$", "BRL": "R$", "CAD": "$", "CNY": "¥", "GBP": "£", "HKD": "$", "INR": "₹", "JPY": "¥", "KRW": "₩",
    "MXN": "$", "NZD": "$", "SGD": "$", "TWD": "$", "USD": "$",
}
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_YEAR_FIRST = ("zh", "ja", "ko", "hu")   # languages that write from the large to the small: dates, names, addresses


def hue(color: str) -> str:
    """Return the class of the nearest colour the design has: `hue-green` for `green` and for `#2f9e44`."""
    if color in HUES or color == "gray":
        return f"hue-{color}"
    if not _HEX.fullmatch(color):
        return "hue-gray"
    _, a, b = _oklab(color)
    if math.hypot(a, b) < 0.03:
        return "hue-gray"
    degrees = math.degrees(math.atan2(b, a)) % 360
    return "hue-" + min(HUES, key=lambda name: min(abs(HUES[name] - degrees), 360 - abs(HUES[name] - degrees)))


def _oklab(color: str) -> tuple[float, float, float]:
    """Return lightness and the two axes of colour of `#rrggbb`, as the style sheet's `oklch()` understands them."""
    parts = (int(color[at:at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def tint(label: str) -> str:
    """Return a colour class for a person's portrait: always the same for the same name."""
    return "hue-" + list(HUES)[sum(map(ord, label)) % len(HUES)]


def initials(label: str) -> str:
    """Return one or two letters that stand for a name: `AB` for Anna Berg, `王` for 王小明."""
    words = [word for word in re.split(r"[\s.@_-]+", label) if word and unicodedata.category(word[0])[0] in "LN"]
    if not words:
        return "?"
    if _CJK.match(words[0]):
        return words[0][0]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def web_address(text: str) -> str:
    """Return the address when it may be followed (http or https), else nothing."""
    return text if re.match(r"https?://[^\s]+$", text, re.IGNORECASE) else ""


def dial(text: str) -> str:
    """Return what a telephone dials: digits and a leading plus."""
    return re.sub(r"(?!^\+)[^0-9]", "", text.strip())


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    return Locale.parse(language.replace("-", "_"))


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    return ZoneInfo(name)


@lru_cache(maxsize=256)
def _fixed(decimals: int) -> NumberPattern:
    return parse_pattern("#,##0" + ("." + "0" * decimals if decimals else ""))


@lru_cache(maxsize=256)
def _amount(locale: Locale, decimals: int) -> NumberPattern:
    """Return the language's pattern for amounts, with so many digits after the point."""
    written = locale.currency_formats["standard"].pattern
    return parse_pattern(re.sub(r"0(\.0+)?(?=[^#0,.]|$)", "0" + ("." + "0" * decimals if decimals else ""), written))


@dataclass(frozen=True)
class Reader:
    """For whom a page is written: language, time zone, currency, and the moment it is read."""

    language: str
    time_zone: str
    currency: str
    now: datetime
    words: gettext.NullTranslations

    @cached_property
    def locale(self) -> Locale:
        """The rules of the language."""
        return _locale(self.language)

    @cached_property
    def zone(self) -> tzinfo:
        """The reader's time zone."""
        return _zone(self.time_zone)

    @cached_property
    def today(self) -> date:
        """The day it is where the reader is."""
        return self.now.astimezone(self.zone).date()

    @property
    def large_first(self) -> bool:
        """Say whether the language writes the large before the small."""
        return self.locale.language in _YEAR_FIRST

    def number(self, value: Decimal | int, decimals: int | None = None) -> str:
        """Write a number: `12,345.6`. Without `decimals`, as many digits as there are."""
        if decimals is None:
            exponent = Decimal(value).as_tuple().exponent
            decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        return str(_fixed(decimals).apply(value, self.locale))

    def short_number(self, value: Decimal | int) -> str:
        """Write a number for an axis: `1.2M`, `120万`."""
        return format_compact_decimal(value, locale=self.locale, fraction_digits=1)

    def money(self, value: Decimal | int, currency: str = "", decimals: int | None = None) -> str:
        """Write an amount: `¥12,345.60`."""
        code = currency or self.currency
        digits = get_currency_precision(code) if decimals is None else decimals
        text = str(_amount(self.locale, digits).apply(value, self.locale, currency=code, currency_digits=False))
        return text.replace(get_currency_symbol(code, self.locale), self.currency_sign(code))

    def currency_sign(self, currency: str = "") -> str:
        """Return `¥`, `$`, `€`: for the reader's own currency the short sign, where others need `CN¥` or `US$`."""
        code = currency or self.currency
        own = _SHORT_SIGNS.get(code) if code == self.currency else None
        return own or get_currency_symbol(code, self.locale)

    def percent(self, value: Decimal | int, decimals: int | None = None) -> str:
        """Write a percentage: 60 gives `60%`. Without `decimals`, up to two and no trailing noughts."""
        if decimals is None:
            value = Decimal(value).quantize(Decimal("0.01")).normalize()
            if value == value.to_integral():
                value = value.to_integral()
        return self.number(value, decimals) + "%"

    def day(self, value: date) -> str:
        """Write a date: `23 Nov 2026` in the language's own way."""
        return get_date_format("medium", self.locale).apply(value, self.locale)

    def moment(self, value: datetime) -> str:
        """Write a moment, in the reader's time zone."""
        local = value.astimezone(self.zone)
        return f"{self.day(local.date())} {self._clock.apply(local, self.locale)}"

    def clock(self, value: time) -> str:
        """Write a time of day."""
        return self._clock.apply(value, self.locale)

    @cached_property
    def _clock(self) -> DateTimePattern:
        return get_time_format("short", self.locale)

    def when(self, value: date | datetime) -> str:
        """Write a date or moment as people say it: `Today 14:20`, `Tomorrow`, `23 Nov`, and the year of another."""
        local = value.astimezone(self.zone) if isinstance(value, datetime) else None
        day = local.date() if local else value
        known = {-1: self.words.gettext("Yesterday"), 0: self.words.gettext("Today"), 1: self.words.gettext("Tomorrow")}
        distance = (day - self.today).days
        if distance in known:
            said = known[distance]
        elif day.year == self.today.year:
            said = self._skeleton("MMMd", day)
        else:
            said = self.day(day)
        return f"{said} {self._clock.apply(local, self.locale)}" if local and distance in known else said

    def weekday(self, value: date) -> str:
        """Write a day with its name: `Monday, 23 November`."""
        return self._skeleton("MMMMEEEEd", value)

    def _skeleton(self, parts: str, value: date) -> str:
        return format_skeleton(parts, datetime(value.year, value.month, value.day, tzinfo=UTC), locale=self.locale)

    def duration(self, seconds: int) -> str:
        """Write a length of time: `1h 30m`."""
        hours, rest = divmod(abs(seconds), 3600)
        minutes, left = divmod(rest, 60)
        pieces = [
            self.words.gettext(unit) % {"n": self.number(amount)}
            for amount, unit in ((hours, _HOURS), (minutes, _MINUTES), (left, _SECONDS)) if amount
        ]
        return ("-" if seconds < 0 else "") + (" ".join(pieces) or self.words.gettext(_MINUTES) % {"n": 0})

    def size(self, value: int) -> str:
        """Write the size of a file: `1.4 MB`."""
        amount, unit = Decimal(value), "B"
        for larger in ("kB", "MB", "GB", "TB"):
            if amount < 1000:
                break
            amount, unit = amount / 1000, larger
        digits = 1 if unit != "B" and amount < 100 else 0
        return f"{self.number(amount, digits)} {unit}"

    def full_name(self, name: PersonName) -> str:
        """Put a name together: Chinese ones family name first and close together, others as the language does."""
        if _CJK.search(name.family + name.given):
            return name.family + name.given
        order = (name.family, name.given) if self.large_first else (name.given, name.family)
        return " ".join(part for part in order if part)

    def address_lines(self, address: Address) -> tuple[str, ...]:
        """Write an address, a line a string, in the order of the language."""
        if self.large_first:
            place = "".join(part for part in (address.country, address.region, address.city, address.street) if part) \
                if _CJK.search(address.city + address.street) else \
                ", ".join(part for part in (address.country, address.region, address.city, address.street) if part)
            return tuple(line for line in (place, address.postcode) if line)
        town = " ".join(part for part in (address.city, address.region, address.postcode) if part)
        return tuple(line for line in (*address.street.splitlines(), town, address.country) if line)

    def coordinates(self, place: Place) -> str:
        """Write a point on earth, to five decimals (a metre)."""
        return f"{place.latitude:.5f}, {place.longitude:.5f}"


def N_(text: str) -> str:
    """Mark words for translation where they are written down; they are translated where they are used."""
    return text


_HOURS, _MINUTES, _SECONDS = N_("%(n)sh"), N_("%(n)sm"), N_("%(n)ss")
