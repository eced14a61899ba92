"""Many records at once: list, board, search, report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from decimal import Decimal
from typing import ClassVar, Literal

from crmspec.server.views.values import Action, Choice, FieldView, Link, SortOrder, Value

# The words of OPERATORS and PERIODS are in `words`. `in` takes one of PERIODS; `is` of a reference an id or `me`.
VALUELESS = ("is_empty", "is_not_empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterField:
    """A field that can be filtered by. `kind` is a key of OPERATORS."""

    name: str
    label: str
    kind: str
    choices: tuple[Choice, ...] = ()
    lookup_url: str = ""              # see `form.LookupTarget`


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveFilter:
    """A filter that is on. `shown` is the value in the reader's words, `remove_url` the list without it."""

    field: str
    label: str
    operator: str
    shown: str
    remove_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a list. `sort_url` is the list sorted by it (the other way round when it is already)."""

    name: str
    label: str
    type: str
    sort_url: str = ""
    also_url: str = ""                # the list sorted by it, too, behind what it is sorted by
    sorted: SortOrder = ""
    place: int = 0                    # which of several it is sorted by
    help: str = ""
    defined_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of a list. The first cell carries the link to it."""

    id: str
    url: str
    cells: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHead:
    """What the records of a group have in common, and what they come to; without a count where none was counted."""

    value: Value
    label: str                        # of the field
    count: int | None = None
    sums: Mapping[str, Value] = attribute(default_factory=dict)   # by column


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some records one below the other; of a grouped list those of one group."""

    rows: tuple[Row, ...]
    head: GroupHead | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """The way to any place of a long list: `from` is a value of the first key, letters, a day or a number."""

    label: str                        # of the first key
    type: Literal["text", "date", "number"]
    kept: tuple[tuple[str, str], ...]
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many there are: exactly, or about; `exact_url` is the list with all of them counted."""

    number: int
    exact: bool = True
    exact_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Pages by key: no numbers, only first, previous, next and last."""

    first_url: str = ""
    previous_url: str = ""
    next_url: str = ""
    last_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The records of one object, filtered, sorted, a page at a time.

    The page is one GET form and links. Parameters: `q` (search), `where` (repeated, `field:operator:value`; several
    `is` of one field are alternatives, all else must hold together), `filter` (and-or groups, see `records.filters`),
    `sort` (paths with commas between, `-` before those that descend), `group` (a path); for the page `at` (a key, or
    `last`), `from` (a value of the first key) or `row` (a number). The form that adds a filter sends the `kept`
    parameters and `add_field`, `add_operator`, `add_value`; the server answers with the list so filtered. A choice's
    value may come as its name or, typed without scripts, as its label.
    """

    template: ClassVar[str] = "list.html"
    title: str
    url: str                          # without parameters
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    count: Count
    icon: str = ""
    help: str = ""
    views: tuple[Link, ...] = ()      # list views, as tabs
    displays: tuple[Link, ...] = ()   # list, board
    query: str = ""                   # what is searched for
    searchable: bool = True
    kept: tuple[tuple[str, str], ...] = ()   # every parameter but q, add_* and the page key
    filter_fields: tuple[FilterField, ...] = ()
    filters: tuple[ActiveFilter, ...] = ()
    clear_url: str = ""               # the list without search and filters
    pager: Pager = Pager()
    new: Link | None = None
    actions: tuple[Action, ...] = ()
    defined_at: str = ""
    blocks: tuple[Block, ...] = ()    # the rows once more, by group; left out: all in one
    sums: Mapping[str, Value] = attribute(default_factory=dict)   # what the whole list comes to, by column
    jump: Jump | None = None
    groups: tuple[Link, ...] = ()     # what it can be grouped by; the first one is not at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One record on a board. It can be dragged when it has a `move_url`."""

    id: str
    url: str
    title: str
    fields: tuple[FieldView, ...] = ()
    owner: Link | None = None
    version: int = 1
    move_url: str = ""
    stuck: str = ""                   # why it stands out: `14 days in this stage`


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardColumn:
    """One stage: its cards in order, and what all its records (not only the cards shown) come to."""

    name: str
    label: str
    cards: tuple[Card, ...] = ()
    count: Count = Count(number=0)
    sum: Value | None = None
    color: str = ""
    type: Literal["open", "won", "lost"] = "open"
    more_url: str = ""                # the list of this stage, when not all cards are shown
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage:
    """A pipeline as columns of cards.

    A move posts `to` (stage), `version`, `csrf_token` to the card's `move_url`. As a form it is answered with a
    redirect; with `Accept: application/json` with 200 `{"version": 4, "message": "", "columns": {"qualify": {"count":
    "12", "sum": "¥1,200.00"}}}` or 403, 409, 422 `{"message": "…", "link": {"label": "…", "url": "…"}}` in the
    reader's words (`link`: where what is missing can be filled in), and the card goes back where it was.
    """

    template: ClassVar[str] = "board.html"
    title: str
    url: str
    columns: tuple[BoardColumn, ...]
    icon: str = ""
    help: str = ""
    views: tuple[Link, ...] = ()
    displays: tuple[Link, ...] = ()
    query: str = ""
    searchable: bool = True
    kept: tuple[tuple[str, str], ...] = ()
    filter_fields: tuple[FilterField, ...] = ()
    filters: tuple[ActiveFilter, ...] = ()
    clear_url: str = ""
    new: Link | None = None
    actions: tuple[Action, ...] = ()
    defined_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """One record that was found; `found` says where, with the words around it."""

    link: Link
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchGroup:
    """What was found among one object's records."""

    label: str
    icon: str
    hits: tuple[SearchHit, ...]
    all_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """Everything of every object that has the words. The same address answers `Accept: application/json` with
    `{"groups": [{"label": "Accounts", "icon": "building-2", "hits": [{"label", "detail", "url"}]}]}`.
    """

    template: ClassVar[str] = "search.html"
    title: str
    url: str
    query: str = ""
    groups: tuple[SearchGroup, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One bar, slice or dot of a chart. `color` as in Choice."""

    label: str
    number: Decimal | int | None
    url: str = ""
    color: str = ""


_WHOLE_NUMBER = Value(type="integer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One row of numbers as a picture. The server draws it; the page has the same numbers as a table."""

    type: Literal["bar", "line", "pie", "funnel"]
    title: str
    by: str                           # what the points are: `Stage`
    measure: str                      # what the numbers are: `Sum of amount`
    points: tuple[Point, ...]
    value: Value = _WHOLE_NUMBER      # its type, currency and decimals say how numbers are written


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportColumn:
    """A column of a report's table."""

    label: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One line of a report: a group's heading, a record, or totals; `level` 0 is the outermost group.

    A `group` has `label` and `count`; a `subtotal` and the `total` have `label` and one line per function, so that
    `cells` stand under their columns (None: nothing there); a `record` has `cells` only, and a `url` when it may be
    opened.
    """

    kind: Literal["group", "record", "subtotal", "total"]
    cells: tuple[Value | None, ...] = ()
    level: int = 0
    label: str = ""
    count: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """The answer to one question: chart, totals, table."""

    template: ClassVar[str] = "report.html"
    title: str
    url: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[ReportRow, ...]
    count: Count
    help: str = ""
    figures: tuple[FieldView, ...] = ()      # the grand totals, shown large
    chart: Chart | None = None
    conditions: tuple[str, ...] = ()         # the filter in the reader's words
    others: tuple[Link, ...] = ()            # further reports
    actions: tuple[Action, ...] = ()         # export
    more: str = ""                           # said under the table when not all rows are shown
    defined_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportGroup:
    """The reports of one object; `detail` of a link says what its report tells."""

    label: str
    icon: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsPage:
    """Every report this person may run, by object."""

    template: ClassVar[str] = "reports.html"
    title: str
    groups: tuple[ReportGroup, ...] = ()
