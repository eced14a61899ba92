"""Questions that only a person can answer, asked where there is one: is it the same part under another name?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from crmspec.cli.output import say

if TYPE_CHECKING:
    from pathlib import Path

    from crmspec.plan import Question

NONE_OF_THESE = 0


def somebody_is_there() -> bool:
    """Say whether there is a person at a terminal to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def declare_renames(
    folder: Path, questions: Sequence[Question], *, ask: Callable[[str, Sequence[str]], int] | None = None,
) -> int:
    """Ask for each part that is gone what it is called now, declare what was said, and return how many were renamed.

    What one part was renamed to is not offered to the next.
    """
    from crmspec.source import declare_renamed

    choose = ask or _choose
    taken: set[str] = set()
    for before in dict.fromkeys(question.before for question in questions):
        names = [one.after for one in questions if one.before == before and one.after not in taken]
        chosen = choose(before, names) if names else NONE_OF_THESE
        if chosen == NONE_OF_THESE:
            continue
        after = names[chosen - 1]
        taken.add(after)
        for changed in declare_renamed(folder, before, after):
            say(f"~ {changed.file}  - {{from: {before}, to: {after}}}")
    return len(taken)


def _choose(before: str, names: Sequence[str]) -> int:
    say(f"{before} is gone. As a rename it keeps its data; as a removal and an addition it does not.")
    for number, name in enumerate(names, 1):
        say(f"  {number}  it is {name} now")
    say(f"  {NONE_OF_THESE}  it is none of these")
    answer: int = click.prompt(
        "Which", type=click.IntRange(NONE_OF_THESE, len(names)), default=NONE_OF_THESE, err=True,
    )
    return answer
