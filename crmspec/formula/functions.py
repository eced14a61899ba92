"""The functions a formula may call: one row each, read by the checker, the editor and the docs."""

from __future__ import annotations

from dataclasses import dataclass

from .types import Kind

ANY: tuple[Kind, ...] = ("text", "number", "boolean", "date", "datetime", "time", "choice", "reference")
LETTERS: tuple[Kind, ...] = ("text", "choice")
WRITTEN: tuple[Kind, ...] = (*LETTERS, "number", "date")
DAYS: tuple[Kind, ...] = ("date", "datetime")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What may stand at one place of a call. `repeats`: the last one, as often as wanted."""

    name: str
    kinds: tuple[Kind, ...]
    repeats: bool = False
    optional: bool = False

    def __str__(self) -> str:
        if self.repeats:
            return f"{self.name}, …"
        return f"[{self.name}]" if self.optional else self.name


@dataclass(frozen=True, slots=True)
class Function:
    """A function: `result` is a kind, or "same" for the common kind of its arguments."""

    name: str
    parameters: tuple[Parameter, ...]
    result: str
    help: str
    stored: bool = True

    @property
    def signature(self) -> str:
        """The call as it is written: `round(number, digits)`."""
        names = ", ".join(map(str, self.parameters))
        return f"{self.name}({names})"


def _p(name: str, *kinds: Kind, repeats: bool = False, optional: bool = False) -> Parameter:
    return Parameter(name, kinds or ANY, repeats, optional)


_ROWS = (
    Function("if", (_p("condition", "boolean"), _p("then"), _p("else")), "same",
             "`then` where the condition is true; `else` where it is false or blank."),
    Function("coalesce", (_p("first"), _p("next", repeats=True)), "same",
             "The first argument that is not blank. An empty text is blank."),
    Function("isblank", (_p("value", *ANY, "choices"),), "boolean",
             "Whether there is no value. An empty text is blank, a multi-picklist without options too."),
    Function("abs", (_p("number", "number"),), "number", "The number without its sign."),
    Function("round", (_p("number", "number"), _p("decimals", "number", optional=True)), "number",
             "Rounded to so many decimals (0 to 9, none: 0), half away from zero."),
    Function("min", (_p("first", "number", *DAYS), _p("next", "number", *DAYS, repeats=True)), "same",
             "The smallest; blank if one is blank."),
    Function("max", (_p("first", "number", *DAYS), _p("next", "number", *DAYS, repeats=True)), "same",
             "The largest; blank if one is blank."),
    Function("length", (_p("text", *LETTERS),), "number", "How many characters."),
    Function("starts_with", (_p("text", *LETTERS), _p("start", *LETTERS)), "boolean",
             "Whether the text begins so; capital and small letters differ."),
    Function("contains", (_p("text", *LETTERS, "choices"), _p("part", *LETTERS)), "boolean",
             "Whether the part is in the text; whether the option is among those of a multi-picklist."),
    Function("substring", (_p("text", *LETTERS), _p("start", "number"), _p("length", "number", optional=True)), "text",
             "So many characters from `start`, counted from 1; without length, to the end."),
    Function("replace", (_p("text", *LETTERS), _p("old", *LETTERS), _p("new", *LETTERS)), "text",
             "The text with every `old` replaced by `new`."),
    Function("concat", (_p("first", *WRITTEN), _p("next", *WRITTEN, repeats=True, optional=True)), "text",
             "The values joined as text; a blank adds nothing, a date is written 2026-01-31."),
    Function("year", (_p("date", *DAYS),), "number", "The year; a date with time counts in the project's time zone."),
    Function("month", (_p("date", *DAYS),), "number", "The month, 1 to 12."),
    Function("day", (_p("date", *DAYS),), "number", "The day of the month, 1 to 31."),
    Function("date", (_p("value", "text", *DAYS),), "date",
             "A day written '2026-01-31', or the day of a date with time, in the project's time zone."),
    Function("add_days", (_p("date", "date"), _p("days", "number")), "date",
             "The date so many days later; blank before year 1 and after year 9999."),
    Function("add_months", (_p("date", "date"), _p("months", "number")), "date",
             "The same day so many months later, or that month's last day where it is shorter."),
    Function("days_between", (_p("start", *DAYS), _p("end", *DAYS)), "number",
             "How many days from start to end, negative if the end is earlier; of a date with time the day counts."),
    Function("between", (_p("value", "number", "time", *DAYS), _p("low", "number", "time", *DAYS),
                         _p("high", "number", "time", *DAYS)), "boolean", "Whether low <= value and value <= high."),
    Function("today", (), "date", "Today; not where the result is stored.", stored=False),
    Function("now", (), "datetime", "This moment; not where the result is stored.", stored=False),
    Function("me", (), "reference", "The person who asks; not where the result is stored.", stored=False),
)  # fmt: skip

FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}
