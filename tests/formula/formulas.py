"""Random formulas, as text, of a wanted kind: what the language can say, in all combinations."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.formula.records import KINDS, PEOPLE, TAGS

_NUMBERS = ("amount", "rate", "quantity", "huge", "fine", "account.amount", "account.quantity")
_LITERALS = ("0", "1", "2", "3", "7", "10", "100", "0.5", "1.25", "0.0001", "999999", "12.3456789", "(-3)", "(-0.05)")
_TEXTS = ("name", "note", "kind", "account.name")
_QUOTED = ("''", "'a'", "'Ana'", "'é'", "'客户'", "'🙂'", "'%'", "'it\\'s'", '"a\\"b\\\\c"', "'\\n'", "'n'")
_DATES = ("starts", "ends", "account.starts")
_DAYS = ("date('2024-02-29')", "date('0001-01-01')", "date('9999-12-31')", "today()", "date('2026-01-31')")
_MOMENTS = ("created_at", "account.created_at", "now()")
_SIGNS = ("==", "!=", "<", "<=", ">", ">=")


@st.composite
def number(draw: st.DrawFn, depth: int) -> str:
    """A number."""
    shape = draw(st.integers(0, 13)) if depth else draw(st.integers(0, 1))
    more = number(depth - 1)
    match shape:
        case 0:
            return draw(st.sampled_from(_NUMBERS))
        case 1:
            return draw(st.sampled_from(_LITERALS))
        case 2 | 3 | 4 | 5:
            return f"({draw(more)} {draw(st.sampled_from('+-*/'))} {draw(more)})"
        case 6:
            return f"(round({draw(more)}) % round({draw(more)}))"
        case 7:
            return f"round({draw(more)}, {draw(st.integers(0, 5))})"
        case 8:
            return f"{draw(st.sampled_from(('min', 'max')))}({draw(more)}, {draw(more)})"
        case 9:
            return f"if({draw(truth(depth - 1))}, {draw(more)}, {draw(st.one_of(more, st.just('blank')))})"
        case 10:
            return f"coalesce({draw(more)}, {draw(more)})"
        case 11:
            return f"length({draw(text(depth - 1))})" if draw(st.booleans()) else f"(-abs({draw(more)}))"
        case 12:
            part = draw(st.sampled_from(("year", "month", "day")))
            return f"{part}({draw(st.one_of(day(depth - 1), moment(depth - 1)))})"
        case _:
            return f"({draw(day(depth - 1))} - {draw(st.one_of(day(depth - 1), moment(depth - 1)))})"


@st.composite
def truth(draw: st.DrawFn, depth: int) -> str:
    """True or false."""
    shape = draw(st.integers(0, 14)) if depth else draw(st.integers(0, 3))
    more = truth(depth - 1)
    match shape:
        case 0:
            return draw(st.sampled_from(("active", "known", "true", "false", "account.active")))
        case 1:
            field, others = draw(st.sampled_from((("kind", KINDS), ("owner", PEOPLE), ("former_kind", KINDS))))
            return f"{field} {draw(st.sampled_from(('==', '!=')))} '{draw(st.sampled_from(others))}'"
        case 2:
            field = draw(st.sampled_from(("tags", "account.tags")))
            return f"{draw(st.sampled_from((*(repr(t) for t in TAGS), 'name')))} in {field}"
        case 3:
            return draw(st.sampled_from((
                "owner == me()", "owner != made_by", f"owner in (made_by, '{PEOPLE[1]}')",
                f"owner in ('{PEOPLE[1]}', '{PEOPLE[2]}')",
                "owner in (me(), 'p2')", "coalesce(owner, made_by) != me()", "if(active, owner, me()) == account.owner",
                f"owner == 'nobody' or made_by != '{PEOPLE[2]}'", "isblank(owner)", "kind == former_kind",
                "opens < '09:30'", "isblank(tags)", "contains(tags, 'hot')", "kind in ('customer', 'channel')",
                "owner == account.owner",
                "created_at >= '2026-03-31'", "starts in ('2024-02-29', ends)", "quantity in (1, 2.5)",
            )))  # fmt: skip
        case 4 | 5:
            return f"({draw(more)} {draw(st.sampled_from(('and', 'or')))} {draw(more)})"
        case 6:
            return f"(not {draw(more)})"
        case 7 | 8:
            return f"({draw(number(depth - 1))} {draw(st.sampled_from(_SIGNS))} {draw(number(depth - 1))})"
        case 9:
            return f"({draw(text(depth - 1))} {draw(st.sampled_from(('==', '!=')))} {draw(text(depth - 1))})"
        case 10:
            sides = st.one_of(day(depth - 1), moment(depth - 1))
            return f"({draw(sides)} {draw(st.sampled_from(_SIGNS))} {draw(sides)})"
        case 11:
            return f"isblank({draw(st.one_of(number(depth - 1), text(depth - 1), day(depth - 1), more))})"
        case 12:
            name = draw(st.sampled_from(("starts_with", "contains")))
            return f"{name}({draw(text(depth - 1))}, {draw(text(depth - 1))})"
        case 13:
            values = draw(st.sampled_from((number, day)))
            return f"between({draw(values(depth - 1))}, {draw(values(depth - 1))}, {draw(values(depth - 1))})"
        case _:
            return f"({draw(number(depth - 1))} in ({draw(number(0))}, {draw(number(depth - 1))}))"


@st.composite
def text(draw: st.DrawFn, depth: int) -> str:
    """A text."""
    shape = draw(st.integers(0, 7)) if depth else draw(st.integers(0, 1))
    more = text(depth - 1)
    match shape:
        case 0:
            return draw(st.sampled_from(_TEXTS))
        case 1:
            return draw(st.sampled_from(_QUOTED))
        case 2 | 3:
            return f"concat({draw(more)}, {draw(st.one_of(more, number(depth - 1), day(depth - 1)))})"
        case 4:
            return f"substring({draw(more)}, round({draw(number(depth - 1))}), {draw(st.integers(-1, 4))})"
        case 5:
            return f"replace({draw(more)}, {draw(st.sampled_from(_QUOTED))}, {draw(st.sampled_from(_QUOTED))})"
        case 6:
            return f"if({draw(truth(depth - 1))}, {draw(more)}, {draw(st.one_of(more, st.just('blank')))})"
        case _:
            return f"coalesce({draw(more)}, {draw(more)})"


@st.composite
def day(draw: st.DrawFn, depth: int) -> str:
    """A date."""
    shape = draw(st.integers(0, 7)) if depth else draw(st.integers(0, 1))
    match shape:
        case 0:
            return draw(st.sampled_from(_DATES))
        case 1:
            return draw(st.sampled_from(_DAYS))
        case 2 | 3:
            return f"({draw(day(depth - 1))} {draw(st.sampled_from('+-'))} round({draw(number(depth - 1))}))"
        case 4 | 5:
            return f"add_months({draw(day(depth - 1))}, round({draw(number(depth - 1))}))"
        case 6:
            return (
                f"{draw(st.sampled_from(('min', 'max', 'coalesce')))}({draw(day(depth - 1))}, {draw(day(depth - 1))})"
            )
        case _:
            return f"date({draw(moment(depth - 1))})"


@st.composite
def moment(draw: st.DrawFn, depth: int) -> str:
    """A date with time."""
    if not depth or draw(st.booleans()):
        return draw(st.sampled_from(_MOMENTS))
    other = draw(st.one_of(day(depth - 1), moment(depth - 1)))
    return f"{draw(st.sampled_from(('min', 'max', 'coalesce')))}({draw(moment(depth - 1))}, {other})"


def formulas(depth: int) -> st.SearchStrategy[str]:
    """Any formula."""
    return st.one_of(number(depth), truth(depth), text(depth), day(depth), moment(depth))
