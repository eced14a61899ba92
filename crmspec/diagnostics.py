"""Positions, problems and near words: what every room says when something is wrong, in one shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file: 1-based line and column, and how many characters it marks."""

    file: str
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong: where, what, why, and what to do.

    `what` is one line, lower case, no full stop, and makes sense alone. `help` is something to do.
    `related` are other places that matter (the first of two equal keys), each with a short word on it.
    """

    code: str
    what: str
    position: Position | None = None
    why: str = ""
    help: str = ""
    severity: Severity = "error"
    related: tuple[tuple[Position, str], ...] = field(default=())

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order by file, line, column, code: the same problems always print in the same order."""
        place = self.position or Position("", 0, 0)
        return (place.file, place.line, place.column, self.code, self.what)


class Refused(Exception):
    """A command cannot go on: carries every diagnostic that says why; only `cli` prints them."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.what for d in diagnostics))
        self.diagnostics: tuple[Diagnostic, ...] = diagnostics


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort diagnostics by place and drop exact repeats."""
    return tuple(sorted(dict.fromkeys(diagnostics), key=lambda d: d.sort_key))


def near(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that was probably meant by `word`, or None.

    Measured by `difflib` (Ratcliff and Obershelp): a swapped or missing letter is found, a different word is not.
    """
    from difflib import get_close_matches

    pool: Sequence[str] = list(dict.fromkeys(candidates))
    if word.lower() in pool:
        return word.lower()
    matches = get_close_matches(word[:80], pool, n=1, cutoff=0.66)
    return matches[0] if matches else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return a help sentence: the near word, or the list of what there is when it is short."""
    pool = list(candidates)
    match = near(word, pool)
    if match:
        return f"did you mean `{match}`?"
    if not pool:
        return ""
    shown = ", ".join(f"`{name}`" for name in sorted(pool)[:12])
    return f"there is {shown}{' …' if len(pool) > 12 else ''}"
