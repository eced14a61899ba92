"""Text as it stands in a spec or a seed → the canonical text of a value of one field type, or why it does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal

DIGITS_MAX = 18
TEXT_LENGTH_MAX = 10_000
# What may stand as a default beside a value; a default is never a free expression.
DEFAULT_FUNCTIONS = {"date": ("today()",), "datetime": ("now()",), "lookup": ("me()",)}

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\Z")
_DURATION = re.compile(r"(?=.)(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?\Z")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+\Z")
_URL = re.compile(r"https?://[^\s/?#]+\S*\Z", re.IGNORECASE)


class Unfit(Exception):
    """A text that is not a value of the type: what is wrong, and how to write it."""

    def __init__(self, what: str, help: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.help = help


def whole(text: str) -> int:
    """Return the whole number that a text writes in plain digits; `Unfit` for every other notation."""
    if not _WHOLE.match(text):
        raise Unfit("is not a whole number in plain digits", _plain_number(text))
    if len(text.lstrip("-")) > DIGITS_MAX:
        raise Unfit(f"has more than {DIGITS_MAX} digits")
    return int(text)


def decimal(text: str, scale: int | None = None) -> Decimal:
    """Return the decimal number a text writes in plain digits, with at most `scale` digits after the point."""
    if not _DECIMAL.match(text):
        raise Unfit("is not a number in plain digits", _plain_number(text))
    after = len(text.partition(".")[2].rstrip("0"))
    if scale is not None and after > scale:
        raise Unfit(f"has {after} digits after the point, and {scale} is the most here")
    if len(text.replace("-", "").replace(".", "")) > DIGITS_MAX:
        raise Unfit(f"has more than {DIGITS_MAX} digits")
    return Decimal(text)


def plain(number: Decimal) -> str:
    """Write a decimal number without exponent and without zeros that say nothing."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def canonical(type_name: str, text: str, scale: int | None = None) -> str:
    """Return the canonical text of a value of a field type; raise `Unfit` when it is none."""
    return _READERS.get(type_name, _as_text)(text, scale)


def _plain_number(text: str) -> str:
    """Suggest plain digits for a number in another notation."""
    bare = text.strip().replace("_", "").replace(",", "").removeprefix("+").lower()
    try:
        if bare.startswith("0x"):
            return f"write `{int(bare, 16)}`"
        number = Decimal(bare)
        if number.is_finite() and abs(number.adjusted()) <= DIGITS_MAX:
            return f"write `{plain(number)}`"
    except (ArithmeticError, ValueError):
        return "write digits, with a point before decimals"
    return "write digits, with a point before decimals"


def _as_text(text: str, _: int | None) -> str:
    if len(text) > TEXT_LENGTH_MAX:
        raise Unfit(f"has {len(text):,} characters, and {TEXT_LENGTH_MAX:,} is the most")
    return text


def _as_whole(text: str, _: int | None) -> str:
    return str(whole(text))


def _as_decimal(text: str, scale: int | None) -> str:
    return plain(decimal(text, scale))


def _as_boolean(text: str, _: int | None) -> str:
    if text not in ("true", "false"):
        raise Unfit("is not `true` or `false`", "write `true` or `false`")
    return text


def _as_date(text: str, _: int | None) -> str:
    if text == "today()":
        return text
    if not re.match(r"\d{4}-\d{2}-\d{2}\Z", text):
        raise Unfit("is not a day", "write it as 2024-02-29")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Unfit("is no such day", "look at the calendar; the form is year-month-day") from None


def _as_datetime(text: str, _: int | None) -> str:
    if text == "now()":
        return text
    if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?\Z", text):
        raise Unfit("is not a moment", "write it as 2024-02-29T14:30:00+08:00")
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).isoformat()
    except ValueError:
        raise Unfit("is no such moment", "write it as 2024-02-29T14:30:00+08:00") from None


def _as_time(text: str, _: int | None) -> str:
    try:
        if not re.match(r"\d{2}:\d{2}(:\d{2})?\Z", text):
            raise ValueError
        return time.fromisoformat(text).isoformat()
    except ValueError:
        raise Unfit("is not a time of day", "write it as 14:30") from None


def _as_duration(text: str, _: int | None) -> str:
    if _WHOLE.match(text):
        return str(whole(text))
    found = _DURATION.match(text)
    if not found:
        raise Unfit("is not a length of time", "write it as 1h 30m, or in seconds")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return str(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def _matching(pattern: re.Pattern[str], what: str, help: str, text: str) -> str:
    if not pattern.match(text):
        raise Unfit(what, help)
    return text


_READERS: dict[str, Callable[[str, int | None], str]] = {
    "integer": _as_whole,
    "rating": _as_whole,
    "number": _as_decimal,
    "currency": _as_decimal,
    "percent": _as_decimal,
    "boolean": _as_boolean,
    "date": _as_date,
    "datetime": _as_datetime,
    "time": _as_time,
    "duration": _as_duration,
    "email": lambda text, _: _matching(_EMAIL, "is not an e-mail address", "write it as name@example.com", text),
    "url": lambda text, _: _matching(_URL, "is not a web address", "begin it with https://", text),
    "color": lambda text, _: _matching(_COLOR, "is not a colour", "write it as #rrggbb", text).lower(),
}
