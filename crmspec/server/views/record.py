"""One record: what it is, where it stands, what belongs to it, what happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from crmspec.server.views.lists import Column, Count, Row
from crmspec.server.views.values import Action, FieldView, Link, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStage:
    """One stage on the path. `open` says that the record may be moved there now."""

    name: str
    label: str
    state: Literal["done", "current", "ahead"] = "ahead"
    type: Literal["open", "won", "lost"] = "open"
    open: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something a stage asks for; `url` leads to where it can be filled in."""

    label: str
    met: bool
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePath:
    """The pipeline with the record's place in it. Moving posts `to`, `version`, `csrf_token` to `move_url`."""

    label: str
    stages: tuple[PathStage, ...]
    move_url: str = ""
    version: int = 1
    next_label: str = ""              # the stage that `needs` belong to
    needs: tuple[Need, ...] = ()
    since: datetime | None = None
    stuck: str = ""
    help: str = ""                    # what goes in, who does it, how it is judged


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A block of fields under a heading, in one or two columns."""

    label: str
    fields: tuple[FieldView, ...]
    columns: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedList:
    """Records that point at this one."""

    name: str
    label: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    count: Count
    icon: str = ""
    new: Link | None = None
    all_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """What one field was and is."""

    label: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened. For `created`, `updated`, `deleted`, `restored`, `moved`, `transferred` the page has
    the words; an `activity` brings its own in `text`, and its time may lie ahead.
    """

    at: datetime
    who: Link
    verb: Literal["created", "updated", "deleted", "restored", "moved", "transferred", "activity"]
    changes: tuple[FieldChange, ...] = ()
    text: str = ""
    link: Link | None = None
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedWith:
    """One colleague who has access to this record beside its owner. `over`: not any more, and can be taken off."""

    name: str
    role: str
    until: datetime | None = None
    over: bool = False
    remove: Action | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharers:
    """The record's team, or those it is shared with."""

    label: str
    people: tuple[SharedWith, ...]
    add: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """One record under its reader's rights."""

    template: ClassVar[str] = "record.html"
    title: str
    object_label: str
    id: str
    url: str
    version: int
    icon: str = ""
    trail: tuple[Link, ...] = ()      # to the list, to the parent
    highlights: tuple[FieldView, ...] = ()
    path: StagePath | None = None
    sections: tuple[SectionView, ...] = ()
    related: tuple[RelatedList, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    history_url: str = ""             # the older ones
    actions: tuple[Action, ...] = ()  # edit, delete, convert …: those that are allowed
    owner: Link | None = None
    sharers: Sharers | None = None
    created_at: datetime | None = None
    created_by: Link | None = None
    updated_at: datetime | None = None
    updated_by: Link | None = None
    defined_at: str = ""
