"""Artifacts in, files on disk: all of them or none, and never over a file that somebody else made."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmspec.artifact.artifact import MADE_BY, Artifact
from crmspec.diagnostics import Diagnostic, Refused

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
    difference = stale(root, artifacts)
    content = {artifact.path: artifact.content for artifact in artifacts}
    wanted = (*difference.added, *difference.changed)
    problems = [problem for path in (*wanted, *difference.removed) if (problem := _problem(root, path))]
    if problems:
        raise Refused(*problems)
    made: list[tuple[Path, Path]] = []
    try:
        for path in wanted:
            made.append((_beside(root / path, content[path]), root / path))
        for temporary, file in made:
            temporary.replace(file)
    finally:
        for temporary, _ in made:
            temporary.unlink(missing_ok=True)
    for path in difference.removed:
        (root / path).unlink()
        _remove_empty(root, (root / path).parent)
    return difference


def _beside(file: Path, content: str) -> Path:
    """Write the content to a temporary file in the same folder, where renaming it is one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.new")
    with temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return temporary


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
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
