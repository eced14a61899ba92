"""What may be shown of a text: control characters escaped, secrets hidden, widths as a terminal counts them."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import TextIO

_PASSWORD_IN_URL = re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)[^\s/'\"]*(?=@)", re.IGNORECASE)
_PASSWORD_IN_DSN = re.compile(
    r"(?P<before>\b(?:password|passwd|pwd)\s*=\s*)(?:'[^']*'|\"[^\"]*\"|[^\s,;'\"&)]+)", re.IGNORECASE,
)
# Characters that turn the reading direction, so that what is shown is not what is there.
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

BOLD, RED, YELLOW, BLUE, GREEN, DIM = "1", "31;1", "33;1", "34;1", "32", "2"


def redacted(text: str) -> str:
    """Hide every password that stands in a database URL or a connection string."""
    return _PASSWORD_IN_DSN.sub(r"\g<before>***", _PASSWORD_IN_URL.sub(r"\g<before>***", text))


def escaped(text: str, *, keep: str = "") -> str:
    """Write control characters and direction marks as `\\x1b` or `\\u202e`, so that they are seen and do nothing."""
    return "".join(
        character if character in keep or not _does_something(character) else _code(character) for character in text
    )


def _does_something(character: str) -> bool:
    return character in _DIRECTION or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _code(character: str) -> str:
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


def width(text: str) -> int:
    """Count the columns a text takes: Chinese characters two, combining marks none."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def counted(number: int, noun: str) -> str:
    """Return `1 object`, `2 objects`, `1,204 objects`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def padded(text: str, columns: int) -> str:
    """Fill a text with spaces to a width in columns."""
    return text + " " * (columns - width(text))


def table(rows: Sequence[tuple[str, ...]], *, indent: str = "") -> str:
    """Lay out rows in aligned columns, two spaces apart, without boxes."""
    if not rows:
        return ""
    widths = [max(width(row[i]) for row in rows if i < len(row)) for i in range(max(map(len, rows)))]
    lines = ("  ".join(padded(cell, widths[i]) for i, cell in enumerate(row)).rstrip() for row in rows)
    return "\n".join(indent + line for line in lines)


def coloured(text: str, code: str, stream: TextIO | None = None) -> str:
    """Add colour when the stream is a terminal and nobody said `NO_COLOR`."""
    stream = stream or sys.stderr
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\x1b[{code}m{text}\x1b[0m"
