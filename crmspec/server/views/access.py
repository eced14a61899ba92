"""Questions about access: who sees a field, what a person may do, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from crmspec.server.views.form import Control
from crmspec.server.views.setup import AccessRow
from crmspec.server.views.values import Action, Link


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAccessRow:
    """What one role may do with the field, on which records, and how many people have that role."""

    role: Link
    level: str
    scopes: Mapping[str, tuple[str, ...]]
    people: int
    defined_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAccessPage:
    """Who can see one field: roles, and the people who have one of them, by name."""

    template: ClassVar[str] = "setup/access_field.html"
    title: str
    ways: tuple[Link, ...]
    url: str                          # of the question, asked by GET
    controls: tuple[Control, ...]
    field: str                        # label of the one shown; empty: none was chosen
    rows: tuple[FieldAccessRow, ...]
    verbs: tuple[str, ...]
    people: tuple[Link, ...]          # the first of them
    count: int = 0                    # all of them
    trail: tuple[Link, ...] = ()
    defined_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAccessPage:
    """What one person, position or role may do, everything counted in that they hold."""

    template: ClassVar[str] = "setup/access_person.html"
    title: str
    ways: tuple[Link, ...]
    url: str
    controls: tuple[Control, ...]
    person: str                       # empty: none was chosen
    rows: tuple[AccessRow, ...]
    verbs: tuple[str, ...]
    held: tuple[Link, ...] = ()       # positions and roles
    actions: tuple[Action, ...] = ()  # look at the screens as them
    trail: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyStep:
    """One link of a reason: for the answer yes, for no, or only told (None)."""

    text: str
    fits: bool | None = None
    defined_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyPage:
    """Whether somebody may do something, and why; with a record, each step of the rule."""

    template: ClassVar[str] = "setup/why.html"
    title: str
    ways: tuple[Link, ...]
    url: str
    controls: tuple[Control, ...]
    answer: str                       # empty: nothing was asked
    allowed: bool = False
    steps: tuple[WhyStep, ...] = ()
    problem: str = ""                 # what was asked makes no sense
    trail: tuple[Link, ...] = ()
