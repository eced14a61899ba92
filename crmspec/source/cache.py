"""What the last run found, kept beside the project: keyed by content, safe to delete, safe when two runs share it.

One file: its digest, a line of JSON that says what is where, then the parts one after another, read only when they are
needed. It is JSON and nothing else, so a cache that came with somebody's repository can say wrong things but do none.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from crmspec import __version__
from crmspec.diagnostics import Diagnostic, Position

FOLDER = Path(".crmspec") / "cache"
FILE = "load.json"


@cache
def engine() -> str:
    """Return a digest of everything in crmspec that decides what is read: another crmspec starts anew."""
    home = Path(__file__).resolve().parent.parent
    total = sha256(f"1 {__version__} {sys.version}".encode())
    for room in ("source", "spec", "formula"):
        for folder, _, names in sorted(os.walk(home / room)):
            for name in sorted(names):
                if name.endswith(".py"):
                    at = os.stat(os.path.join(folder, name))
                    total.update(f"{room} {name} {at.st_size} {at.st_mtime_ns}\n".encode())
    return total.hexdigest()


class Cache:
    """One cache file, read: what the last run found, and where its parts begin and end."""

    def __init__(self, index: dict[str, Any], body: bytes) -> None:
        self.index = index
        self.body = body

    def object_text(self, name: str) -> bytes:
        """Return the JSON of one object."""
        start, end = self.index["objects"][name]
        return self.body[start:end]

    def rest(self) -> dict[str, Any]:
        """Return everything but the objects."""
        start, end = self.index["rest"]
        return json.loads(self.body[start:end])  # type: ignore[no-any-return]


def read_cache(folder: Path, packages_folder: Path) -> Cache | None:
    """Read the cache of a project, or None when there is none that this crmspec could use."""
    try:
        data = (folder / FOLDER / FILE).read_bytes()
        digest, _, rest = data.partition(b"\n")
        if sha256(rest).hexdigest().encode() != digest:
            return None  # cut, or changed by somebody else
        head, _, body = rest.partition(b"\n")
        index = json.loads(head)
        usable = index["engine"] == engine() and index["packages"] == str(packages_folder)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Cache(index, body) if usable else None


def write_cache(
    folder: Path, packages_folder: Path, index: dict[str, Any], objects: dict[str, bytes], rest: bytes
) -> Cache:
    """Write a cache, first to a file of its own, then in one move, and give it. A full disk is no fault."""
    places: dict[str, tuple[int, int]] = {}
    end = 0
    for name, text in objects.items():
        places[name] = (end, end + len(text))
        end += len(text)
    index |= {
        "engine": engine(),
        "packages": str(packages_folder),
        "objects": places,
        "rest": (end, end + len(rest)),
    }
    head = json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode()
    body = b"".join((*objects.values(), rest))
    content = b"\n".join((head, body))
    keep(folder, FILE, sha256(content).hexdigest().encode(), b"\n", content)
    return Cache(index, body)


def keep(folder: Path, file: str, *pieces: bytes) -> None:
    """Write a file of the cache, first to one of its own, then in one move. A full disk is no fault."""
    home = folder / FOLDER
    temporary = home / f".{file}.{os.getpid()}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        ignore = folder / FOLDER.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        with open(temporary, "wb") as whole:
            whole.writelines(pieces)
        os.replace(temporary, home / file)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()


def diagnostic_row(one: Diagnostic) -> list[Any]:
    """Write a diagnostic as JSON."""
    return [
        one.code,
        one.what,
        _place(one.position),
        one.why,
        one.help,
        one.severity,
        [[_place(at), word] for at, word in one.related],
    ]


def read_diagnostic(row: list[Any]) -> Diagnostic:
    """Read a diagnostic back."""
    code, what, place, why, help, severity, related = row
    return Diagnostic(
        code,
        what,
        Position(*place) if place else None,
        why,
        help,
        severity,
        tuple((Position(*at), word) for at, word in related),
    )


def _place(position: Position | None) -> list[Any] | None:
    return [position.file, position.line, position.column, position.length] if position else None
