"""Text as people type it → the value of a field, and back to the one canonical text of a value.

Used by forms, CSV files and seeds. What is ambiguous is refused with the plain form, never guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from crmspec.records.values import Ref, StoredFile, Value
from crmspec.spec import FIELD_TYPES, Field

DIGITS_MAX = 18
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z", re.ASCII)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\Z", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\Z", re.ASCII)
_MOMENT = re.compile(
    r"(?P<day>\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)[T ]\s*(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?\Z",
    re.ASCII,
)
_DURATION = re.compile(
    r"(?=[\d])(?:(\d+)\s*(?:d|天))?\s*(?:(\d+)\s*(?:h|小时))?\s*(?:(\d+)\s*(?:m|分钟|分))?\s*(?:(\d+)\s*(?:s|秒))?\Z",
    re.ASCII,
)
_CLOCK = re.compile(r"(\d+):(\d{2})(?::(\d{2}))?\Z", re.ASCII)
_YES = frozenset({"true", "yes", "y", "1", "on", "是", "真"})
_NO = frozenset({"false", "no", "n", "0", "off", "否", "假"})


class Unfit(Exception):
    """A value that is none of its field: a code of `words`, with what its sentence names."""

    def __init__(self, code: str, **parts: object) -> None:
        super().__init__(code)
        self.code = code
        self.parts = parts


def parse_text(field: Field, text: str, language: str = "en", time_zone: str = "UTC") -> Value:
    """Return the value a text stands for; raise `Unfit` when it is none. An empty text is blank.

    Lookups come back as the text itself: only the database knows what it names.
    """
    bare = text.strip()
    if not bare:
        return None
    match field.type:
        case "integer" | "rating":
            return whole(number(bare, language))
        case "number" | "currency":
            return number(bare, language)
        case "percent":
            return number(bare.removesuffix("%").rstrip(), language)
        case "boolean":
            return _boolean(bare)
        case "date":
            return day(bare)
        case "datetime":
            return moment(bare, time_zone)
        case "time":
            return clock(bare)
        case "duration":
            return duration(bare)
        case "picklist":
            return option(field, bare)
        case "multi_picklist":
            return tuple(option(field, part.strip()) for part in re.split(r"[;,\n；，、]", bare) if part.strip())
        case "email" | "phone" | "url" | "color" | "lookup" | "secret" | "auto_number" | "file" | "image":
            return bare
        case "many_to_many":
            return tuple(part.strip() for part in re.split(r"[;\n；]", bare) if part.strip())
        case "json":
            return _json(bare)
        case "geolocation":
            return _place(bare, language)
        case "address" | "person_name":
            return _parts(field, bare)
    return text


def number(text: str, language: str = "en") -> Decimal:
    """Return the number a text writes in plain digits; a sign before it and thousands' marks are understood."""
    bare = text.strip().translate(_FULL_WIDTH)
    group, point = _marks(language)
    if (group, point) != (",", "."):
        # `1.234,56` where commas are points; `1234.56` is understood everywhere.
        swapped = bare.replace(group, "").replace(point, ".") if point in bare else bare
        bare = swapped
    if not _NUMBER.match(bare) and not _GROUPED.match(bare):
        raise Unfit("not_number")
    bare = bare.replace(",", "")
    if len(re.sub(r"[+.-]", "", bare).lstrip("0")) > DIGITS_MAX:
        raise Unfit("digits", most=DIGITS_MAX)
    found = Decimal(bare)
    return found if found else Decimal(0)  # minus nothing is nothing


_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF0E: ".", 0xFF0C: ",", 0xFF0D: "-", 0xFF0B: "+"}


@lru_cache(maxsize=32)
def _marks(language: str) -> tuple[str, str]:
    """Return the marks of thousands and of decimals of a language."""
    if language.partition("-")[0] in ("en", "zh", ""):
        return ",", "."
    from babel.core import Locale, UnknownLocaleError

    try:
        symbols = Locale.parse(language, sep="-").number_symbols["latn"]
    except (UnknownLocaleError, ValueError, KeyError):
        return ",", "."
    return str(symbols["group"]), str(symbols["decimal"])


def whole(value: Decimal) -> int:
    """Return a number as a whole one; `Unfit` when it is none."""
    if value != value.to_integral_value():
        raise Unfit("not_whole")
    return int(value)


def _boolean(text: str) -> bool:
    bare = text.lower()
    if bare in _YES:
        return True
    if bare in _NO:
        return False
    raise Unfit("not_boolean")


def day(text: str) -> date:
    """Return the day a text writes, year first."""
    match = _DATE.match(text.strip())
    if not match:
        raise Unfit("not_date")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise Unfit("no_such_day") from None


def moment(text: str, time_zone: str = "UTC") -> datetime:
    """Return the moment a text writes; without a zone it is one of the reader's own."""
    match = _MOMENT.match(text.strip())
    if not match:
        if _DATE.match(text.strip()):
            return _at(day(text), time(), time_zone)
        raise Unfit("not_datetime")
    hours = match["time"]
    seconds, _, rest = hours.partition(".")
    at = clock(seconds).replace(microsecond=int(rest.ljust(6, "0")) if rest else 0)
    if match["zone"]:
        zone = match["zone"].replace("Z", "+00:00")
        try:
            return datetime.fromisoformat(f"{day(match['day']).isoformat()}T{at.isoformat()}{zone}").astimezone(UTC)
        except (ValueError, OverflowError):
            raise Unfit("not_datetime") from None
    return _at(day(match["day"]), at, time_zone)


def _at(on: date, at: time, time_zone: str) -> datetime:
    try:
        return datetime.combine(on, at, zone_of(time_zone)).astimezone(UTC)
    except OverflowError:
        raise Unfit("not_datetime") from None


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by name; UTC when there is none of that name."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def clock(text: str) -> time:
    """Return the time of day a text writes."""
    match = _TIME.match(text.strip())
    if not match or int(match[1]) > 23 or int(match[2]) > 59 or int(match[3] or 0) > 59:
        raise Unfit("not_time")
    return time(int(match[1]), int(match[2]), int(match[3] or 0))


def duration(text: str) -> int:
    """Return the seconds that `1h 30m`, `2d`, `1:30` write."""
    sign, bare = (-1, text[1:].strip()) if text.startswith("-") else (1, text.strip())
    clocked = _CLOCK.match(bare)
    match = _DURATION.match(bare.lower())
    if clocked:
        parts = [0, int(clocked[1]), int(clocked[2]), int(clocked[3] or 0)]
    elif match and any(match.groups()):
        parts = [int(part or 0) for part in match.groups()]
    elif bare == "0":
        parts = [0, 0, 0, 0]
    else:
        raise Unfit("not_duration")
    total = parts[0] * 86_400 + parts[1] * 3_600 + parts[2] * 60 + parts[3]
    if total >= 10**DIGITS_MAX:
        raise Unfit("digits", most=DIGITS_MAX)
    return sign * total


def duration_text(seconds: int) -> str:
    """Write a length of time as `1h 30m`."""
    sign, left = ("-", -seconds) if seconds < 0 else ("", seconds)
    parts = [(left // 3600, "h"), (left % 3600 // 60, "m"), (left % 60, "s")]
    return sign + (" ".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0m")


def option(field: Field, text: str) -> str:
    """Return the option a text names: by its stored name, else by one of its labels."""
    names = field.option_names
    if text in names:
        return text
    for one in field.options:
        if text in one.label.values():
            return one.name
    raise Unfit("not_option", value=text[:60])


def _json(text: str) -> Value:
    import json

    try:
        return json.loads(text, parse_constant=_no_constant)  # type: ignore[no-any-return]
    except RecursionError:
        raise Unfit("too_deep") from None
    except ValueError:
        raise Unfit("not_json") from None


def _no_constant(name: str) -> object:
    """NaN and Infinity are not JSON, whatever the library thinks."""
    raise ValueError(name)


def _place(text: str, language: str) -> Value:
    parts = [part for part in re.split(r"[,;\s]+", text) if part]
    if len(parts) != 2:
        raise Unfit("not_place")
    return {"latitude": number(parts[0], "en"), "longitude": number(parts[1], "en")}


def _parts(field: Field, text: str) -> Value:
    """Read `street=…; city=…`; else the whole text goes into the first part (a street, a family name)."""
    names = [suffix.removeprefix("_") for suffix, _ in field.row.columns]
    found: dict[str, object] = {}
    for piece in re.split(r";\s*", text):
        name, sign, value = piece.partition("=")
        if not sign or name.strip() not in names:
            return {names[0]: text}
        found[name.strip()] = value.strip()
    return found


def text_of(field: Field | None, value: Value, type_name: str = "") -> str:
    """Return the one canonical text of a value: what `parse_text` reads again, what history and CSV files hold."""
    if value is None:
        return ""
    kind = type_name or (field.type if field else "text")
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case Ref():
            return value.id
        case StoredFile():
            return value.name
        case int():
            return duration_text(value) if kind == "duration" else str(value)
        case tuple():
            return "; ".join(part.id if isinstance(part, Ref) else str(part) for part in value)
        case dict() if kind == "geolocation":
            return f"{plain(value['latitude'])}, {plain(value['longitude'])}"
        case dict() if kind in ("address", "person_name"):
            return "; ".join(f"{name}={part}" for name, part in value.items() if part not in (None, ""))
        case dict() | list() | float():
            import json

            return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def plain(value: Decimal) -> str:
    """Write a number without exponent and without zeros that say nothing."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def is_number(type_name: str) -> bool:
    """Say whether values of a type can be added up."""
    return FIELD_TYPES[type_name].formula == "number"
