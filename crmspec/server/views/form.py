"""What a person fills in. Everything works as a plain posted form; scripts only make it quicker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import ClassVar

from crmspec.server.views.values import Action, Choice, Link, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupTarget:
    """Where one kind of record is looked up.

    GET `url`?q=words → `{"results": [{"id", "label", "detail"}], "more": false}`, best first, at most 20; without
    `q` the most recent ones.
    """

    object: str
    label: str
    url: str
    icon: str = ""
    new_url: str = ""                 # a form that makes one, when the reader may; the words are added as `title`


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A record that a look-up points at."""

    id: str
    label: str
    object: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One field to fill in. `control` is the word of the field-type table, `password` or `hidden`.

    What is posted, by control: most: `name`. checkbox: `name=true`, or nothing, always with `name.was=…` so that an
    absent box is told from an absent field. multi_select: `name` repeated, and `name.was`. lookup: `name` (id),
    `name.text` (the words in the box), `name.object` (when there are several targets); when the words are not the
    title of the record with that id, the words win and are looked up by exact title. multi_lookup: `name` repeated
    (ids), `name.text` (one more, by title), `name.was`. address: `name.street`, `.city`, `.region`, `.postcode`,
    `.country`. person_name: `name.family`, `name.given`. geolocation: `name.latitude`, `name.longitude`. file, image:
    `name` (the upload), `name.remove=true`. secret: `name` (empty: unchanged), `name.remove=true`. datetime: local
    time of the frame's zone, `2026-11-23T18:30`. duration: `1h 30m`. read_only and computed: nothing.
    """

    name: str
    label: str
    control: str
    text: str = ""                    # what stands in the box: canonical, or what the person wrote when it was refused
    texts: tuple[str, ...] = ()       # names that are ticked (multi_select)
    parts: Mapping[str, str] = attribute(default_factory=dict)   # address, person_name, geolocation
    chosen: tuple[Chosen, ...] = ()   # lookup, multi_lookup
    targets: tuple[LookupTarget, ...] = ()
    choices: tuple[Choice, ...] = ()
    value: Value | None = None        # read_only, computed; the present file or secret
    help: str = ""
    required: bool = False
    errors: tuple[str, ...] = ()
    unit: str = ""                    # currency sign, %, minutes
    minimum: str = ""
    maximum: str = ""
    max_length: int | None = None
    accept: str = ""                  # kinds of file
    placeholder: str = ""
    autocomplete: str = ""
    wide: bool = False
    hidden: bool = False              # a condition does not hold now; another answer may bring it back
    defined_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSection:
    """A block of controls under a heading, in one or two columns."""

    label: str
    controls: tuple[Control, ...]
    columns: int = 2
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictField:
    """One field that somebody else changed meanwhile."""

    label: str
    theirs: Value
    yours: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Somebody saved first. The page is answered with 409 and shows both; `version` is now theirs, so that saving
    again keeps what stands in the form.
    """

    who: Link
    at: datetime
    fields: tuple[ConflictField, ...]
    discard_url: str                  # the record as it now is


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """Create or edit a record, or anything else with fields. Posts to `url` with `csrf_token`, `version`, `hidden`."""

    template: ClassVar[str] = "form.html"
    title: str
    url: str
    cancel_url: str
    sections: tuple[FormSection, ...]
    submit: str = ""                  # left out: Save
    icon: str = ""
    trail: tuple[Link, ...] = ()
    version: int | None = None
    hidden: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()    # what is wrong and belongs to no single field
    conflict: Conflict | None = None
    conditions_url: str = ""          # GET with `watched` fields → `{"conditions": {field: {visible, required}}}`
    watched: tuple[str, ...] = ()     # the fields that conditions look at
    save_and_new: bool = False        # second button, posts `then=new`
    actions: tuple[Action, ...] = ()
    help: str = ""
    defined_at: str = ""

    @property
    def wrong(self) -> tuple[Control, ...]:
        """The controls with errors, in the order of the page."""
        return tuple(one for section in self.sections for one in section.controls if one.errors)

    @property
    def uploads(self) -> bool:
        """Say whether the form carries files."""
        return any(one.control in ("file", "image") for section in self.sections for one in section.controls)
