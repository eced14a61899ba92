"""YAML files with positions → one Spec: the door of the room.

Importing it costs nothing: what reads YAML is imported when a file has to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from crmspec.source.declaring import Edit
    from crmspec.source.loaded import Loaded
    from crmspec.source.renaming import Changed
    from crmspec.spec.parts import Field, Index, Object, Seed


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


def rename_part(
    folder: Path, old: str, new: str, *, write: bool = True, packages_folder: Path | None = None
) -> tuple[Changed, ...]:
    """Rename a part in every file of the team, keeping comments and layout, and declare it. Raises `Refused`."""
    from crmspec.library import specs_folder
    from crmspec.source.renaming import rename_part as rename

    return rename(folder, packages_folder or specs_folder(), old, new, write=write)


def declare_renamed(folder: Path, old: str, new: str, *, packages_folder: Path | None = None) -> tuple[Changed, ...]:
    """Declare a rename of a part that bears its new name already: an entry in `renames` of the team."""
    from crmspec.library import specs_folder
    from crmspec.source.renaming import declare_renamed as declare

    return declare(folder, packages_folder or specs_folder(), old, new)


def declare_again(folder: Path, address: str, part: Field | Object, *, packages_folder: Path | None = None) -> Edit:
    """Return the edit of the team's YAML that declares a removed field or object again. Raises `Refused`."""
    from crmspec.library import specs_folder
    from crmspec.source.declaring import declare_again as declare

    return declare(folder, packages_folder or specs_folder(), address, part)


def declare_new(address: str, part: Field | Object) -> Edit:
    """Return the edit that declares something a database has already, in a file of its own."""
    from crmspec.source.declaring import declare_new as declare

    return declare(address, part)


def declare_index(object_name: str, index: Index) -> Edit:
    """Return the edit that declares one index more of an object, in a file of its own."""
    from crmspec.source.declaring import declare_index as declare

    return declare(object_name, index)


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of the language, for editors."""
    from crmspec.source.language_schema import json_schema as schema

    return schema()


__all__ = [
    "declare_again",
    "declare_index",
    "declare_new",
    "json_schema",
    "load_project",
    "load_samples",
    "rename_part",
    "write_lock",
]
