"""How days, times and numbers are written in texts that become values: `DD.MM.YYYY`, `1.234,50`.

A format is read here once, into pieces of a fixed place and width, so that both databases can take them apart with
nothing but `substr`. A piece that may have one or two digits makes two variants of the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

# Token → how many characters it may have. `A` is AM or PM, Z at the end says that the text means UTC.
WIDTHS = {
    "YYYY": (4,), "YY": (2,), "MM": (2,), "M": (1, 2), "DD": (2,), "D": (1, 2),
    "HH": (2,), "H": (1, 2), "mm": (2,), "ss": (2,), "SSSSSS": (6,), "A": (2,),
}
YEAR, MONTH, DAY = ("YYYY", "YY"), ("MM", "M"), ("DD", "D")
HOUR, MINUTE, SECOND = ("HH", "H"), ("mm",), ("ss",)
PIVOT = 70  # of years in two digits: 70 is 1970, 69 is 2069
_TOKENS = re.compile("|".join(sorted(WIDTHS, key=len, reverse=True)))

DAYS = ("YYYY-MM-DD",)
MOMENTS = (
    "YYYY-MM-DDTHH:mm:ss.SSSSSSZ", "YYYY-MM-DDTHH:mm:ssZ", "YYYY-MM-DDTHH:mm:ss", "YYYY-MM-DD HH:mm:ss",
    "YYYY-MM-DD HH:mm", "YYYY-MM-DD",
)
TIMES = ("HH:mm", "HH:mm:ss", "HH:mm:ss.SSSSSS")

DECIMALS = (".", ",")
THOUSANDS = (".", ",", "'", "’", " ", "\u00a0", "\u202f", "_")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters of a format: a token, or what stands between tokens. `start` counts from 1."""

    text: str
    start: int
    width: int
    is_token: bool


@dataclass(frozen=True, slots=True)
class Variant:
    """One way a format can be written, every piece at its place."""

    pieces: tuple[Piece, ...]

    def piece(self, names: tuple[str, ...]) -> Piece | None:
        """Return the token that has one of the names."""
        return next((one for one in self.pieces if one.is_token and one.text in names), None)

    @property
    def is_utc(self) -> bool:
        """Say whether the text says that it means UTC."""
        return not self.pieces[-1].is_token and self.pieces[-1].text.endswith("Z")

    def pattern(self) -> Iterator[str]:
        """Yield what each character has to be, as a bracket expression that GLOB and regular expressions share."""
        for one in self.pieces:
            if one.text == "A" and one.is_token:
                yield from ("[AaPp]", "[Mm]")
            elif one.is_token:
                yield from ("[0-9]",) * one.width
            else:
                yield from map(_one_character, one.text)


def _one_character(character: str) -> str:
    return character if character.isalnum() or character in " :,/-_'" else f"[{character}]"


@cache
def variants(formats: tuple[str, ...]) -> tuple[Variant, ...]:
    """Return every way in which a text may be written, in the order of the formats."""
    return tuple(variant for one in formats for variant in _variants(one))


def _variants(text: str) -> Iterator[Variant]:
    pieces = list(_split(text))
    for widths in product(*(WIDTHS[piece] if is_token else (len(piece),) for piece, is_token in pieces)):
        start, placed = 1, []
        for (piece, is_token), width in zip(pieces, widths, strict=True):
            placed.append(Piece(piece, start, width, is_token))
            start += width
        yield Variant(tuple(placed))


def _split(text: str) -> Iterator[tuple[str, bool]]:
    end = 0
    for match in _TOKENS.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], False
        yield match[0], True
        end = match.end()
    if end < len(text):
        yield text[end:], False


def format_fault(text: str, type_name: str) -> str:
    """Say why a format cannot be used for a type, or ''."""
    tokens = [piece for piece, is_token in _split(text) if is_token]
    groups = [next(names for names in _GROUPS if token in names) for token in tokens]
    if len(set(groups)) < len(groups):
        return "it has one part twice"
    day, time = {YEAR, MONTH, DAY} & set(groups), {HOUR, MINUTE} & set(groups)
    if type_name in ("date", "datetime") and len(day) < 3:
        return "it does not say year, month and day"
    if type_name == "date" and set(groups) - {YEAR, MONTH, DAY}:
        return "a day has no time"
    if type_name == "time" and (day or len(time) < 2):
        return "it does not say hour and minute, and nothing else"
    if type_name == "datetime" and time and len(time) < 2:
        return "it says only one of hour and minute"
    if any(character in "[]^\\" for piece, is_token in _split(text) if not is_token for character in piece):
        return "it has one of the characters [ ] ^ \\"
    return ""


_GROUPS = (YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, ("SSSSSS",), ("A",))
