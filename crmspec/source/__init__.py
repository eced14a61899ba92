"""YAML files with positions → one Spec: the door of the room.

Importing it costs nothing: what reads YAML is imported when a file has to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from crmspec.source.loaded import Loaded
    from crmspec.spec.parts import Seed


def load_project(folder: Path, *, cache: bool = True, packages_folder: Path | None = None) -> Loaded:
    """Read a project: its spec, and everything that is wrong with it. Never raises for what is in the files."""
    from crmspec.source.loaded import load

    return load(folder, cache=cache, packages_folder=packages_folder)


def load_samples(loaded: Loaded) -> tuple[Seed, ...]:
    """Read a project's sample records; raises `Refused` when something in them is wrong."""
    from crmspec.source.loaded import load_samples as read

    return read(loaded)


def write_lock(folder: Path, *, packages_folder: Path | None = None) -> Path:
    """Write `crmspec.lock`: version and checksum of every package the project uses. Raises `Refused`."""
    from crmspec.library import specs_folder
    from crmspec.source.lock import write_lock as write

    return write(folder, packages_folder or specs_folder())


__all__ = ["load_project", "load_samples", "write_lock"]
