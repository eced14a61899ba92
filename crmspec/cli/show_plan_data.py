"""What a plan means for records, people and what uses the parts: rows that text and Markdown lay out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property

from crmspec.cli.terminal import counted
from crmspec.plan import Action, Fact, Hazard, Plan, Uses
from crmspec.plan.costs import (
    ONE_TRANSACTION,
    Cost,
    blocked_seconds,
    costs_of,
    total_seconds,
    words_of_range,
    words_of_seconds,
)
from crmspec.plan.impact import part_address
from crmspec.schema import Dialect

_STEP_SECONDS_MIN = 0.2  # a shorter step is not worth a line, unless it writes a table anew
_STEPS_MAX = 12
_EMPTY = "nothing is stored in it; with `empty_removals: free` in crmspec.yaml nobody is asked"


@dataclass(frozen=True)
class About:
    """What is known beside the plan itself: which database, which release stands in it, where parts are written."""

    dialect: Dialect = "sqlite"
    release: int | None = None
    lines: Mapping[str, str] = attribute(default_factory=dict)  # address → file:line


@dataclass(frozen=True)
class Meaning:
    """A plan with what is known about it, and what follows from both."""

    plan: Plan
    about: About

    @cached_property
    def costs(self) -> tuple[Cost, ...]:
        """What each step takes."""
        return costs_of(self.plan.steps, self.plan.sizes, self.about.dialect)

    @property
    def undo(self) -> str:
        """The command that takes the deploy back."""
        return f"crmspec rollback --to {self.about.release}" if self.about.release else ""

    @property
    def in_the_way(self) -> tuple[Fact, ...]:
        """Records that have to be mended first."""
        return tuple(fact for fact in self.plan.facts if fact.kind == "unfit")

    @property
    def duration(self) -> str:
        """How long it takes, in words; nothing where no database was asked."""
        if not self.plan.sizes:
            return ""
        return words_of_range(total_seconds(self.costs))

    @property
    def waiting(self) -> str:
        """For how long nobody can save what."""
        seconds, tables = blocked_seconds(self.plan.steps, self.costs)
        if not self.plan.sizes or not tables:
            return ""
        if self.about.dialect == "sqlite":
            return "nobody can save meanwhile"
        known = [table for table in tables if table in self.plan.sizes]  # by the names that people know
        return f"nobody can save in {', '.join(known)} for {words_of_seconds(seconds)}" if known else ""

    def hazard_rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield hazard, address, how many records, reason."""
        lost = {fact.address: fact for fact in self.plan.facts if fact.kind == "lost"}
        failing = {(fact.address, fact.what): fact for fact in self.plan.facts if fact.kind == "unfit"}
        for hazard in self.plan.hazards:
            fact = failing.get((hazard.address, hazard.reason))
            fact = lost.get(hazard.address) if hazard.name == "loses_data" else fact
            empty = fact is not None and fact.kind == "lost" and not fact.rows
            yield hazard.name, hazard.address, of_words(fact) if fact else "", _EMPTY if empty else hazard.reason

    def settled_rows(self) -> Iterator[tuple[str, str, str]]:
        """Yield the hazards that the records do not pose: hazard, address, and what was found."""
        for hazard in self.plan.settled:
            yield hazard.name, hazard.address, _settled_words(hazard)

    def record_rows(self) -> Iterator[tuple[str, str, str]]:
        """Yield what becomes of records that nothing stands in the way of: address, how many, what."""
        converted = {fact.address for fact in self.plan.facts if fact.kind == "converted"}
        for fact in self.plan.facts:
            told = fact.kind == "unfit" or (fact.kind == "lost" and fact.address in converted)
            if fact.rows and not told:
                yield fact.address, of_words(fact), fact.what

    def impact_rows(self) -> Iterator[tuple[str, str, str]]:
        """Yield what used the parts that go or become something else: part, user, where it is written."""
        for uses in self.plan.impact:
            for kind, name in _users(uses):
                address = part_address(kind, name)
                where = self.about.lines.get(address, "")
                yield uses.address, f"{kind.replace('_', ' ')} {name}", where

    def step_rows(self) -> Iterator[tuple[str, str]]:
        """Yield when each step is done, and what it is, where some are done before the release."""
        dialect = self.about.dialect
        if any(step.phase == "prepare" and step.sql[dialect] for step in self.plan.steps):
            for step in self.plan.steps:
                if step.sql[dialect]:
                    yield step.phase, " ".join(step.title.split())

    def cost_rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield the steps that take their time or write a table anew: title, time, lock, rewrites."""
        worth = [
            (step, cost)
            for step, cost in zip(self.plan.steps, self.costs, strict=True)
            if cost.rewrites or cost.seconds >= _STEP_SECONDS_MIN
        ]
        for step, cost in sorted(worth, key=lambda pair: -pair[1].seconds)[:_STEPS_MAX]:
            lock = cost.lock if cost.lock == ONE_TRANSACTION or not cost.lock else f"{cost.lock} lock"
            title = " ".join(step.title.split())
            yield title, words_of_seconds(cost.seconds), lock, "every row is written" if cost.rewrites else ""

    def cost_values(self) -> list[dict[str, object]]:
        """Return, for every step, what JSON says of its cost."""
        return [
            {"seconds": round(cost.seconds, 3), "lock": cost.lock or None, "rewrites": cost.rewrites,
             "tables": list(cost.tables)}
            for cost in self.costs
        ]


def of_words(fact: Fact) -> str:
    """Return `667 of 2,000`, or a number alone."""
    return f"{fact.rows:,}" if fact.of is None or fact.of == fact.rows == 0 else f"{fact.rows:,} of {fact.of:,}"


def _settled_words(hazard: Hazard) -> str:
    if hazard.name == "loses_data":
        return "nothing is stored in it" if "." in hazard.address else "it has no records"
    return f"counted: 0 {hazard.reason}"


def _users(uses: Uses) -> Iterator[tuple[str, str]]:
    for kind, names in uses.by.items():
        for name in names:
            yield kind, name


def audience_rows(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield for whom something changes, and what: roles by their rights, then people by the objects they work with."""
    rights: dict[str, list[str]] = {}
    for hazard in plan.hazards:
        if hazard.name in ("widens_access", "narrows_access"):
            rights.setdefault(hazard.address, []).append(hazard.reason)
    for address, reasons in rights.items():
        yield address.replace(":", " "), "; ".join(reasons)
    verbs: dict[Action, str] = {"rename": "renamed", "alter": "changed", "remove": "gone", "add": "new"}
    by_object: dict[str, dict[str, list[str]]] = {}
    for change in plan.changes:
        name, dot, rest = change.address.partition(".")
        if ":" in name or name in ("project", "company") or "." in rest:
            continue
        entry = by_object.setdefault(name, {})
        entry.setdefault(change.action, []).append(rest if dot else "")
    for name, actions in by_object.items():
        whole = next((action for action in ("add", "remove") if "" in actions.get(action, ())), None)
        if whole:
            yield f"who works with {name}", "the object is new" if whole == "add" else "the object goes"
            continue
        said = [
            f"{verb}: {_some([field for field in actions[action] if field])}"
            for action, verb in verbs.items() if any(actions.get(action, ()))
        ]
        was = next((change.was for change in plan.changes if change.address == name and change.was), "")
        yield f"who works with {name}", "; ".join([*([f"was {was}"] if was else []), *said]) or "changed"


def _some(names: list[str]) -> str:
    if len(names) <= 5:
        return ", ".join(names)
    return f"{', '.join(names[:4])} and {counted(len(names) - 4, 'more field')}"
