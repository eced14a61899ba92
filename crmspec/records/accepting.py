"""Is this value one of its field? Every value that comes in passes here: from a form, a file, a seed, an API.

A value may come as its Python self or as text. What passes is the Python value; what does not is `Unfit`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any

from crmspec.records.texts import DIGITS_MAX, Unfit, number, option, parse_text, plain, whole
from crmspec.records.values import Masked, Ref, StoredFile, Value
from crmspec.spec import Field

TEXT_MAX = 10_000
LONG_TEXT_MAX = 1_000_000
_JSON_DEPTH_MAX = 64
_EXACT = Context(prec=1_000)
_EMAIL = re.compile(r"[^@\s<>(),;:\"]{1,64}@[^@\s.,<>()]+(?:\.[^@\s.,<>()]+)+\Z")
_PHONE = re.compile(r"[+(]?[0-9(][0-9 ()./\-]{1,38}(?:\s?(?:ext\.?|x|转|#)\s?[0-9]{1,8})?\Z", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/?#<>\"]+[^\s<>\"]*\Z", re.IGNORECASE)
_COLOR = re.compile(r"#[0-9a-f]{6}\Z")
# What no screen, terminal or file can carry unharmed; tab and line ends are text.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def accept(field: Field, value: object, language: str = "en", time_zone: str = "UTC") -> Value:
    """Return the value of a field as `records` keeps it, None for blank; raise `Unfit` with the reason."""
    if value is None or isinstance(value, Masked):
        return None
    if isinstance(value, str):
        _storable(value)
        if not value.strip():
            return None
        value = parse_text(field, value, language, time_zone)
    found: Value = _ACCEPT.get(field.type, _text)(field, value)
    return found


def _storable(text: str) -> None:
    match = _CONTROLS.search(text)
    if match:
        raise Unfit("unstorable", sign=f"{ord(match[0]):04X}")


def _text(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise Unfit("not_text")
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    many_lines = field.type in ("long_text", "rich_text", "secret")
    if not many_lines and "\n" in text:
        raise Unfit("one_line")
    most = field.max_length if field.max_length is not None else LONG_TEXT_MAX if many_lines else TEXT_MAX
    if len(text) > most:
        raise Unfit("too_long", most=most, found=len(text))
    if field.min_length is not None and len(text) < field.min_length:
        raise Unfit("too_short", least=field.min_length)
    if field.pattern and not fits_pattern(field.pattern, text):
        raise Unfit("pattern", pattern=field.pattern)
    return text


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import re2  # type: ignore[import-untyped]  # linear in time, whatever the pattern

    return re2.compile(pattern)


def fits_pattern(pattern: str, text: str) -> bool:
    """Say whether the whole text has the form of a pattern."""
    return _compiled(pattern).fullmatch(text) is not None


def _rich_text(field: Field, value: Any) -> str | None:
    import nh3

    text = _text(field, value)
    clean = nh3.clean(text, link_rel="noopener noreferrer") if text else ""
    return clean or None


def _matching(form: re.Pattern[str], code: str, *, lower: bool = False) -> Callable[[Field, Any], Value]:
    def accepted(field: Field, value: Any) -> Value:
        text = _text(field, value)
        text = text.strip() if text else ""
        text = text.lower() if lower else text
        if not form.match(text):
            raise Unfit(code)
        return text

    return accepted


def _decimal(field: Field, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, float)):
        raise Unfit("not_number")
    found = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if not found.is_finite():
        raise Unfit("not_number")
    scale, precision = field.decimals, min(field.precision or DIGITS_MAX, DIGITS_MAX)
    # Before any arithmetic: Python's own rounds at 28 digits without a word.
    if len(found.normalize(_EXACT).as_tuple().digits) > DIGITS_MAX + 1:
        raise Unfit("digits", most=precision)
    if found.adjusted() >= DIGITS_MAX or abs(found).scaleb(scale) >= Decimal(10) ** precision:
        raise Unfit("digits", most=precision)
    steps = found.scaleb(scale)
    if steps != steps.to_integral_value():
        raise Unfit("decimals", scale=scale)
    _within(field, found)
    return Decimal(int(steps)).scaleb(-scale)


def _within(field: Field, value: Decimal) -> None:
    least, most = field.min, field.max
    if field.type == "rating":
        least, most = Decimal(1), field.max or Decimal(5)
    if least is not None and value < least:
        raise Unfit("too_small", least=plain(least))
    if most is not None and value > most:
        raise Unfit("too_large", most=plain(most))


def _integer(field: Field, value: Any) -> int:
    found = _decimal_of(value)
    result = whole(found)
    if abs(result) >= 10**DIGITS_MAX:
        raise Unfit("digits", most=DIGITS_MAX)
    _within(field, found)
    return result


def _decimal_of(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, float)):
        raise Unfit("not_number")
    found = Decimal(str(value))
    if not found.is_finite():
        raise Unfit("not_number")
    if found.adjusted() > DIGITS_MAX:
        raise Unfit("digits", most=DIGITS_MAX)
    return found


def _boolean(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit("not_boolean")
    return value


def _date(field: Field, value: Any) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise Unfit("not_date")
    return value


def _datetime(field: Field, value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unfit("not_datetime")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise Unfit("not_datetime") from None


def _time(field: Field, value: Any) -> time:
    if not isinstance(value, time) or value.tzinfo is not None:
        raise Unfit("not_time")
    return value


def _picklist(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("not_option", value=str(value)[:60])
    return option(field, value)


def _multi_picklist(field: Field, value: Any) -> tuple[str, ...] | None:
    if not isinstance(value, (tuple, list, set, frozenset)):
        raise Unfit("not_option", value=str(value)[:60])
    chosen = {_picklist(field, one) for one in value}
    return tuple(name for name in field.option_names if name in chosen) or None


def _reference(field: Field, value: Any) -> Value:
    """Let an id or a Ref through; whether there is such a record is asked of the database afterwards."""
    if isinstance(value, Ref):
        return value if not value.hidden else None
    if isinstance(value, str):
        return value
    raise Unfit("not_record")


def _references(field: Field, value: Any) -> Value:
    if not isinstance(value, (tuple, list, set, frozenset)):
        raise Unfit("not_record")
    return tuple(dict.fromkeys(_reference(field, one) for one in value)) or None  # type: ignore[return-value]


def _file(field: Field, value: Any) -> Value:
    if isinstance(value, StoredFile):
        return value.id
    if isinstance(value, str):
        return value
    raise Unfit("not_file")


def _composite(field: Field, value: Any) -> Value:
    names = [suffix.removeprefix("_") for suffix, _ in field.row.columns]
    if not isinstance(value, Mapping) or any(name not in names for name in value):
        raise Unfit("not_parts", parts=", ".join(names))
    found: dict[str, object] = {}
    for name in names:
        part = value.get(name)
        if part is None or part == "":
            found[name] = None
            continue
        if not isinstance(part, str):
            raise Unfit("not_text")
        _storable(part)
        if len(part) > 1000:
            raise Unfit("too_long", most=1000, found=len(part))
        found[name] = part.strip().replace("\r\n", "\n") or None
    return found if any(part is not None for part in found.values()) else None


def _geolocation(field: Field, value: Any) -> Value:
    if not isinstance(value, Mapping) or set(value) - {"latitude", "longitude"}:
        raise Unfit("not_place")
    parts = [value.get(name) for name in ("latitude", "longitude")]
    if all(part is None or part == "" for part in parts):
        return None
    found: dict[str, object] = {}
    for name, part, most in zip(("latitude", "longitude"), parts, (90, 180), strict=True):
        try:
            degrees = number(part) if isinstance(part, str) else _decimal_of(part)
        except Unfit:
            raise Unfit("not_place") from None
        if abs(degrees) > most:
            raise Unfit("not_place")
        found[name] = degrees.quantize(Decimal("0.0000001"))
    return found


def _json(field: Field, value: Any) -> Value:
    _json_part(value, 0)
    return value  # type: ignore[no-any-return]


def _json_part(value: Any, depth: int) -> None:
    if depth > _JSON_DEPTH_MAX:
        raise Unfit("too_deep")
    match value:
        case str():
            if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
                raise Unfit("unstorable", sign="0000")
        case dict():
            for key, part in value.items():
                if not isinstance(key, str):
                    raise Unfit("not_json")
                _json_part(key, depth + 1)
                _json_part(part, depth + 1)
        case list() | tuple():
            for part in value:
                _json_part(part, depth + 1)
        case float() if value != value or value in (float("inf"), float("-inf")):
            raise Unfit("not_json")
        case bool() | int() | float() | None:
            return
        case _:
            raise Unfit("not_json")


_ACCEPT: dict[str, Callable[[Field, Any], Value]] = {
    "rich_text": _rich_text,
    "integer": _integer, "rating": _integer, "duration": _integer,
    "number": _decimal, "currency": _decimal, "percent": _decimal,
    "boolean": _boolean, "date": _date, "datetime": _datetime, "time": _time,
    "picklist": _picklist, "multi_picklist": _multi_picklist,
    "lookup": _reference, "many_to_many": _references, "file": _file, "image": _file,
    "email": _matching(_EMAIL, "not_email"), "phone": _matching(_PHONE, "not_phone"),
    "url": _matching(_URL, "not_url"), "color": _matching(_COLOR, "not_color", lower=True),
    "address": _composite, "person_name": _composite, "geolocation": _geolocation, "json": _json,
}  # fmt: skip
