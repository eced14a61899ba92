"""One file that a generator gives, and what a generator is told besides the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Every generated file has this in its first lines: only such files are ever overwritten or taken away.
MADE_BY = "Made by crmspec"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file: its path from the project's folder, with forward slashes, and its whole text.

    A `kept` file is written once and then belongs to history: a revision is never written again, nor taken away.
    """

    path: str
    content: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What a generator is told besides the plan: the revision before this one, and what people call the change.

    A baseline `replaces` revisions (name → checksums of their files). A revision that `adopts` objects makes what is
    missing of them only: where a database has their tables already, these stay (name → the object as plain values).
    """

    down_revision: str | None = None
    message: str = ""
    replaces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    adopts: Mapping[str, object] = field(default_factory=dict)


def made_by(generator: str, *, comment: str = "#") -> str:
    """Return the first line of a generated file."""
    end = " -->" if comment == "<!--" else ""
    return (
        f"{comment} {MADE_BY} ({generator}) from specs/. Do not edit: change the spec and run `crmspec generate`.{end}"
    )
