"""What each operation of the tree is in SQL: one row of the table each, in the words of the database."""

from __future__ import annotations

from collections.abc import Callable

from .fragment import Sql
from .magnitude import MOST
from .operators import DAYS_MOST
from .sql import Writer, alike, is_uuid, join, listed
from .tree import Expression

_SIGNS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _literal(w: Writer, node: Expression) -> Sql:
    if isinstance(node.value, bool):
        return (w.words.true if node.value else w.words.false,)
    return w.bound(node.value, node.type.kind)


def _blank(w: Writer, node: Expression) -> Sql:
    return w.null(node.type.kind)


def _path(w: Writer, node: Expression) -> Sql:
    column = w.column(node)
    # Among texts an id is a text; compared with another id it stays what it is (see `Writer.comparable`).
    return w.cast((column,), "reference") if is_uuid(column) else (column,)


def _logic(w: Writer, node: Expression) -> Sql:
    return join("(", listed(w.all(node), f" {node.op.upper()} "), ")")


def _not(w: Writer, node: Expression) -> Sql:
    return join("(NOT ", w.write(node.args[0]), ")")


def _compare(w: Writer, node: Expression) -> Sql:
    a, b = node.args
    one, other = w.comparable(a, b, w.write(a), w.write(b))
    return join("(", one, f" {_SIGNS[str(node.value)]} ", other, ")")


def _in(w: Writer, node: Expression) -> Sql:
    first, *items = node.args
    others = [w.write(item) for item in items]

    def one_of(value: Sql) -> Sql:
        pairs = [w.comparable(first, item, value, other) for item, other in zip(items, others, strict=True)]
        if all(alike(one, pairs[0][0]) for one, _ in pairs):
            return join("(", pairs[0][0], " IN (", listed([other for _, other in pairs]), "))")
        return join("(", listed([join(one, " = ", other) for one, other in pairs], " OR "), ")")

    return w.named_once(w.write(first), one_of)


def _in_choices(w: Writer, node: Expression) -> Sql:
    option, chosen = node.args
    text = w.by_bytes(option, chosen, w.write(option))
    return join("(", text, " IN ", (w.column(chosen),), ")")


def _between(w: Writer, node: Expression) -> Sql:
    value, low, high = node.args

    def both(middle: Sql) -> Sql:
        above = w.comparable(value, low, middle, w.write(low))
        below = w.comparable(value, high, middle, w.write(high))
        return join("(", above[0], " >= ", above[1], " AND ", below[0], " <= ", below[1], ")")

    return w.named_once(w.write(value), both)


def _sum(w: Writer, node: Expression) -> Sql:
    a, b = w.all(node)
    total = join("(", a, " + " if node.op == "add" else " - ", b, ")")
    # Two numbers of 18 digits still fit 64 bits, so the cut may come after.
    return w.within(total, -MOST, MOST) if sum(part.most for part in node.args) > MOST else total


def _product(w: Writer, node: Expression) -> Sql:
    a, b = node.args
    one, other = w.all(node)
    if a.most * b.most <= MOST:
        return join("(", one, " * ", other, ")")
    if a.op == "literal":
        a, b, one, other = b, a, other, one
    if b.op == "literal":
        limit = MOST // b.most
        return join("(", w.within(one, -limit, limit), " * ", other, ")")
    return w.named_once(one, lambda x: w.named_once(other, lambda y: _product_if_small(x, y)))


def _product_if_small(x: Sql, y: Sql) -> Sql:
    fits = join(y, " = 0 OR abs(", x, f") <= {MOST} / nullif(abs(", y, "), 0)")
    return join("(CASE WHEN ", fits, " THEN ", x, " * ", y, " END)")


def _quotient(w: Writer, node: Expression) -> Sql:
    top, bottom = w.all(node)
    # Only PostgreSQL minds a zero divisor, but one text is easier to trust than two.
    return w.divided(top, bottom if node.args[1].op == "literal" else join("nullif(", bottom, ", 0)"))


def _rest(w: Writer, node: Expression) -> Sql:
    return w.words.rest(*w.all(node))


def _negative(w: Writer, node: Expression) -> Sql:
    return join("(0 - ", w.write(node.args[0]), ")")


def _abs(w: Writer, node: Expression) -> Sql:
    return join("abs(", w.write(node.args[0]), ")")


def _rescale(w: Writer, node: Expression) -> Sql:
    power, number = node.value, w.write(node.args[0])
    assert isinstance(power, int)
    return w.grown(number, node.args[0].most, power) if power > 0 else w.divided(number, (str(10**-power),))


def _moved(w: Writer, node: Expression) -> Sql:
    return w.write(node.args[0])


def _if(w: Writer, node: Expression) -> Sql:
    condition, then, otherwise = w.all(node)
    return join("(CASE WHEN ", condition, " THEN ", then, " ELSE ", otherwise, " END)")


def _coalesce(w: Writer, node: Expression) -> Sql:
    *firsts, last = w.all(node)
    if node.type.kind in ("text", "choice"):
        firsts = [_unless_empty(w, part, sql) for part, sql in zip(node.args, firsts, strict=False)]
    return join("coalesce(", listed([*firsts, last]), ")")


def _unless_empty(w: Writer, node: Expression, text: Sql) -> Sql:
    kept = text if node.op == "path" or not w.words.collate else join("(", text, w.words.collate, ")")
    return join("nullif(", kept, ", '')")


def _isblank(w: Writer, node: Expression) -> Sql:
    part = node.args[0]
    if part.type.kind == "choices":
        return join("(NOT EXISTS ", (w.column(part),), ")")
    text = w.write(part)
    return join("(", _unless_empty(w, part, text) if part.type.kind in ("text", "choice") else text, " IS NULL)")


def _extreme(w: Writer, node: Expression) -> Sql:
    names = w.words.smaller if node.op == "min" else w.words.larger
    first, *others = w.all(node)
    for other in others:
        first = join(f"{names[node.type.kind]}(", first, ", ", other, ")")
    return first


def _length(w: Writer, node: Expression) -> Sql:
    return w.words.size(w.write(node.args[0]))


def _find(w: Writer, node: Expression) -> Sql:
    text, part = node.args
    place = join(f"{w.words.find}(", w.by_bytes(text, part, w.write(text)), ", ", w.write(part), ")")
    return join("(", place, " = 1)" if node.op == "starts_with" else " > 0)")


_TEXT_END = 1_000_000_000


def _substring(w: Writer, node: Expression) -> Sql:
    text, *numbers = w.all(node)
    # Below 1 the databases begin to count from the end, and past 32 bits one of them stops.
    places = [w.words.whole(w.clamped(number, 1 - at, _TEXT_END)) for at, number in enumerate(numbers)]
    return join("substr(", listed([text, *places]), ")")


def _replace(w: Writer, node: Expression) -> Sql:
    text, old, new = w.all(node)
    text = w.by_bytes(node, node, text)
    return join("replace(", listed([text, old, new]), ")")


def _concat(w: Writer, node: Expression) -> Sql:
    parts = [
        join("coalesce(", _written(w, part, sql), ", '')") for part, sql in zip(node.args, w.all(node), strict=True)
    ]
    return join("(", listed(parts, " || "), ")")


def _written(w: Writer, node: Expression, value: Sql) -> Sql:
    if node.type.kind == "date":
        return w.words.day_text(value)
    if node.type.kind != "number":
        return value
    scale = node.type.scale
    if not scale:
        return join("CAST(", value, " AS TEXT)")
    unit: Sql = (str(10**scale),)
    return w.named_once(value, lambda x: join(
        "(CASE WHEN ", x, " < 0 THEN '-' ELSE '' END || CAST(abs(", x, ") / ", unit, " AS TEXT) || '.' || substr(CAST(",
        unit, " + ", w.words.rest(join("abs(", x, ")"), unit), " AS TEXT), 2))"))  # fmt: skip


def _part(w: Writer, node: Expression) -> Sql:
    value = w.write(node.args[0])
    if node.args[0].type.kind == "date":
        return w.words.part(node.op, value)
    return w.shown(value, lambda shown: w.words.part(node.op, shown))


def _day(w: Writer, node: Expression) -> Sql:
    return w.shown(w.write(node.args[0]), w.words.day)


def _midnight(w: Writer, node: Expression) -> Sql:
    return w.named_once(w.write(node.args[0]), lambda day: w.words.midnight(day, w.zone))


def _days_between(w: Writer, node: Expression) -> Sql:
    start, end = (w.words.day_number(day) for day in w.all(node))
    return join("(", end, " - ", start, ")")


def _add_days(w: Writer, node: Expression) -> Sql:
    day, days = w.all(node)
    number = w.within(join("(", w.words.day_number(day), " + ", days, ")"), 0, DAYS_MOST)
    return w.words.day_of_number(number)


def _add_months(w: Writer, node: Expression) -> Sql:
    """Count months from year 0, move, then take the day or the month's last.

    `m % 12` is the month from 0; the days of a month but February are 31, less one in April, June, September, November.
    """
    day, months = w.all(node)

    def moved(d: Sql) -> Sql:
        year, month = (w.words.part(name, d) for name in ("year", "month"))
        index = w.within(join("(", year, " * 12 + ", month, " - 1 + ", months, ")"), 12, 119_999)
        return w.named_once(index, lambda m: _day_of_month(w, m, w.words.part("day", d)))

    return w.named_once(day, moved)


def _day_of_month(w: Writer, m: Sql, day: Sql) -> Sql:
    rest, year = w.words.rest, join("(", m, " / 12)")
    month = rest(m, ("12",))
    thirty = rest(rest(month, ("7",)), ("2",))
    leap = join(
        "(", rest(year, ("4",)), " = 0 AND (", rest(year, ("100",)), " <> 0 OR ", rest(year, ("400",)), " = 0))"
    )
    last = join("(CASE WHEN ", month, " <> 1 THEN 31 - ", thirty, " WHEN ", leap, " THEN 29 ELSE 28 END)")
    smaller = join(f"{w.words.smaller['number']}(", day, ", ", last, ")")
    made = w.words.made_day(year, join("(", month, " + 1)"), smaller)
    return join("(CASE WHEN ", m, " IS NOT NULL THEN ", made, " END)")


def _today(w: Writer, node: Expression) -> Sql:
    return w.bound(w.context.today, "date")


def _now(w: Writer, node: Expression) -> Sql:
    return w.bound(w.context.now, "datetime")


def _me(w: Writer, node: Expression) -> Sql:
    return w.bound(w.context.me, "reference")


WRITE: dict[str, Callable[[Writer, Expression], Sql]] = {
    "literal": _literal, "blank": _blank, "path": _path, "and": _logic, "or": _logic, "not": _not, "compare": _compare,
    "in": _in, "in_choices": _in_choices, "between": _between, "add": _sum, "sub": _sum, "mul": _product,
    "div": _quotient, "mod": _rest, "neg": _negative, "abs": _abs, "rescale": _rescale, "moved": _moved, "if": _if,
    "coalesce": _coalesce, "isblank": _isblank, "min": _extreme, "max": _extreme, "length": _length,
    "starts_with": _find, "contains": _find, "substring": _substring, "replace": _replace, "concat": _concat,
    "year": _part, "month": _part, "day": _part, "date": _day, "midnight": _midnight, "days_between": _days_between,
    "add_days": _add_days, "add_months": _add_months, "today": _today, "now": _now, "me": _me,
}  # fmt: skip
