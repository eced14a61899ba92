"""Numbers become lengths and angles. Pictures are drawn by the server: no script, no request, the same on paper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from unicodedata import east_asian_width

from crmspec.server.formatting import HUES, hue
from crmspec.server.views import Chart, Point

COLUMNS_MAX = 8                       # more bars than this lie down
_LABEL_WIDTH_MAX = 11                 # and so do bars with longer names than this
_TURN = ("blue", "orange", "green", "violet", "cyan", "pink", "amber", "teal", "red", "indigo", "lime")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One point of a chart, with where it is drawn; shares and positions run from 0 to 100."""

    point: Point
    share: float                      # its length, of the longest or of the axis
    part: float                       # of the whole
    color: str                        # a `hue-…` class, or nothing: the accent
    x: float = 0
    y: float = 0
    path: str = ""                    # the slice of a pie


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart worked out. `kind` is rows, columns, line, pie or funnel."""

    kind: str
    points: tuple[Drawn, ...]
    ticks: tuple[Decimal, ...] = ()   # from the bottom up
    line: str = ""                    # the points of the polyline
    area: str = ""
    zero: float = 100                 # where nought is, from the top


def _width(label: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in label)


def _ticks(lowest: Decimal, highest: Decimal, *, whole: bool) -> tuple[Decimal, ...]:
    """Return a few round numbers from at most `lowest` (or nought) to at least `highest`; counts have no halves."""
    low, high = min(lowest, Decimal(0)), max(highest, Decimal(0))
    if low == high:
        high = low + 1
    rough = (high - low) / 4
    power = Decimal(10) ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    step = max(step, Decimal(1)) if whole else step
    first, last = math.floor(low / step), math.ceil(high / step)
    return tuple(step * at for at in range(first, last + 1))


def _slice(start: float, end: float) -> str:
    """Return the outline of a ring's slice, from and to a share of the whole turn; radius 50, hole 30."""
    # A whole turn has the same beginning and end, and would not be drawn.
    end = min(end, start + 0.9999)
    (ax, ay), (bx, by) = ((math.sin(math.tau * at), -math.cos(math.tau * at)) for at in (start, end))
    large = 1 if end - start > 0.5 else 0
    return (
        f"M{50 * ax:.3f} {50 * ay:.3f}A50 50 0 {large} 1 {50 * bx:.3f} {50 * by:.3f}"
        f"L{30 * bx:.3f} {30 * by:.3f}A30 30 0 {large} 0 {30 * ax:.3f} {30 * ay:.3f}Z"
    )


def draw(chart: Chart) -> Drawing:
    """Work out where everything of a chart is."""
    numbers = [Decimal(point.number or 0) for point in chart.points]
    if chart.type == "pie" and numbers and min(numbers) >= 0 and sum(numbers) > 0:
        return _pie(chart, numbers)
    if chart.type == "line":
        return _plot(chart, numbers, "line")
    upright = len(numbers) <= COLUMNS_MAX and all(_width(point.label) <= _LABEL_WIDTH_MAX for point in chart.points)
    if chart.type == "bar" and ((upright and len(numbers) > 2) or any(number < 0 for number in numbers)):
        return _plot(chart, numbers, "columns")
    return _rows(chart, numbers, "funnel" if chart.type == "funnel" else "rows")


def _rows(chart: Chart, numbers: list[Decimal], kind: str) -> Drawing:
    most, whole = max(numbers, default=Decimal(0)), sum(numbers)
    return Drawing(kind, tuple(
        Drawn(point, _of(number, most), _of(number, whole), hue(point.color) if point.color else "")
        for point, number in zip(chart.points, numbers, strict=True)
    ))


def _pie(chart: Chart, numbers: list[Decimal]) -> Drawing:
    drawn, at, whole = [], 0.0, sum(numbers)
    for order, (point, number) in enumerate(zip(chart.points, numbers, strict=True)):
        part = float(number / whole)
        color = hue(point.color) if point.color else f"hue-{_TURN[order % len(HUES)]}"
        drawn.append(Drawn(point, part * 100, part * 100, color, path=_slice(at, at + part) if part else ""))
        at += part
    return Drawing("pie", tuple(drawn))


def _plot(chart: Chart, numbers: list[Decimal], kind: str) -> Drawing:
    lowest, highest = min(numbers, default=Decimal(0)), max(numbers, default=Decimal(0))
    ticks = _ticks(lowest, highest, whole=chart.value.type == "integer")
    span, each = ticks[-1] - ticks[0], 100 / max(len(numbers), 1)
    zero = 100 - _of(-ticks[0], span)
    drawn = []
    for order, (point, number) in enumerate(zip(chart.points, numbers, strict=True)):
        top = 100 - _of(number - ticks[0], span)
        drawn.append(Drawn(
            point, abs(zero - top), _of(number, sum(numbers)), hue(point.color) if point.color else "",
            x=round(each * (order + 0.5), 3), y=round(min(top, zero) if kind == "columns" else top, 3),
        ))
    line = " ".join(f"{one.x},{one.y}" for one in drawn)
    area = f"{drawn[0].x},{zero} {line} {drawn[-1].x},{zero}" if drawn else ""
    return Drawing(kind, tuple(drawn), ticks, line, area, round(zero, 3))


def _of(number: Decimal, whole: Decimal | int) -> float:
    return round(float(number / whole * 100), 3) if whole else 0.0
