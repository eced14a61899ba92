"""Texts → numbers, days, times, moments and yes or no, by what `convert` says of how they are written.

Each function gives SQL over one column: the value, and the condition under which a text is none. A text is taken apart
in steps, each a subquery that names what it found, so that no expression is repeated within another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crmspec.plan.conversion import DIGITS_MAX
from crmspec.plan.zones import moment_of_time
from crmspec.schema import Dialect
from crmspec.schema.ddl import literal
from crmspec.spec.writing import DAY, HOUR, MINUTE, MONTH, PIVOT, SECOND, YEAR, Piece, Variant, variants

TRUE, FALSE = ("true", "yes", "1", "是"), ("false", "no", "0", "否")


# --- numbers ---


@dataclass(frozen=True, slots=True)
class Digits:
    """How a number is written: the mark before the fraction, the one between thousands, and words beside it.

    With `rounded`, digits that are too many are no fault.
    """

    decimal: str = "."
    thousands: str = ""
    strip: tuple[str, ...] = ()
    rounded: bool = False


def parsed_number(column: str, digits: Digits, scale: int, dialect: Dialect) -> str:
    """Write the stored number that a text stands for."""
    whole = f"replace(parts.whole, {literal(digits.thousands)}, '')" if digits.thousands else "parts.whole"
    value = f"CAST({whole} || substr(parts.fraction || '{'0' * scale}', 1, {scale}) AS {_BIGINT[dialect]})"
    if digits.rounded:
        value = f"({value} + CASE WHEN substr(parts.fraction, {scale + 1}, 1) >= '5' THEN 1 ELSE 0 END)"
    signed = f"CASE WHEN parts.negative THEN -{value} ELSE {value} END"
    return f"(SELECT CASE WHEN parts.text <> '' THEN {signed} END {_parts(column, digits, dialect)})"


def no_number(column: str, digits: Digits, scale: int, dialect: Dialect) -> str:
    """Write when a text is no number with at most so many digits after the point."""
    most, mark = DIGITS_MAX - scale, digits.thousands
    plain = f"replace(parts.whole, {literal(mark)}, '')" if mark else "parts.whole"
    faults = [f"NOT ({_all_digits(plain, dialect)})", f"length({plain}) > {most}"]
    faults.append(f"(parts.marked AND NOT ({_all_digits('parts.fraction', dialect)}))")
    if not digits.rounded:
        faults.append(f"length(rtrim(parts.fraction, '0')) > {scale}")
    if mark:
        faults.append(f"({_position('parts.whole', mark, dialect)} > 0 AND NOT ({_grouped(mark, dialect)}))")
    return f"(SELECT parts.text <> '' AND ({' OR '.join(faults)}) {_parts(column, digits, dialect)})"


_BIGINT = {"sqlite": "INTEGER", "postgresql": "bigint"}


def _parts(column: str, digits: Digits, dialect: Dialect) -> str:
    """Take a number apart: sign, digits before the mark, digits after it."""
    cleaned = column
    for word in digits.strip:
        cleaned = f"replace({cleaned}, {literal(word)}, '')"
    place = _position("said.text", digits.decimal, dialect)
    unsigned = "CASE WHEN one.text LIKE '-%' THEN substr(one.before, 2) ELSE one.before END"
    return (
        f"FROM (SELECT one.text, one.text LIKE '-%' AS negative, {unsigned} AS whole, one.fraction, one.marked "
        f"FROM (SELECT said.text, CASE WHEN {place} > 0 THEN substr(said.text, 1, {place} - 1) ELSE said.text END "
        f"AS before, CASE WHEN {place} > 0 THEN substr(said.text, {place} + 1) ELSE '' END AS fraction, "
        f"{place} > 0 AS marked FROM (SELECT trim({cleaned}) AS text) AS said) AS one) AS parts"
    )


def _grouped(mark: str, dialect: Dialect) -> str:
    """Write whether thousands are marked as they are counted: groups of three, and no zero at the beginning."""
    if dialect == "postgresql":
        return f"parts.whole ~ {literal(f'^[1-9][0-9]{{0,2}}([{mark}][0-9]{{3}})+$')}"
    plain, commas = f"replace(parts.whole, {literal(mark)}, '')", f"replace(parts.whole, {literal(mark)}, ',')"
    return f"printf('%,d', CAST({plain} AS INTEGER)) = {commas}"


def _all_digits(text: str, dialect: Dialect) -> str:
    return f"{text} ~ '^[0-9]+$'" if dialect == "postgresql" else f"{text} <> '' AND {text} NOT GLOB '*[^0-9]*'"


def _position(text: str, mark: str, dialect: Dialect) -> str:
    return f"{'strpos' if dialect == 'postgresql' else 'instr'}({text}, {literal(mark)})"


# --- days, times, moments ---


def parsed_day(column: str, formats: tuple[str, ...], dialect: Dialect) -> str:
    """Write the day that a text stands for."""
    day = "said.day::date" if dialect == "postgresql" else "said.day"
    return f"(SELECT {day} {_said(column, formats, dialect, ('day',))})"


def no_day(column: str, formats: tuple[str, ...], dialect: Dialect) -> str:
    """Write when a text is no day that exists."""
    return _none(column, formats, dialect, ("day",))


def parsed_time(column: str, formats: tuple[str, ...], dialect: Dialect) -> str:
    """Write the time of day that a text stands for."""
    time = "said.time::time" if dialect == "postgresql" else "said.time"
    return f"(SELECT {time} {_said(column, formats, dialect, ('time',))})"


def no_time(column: str, formats: tuple[str, ...], dialect: Dialect) -> str:
    """Write when a text is no time of day."""
    return _none(column, formats, dialect, ("time",))


def parsed_moment(column: str, formats: tuple[str, ...], zone: str, dialect: Dialect) -> str:
    """Write the moment that a text stands for: in the zone, unless it says that it means UTC."""
    there, here = (moment_of_time("said.day", "said.time", one, dialect) for one in ("UTC", zone))
    moment = f"CASE WHEN said.utc THEN {there} ELSE {here} END"
    return f"(SELECT CASE WHEN said.day IS NOT NULL THEN {moment} END " + _said(
        column, formats, dialect, ("day", "time", "utc")
    ) + ")"


def no_moment(column: str, formats: tuple[str, ...], dialect: Dialect) -> str:
    """Write when a text is no moment that exists."""
    return _none(column, formats, dialect, ("day", "time"))


def _none(column: str, formats: tuple[str, ...], dialect: Dialect, names: tuple[str, ...]) -> str:
    faults = [f"said.{names[0]} IS NULL"]
    if "day" in names:
        faults.append(_no_such_day(dialect))
    if "time" in names:
        faults += ["said.time > '23:59:59.999999'", "said.minutes > '59'", "said.seconds > '59'"]
    more = (*names, "minutes", "seconds") if "time" in names else names
    return f"(SELECT said.text <> '' AND ({' OR '.join(faults)}) {_said(column, formats, dialect, more)})"


def _no_such_day(dialect: Dialect) -> str:
    day = "said.day"
    if dialect == "sqlite":
        return f"{day} LIKE '0000%' OR coalesce(date({day}, '+0 days'), '') <> {day}"
    # A day that does not exist would raise an error in a cast; so the length of its month is worked out first.
    month_end = f"(substr({day}, 1, 7) || '-01')::date + interval '1 month - 1 day'"
    return (
        f"CASE WHEN {day} ~ '^(?!0000)[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' "
        f"THEN substr({day}, 9, 2)::int > extract(day FROM {month_end}) ELSE TRUE END"
    )


def _said(column: str, formats: tuple[str, ...], dialect: Dialect, names: Iterable[str]) -> str:
    """Find which way a text is written, and put what was asked for together from its pieces."""
    ways = variants(formats)
    written = {"day": _day, "time": _time, "utc": _utc, "minutes": _minutes, "seconds": _seconds}
    cases = " ".join(f"WHEN {_matches(way, dialect)} THEN {number}" for number, way in enumerate(ways))
    columns = ["way.text"]
    for name in names:
        found = " ".join(f"WHEN {number} THEN {written[name](way)}" for number, way in enumerate(ways))
        columns.append(f"CASE way.number {found} END AS {name}")
    return (
        f"FROM (SELECT {', '.join(columns)} FROM (SELECT one.text, CASE {cases} END AS number "
        f"FROM (SELECT trim({column}) AS text) AS one) AS way) AS said"
    )


def _matches(way: Variant, dialect: Dialect) -> str:
    pattern = "".join(way.pattern())
    return f"one.text ~ {literal(f'^{pattern}$')}" if dialect == "postgresql" else f"one.text GLOB {literal(pattern)}"


def _cut(piece: Piece) -> str:
    text = f"substr(way.text, {piece.start}, {piece.width})"
    return f"'0' || {text}" if piece.width == 1 else text


def _day(way: Variant) -> str:
    year, month, day = way.piece(YEAR), way.piece(MONTH), way.piece(DAY)
    if not (year and month and day):
        return "NULL"
    century = "" if year.text == "YYYY" else f"CASE WHEN {_cut(year)} >= '{PIVOT}' THEN '19' ELSE '20' END || "
    return f"{century}{_cut(year)} || '-' || {_cut(month)} || '-' || {_cut(day)}"


def _time(way: Variant) -> str:
    hour, minute, second, rest = (way.piece(names) for names in (HOUR, MINUTE, SECOND, ("SSSSSS",)))
    if not (hour and minute):
        return "'00:00:00.000000'"
    return (
        f"{_hours(way, hour)} || ':' || {_cut(minute)} || ':' || {_cut(second) if second else literal('00')} || '.' || "
        f"{_cut(rest) if rest else literal('000000')}"
    )


def _hours(way: Variant, hour: Piece) -> str:
    half = way.piece(("A",))
    if half is None:
        return _cut(hour)
    noon = f"lower({_cut(half)}) = 'pm'"
    late = " ".join(f"WHEN '{number:02d}' THEN '{number + 12}'" for number in range(1, 12))
    # Twelve is the first hour of its half; what is above twelve is no hour of a half, and refused as none of a day.
    odd = "WHEN '00' THEN '99' " + " ".join(f"WHEN '{number}' THEN '99'" for number in range(13, 24))
    return (
        f"CASE WHEN {noon} THEN CASE {_cut(hour)} {late} {odd} ELSE {_cut(hour)} END "
        f"ELSE CASE {_cut(hour)} WHEN '12' THEN '00' {odd} ELSE {_cut(hour)} END END"
    )


def _minutes(way: Variant) -> str:
    piece = way.piece(MINUTE)
    return _cut(piece) if piece else "'00'"


def _seconds(way: Variant) -> str:
    piece = way.piece(SECOND)
    return _cut(piece) if piece else "'00'"


def _utc(way: Variant) -> str:
    return "1 = 1" if way.is_utc else "1 = 0"


# --- yes and no ---


def parsed_boolean(column: str, yes: tuple[str, ...], no: tuple[str, ...], dialect: Dialect) -> str:
    """Write the yes or no that a text stands for; capitals make no difference."""
    words = ("TRUE", "FALSE") if dialect == "postgresql" else ("1", "0")
    text = lowered(column, dialect)
    return (
        f"CASE WHEN {text} IN ({_listed(yes)}) THEN {words[0]} WHEN {text} IN ({_listed(no)}) THEN {words[1]} END"
    )


def no_boolean(column: str, yes: tuple[str, ...], no: tuple[str, ...], dialect: Dialect) -> str:
    """Write when a text is neither."""
    return f"{lowered(column, dialect)} NOT IN ({_listed(('', *yes, *no))})"


def lowered(column: str, dialect: Dialect) -> str:
    """Write a text without blanks around it, its Latin letters small: the same in both databases."""
    return f'lower(trim({column}) COLLATE "C")' if dialect == "postgresql" else f"lower(trim({column}))"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(literal(word.translate(_SMALL)) for word in words)


_SMALL = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
