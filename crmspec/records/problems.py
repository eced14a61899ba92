"""What can stand in the way of reading or writing a record: each a value that screens and commands can show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmspec.records.values import Record, Ref


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a value: the field (empty: the whole record), a code, and words for the person."""

    field: str
    code: str
    message: str


class RecordError(Exception):
    """Base of everything `records` refuses; `message` is in the person's language."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class NotFound(RecordError):
    """There is no such record, or the person may not see it: the two are never told apart."""


class Forbidden(RecordError):
    """The person sees the record or object, but may not do this. `fields` are those they may not use or set."""

    def __init__(self, message: str, code: str = "forbidden", fields: tuple[str, ...] = ()) -> None:
        super().__init__(message, code)
        self.fields = fields


class BadQuestion(RecordError):
    """A list was asked for in a way that makes no sense: an unknown field, a filter that is no number, a stale key."""


class Invalid(RecordError):
    """A record was not saved: every problem at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems), "invalid")

    def of(self, field: str) -> tuple[str, ...]:
        """Return the messages that belong to a field."""
        return tuple(problem.message for problem in self.problems if problem.field == field)


class Conflict(RecordError):
    """Somebody saved first: `theirs` is the record as it now is, `yours` what was to be saved."""

    def __init__(
        self, message: str, theirs: Record, yours: Mapping[str, object], who: Ref | None, at: datetime | None
    ) -> None:
        super().__init__(message, "conflict")
        self.theirs, self.yours, self.who, self.at = theirs, yours, who, at


@dataclass(frozen=True, slots=True)
class Reference:
    """Records that point at another and keep it from being deleted."""

    object: str
    field: str
    count: int


class Referred(RecordError):
    """A record cannot be deleted because others point at it."""

    def __init__(self, message: str, references: Iterable[Reference]) -> None:
        super().__init__(message, "referred")
        self.references = tuple(references)
