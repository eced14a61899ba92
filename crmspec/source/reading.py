"""Folders → files: every YAML file of a project and of its packages, each read once, with caps."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from crmspec.diagnostics import Position
from crmspec.source.problems import Problems

FILE_BYTES_MAX = 1_000_000
PROJECT_BYTES_MAX = 20_000_000
FILES_MAX = 20_000
SAMPLE = "sample"
PROJECT_FILE = "crmspec.yaml"
PACKAGE_FILE = "package.yaml"
# Folders inside a package that are not part of what it says: sample records, and the first files of a new project.
APART = frozenset({SAMPLE, "starter"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as it was read: its name in messages, the layer it belongs to, its bytes and their digest."""

    name: str
    layer: int
    data: bytes
    digest: str
    path: str = ""


def read_folder(
    folder: Path, prefix: str, layer: int, problems: Problems, *, root: Path, apart: frozenset[str] = APART
) -> list[SourceFile]:
    """Read every `*.yaml` below a folder, sorted by name; `prefix` stands before the names in messages."""
    found: list[tuple[str, str]] = []
    _list(str(folder), prefix, found, problems, os.path.realpath(root), apart, [os.path.realpath(folder)])
    files: list[SourceFile] = []
    total = 0
    for name, path in sorted(found):
        data = read_bytes(path, name, problems)
        if data is None:
            continue
        total += len(data)
        if total > PROJECT_BYTES_MAX or len(files) >= FILES_MAX:
            problems.add(
                "CRM103",
                f"this project has more than {PROJECT_BYTES_MAX // 1_000_000} MB of YAML",
                Position(name, 1, 1),
                why="nobody could review it",
                help="look for files that are no specs; records are imported, not written as specs",
            )
            break
        files.append(SourceFile(name, layer, data, sha256(data).hexdigest(), path))
    return files


def package_places(folder: Path, packages_folder: Path, name: str) -> list[Path]:
    """Return the folders a package lies in: the project's own packages/, or the shipped ones."""
    candidates = (folder / "packages" / name, packages_folder / name, packages_folder / "templates" / name)
    return [place for place in candidates if (place / PACKAGE_FILE).is_file()]


def read_package(place: Path, name: str, layer: int, problems: Problems) -> list[SourceFile]:
    """Read the files of a package, `package.yaml` among them."""
    return read_folder(place, f"package:{name}/", layer, problems, root=place)


def read_own(folder: Path, layer: int, problems: Problems) -> list[SourceFile]:
    """Read the team's own specs."""
    specs = folder / "specs"
    if specs.is_symlink() and not f"{specs.resolve()}/".startswith(f"{folder.resolve()}/"):
        problems.add(
            "CRM119",
            "`specs` is a link that leads out of the project",
            Position("specs", 1, 1),
            why="what is deployed would not be what is in git",
            help="put the folder itself there",
        )
        return []
    return (
        read_folder(specs, "specs/", layer, problems, root=folder, apart=frozenset({SAMPLE})) if specs.is_dir() else []
    )


def read_bytes(path: str, name: str, problems: Problems) -> bytes | None:
    """Read one regular file up to its cap; anything else is said and gives None. Never waits for a pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        problems.add(
            "CRM101",
            f"`{name}` cannot be read: {(error.strerror or 'unknown reason').lower()}",
            Position(name, 1, 1),
            why="every file of a project counts",
            help="give read permission, or remove the file",
        )
        return None
    try:
        kind = os.fstat(handle)
        if not stat.S_ISREG(kind.st_mode):
            problems.add(
                "CRM101",
                f"`{name}` is {_kind_word(kind.st_mode)}, not a file",
                Position(name, 1, 1),
                why="only files can be reviewed",
                help="remove or rename it",
            )
            return None
        if kind.st_size > FILE_BYTES_MAX:
            problems.add(
                "CRM102",
                f"this file has {kind.st_size:,} bytes, and {FILE_BYTES_MAX:,} is the most",
                Position(name, 1, 1),
                why="a file of this size cannot be reviewed",
                help="split it",
            )
            return None
        return _read_all(handle, kind.st_size)
    except OSError as error:
        problems.add(
            "CRM101",
            f"`{name}` cannot be read: {(error.strerror or 'unknown reason').lower()}",
            Position(name, 1, 1),
            why="every file of a project counts",
            help="look at the disk",
        )
        return None
    finally:
        os.close(handle)


def _read_all(handle: int, size: int) -> bytes:
    """Read a file that may be changing: as far as it goes, never past the cap."""
    data = os.read(handle, size + 1)
    if len(data) == size:
        return data
    pieces = [data]
    total = len(data)
    while total <= FILE_BYTES_MAX and (more := os.read(handle, 65_536)):
        pieces.append(more)
        total += len(more)
    return b"".join(pieces)[:FILE_BYTES_MAX]


def _list(
    folder: str,
    prefix: str,
    found: list[tuple[str, str]],
    problems: Problems,
    root: str,
    apart: frozenset[str],
    above: list[str],
) -> None:
    """List the YAML files of one folder and those below; links may not lead out of the project or back up."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        problems.add(
            "CRM101",
            f"the folder `{prefix or '.'}` cannot be read: {(error.strerror or 'unknown reason').lower()}",
            Position(prefix or ".", 1, 1),
            why="every file of a project counts",
            help="give read permission",
        )
        return
    for entry in entries:
        name = f"{prefix}{entry.name}"
        if entry.name.startswith(".") or (entry.name in apart and entry.is_dir()):
            continue
        if entry.is_symlink() and not _stays_inside(entry, name, problems, root, above):
            continue
        if entry.is_dir() and not entry.name.endswith((".yaml", ".yml")):
            _list(entry.path, f"{name}/", found, problems, root, apart, [*above, os.path.realpath(entry.path)])
        elif entry.name.endswith(".yaml"):
            found.append((name, entry.path))
        elif entry.name.endswith(".yml"):
            problems.add(
                "CRM101",
                f"`{name}` ends in .yml and is not read",
                Position(name, 1, 1),
                why="only *.yaml files are",
                help=f"rename it to `{entry.name[:-4]}.yaml`",
                severity="warning",
            )


def _stays_inside(entry: os.DirEntry[str], name: str, problems: Problems, root: str, above: list[str]) -> bool:
    """Say whether a link may be followed; only links to YAML files and folders matter."""
    target = os.path.realpath(entry.path)
    is_folder = os.path.isdir(target)
    if not is_folder and not entry.name.endswith((".yaml", ".yml")):
        return False
    if target != root and not target.startswith(root + os.sep):
        problems.add(
            "CRM119",
            f"`{name}` is a link that leads out of the project",
            Position(name, 1, 1),
            why="what is deployed would not be what is in git",
            help="put the file itself there",
        )
        return False
    if is_folder and target in above:
        problems.add(
            "CRM119",
            f"`{name}` is a link that leads back to a folder above it",
            Position(name, 1, 1),
            why="reading would never end",
            help="remove the link",
        )
        return False
    return True


def _kind_word(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
