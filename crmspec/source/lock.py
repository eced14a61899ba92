"""`crmspec.lock`: which content of which package a project was last written against."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from crmspec.diagnostics import Position, Refused
from crmspec.source.layers import Layer, package_layers, read_project_file
from crmspec.source.problems import Problems

LOCK_FILE = "crmspec.lock"


def checksum(layer: Layer) -> str:
    """Return the digest of everything a package says, by file name and content."""
    total = sha256()
    for file in sorted((*layer.files, *((layer.head,) if layer.head else ())), key=lambda one: one.name):
        total.update(f"{file.name}\0{file.digest}\0".encode())
    return total.hexdigest()


def check_lock(folder: Path, layers: list[Layer], problems: Problems) -> None:
    """Refuse packages whose content has moved although their version has not. No lock file, no check."""
    path = folder / LOCK_FILE
    if not path.is_file():
        return
    place = Position(LOCK_FILE, 1, 1)
    from crmspec.source.lock_file import read_lock

    locked = read_lock(path)
    if isinstance(locked, str):
        problems.add(
            "CRM226",
            f"{LOCK_FILE} cannot be read: {locked}",
            place,
            why="it is written by crmspec, and was changed by hand or by a merge",
            help=f"delete {LOCK_FILE} and run `crmspec generate`",
        )
        return
    known = {name: (entry.version, entry.sha256) for name, entry in locked.packages.items()}
    for layer in layers:
        version, digest = known.get(layer.name, ("", ""))
        if layer.name and version == layer.version and digest != checksum(layer):
            problems.add(
                "CRM226",
                f"the package `{layer.name}` {version} is not what it was when it was locked",
                place,
                why="its files have changed, and its version has not",
                help=f"see what changed; to take it over, delete its entry in {LOCK_FILE}",
            )


def write_lock(folder: Path, packages_folder: Path) -> Path:
    """Write the versions and checksums of the packages a project uses."""
    problems = Problems()
    _, document, project = read_project_file(folder, problems)
    layers = package_layers(folder, packages_folder, document, project, problems) if document and project else []
    if problems.has_errors:
        raise Refused(*problems.found)
    from crmspec.source.lock_file import LockedPackage, LockFile

    packages = {layer.name: LockedPackage(version=layer.version, sha256=checksum(layer)) for layer in layers}
    path = folder / LOCK_FILE
    temporary = path.with_name(f".{LOCK_FILE}.{os.getpid()}")
    try:
        temporary.write_text(LockFile(packages=packages).model_dump_json(indent=2) + "\n", encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
