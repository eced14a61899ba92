"""The first page of the day: a row of cards, whatever they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from crmspec.server.views.lists import Chart
from crmspec.server.views.values import Action, Choice, FieldView, Link


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeItem:
    """One line of a card: a task, a record, an announcement."""

    link: Link                        # detail: the second line
    when: date | datetime | None = None
    late: bool = False
    tag: Choice | None = None
    text: str = ""                    # the beginning of an announcement
    done: Action | None = None        # ticks a task off; posts


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeCard:
    """A card: figures, a chart, lines, in that order; any may be missing. `empty` is said when all are."""

    title: str
    icon: str = ""
    url: str = ""                     # all of it
    size: Literal["small", "wide"] = "small"
    figures: tuple[FieldView, ...] = ()
    chart: Chart | None = None
    items: tuple[HomeItem, ...] = ()
    empty: str = ""
    new: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """What matters to this person now."""

    template: ClassVar[str] = "home.html"
    title: str
    cards: tuple[HomeCard, ...]
    today: date | None = None
    help: str = ""
