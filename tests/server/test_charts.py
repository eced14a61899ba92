"""Numbers are drawn where they belong, whatever they are."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crmspec.server.charts import draw
from crmspec.server.views import Chart, Point


def chart(kind: str, *numbers: int | None, label: str = "a") -> Chart:
    """Return a chart of some numbers."""
    points = tuple(Point(label=f"{label}{at}", number=number) for at, number in enumerate(numbers))
    return Chart(type=kind, title="", by="", measure="", points=points)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (chart("bar", 1, 2, 3), "columns"),
        (chart("bar", *range(9)), "rows"),
        (chart("bar", 1, 2, 3, label="a longer name"), "rows"),
        (chart("bar", 1, 2), "rows"),
        (chart("bar", *range(-5, 15), label="a longer name"), "columns"),
        (chart("line", 1), "line"),
        (chart("pie", 1, 2), "pie"),
        (chart("pie", 1, -2), "rows"),
        (chart("pie", 0, 0), "rows"),
        (chart("funnel", 3, 2), "funnel"),
        (chart("pie"), "rows"),
        (chart("line"), "line"),
    ],
)
def test_how_it_is_drawn(made: Chart, expected: str) -> None:
    """Many bars, or bars with long names, lie down; what cannot be a pie becomes bars."""
    assert draw(made).kind == expected


def test_columns_stand_on_nought() -> None:
    """Negative numbers hang below the line of nought, positive ones stand above it."""
    drawing = draw(chart("bar", -50, 100, 0))
    assert drawing.ticks == tuple(map(Decimal, (-50, 0, 50, 100)))
    assert drawing.zero == pytest.approx(66.667)
    below, above, none = drawing.points
    assert [below.y, below.share] == pytest.approx([66.667, 33.333], abs=0.01)
    assert [above.y, above.share] == pytest.approx([0, 66.667])
    assert none.share == 0


@pytest.mark.parametrize("numbers", [(0, 0, 0), (1, 2, 3), (999_999, 1, 5), (-3, -2, -9), (10**17, 3, 4)])
def test_ticks_are_few_and_round(numbers: tuple[int, ...]) -> None:
    """Three to six ticks that hold every number."""
    ticks = draw(chart("bar", *numbers)).ticks
    assert 2 <= len(ticks) <= 7
    assert ticks[0] <= min(numbers)
    assert ticks[-1] >= max(numbers)


def test_counts_have_no_halves() -> None:
    """One of something is one tick above nought."""
    assert draw(chart("bar", 1, 1, 1)).ticks == (Decimal(0), Decimal(1))


def test_a_pie_is_whole() -> None:
    """The parts come to a hundred; nothing has no slice; one alone is a ring."""
    drawing = draw(chart("pie", 1, 0, 3))
    assert [one.part for one in drawing.points] == [25, 0, 75]
    assert drawing.points[1].path == ""
    assert draw(chart("pie", 7)).points[0].path.count("A") == 2


def test_shares() -> None:
    """Rows are as long as their part of the longest; a blank is nothing."""
    assert [one.share for one in draw(chart("funnel", 4, 2, None)).points] == [100, 50, 0]
