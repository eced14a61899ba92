"""What the files of a project hold, as digests: a file that has not been touched since is not read again.

The file system says of each when it was written and when anything else about it changed; where both, the size and the
number of the file are as they were, its content is. What was written just before it was read is read again the next
time, since two writes may bear the same moment. What is noted is kept beside the project, and safe to delete.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

FOLDER = Path(".crmspec") / "cache"
_SETTLED_NS = 3_000_000_000  # the coarsest clock of a file system counts in two seconds
_Seen = tuple[int, int, int, int]


def digests_of(project_folder: Path, paths: Iterable[str], *, kept_as: str) -> dict[str, str]:
    """Return the SHA-256 of each file, whatever line ends git checked it out with.

    Paths are from the project's folder; `kept_as` is the name under which this set of files is remembered.
    """
    home = project_folder / FOLDER / f"{kept_as}.json"
    known = _read(home)
    root = os.path.join(project_folder, "")
    found: dict[str, tuple[_Seen, str]] = {}
    settled: dict[str, tuple[_Seen, str]] = {}
    for path in paths:
        at = os.stat(f"{root}{path}")
        seen = (at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_ino)
        before = known.get(path)
        if before is not None and tuple(before[0]) == seen:
            found[path] = settled[path] = (seen, before[1])
            continue
        found[path] = (seen, sha256(text_bytes(f"{root}{path}")).hexdigest())
        if max(at.st_mtime_ns, at.st_ctime_ns) + _SETTLED_NS < time.time_ns():
            settled[path] = found[path]
    if settled.keys() != known.keys() or any(tuple(known[path][0]) != one[0] for path, one in settled.items()):
        _keep(home, settled)
    return {path: digest for path, (_, digest) in found.items()}


def text_bytes(file: str | Path) -> bytes:
    """Read a text with the line ends it was written with, whichever git checked it out with."""
    with open(file, "rb") as stream:
        content = stream.read()
    return content.replace(b"\r\n", b"\n")


def _read(home: Path) -> dict[str, tuple[list[int], str]]:
    try:
        known: dict[str, tuple[list[int], str]] = json.loads(home.read_bytes())
        if all(len(seen) == 4 and isinstance(one, str) for seen, one in known.values()):
            return known
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # without it every file is read once more
    return {}


def _keep(home: Path, settled: dict[str, tuple[_Seen, str]]) -> None:
    """Write what is known, in one move. Without it everything is as right, only slower: a full disk is no fault."""
    temporary = home.with_name(f".{home.name}.{os.getpid()}")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        ignore = home.parent.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        temporary.write_text(json.dumps(settled), encoding="utf-8")
        temporary.replace(home)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
