"""What every builder shares: the dice, the words, the people, and the records made so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from types import ModuleType
from typing import TypeVar
from uuid import UUID

from samples.rows import Row

T = TypeVar("T")


@dataclass
class World:
    """One company's records in the making. `rows` is object → its rows; the rest is what builders look up."""

    words: ModuleType
    printing: bool
    rng: Random = field(default_factory=lambda: Random(20260101))  # noqa: S311 - samples, no secrets
    rows: dict[str, list[Row]] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def add(self, object_name: str, row: Row) -> None:
        """Keep one record; who owns it made it, but leads come from marketing."""
        if "created_at" in row and "owner" in row:
            row["created_by"] = self.logins("marketer")[0] if object_name == "lead" else row["owner"]
        self.rows.setdefault(object_name, []).append(row)

    def new_id(self) -> str:
        """Return a UUIDv7 that is the same in every run."""
        number = len(self._taken) + 1
        self._taken.add(f"id {number}")
        return str(UUID(int=(0x01980000 << 96) | (0x7000 << 64) | (0x8 << 60) | number))

    def unique(self, text: str) -> bool:
        """Say whether a text was not used before, and keep it."""
        if text in self._taken:
            return False
        self._taken.add(text)
        return True

    def logins(self, *positions: str) -> list[str]:
        """Return who holds one of the positions."""
        return [login for position, login, _ in self.words.STAFF if position in positions]

    def pick(self, weights: dict[T, float]) -> T:
        """Choose by weight."""
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def chance(self, part: float) -> bool:
        """Say yes in so many of cases."""
        return self.rng.random() < part

    def amount(self, low: float, high: float) -> int:
        """Return an amount: small ones are frequent, large ones are rare; rounded as people do."""
        value = low * (high / low) ** (self.rng.random() ** 1.4)
        return int(round(value, -3 if value > 20_000 else -2))


@dataclass
class Account:
    """An account, and what its contacts and opportunities need to know."""

    name: str
    short: str
    domain: str
    owner: str
    type: str
    city: tuple[str, str, str, str, str, str]
    age: int
    contacts: list[str] = field(default_factory=list)


@dataclass
class Deal:
    """An opportunity, and what its quotes, orders and activities need to know."""

    name: str
    topic: str
    account: Account
    contact: str
    stage: str
    amount: int
    created: int  # days ago
    closed: int  # days ago; less than 0 is still to come
    quotes: list[str] = field(default_factory=list)


def day(ago: int) -> str:
    """Write a day so many days ago (less than 0: to come)."""
    return "today()" if ago == 0 else f"today(){-ago:+d}"


def moment(rng: Random, ago: int) -> str:
    """Write a moment in working hours of a day at least one day ago."""
    return f"today()-{max(ago, 1)}d+{rng.randint(8, 17)}h+{rng.randint(0, 59)}m"
