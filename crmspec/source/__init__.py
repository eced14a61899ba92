"""YAML files with positions → one Spec: the door of the room.

Importing it costs nothing: what reads YAML is imported when a file has to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from crmspec.source.loaded import Loaded


def load_project(folder: Path, *, cache: bool = True, packages_folder: Path | None = None) -> Loaded:
    """Read a project: its spec, and everything that is wrong with it. Never raises for what is in the files."""
    from crmspec.source.loaded import load

    return load(folder, cache=cache, packages_folder=packages_folder)
