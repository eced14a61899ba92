"""What a page shows of one field: a typed content, never text that somebody formatted elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Words that lead somewhere; without a `url` they are only words (what the reader may not open)."""

    label: str
    url: str = ""
    icon: str = ""                    # the name of an icon of the sprite
    count: int | None = None          # shown behind the words
    current: bool = False             # it leads to the page one is on
    person: bool = False              # shown with a portrait of initials
    detail: str = ""                  # second line, where there is room for one


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option of a picklist, or one stage. `color` is a name of `formatting.HUES` or `#rrggbb`."""

    name: str
    label: str
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLink:
    """A stored file. `picture` is the address of something a browser can show, when there is one."""

    name: str
    url: str
    size_bytes: int
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; shown in the order of the reader's language."""

    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A name in two parts; put together in the reader's order."""

    family: str = ""
    given: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point on earth, in degrees."""

    latitude: Decimal
    longitude: Decimal


Content = (
    str | int | Decimal | bool | date | datetime | time | Choice | Link | FileLink | Address | PersonName | Place
    | tuple[Choice, ...] | tuple[Link, ...] | None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """The content of one field of one record.

    `type` is a row of the field-type table; a formula or rollup goes by the type of its result. What each type's
    content is:

    text, long_text, email, phone, url, auto_number, color, json (text, pretty-printed), secret (the masked text),
    rich_text (HTML, made safe once more when shown): `str` · integer, rating, duration (seconds): `int` ·
    number, currency, percent (60 is 60 %): `Decimal` or `int` · boolean: `bool` · date: `date` ·
    datetime: aware `datetime`, shown in the reader's time zone · time: `time` · picklist: `Choice` ·
    multi_picklist: tuple of `Choice` · lookup: `Link` · many_to_many: tuple of `Link` · file, image: `FileLink` ·
    address: `Address` · person_name: `PersonName` · geolocation: `Place`. Blank is always None.
    """

    type: str
    content: Content = None
    currency: str = ""                # ISO code; left out: the frame's
    decimals: int | None = None       # digits after the point; left out: as many as there are
    maximum: int = 5                  # stars of a rating
    masked: bool = False              # the reader may know that there is something, not what


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A field with its words and its value, as record pages, cards and highlights show it."""

    name: str
    label: str
    value: Value
    help: str = ""
    wide: bool = False                # takes the whole width of its section
    defined_at: str = ""              # `specs/objects/quote.yaml:7`, shown to people with set-up rights


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to do: a link, or a form that posts. With `confirm` it asks first, in those words."""

    label: str
    url: str
    icon: str = ""
    method: Literal["get", "post"] = "get"
    kind: Literal["primary", "plain", "danger"] = "plain"
    confirm: str = ""
    fields: tuple[tuple[str, str], ...] = ()   # hidden inputs, such as ("version", "7")
    key: str = ""                     # the key that does it, for a link


TONES = ("info", "success", "warning", "error")
Tone = Literal["info", "success", "warning", "error"]
SortOrder = Literal["", "ascending", "descending"]
