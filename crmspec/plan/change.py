"""What a plan is made of: changes, hazards, questions, data checks, retired parts and steps, all frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Literal

from crmspec.schema import Dialect
from crmspec.spec import Field, Object

Action = Literal["add", "alter", "rename", "remove"]
# On PostgreSQL `prepare` comes before the release transaction, beside what is in use. SQLite has `release` only.
Phase = Literal["prepare", "release"]
HazardName = Literal[
    "loses_data",
    "may_fail_on_data",
    "rewrites_table",
    "blocks_writes",
    "widens_access",
    "narrows_access",
    "breaks_consumers",
]
# lost: out of sight; unfit: in the way; converted, emptied, filled, renamed: has another value afterwards.
FactKind = Literal["lost", "unfit", "converted", "emptied", "filled", "renamed"]
SYMBOLS: Mapping[Action, str] = {"add": "+", "alter": "~", "rename": ">", "remove": "-"}

# What each hazard means, in the words of the docs. The names are what `--allow` takes.
HAZARDS: Mapping[HazardName, str] = {
    "loses_data": "Values go out of sight: they are kept until the retention period ends, then purged by hand.",
    "may_fail_on_data": "What is stored may not fit: every deploy counts first. No flag is needed.",
    "rewrites_table": "Every row of the table is written again: long on a large table.",
    "blocks_writes": "Nobody can save records of the object while the step runs.",
    "widens_access": "Somebody may see or do more than before.",
    "narrows_access": "Somebody may see or do less than before.",
    "breaks_consumers": "Something else that uses the part gives another answer than before.",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the deployed and the desired spec, at one address.

    `address` is the desired one, but for a removed part. A rename has the deployed address in `was`.
    """

    action: Action
    address: str
    before: object | None
    after: object | None
    was: str = ""

    @property
    def symbol(self) -> str:
        """The sign it is printed with."""
        return SYMBOLS[self.action]


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something that has to be allowed before the plan is deployed."""

    name: HazardName
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class Question:
    """A removed and an added part that may be one and the same: asked, never guessed. `line` declares it."""

    before: str
    after: str
    line: str


@dataclass(frozen=True, slots=True)
class DataCheck:
    """A count to take before the first statement; anything but zero refuses the deploy.

    Each query gives one row: how many records stand in the way, and the first five of them as JSON, `[[key, value], …]`
    (where several records share one value, the value and how many they are). It uses the names of the deployed tables.
    Where each record stands in the way by itself, `condition` says when, so that many checks are counted in one pass
    over `table`.
    """

    address: str
    what: str
    sql: Mapping[Dialect, str]
    remedy: str
    table: str = ""
    condition: Mapping[Dialect, str] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tally:
    """A count that is worth telling and stands in nobody's way: how many rows of a table become what they were not.

    `condition` is over the deployed table.
    """

    address: str
    kind: FactKind
    what: str
    table: str
    condition: Mapping[Dialect, str]


@dataclass(frozen=True, slots=True)
class Offender:
    """One record that stands in the way: its id, and the value that does."""

    key: str
    value: str | None = None

    def __str__(self) -> str:
        """Write `0198… n/a`."""
        return self.key if self.value is None else f"{self.key} ({self.value})"


@dataclass(frozen=True, slots=True)
class Fact:
    """What a database said of one part of a plan: how many of how many records, and what becomes of them."""

    address: str
    kind: FactKind
    what: str
    rows: int
    of: int | None = None
    sample: tuple[Offender, ...] = ()
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a table is, as its database knows without looking at every row of it."""

    rows: int
    bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """A removed part whose values are kept: which names it had, which it has now.

    `kind` is `field` (columns of `table`), `child` (a table of several values), `object` (its table, then its
    child tables) or `rows` (the same tables, with the records that left the object for another).
    `part` is the removed part, so that declaring it again is known to ask for the same storage.
    """

    address: str
    kind: Literal["field", "child", "object", "rows"]
    table: str
    names: tuple[str, ...]
    stored_as: tuple[str, ...]
    revision: str
    part: Field | Object
    became: Field | None = None  # what its values were converted into, where the field has another type now


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One thing that is prepared on PostgreSQL while people go on working: a call that a revision makes.

    `kind` is the function of `deploy.migration`. `sql` is what is said to a table in use; a backfill is the UPDATE that
    is carried out in batches. `direct` is the same for a transaction that does everything at once.
    """

    kind: Literal["change", "build_index", "validate", "backfill"]
    sql: str
    direct: str
    undo: str = ""  # of a change
    name: str = ""  # of an index
    table: str = ""  # the last four are a backfill's
    values: Mapping[str, str] = attribute(default_factory=dict)
    where: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that is done to the database: in words, and in the SQL of each database.

    A dialect may have nothing to do: PostgreSQL tightens a column in place where SQLite writes the table anew.
    A step of the phase `prepare` is PostgreSQL's; `prepared` says how each of its statements is carried out.
    """

    title: str
    address: str
    sql: Mapping[Dialect, tuple[str, ...]]
    phase: Phase = "release"
    hazards: tuple[Hazard, ...] = ()
    prepared: tuple[Prepared, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """What a database said: how many of how many."""

    rows: int
    of: int | None = None
    sample: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Uses:
    """What uses a part, by kind: `{"report": ("stuck_opportunities",), …}`."""

    address: str
    by: Mapping[str, tuple[str, ...]] = attribute(default_factory=dict)

    def __str__(self) -> str:
        """Write `2 reports and 1 layout`, or nothing."""
        words = [
            f"{len(names)} {kind.replace('_', ' ')}{'s' if len(names) > 1 else ''}" for kind, names in self.by.items()
        ]
        return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
