"""Revision files as text: what their first lines say. Reading them so runs nobody's code, and imports nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

VERSIONS = "migrations/versions"
_HEAD = 1 << 14  # characters in which everything below stands, unless much has changed
_STATEMENTS = ("\nTABLES = (", "\ndef ")  # what comes after it
_KEYS = ("revision", "down_revision", "FINGERPRINT_BEFORE", "FINGERPRINT_AFTER", "CHECKSUM", "REPLACES", "ADOPTS")
_ASSIGNED = re.compile(rf"^({'|'.join(_KEYS)}) = (None|\"[^\"\n]*\"|\{{.*?\n?\}})$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'\A"""(.*)')
_SEAL = re.compile(r'^CHECKSUM = "[0-9a-f]*"$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RevisionFile:
    """One revision: its name, the one before it, and the fingerprints of the specs that it leads from and to."""

    path: str                         # from the project's folder
    name: str
    after: str | None
    title: str = ""
    leads_from: str | None = None
    leads_to: str | None = None
    checksum: str = ""                # what the file says of its own content
    replaces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # revisions that were squashed into it
    adopts: Mapping[str, str] = field(default_factory=dict)  # objects it takes over where they are: name → JSON

    @property
    def number(self) -> int:
        """The number that its name begins with."""
        return int(self.name[:4]) if self.name[:4].isdigit() else 0


def read_files(folder: Path) -> tuple[RevisionFile, ...]:
    """Return the revisions of a project, in the order of their files' names."""
    files = sorted((folder / VERSIONS).glob("[0-9]*.py"))
    found = map(read_file, files)
    return tuple(one for one in found if one is not None)


def read_file(file: Path) -> RevisionFile | None:
    """Read the head of one revision of a project; None where it says no name."""
    with file.open(encoding="utf-8", errors="replace") as text:
        head = text.read(_HEAD)
        # The statements of a large revision are many times what is said of it: they are not looked through.
        while not any(word in head for word in _STATEMENTS) and (more := text.read(len(head))):
            head += more
        return read_text(head, f"{VERSIONS}/{file.name}")


def read_text(text: str, path: str) -> RevisionFile | None:
    """Read the text of a revision; None where it says no name."""
    said = {match[1]: match[2].strip('"') for match in _ASSIGNED.finditer(text) if match[2] != "None"}
    if not said.get("revision"):
        return None
    title = _TITLE.match(text)
    return RevisionFile(
        path, said["revision"], said.get("down_revision"), title[1].strip() if title else "",
        said.get("FINGERPRINT_BEFORE"), said.get("FINGERPRINT_AFTER"), said.get("CHECKSUM", ""),
        _map(said.get("REPLACES")), _map(said.get("ADOPTS")),
    )


def _map(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    from ast import literal_eval

    found: dict[str, Any] = literal_eval(text)
    return found


def heads_of(files: Iterable[RevisionFile]) -> tuple[RevisionFile, ...]:
    """Return the revisions that no other one comes after: one, unless branches met."""
    known = tuple(files)
    followed = {one.after for one in known}
    return tuple(one for one in known if one.name not in followed)


def line_to(head: str | None, files: Iterable[RevisionFile]) -> tuple[RevisionFile, ...]:
    """Return the revisions that lead to one, oldest first."""
    by_name = {one.name: one for one in files}
    line: list[RevisionFile] = []
    while head in by_name and by_name[head] not in line:
        line.append(by_name[head])
        head = line[-1].after
    return tuple(reversed(line))


def sealed(text: str) -> str:
    """Write into a revision the checksum of what it says besides."""
    return _SEAL.sub(f'CHECKSUM = "{_digest(text)}"', text, count=1)


def as_generated(file: Path) -> bool:
    """Say whether a revision is as it was generated; nobody can tell of one that has no checksum."""
    text = file.read_bytes().replace(b"\r\n", b"\n").decode("utf-8", errors="replace")
    match = _SEAL.search(text)
    return match is not None and match[0] == f'CHECKSUM = "{_digest(text)}"'


def file_checksum(file: Path) -> str:
    """Return the SHA-256 of a revision file, the same whatever line ends git checked it out with."""
    return sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _digest(text: str) -> str:
    return sha256(_SEAL.sub('CHECKSUM = ""', text, count=1).encode()).hexdigest()


def edited(folder: Path, files: Sequence[RevisionFile]) -> tuple[RevisionFile, ...]:
    """Return the revisions that are not as they were generated, as far as anybody can tell."""
    return tuple(one for one in files if not as_generated(folder / one.path))
