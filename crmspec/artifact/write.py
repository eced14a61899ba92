"""Artifacts in, files on disk: all of them or none, and never over a file that somebody else made.

A set of files cannot take its place in one step. So each is written beside its place first; then a list of them is
written, which is the moment that counts; then each takes its place. Whoever is cut off before the list has changed
nothing, and what was cut off after it is finished by the next command that looks (`finish_writing`).
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmspec.artifact.artifact import MADE_BY, Artifact
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.history import UNDER_WAY

_HEAD = 400  # characters in which a file says what made it
_OWNED = "generated"


@dataclass(frozen=True, slots=True)
class Written:
    """What changed on disk, by path from the project's folder."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def all(self) -> tuple[str, ...]:
        """Every path that differs."""
        return tuple(sorted((*self.added, *self.changed, *self.removed)))


def stale(root: Path, artifacts: Sequence[Artifact]) -> Written:
    """Return what `write_artifacts` would change, and change nothing."""
    added, changed = [], []
    for artifact in artifacts:
        text = _text(root / artifact.path)
        if text is None:
            added.append(artifact.path)
        elif text != artifact.content and not artifact.kept:
            changed.append(artifact.path)
    wanted = {artifact.path for artifact in artifacts}
    removed = [path for path in _ours(root) if path not in wanted]
    return Written(tuple(added), tuple(changed), tuple(removed))


def write_artifacts(root: Path, artifacts: Sequence[Artifact]) -> Written:
    """Bring a project's folder to hold the artifacts: new ones, changed ones, and none that nobody makes any more.

    Refused, with nothing written: a file that bears no word of crmspec, and a way through a symbolic link.
    """
    finish_writing(root)
    difference = stale(root, artifacts)
    content = {artifact.path: artifact.content for artifact in artifacts}
    wanted = (*difference.added, *difference.changed)
    problems = [problem for path in (*wanted, *difference.removed) if (problem := _problem(root, path))]
    if problems:
        raise Refused(*problems)
    if not difference:
        return difference
    _announce(root, wanted, content, difference.removed)
    finish_writing(root)
    return difference


def finish_writing(root: Path) -> None:
    """Bring files to their places that a command, perhaps one that was killed, had written beside them."""
    try:
        under_way = json.loads((root / UNDER_WAY).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return
    except ValueError as error:
        raise Refused(_unreadable(error)) from error
    for temporary, path in under_way["written"]:
        if (root / temporary).exists():  # else it has its place already
            (root / temporary).replace(root / path)
    for path in under_way["removed"]:
        (root / path).unlink(missing_ok=True)
        _remove_empty(root, (root / path).parent)
    (root / UNDER_WAY).unlink(missing_ok=True)
    _remove_empty(root, (root / UNDER_WAY).parent)


def _unreadable(error: ValueError) -> Diagnostic:
    return Diagnostic(
        "CRM813",
        f"{UNDER_WAY} cannot be read",
        why=f"it lists the files that a command was writing when it was cut off: {error}",
        help=f"git checkout -- migrations generated && rm {UNDER_WAY}      then: crmspec generate",
    )


def write_whole(file: Path, content: str) -> None:
    """Write one file so that whoever looks, whenever, finds the old one or the new one, and never half of it."""
    if file.exists() and not file.is_file():  # /dev/stdout, a pipe: nothing there can be replaced
        file.write_text(content, "utf-8", newline="\n")
        return
    try:
        _beside(file, content).replace(file)
    except BaseException:
        _temporary(file).unlink(missing_ok=True)
        raise


def _announce(root: Path, wanted: Sequence[str], content: dict[str, str], removed: Sequence[str]) -> None:
    """Write every file beside its place, and then the list of them."""
    made: list[tuple[Path, str]] = []
    try:
        for path in wanted:
            made.append((_beside(root / path, content[path]), path))
        under_way = {"written": [(one.relative_to(root).as_posix(), path) for one, path in made], "removed": removed}
        write_whole(root / UNDER_WAY, json.dumps(under_way))
    except BaseException:
        for path in wanted:
            _temporary(root / path).unlink(missing_ok=True)
            _remove_empty(root, (root / path).parent)
        raise


def _beside(file: Path, content: str) -> Path:
    """Write the content to a temporary file in the same folder, where renaming it is one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for left_behind in file.parent.glob(f".{glob.escape(file.name)}.*.new"):
        left_behind.unlink(missing_ok=True)
    temporary = _temporary(file)
    with temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return temporary


def _temporary(file: Path) -> Path:
    return file.with_name(f".{file.name}.{os.getpid()}.new")


def _ours(root: Path) -> Iterator[str]:
    """Yield every file below `generated/` that crmspec made."""
    for file in sorted((root / _OWNED).rglob("*")):
        if file.is_file() and not file.is_symlink() and MADE_BY in (_text(file) or "")[:_HEAD]:
            yield file.relative_to(root).as_posix()


def _text(file: Path) -> str | None:
    try:
        with file.open(encoding="utf-8", errors="replace", newline="") as stream:
            return stream.read()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _problem(root: Path, path: str) -> Diagnostic | None:
    """Say why a file may not be written, or None."""
    current = root
    for part in Path(path).parts:
        current = current / part
        if current.is_symlink():
            return Diagnostic(
                "CRM808",
                f"{current.relative_to(root)} is a symbolic link",
                why=f"{path} would be written through it",
                help=f"remove the link: rm {current.relative_to(root)}",
            )
    if current.is_dir():
        return Diagnostic("CRM809", f"{path} is a folder", help="move it away, and run the command again")
    text = _text(current)
    if text is not None and MADE_BY not in text[:_HEAD]:
        return Diagnostic(
            "CRM810",
            f"{path} was not made by crmspec, and would be overwritten",
            why="its first lines do not say so",
            help=f"move it away: mv {path} {path}.mine",
        )
    return None


def _remove_empty(root: Path, folder: Path) -> None:
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
