"""Where the shipped `specs/` and `generators/` lie: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the folder `specs` or `generators` that came with crmspec."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def specs_folder() -> Path:
    """Return the folder of the shipped packages: `standard/` and `templates/*/`."""
    return shipped("specs")


def generators_folder() -> Path:
    """Return the folder of the shipped generators."""
    return shipped("generators")
