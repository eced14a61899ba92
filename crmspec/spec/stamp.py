"""A fingerprint, as short as the head of a SQLite file has room for."""

from __future__ import annotations


def stamp(fingerprint: str) -> tuple[int, int]:
    """Return the first 64 bits of a fingerprint as two signed numbers of 32 bits."""
    first, second = (int(fingerprint[start : start + 8], 16) for start in (0, 8))
    return first - (1 << 31), second - (1 << 31)
