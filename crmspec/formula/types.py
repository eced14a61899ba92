"""What formulas talk about: kinds of values, names handed in, problems handed back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

Kind = Literal["text", "number", "boolean", "date", "datetime", "time", "choice", "choices", "reference", "none"]
Dialect = Literal["sqlite", "postgresql"]

KIND_WORDS: dict[Kind, str] = {
    "text": "a text",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date",
    "datetime": "a date with time",
    "time": "a time of day",
    "choice": "an option of a picklist",
    "choices": "options of a picklist",
    "reference": "a record",
    "none": "something formulas cannot use",
}


@dataclass(frozen=True, slots=True)
class Type:
    """What a value is.

    `scale` is the number of decimals of a number (2 for currency), `digits` how many digits its values have at most,
    decimals included: the one who stores values must keep to it, since magnitudes are computed from it.
    `options` are the options of a picklist as far as they are known, `to` the objects a record may be of (empty: any).
    """

    kind: Kind
    scale: int = 0
    options: tuple[str, ...] | None = None
    to: tuple[str, ...] = ()
    digits: int = 15

    def __str__(self) -> str:
        return KIND_WORDS[self.kind]


BOOLEAN = Type("boolean")
ORDERED: frozenset[Kind] = frozenset({"number", "date", "datetime", "time"})
"""Kinds that have smaller and larger; texts have not, since no two languages and databases order them alike."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A path that leads nowhere: which segment is not known, what could stand there, and why where known."""

    at: int
    candidates: tuple[str, ...] = ()
    reason: str | None = None


class Scope(Protocol):
    """The names a formula may use. Must not raise; may be asked the same path many times."""

    def resolve(self, path: tuple[str, ...]) -> Type | Unknown:
        """Return what `path` is, or which of its segments is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """When, where and for whom a formula is worked out: no back end looks at a clock. `now` is aware.

    `zone` is the time zone whose days a moment falls on: that of the project, the same for everybody.
    """

    now: datetime
    today: date
    me: str | None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class FormulaProblem:
    """One thing that is wrong: characters `start` to before `end` of the formula's text, counted from 1."""

    start: int
    end: int
    what: str
    why: str = ""
    help: str = ""
