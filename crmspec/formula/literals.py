"""A text in quotes becomes what stands on its other side: a date, an option, a record."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from .tree import Expression
from .types import FormulaProblem, Type

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)


def literal_as(text: str, target: Type, start: int, end: int) -> Expression | FormulaProblem:
    """Read a quoted text as a value of `target`, or say why it is none."""
    match target.kind:
        case "choice" | "choices":
            return _option(text, target, start, end)
        case "date":
            return _day(text, start, end)
        case "datetime":
            return _moment(text, start, end)
        case "time":
            return _time_of_day(text, start, end)
        case "reference":
            return Expression("literal", Type("reference", to=target.to), value=text)
        case _:
            return Expression("literal", Type("text"), value=text, most=len(text))


def _option(text: str, target: Type, start: int, end: int) -> Expression | FormulaProblem:
    options = target.options
    if options is None or text in options:
        return Expression("literal", Type("choice", options=options), value=text, most=len(text))
    from crmspec.diagnostics import near

    match = near(text, options)
    shown = ", ".join(f"'{option}'" for option in options[:12]) + (" …" if len(options) > 12 else "")
    help = f"did you mean `'{match}'`?" if match else f"the options are {shown}" if options else ""
    why = f"the options are {shown}" if match else ""
    return FormulaProblem(start, end, f"`'{text[:40]}'` is not one of the options", why, help)


def _day(text: str, start: int, end: int) -> Expression | FormulaProblem:
    if not _DAY.fullmatch(text):
        what = f"`'{text[:40]}'` is not a date"
        return FormulaProblem(start, end, what, help="write year, month and day: `'2026-01-31'`")
    try:
        return Expression("literal", Type("date"), value=date.fromisoformat(text))
    except ValueError:
        why = "months have 28 to 31 days, years go from 0001 to 9999"
        return FormulaProblem(start, end, f"there is no day `'{text}'`", why, "write a day that exists")


def _moment(text: str, start: int, end: int) -> Expression | FormulaProblem:
    if _DAY.fullmatch(text):
        day = _day(text, start, end)
        return as_moment(day) if isinstance(day, Expression) else day
    if not _MOMENT.fullmatch(text):
        help = "write `'2026-01-31'` for its midnight, or `'2026-01-31T09:30:00Z'`"
        return FormulaProblem(start, end, f"`'{text[:40]}'` is not a date with time", help=help)
    try:
        value = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return FormulaProblem(start, end, f"there is no moment `'{text}'`", help="write a day and a time that exist")
    return Expression("literal", Type("datetime"), value=value)


def _time_of_day(text: str, start: int, end: int) -> Expression | FormulaProblem:
    problem = FormulaProblem(start, end, f"`'{text[:40]}'` is not a time of day", help="write `'09:30'`")
    if not _TIME.fullmatch(text):
        return problem
    try:
        return Expression("literal", Type("time"), value=time.fromisoformat(text))
    except ValueError:
        return problem


def as_moment(node: Expression) -> Expression:
    """Take a date as its midnight, which is for the time zone to say; what is a date with time already stays."""
    return Expression("midnight", Type("datetime"), (node,)) if node.type.kind == "date" else node
