"""What is wrong with the revisions of a project, without any database: branches that met, holes, broken chains."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from crmspec.diagnostics import Diagnostic, Position
from crmspec.history.files import RevisionFile, heads_of, line_to, read_files

SPEC_FILE = "migrations/spec.json"
UNDER_WAY = "migrations/.writing.json"  # what a command was writing when it was cut off
AFTER = re.compile(r'^ "after": "([^"]+)",$', re.MULTILINE)
SPEC_HEAD = 1 << 16


def history_problems(folder: Path) -> tuple[Diagnostic, ...]:
    """Return what speaks against the revisions of a project; nothing when they make one line."""
    files = read_files(folder)
    if not files:
        return ()
    heads = heads_of(files)
    found = list(_problems(files))
    if len(heads) == 1 and not (folder / UNDER_WAY).exists():  # what was cut off is finished by the next command
        found += filter(None, [_of_another(folder, heads[0].name)])
    return tuple(found)


def _problems(files: Sequence[RevisionFile]) -> Iterator[Diagnostic]:
    named: dict[str, RevisionFile] = {}
    for one in files:
        other = named.setdefault(one.name, one)
        if other is not one:
            yield Diagnostic(
                "CRM515", f"two files say that they are the revision `{one.name}`: {other.path}, {one.path}",
                Position(one.path, 1, 1), help="take one of them away: git log -- migrations/versions")
    for one in files:
        if one.after is not None and one.after not in named:
            yield Diagnostic(
                "CRM515", f"`{one.name}` comes after `{one.after}`, which is not in migrations/",
                Position(one.path, 1, 1), why="a file is missing or named wrongly",
                help=f"bring it back from git: git log --all -- 'migrations/versions/*{one.after}*'")
    heads = heads_of(files)
    if len(heads) > 1:
        yield two_branches(files)
        return
    for one in line_to(heads[0].name if heads else None, files):
        before = named.get(one.after or "")
        if before and one.leads_from and before.leads_to and one.leads_from != before.leads_to:
            yield Diagnostic(
                "CRM576", f"`{one.name}` was made for another spec than `{before.name}` leads to",
                Position(one.path, 1, 1), why="it was put behind another revision by hand: its statements do not fit",
                help=f"take {one.path} away, bring {SPEC_FILE} of `{before.name}` back, run: crmspec generate")


def _of_another(folder: Path, newest: str) -> Diagnostic | None:
    try:
        with (folder / SPEC_FILE).open(encoding="utf-8") as text:
            return spec_of_another(text.read(SPEC_HEAD), newest)
    except (OSError, ValueError):
        return None  # `generate` says what is wrong with it


def spec_of_another(text: str, newest: str) -> Diagnostic | None:
    """Say that `spec.json` belongs to another revision than the newest: whatever is planned from it would be wrong.

    Its first lines are enough; the rest is as large as the project.
    """
    said = AFTER.search(text)
    if said is None or said[1] == newest:
        return None
    return Diagnostic(
        "CRM814", f"{SPEC_FILE} is the spec after `{said[1]}`, and the newest revision is `{newest}`",
        Position(SPEC_FILE, text.count("\n", 0, said.start(1)) + 1, 1),
        why="a merge took the one and not the other, or a revision was taken away by hand",
        help="bring back from git what belongs together: git checkout REVISION -- migrations")


def two_branches(files: Sequence[RevisionFile]) -> Diagnostic:
    """Say which revisions two branches ended with, and what to do."""
    heads = heads_of(files)
    names = " and ".join(f"`{one.name}` ({one.title or one.path})" for one in heads)
    lines = [line_to(one.name, files) for one in heads]
    shared = set.intersection(*({one.name for one in line} for line in lines))
    forked = next((one.name for one in reversed(lines[0]) if one.name in shared), None)
    return Diagnostic(
        "CRM516", f"migrations/ has {len(heads)} newest revisions: {names}", Position(heads[-1].path, 1, 1),
        why=f"two branches each added one on top of {f'`{forked}`' if forked else 'nothing'}, "
            "and nobody has said which comes first",
        help="crmspec rebase      puts the one that is not published yet on top of the other")
