"""The pages for administrators: what is deployed, who may do what, where everything is defined, who the people are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import ClassVar

from crmspec.server.views.values import Action, FieldView, Link


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPage:
    """The way into set-up: one tile a page, `detail` says what it is for."""

    template: ClassVar[str] = "setup/index.html"
    title: str
    links: tuple[Link, ...]
    facts: tuple[FieldView, ...] = ()        # release, database, environment …
    problems: tuple[str, ...] = ()           # access tests that somebody breaks, each with its reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """One release in the list, newest first."""

    number: int
    url: str
    at: datetime
    who: str
    summary: str                      # `2 added, 1 renamed`
    commit: str = ""
    version: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesPage:
    """Every release of this database."""

    template: ClassVar[str] = "setup/releases.html"
    title: str
    rows: tuple[ReleaseRow, ...]
    trail: tuple[Link, ...] = ()
    older_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """One line of a plan: `+`, `~`, `>`, `-` or `!`, the address, what it is."""

    sign: str
    address: str
    text: str = ""
    hazards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePage:
    """What one release changed: the plan's lines, and its whole text as the command line prints it."""

    template: ClassVar[str] = "setup/release.html"
    title: str
    facts: tuple[FieldView, ...]
    lines: tuple[PlanLine, ...]
    text: str = ""
    trail: tuple[Link, ...] = ()
    current: bool = False
    undo: str = ""                    # the command that goes back to it


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRow:
    """One object of one role: verb → scopes (empty: not granted), and the fields with a level of their own."""

    object: Link
    scopes: Mapping[str, tuple[str, ...]]
    fields: tuple[tuple[str, str], ...] = ()   # field label, level
    defined_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPage:
    """Role × object × verb. One role at a time; `roles` leads to the others."""

    template: ClassVar[str] = "setup/access.html"
    title: str
    roles: tuple[Link, ...]
    role: str                         # label of the one shown
    rows: tuple[AccessRow, ...]
    verbs: tuple[str, ...]            # in order; the words are the page's
    help: str = ""
    includes: tuple[Link, ...] = ()
    held_by: tuple[Link, ...] = ()    # positions or people
    ways: tuple[Link, ...] = ()       # the other questions about access
    trail: tuple[Link, ...] = ()
    defined_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecObjectRow:
    """One object of the spec."""

    link: Link
    name: str
    fields: int
    records: int | None = None
    package: str = ""
    defined_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecPage:
    """Every object, with what defines it."""

    template: ClassVar[str] = "setup/spec.html"
    title: str
    rows: tuple[SpecObjectRow, ...]
    trail: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecFieldRow:
    """One field of an object, as the spec has it."""

    name: str
    label: str
    type: str
    detail: str = ""                  # options, target, formula: one line
    help: str = ""
    required: bool = False
    unique: bool = False
    defined_at: str = ""
    link: Link | None = None          # the object a look-up points at
    system: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecGroup:
    """Other parts of the object: pipelines, validation, list views, layouts, reports."""

    label: str
    rows: tuple[SpecFieldRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecObjectPage:
    """One object: its fields and the line that defines each."""

    template: ClassVar[str] = "setup/spec_object.html"
    title: str
    name: str
    fields: tuple[SpecFieldRow, ...]
    groups: tuple[SpecGroup, ...] = ()
    facts: tuple[FieldView, ...] = ()
    icon: str = ""
    trail: tuple[Link, ...] = ()
    defined_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person who can log in, or could."""

    person: Link
    login: str
    positions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    active: bool = True
    locked_until: datetime | None = None
    last_seen: datetime | None = None
    actions: tuple[Action, ...] = ()  # positions, disable, reset password


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """Who can log in, with which positions. Adding and changing are `FormPage`s."""

    template: ClassVar[str] = "setup/people.html"
    title: str
    url: str
    rows: tuple[PersonRow, ...]
    query: str = ""
    new: Link | None = None
    trail: tuple[Link, ...] = ()
    next_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPage:
    """Something that is shown once: a new password."""

    template: ClassVar[str] = "setup/secret.html"
    title: str
    label: str
    secret: str
    text: str
    back: Link
    trail: tuple[Link, ...] = ()
    facts: Mapping[str, str] = attribute(default_factory=dict)
