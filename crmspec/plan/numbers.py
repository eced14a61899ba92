"""Numbers → numbers of other digits, texts → numbers, and back."""

from __future__ import annotations

from decimal import Decimal

from crmspec.plan import parsing
from crmspec.plan.conversion import DIGITS_MAX, Conversion
from crmspec.plan.parsing import Digits
from crmspec.schema import Dialect
from crmspec.spec import Convert, Field


def number_of_text(after: Field) -> Conversion:
    """Read numbers as they are written in a spec, or as `convert` says that they are written."""
    said, scale = after.convert or Convert(), after.decimals
    if (said.decimal, said.thousands, said.strip, said.round) == (".", "", (), False):
        return Conversion(
            lambda column, dialect: _parsed_plain_number(column, scale, dialect),
            lambda column, dialect: _no_plain_number(column, scale, dialect),
            f"is not a plain number with at most {scale} digits after the point",
        )
    digits = Digits(said.decimal, said.thousands, said.strip, said.round)
    return Conversion(
        lambda column, dialect: parsing.parsed_number(column, digits, scale, dialect),
        lambda column, dialect: parsing.no_number(column, digits, scale, dialect),
        f"is not a number written like {_written_number(digits, scale)}",
    )


def _written_number(digits: Digits, scale: int) -> str:
    fraction = f"{digits.decimal}{'5' * scale}" if scale else ""
    return f"1{digits.thousands}234{fraction}"


def number_to_number(before: Field, after: Field) -> Conversion:
    shift = after.decimals - before.decimals
    factor = 10 ** abs(shift)

    def scaled_value(column: str, _: Dialect) -> str:
        return column if shift == 0 else f"{column} {'*' if shift > 0 else '/'} {factor}"

    if shift < 0 and after.convert and after.convert.round:
        return _rounded(after, factor)
    if shift < 0:
        return Conversion(
            scaled_value,
            lambda column, _: f"{column} % {factor} <> 0",
            f"has more than {after.decimals} digits after the point",
            in_place=True,
        )
    most = (after.precision or DIGITS_MAX) - shift
    if (before.precision or DIGITS_MAX) <= most:
        return Conversion(scaled_value, in_place=True, identity=shift == 0)
    return Conversion(
        scaled_value,
        lambda column, _: f"abs({column}) >= {10**most}",
        f"has more than {most + shift} digits then",
        in_place=True,
        identity=shift == 0,
    )


def _rounded(after: Field, factor: int) -> Conversion:
    """Round half away from zero: a division of whole numbers cuts towards zero in both databases."""

    def expression(column: str, _: Dialect) -> str:
        half = factor // 2
        return f"CASE WHEN {column} < 0 THEN ({column} - {half}) / {factor} ELSE ({column} + {half}) / {factor} END"

    digits = after.precision
    if digits is None:
        return Conversion(expression)
    return Conversion(
        expression,
        lambda column, dialect: f"abs({expression(column, dialect)}) >= {10**digits}",
        f"has more than {digits} digits then",
    )


def number_text(column: str, scale: int, dialect: Dialect) -> str:
    if scale == 0:
        return f"CAST({column} AS TEXT)"
    if dialect == "postgresql":
        return f"trim_scale({column}::numeric * {Decimal(1).scaleb(-scale):f})::text"
    unit = 10**scale
    digits = f"substr('{'0' * scale}' || (abs({column}) % {unit}), -{scale})"
    return (
        f"CASE WHEN {column} < 0 THEN '-' ELSE '' END || CAST(abs({column}) / {unit} AS TEXT) || "
        f"CASE WHEN {column} % {unit} = 0 THEN '' ELSE '.' || rtrim({digits}, '0') END"
    )


def _parsed_plain_number(column: str, scale: int, dialect: Dialect) -> str:
    text = f"trim({column})"
    if dialect == "postgresql":
        return f"CASE WHEN {text} <> '' THEN ({text}::numeric * {10**scale})::bigint END"
    whole, fraction = _whole(text), _fraction(text)
    digits = f"CAST({whole} AS INTEGER) * {10**scale}"
    if scale:
        digits += f" + CAST(substr({fraction} || '{'0' * scale}', 1, {scale}) AS INTEGER)"
    return f"CASE WHEN {text} <> '' THEN CASE WHEN {text} LIKE '-%' THEN -1 ELSE 1 END * ({digits}) END"


def _no_plain_number(column: str, scale: int, dialect: Dialect) -> str:
    text, most = f"trim({column})", DIGITS_MAX - scale
    if dialect == "postgresql":
        return f"{text} <> '' AND {text} !~ '^-?[0-9]{{1,{most}}}(\\.[0-9]{{0,{scale}}}0*)?$' OR {text} LIKE '%.'"
    whole, fraction = _whole(text), _fraction(text)
    return (
        f"{text} <> '' AND ({whole} = '' OR {whole} GLOB '*[^0-9]*' OR length({whole}) > {most} OR {text} LIKE '%.' "
        f"OR {fraction} GLOB '*[^0-9]*' OR length(rtrim({fraction}, '0')) > {scale})"
    )


def _whole(text: str) -> str:
    """Return the digits before the point, without the sign, in SQLite's words."""
    before = f"CASE WHEN instr({text}, '.') > 0 THEN substr({text}, 1, instr({text}, '.') - 1) ELSE {text} END"
    return f"(CASE WHEN {text} LIKE '-%' THEN substr({before}, 2) ELSE {before} END)"


def _fraction(text: str) -> str:
    """Return the digits after the point, in SQLite's words."""
    return f"(CASE WHEN instr({text}, '.') > 0 THEN substr({text}, instr({text}, '.') + 1) ELSE '' END)"
