"""Digests of files that are read again only when the file system says that somebody touched them."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from crmspec.history.digests import FOLDER, digests_of

NAMES = ("a.txt", "folder/b.txt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with two files."""
    (tmp_path / "folder").mkdir()
    for name in NAMES:
        (tmp_path / name).write_bytes(f"{name}\n".encode())
    return tmp_path


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written a moment ago counts as settled: tests do not wait."""
    monkeypatch.setattr("crmspec.history.digests._SETTLED_NS", -(10**12))


def sums(folder: Path) -> dict[str, str]:
    return {name: sha256((folder / name).read_bytes().replace(b"\r\n", b"\n")).hexdigest() for name in NAMES}


def noted(folder: Path) -> dict[str, object]:
    file = folder / FOLDER / "these.json"
    found: dict[str, object] = json.loads(file.read_text()) if file.is_file() else {}
    return found


def test_what_was_just_written_is_read_again(folder: Path) -> None:
    """Two writes may bear the same moment: nothing is noted of a file that young."""
    assert digests_of(folder, NAMES, kept_as="these") == sums(folder)
    assert noted(folder) == {}


@pytest.mark.usefixtures("settled")
def test_a_file_that_nobody_touched_is_not_read(folder: Path) -> None:
    """What is noted is believed; it would be wrong here."""
    first = digests_of(folder, NAMES, kept_as="these")
    kept = noted(folder)
    assert set(kept) == set(NAMES)
    text = (folder / FOLDER / "these.json").read_text()
    (folder / FOLDER / "these.json").write_text(text.replace(first["a.txt"], "f" * 64))
    assert digests_of(folder, NAMES, kept_as="these") == {**first, "a.txt": "f" * 64}


@pytest.mark.usefixtures("settled")
def test_a_touched_file_is_read(folder: Path) -> None:
    """Other content of the same size and the same time of writing, another file in its place, line ends of git."""
    digests_of(folder, NAMES, kept_as="these")
    at = (folder / "a.txt").stat()
    (folder / "a.txt").write_bytes(b"b.txt\n")
    os.utime(folder / "a.txt", ns=(at.st_atime_ns, at.st_mtime_ns))
    (folder / "other").write_bytes(b"folder/c.txt\n")
    (folder / "other").replace(folder / "folder/b.txt")
    assert digests_of(folder, NAMES, kept_as="these") == sums(folder)
    (folder / "a.txt").write_bytes(b"b.txt\r\n")
    assert digests_of(folder, NAMES, kept_as="these") == sums(folder)
    assert digests_of(folder, NAMES[:1], kept_as="these") == {"a.txt": sums(folder)["a.txt"]}
    assert set(noted(folder)) == {"a.txt"}, "what is gone is forgotten"


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("text", ["", "[]", '{"a.txt": 1}', '{"a.txt": [[1], "x"]}', '{"a.txt": [[1, 2, 3, 4], 5]}'])
def test_notes_that_cannot_be_read_are_none(folder: Path, text: str) -> None:
    """Cut off, of somebody else: every file is read once more."""
    (folder / FOLDER).mkdir(parents=True)
    (folder / FOLDER / "these.json").write_text(text)
    assert digests_of(folder, NAMES, kept_as="these") == sums(folder)


def test_a_place_that_cannot_be_written_is_no_fault(folder: Path) -> None:
    """It is as right, only slower."""
    (folder / FOLDER.parent).write_text("in the way")
    assert digests_of(folder, NAMES, kept_as="these") == sums(folder)
