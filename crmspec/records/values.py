"""What `records` hands out: records, pages, boards, history, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime, time
from decimal import Decimal

HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class Ref:
    """A record that another points at. A hidden one has no id and no title: only that there is one is said."""

    object: str
    id: str
    title: str
    hidden: bool = False

    def __str__(self) -> str:
        return HIDDEN if self.hidden else self.title


@dataclass(frozen=True, slots=True)
class Masked:
    """A value its reader may not see: `text` is what the mask leaves of it."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a stored file."""

    id: str
    name: str
    content_type: str
    size: int


Value = (
    str
    | int
    | bool
    | Decimal
    | date
    | datetime
    | time
    | Ref
    | Masked
    | StoredFile
    | tuple[str, ...]
    | tuple[Ref, ...]
    | Mapping[str, object]
    | list[object]
    | float
    | None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record under its reader's rights. What they may not read is not in `values`.

    `values` is path → value. Number, currency and percent are Decimal; integer, duration, rating int; picklist the
    option's name; multi_picklist a tuple of names; lookup a Ref; many_to_many a tuple of Ref; address, person_name and
    geolocation a dict by suffix; json what JSON says; file and image a StoredFile; blank is None.
    """

    object: str
    id: str
    version: int
    title: str
    values: Mapping[str, Value] = attribute(default_factory=dict)

    def __getitem__(self, path: str) -> Value:
        return self.values[path]

    def get(self, path: str) -> Value:
        """Return a value, None when it is blank, not asked for or not for this reader."""
        return self.values.get(path)


@dataclass(frozen=True, slots=True)
class GroupTotal:
    """What the records with one value of a path come to. `key` is the stored value, a look-up's id."""

    key: object
    count: int
    sums: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some records in order. `next` and `previous` are keys for `cursor`; `omitted` columns are not for this reader.

    `sums` has what the columns come to that can be added up, when that was asked for and all were counted; so have
    `groups` for each value of the path that the list is grouped by.
    """

    rows: tuple[Record, ...]
    columns: tuple[str, ...]
    sort: tuple[str, ...]
    next: str = ""
    previous: str = ""
    count: int = 0
    count_is_exact: bool = True
    omitted: tuple[str, ...] = ()
    sums: Mapping[str, Decimal] = attribute(default_factory=dict)
    groups: tuple[GroupTotal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one field was and is; `readable` False leaves both out."""

    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One save in a record's history: `created`, `updated`, `moved`, `transferred`, `deleted`, `restored`."""

    at: datetime
    who: Ref | None
    action: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardColumn:
    """One stage: how many records are in it, what they come to, and the first of them."""

    stage: str
    count: int
    count_is_exact: bool
    total: Decimal | None
    cards: tuple[Record, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A pipeline's records by stage. `total_field` names what `total` adds up; empty when nothing may be."""

    pipeline: str
    object: str
    field: str
    columns: tuple[BoardColumn, ...]
    total_field: str = ""
    card_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A record that a search found: where, and the words around it."""

    ref: Ref
    field: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageGate:
    """Whether a record may enter a stage now, and what is missing."""

    stage: str
    open: bool
    missing: tuple[str, ...] = ()  # fields that the stage requires
    reasons: tuple[str, ...] = ()  # in the person's language
