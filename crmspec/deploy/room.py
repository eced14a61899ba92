"""How much room a disk has left, beside how much is needed, where that can be known."""

from __future__ import annotations

import shutil
from pathlib import Path

_COMPANIONS = ("", "-wal")


def size_of(file: Path) -> int:
    """Return what a SQLite database takes, with what stands in its log."""
    parts = (file.with_name(file.name + end) for end in _COMPANIONS)
    return sum(part.stat().st_size for part in parts if part.is_file())


def too_little_for(size_bytes: int, folder: Path) -> str:
    """Say what is needed and what there is, where it does not suffice; nothing where it does, or nobody knows."""
    try:
        disk = shutil.disk_usage(folder)
    except OSError:
        return ""
    if disk.total == 0 or disk.free >= size_bytes:
        return ""
    return f"{amount(size_bytes)} are needed, and {amount(disk.free)} are free"


def left_beside(file: Path) -> str:
    """Say how much room there is beside a database, and how large that is."""
    try:
        free = shutil.disk_usage(file.parent).free
        return f"{amount(free)} are free beside the database of {amount(size_of(file))}, and a table that is written "\
               "anew is there twice until the end"
    except OSError:
        return ""


def amount(size_bytes: int) -> str:
    """Write a number of bytes as people do."""
    for unit, many in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= many:
            return f"{size_bytes / many:,.1f} {unit}"
    return f"{size_bytes / 1e3:,.0f} kB"
