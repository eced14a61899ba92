"""How stored values of one type become another's: an expression for each database, and which values do not fit.

Every expression is over one old column and gives the new stored value; a blank stays blank. `unfit` is true for the
values that cannot be converted: they are counted before anything is touched, so an expression never meets one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from crmspec.plan import parsing
from crmspec.plan.conversion import DIGITS_MAX, Conversion, Expression
from crmspec.plan.numbers import number_of_text, number_text, number_to_number
from crmspec.plan.parsing import FALSE, TRUE
from crmspec.plan.pointing import LookUp, Target, name_of_record, naming_field, no_record, record_named, target_of
from crmspec.plan.zones import day_of_moment, moment_of_day
from crmspec.schema import Dialect, scaled
from crmspec.schema.ddl import constant, literal
from crmspec.spec import NUMBER_TYPES, TEXT_TYPES, Convert, Field, Spec
from crmspec.spec.writing import DAYS, MOMENTS, TIMES


def conversion(
    before: Field, after: Field, time_zone: str, spec: Spec | None = None, desired: Spec | None = None
) -> Conversion | None:
    """Return how the values of a field become those of its next type, or None when there is no way.

    `spec` is the deployed one under its new names: lookups and texts become one another by the records of it, as far as
    the field that names them stays what it is in the desired one.
    """
    plain = _by_name(before, after, spec, desired) if spec else None
    if plain and after.type == "lookup":
        return plain
    plain = plain or _plain(before, after, time_zone)
    if after.convert and (after.convert.map or after.convert.otherwise is not None):
        return _declared(before, after, after.convert, plain)
    return plain


def _by_name(before: Field, after: Field, spec: Spec, desired: Spec | None) -> Conversion | None:
    """Find records by their names, or write the names of those that a lookup points at."""
    by = after.convert.by if after.convert else ""
    if before.type == "lookup" and family(after) == "text":
        bearer = _named_target(spec, desired, before, by) if by != "id" else None
        return Conversion(lambda column, _: name_of_record(bearer, column), bearer=bearer) if bearer else None
    if family(before) not in ("text", "picklist") or after.type != "lookup":
        return None
    target = _named_target(spec, desired, after, by)
    if target is None:
        return None
    said = after.convert or Convert()

    def named(written: Callable[[Target, str, Dialect], str]) -> Expression:
        return lambda column, dialect: written(target, mapped(column, said.map), dialect)

    def looks_up(column: str) -> LookUp:
        return LookUp(target, mapped(column, said.map))

    none = None if said.otherwise == "empty" else named(no_record)
    what = f"is not the name of one record of `{after.to[0]}`"
    return Conversion(named(record_named), none, what, looks_up=looks_up)


def _named_target(spec: Spec, desired: Spec | None, lookup: Field, by: str) -> Target | None:
    """Return where a lookup's records are known by name, unless that name goes out of sight or is converted itself."""
    found = naming_field(spec, lookup, by)
    there = desired.objects.get(lookup.to[0]) if desired and found else None
    if there is not None and found is not None:
        stays = there.fields.get(found.name)
        if stays is None or needs_conversion(found, stays):
            return None
    return target_of(spec, lookup, by)


def mapped(column: str, names: Mapping[str, str]) -> str:
    """Write a text with the names that a map gives some of them."""
    if not names:
        return column
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in names.items())
    return f"CASE trim({column}) {cases} ELSE {column} END"


def needs_conversion(before: Field, after: Field) -> bool:
    """Say whether stored values mean something else from now on, the same type and storage apart."""
    if after.convert and after.convert.map and before.options and set(before.option_names) - set(after.option_names):
        return True
    if _is_cut(before, after):
        return True
    if before.row.formula == after.row.formula == "number" and (
        before.decimals != after.decimals or _fewer_digits(before, after)
    ):
        return True
    if before.type == after.type == "lookup":
        if (len(before.to) > 1) != (len(after.to) > 1):
            return True  # what it points at stands in a column of its own, or does not
        return set(before.to) != set(after.to) and not (len(before.to) > 1 and len(after.to) > 1)
    return before.type != after.type


def _is_cut(before: Field, after: Field) -> bool:
    """Say whether texts are cut, so that what they were has to be kept somewhere."""
    if not (after.convert and after.convert.cut) or after.max_length is None or family(before) != "text":
        return False
    return before.max_length is None or before.max_length > after.max_length


def _fewer_digits(before: Field, after: Field) -> bool:
    return after.precision is not None and after.precision < (before.precision or DIGITS_MAX)


def family(field: Field) -> str:
    """Return the group of types whose values are stored alike."""
    for name, types in (("text", TEXT_TYPES), ("number", NUMBER_TYPES)):
        if field.type in types:
            return name
    return field.type


def stored_constant(field: Field, text: str, dialect: Dialect) -> str:
    """Write a value of a field, given as in a spec, as it stands in SQL."""
    kind = field.row.columns[0][1] if field.row.columns else "text"
    return constant(kind, scaled(Decimal(text), field.decimals) if field.row.formula == "number" else text, dialect)


def as_text(field: Field) -> Expression | None:
    """Return how a stored value is written as it would stand in a spec."""
    match family(field):
        case "text" | "picklist":
            return lambda column, _: column
        case "number":
            return lambda column, dialect: number_text(column, field.decimals, dialect)
        case "boolean":
            return lambda column, dialect: f"CASE WHEN {column} THEN 'true' WHEN NOT {column} THEN 'false' END"
        case "date":
            return lambda column, dialect: column if dialect == "sqlite" else f"to_char({column}, 'YYYY-MM-DD')"
        case "datetime":
            return lambda column, dialect: (
                column
                if dialect == "sqlite"
                else (f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
            )
        case "time":
            return lambda column, dialect: column if dialect == "sqlite" else f"to_char({column}, 'HH24:MI:SS.US')"
        case "lookup" if len(field.to) == 1:
            return lambda column, dialect: column if dialect == "sqlite" else f"{column}::text"
    return None


def _plain(before: Field, after: Field, time_zone: str) -> Conversion | None:
    match family(before), family(after):
        case "text", "text":
            return _text_to_text(before, after)
        case "picklist", "text":
            return Conversion(lambda column, _: column, in_place=True, identity=True)
        case (("text" | "picklist"), "picklist"):
            values = ", ".join(literal(name) for name in after.option_names)
            return Conversion(
                lambda column, _: column,
                lambda column, _: f"{column} NOT IN ({values})",
                "is no option of it",
                in_place=True,
                identity=True,
            )
        case "number", "number":
            return number_to_number(before, after)
        case "text", "number":
            return number_of_text(after)
        case "text", ("date" | "datetime" | "time"):
            return _time_of_text(after, time_zone)
        case ("text" | "picklist"), "boolean":
            return _boolean_of_text(after)
        case "date", "datetime":
            return Conversion(lambda column, dialect: moment_of_day(column, time_zone, dialect))
        case "datetime", "date":
            return Conversion(lambda column, dialect: day_of_moment(column, time_zone, dialect))
        case _, "text":
            written = as_text(before)
            return Conversion(written) if written else None
    return None


def _declared(before: Field, after: Field, convert: Convert, plain: Conversion | None) -> Conversion | None:
    """Take the declared map first, then what `otherwise` says, else the plain conversion of what is not in the map."""
    written = as_text(before)
    if written is None or not after.row.columns:
        return plain

    def keys() -> str:
        return ", ".join(literal(key) for key in convert.map)

    def expression(column: str, dialect: Dialect) -> str:
        old = written(column, dialect)
        cases = [
            f"WHEN {literal(key)} THEN {stored_constant(after, value, dialect)}" for key, value in convert.map.items()
        ]
        rest = _rest(column, dialect)
        return f"CASE {old} {' '.join(cases)} ELSE {rest} END" if cases else rest

    def _rest(column: str, dialect: Dialect) -> str:
        fits = (
            f"CASE WHEN {plain.unfit(column, dialect)} THEN NULL ELSE {plain.expression(column, dialect)} END"
            if (plain and plain.unfit)
            else plain.expression(column, dialect)
            if plain
            else "NULL"
        )
        if convert.otherwise in (None, "empty"):
            return fits
        return (
            f"CASE WHEN {column} IS NULL THEN NULL ELSE coalesce({fits}, "
            f"{stored_constant(after, str(convert.otherwise), dialect)}) END"
        )

    def unfit(column: str, dialect: Dialect) -> str:
        outside = f"{written(column, dialect)} NOT IN ({keys()})" if convert.map else "TRUE"
        if plain is None:
            return outside
        return f"{outside} AND ({plain.unfit(column, dialect)})" if plain.unfit else "FALSE"

    return Conversion(expression, unfit if convert.otherwise is None else None, "is not in the map of `convert`")


def _time_of_text(after: Field, time_zone: str) -> Conversion:
    """Read days, times and moments in the formats that `convert` names, else in those of ISO 8601."""
    usual = {"date": DAYS, "datetime": MOMENTS, "time": TIMES}[after.type]
    formats = (after.convert.format if after.convert else ()) or usual
    what = {"date": "a day", "datetime": "a moment", "time": "a time of day"}[after.type]
    shown = " or ".join(formats if formats != MOMENTS else ("YYYY-MM-DD HH:mm:ss",))
    match after.type:
        case "date":
            value, unfit = parsing.parsed_day, parsing.no_day
        case "time":
            value, unfit = parsing.parsed_time, parsing.no_time
        case _:
            return Conversion(
                lambda column, dialect: parsing.parsed_moment(column, formats, time_zone, dialect),
                lambda column, dialect: parsing.no_moment(column, formats, dialect),
                f"is not {what} written as {shown}",
            )
    return Conversion(
        lambda column, dialect: value(column, formats, dialect),
        lambda column, dialect: unfit(column, formats, dialect),
        f"is not {what} written as {shown}",
    )


def _boolean_of_text(after: Field) -> Conversion:
    """Read the words for yes and no."""
    said = after.convert or Convert()
    yes, no = (said.yes, said.no) if said.yes or said.no else (TRUE, FALSE)
    return Conversion(
        lambda column, dialect: parsing.parsed_boolean(column, yes, no, dialect),
        lambda column, dialect: parsing.no_boolean(column, yes, no, dialect),
        "is neither yes nor no",
    )


def _text_to_text(before: Field, after: Field) -> Conversion:
    if _is_cut(before, after):
        return Conversion(lambda column, _: f"substr({column}, 1, {after.max_length})")

    def unfit(column: str, dialect: Dialect) -> str:
        if after.type == "email":
            return f"{column} NOT LIKE '%_@_%'"
        if after.type == "url":
            return f"{column} NOT LIKE 'http://_%' AND {column} NOT LIKE 'https://_%'"
        return f"{column} NOT LIKE '#______'"

    checked = after.type in ("email", "url", "color")
    return Conversion(
        lambda column, _: column,
        unfit if checked else None,
        f"is not written like {after.type}",
        in_place=True,
        identity=True,
    )


