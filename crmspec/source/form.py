"""The bytes of one file, looked at before libyaml sees them: encoding, control characters, tabs, line ends."""

from __future__ import annotations

import re
from functools import cached_property

from crmspec.diagnostics import Position

BYTES_MAX = 1_000_000
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\r\n"
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# libyaml ends a line at NEL, LS and PS; editors do not. They pass through it as characters that nobody writes.
_BREAKS = {"\x85": "\U0010ff85", "\u2028": "\U0010ffa8", "\u2029": "\U0010ffa9"}
_HIDE = str.maketrans(_BREAKS)
_SHOW = str.maketrans({after: before for before, after in _BREAKS.items()})

Found = tuple[str, str, Position, str, str]  # code, what, position, why, help


def hidden_breaks(text: str) -> str:
    """Replace the line ends that only libyaml takes for some."""
    return text.translate(_HIDE)


def visible_breaks(text: str) -> str:
    """Put back what `hidden_breaks` replaced."""
    return text.translate(_SHOW)


def shown(text: str, length_max: int = 60) -> str:
    """Return text as it can safely stand in a message: on one line, escaped, not too long."""
    cut = text if len(text) <= length_max else text[: length_max - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in cut)


class Form:
    """One file's bytes, and what libyaml is given of them."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file = file
        self.data = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
        self.clean = self.data
        self.hides_breaks = False
        # A tag needs `!`, an anchor `&`; where neither stands, events need not be asked for them.
        self.may_have_marks = b"!" in data or b"&" in data
        self.may_have_escapes = b"\\" in data

    def problem(self) -> Found | None:
        """Return the first thing that keeps the file from being read, or None.

        Almost all bytes of almost all files are printable ASCII. They are deleted in one pass, and only what is
        left is looked at closely.
        """
        if len(self.data) > BYTES_MAX:
            return (
                "CRM102",
                f"this file has {len(self.data):,} bytes, and {BYTES_MAX:,} is the most",
                Position(self.file, 1, 1),
                "a file of this size cannot be reviewed",
                "split it",
            )
        rest = self.data.translate(None, _PRINTABLE)
        if not rest:
            return None
        try:
            unusual = rest.decode("utf-8")
        except UnicodeDecodeError:
            return self._not_utf8()
        if "\t" in unusual:
            return self._tab()
        if found := _REFUSED.search(unusual):
            return self._refused(found[0])
        if any(one in unusual for one in _BREAKS):
            self.hides_breaks = self.may_have_escapes = True
            self.clean = hidden_breaks(self.data.decode("utf-8")).encode("utf-8")
        return None

    @cached_property
    def text(self) -> str:
        """The file as text; bytes that are not UTF-8 are shown as the replacement character."""
        return self.data.decode("utf-8", "replace")

    @cached_property
    def lines(self) -> list[str]:
        """The lines, ended as YAML and editors agree: CR, LF, or both."""
        return re.split("\r\n|\r|\n", self.text)

    def line(self, number: int) -> str:
        """Return the line with a 1-based number, or ''."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def place(self, offset: int) -> Position:
        """Return the position of a character of the text."""
        before = self.text[:offset]
        line = len(re.findall("\r\n|\r|\n", before)) + 1
        column = offset - max(before.rfind("\n"), before.rfind("\r"))
        return Position(self.file, line, column)

    def _not_utf8(self) -> Found:
        if self.data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return (
                "CRM104",
                "this file is UTF-16, not UTF-8",
                Position(self.file, 1, 1),
                "specs are UTF-8 only",
                "save it as UTF-8",
            )
        try:
            self.data.decode("utf-8")
            offset = 0
        except UnicodeDecodeError as error:
            offset = error.start
        place = self.place(len(self.data[:offset].decode("utf-8", "replace")))
        return (
            "CRM104",
            f"byte {offset:,} (0x{self.data[offset]:02X}) is not UTF-8",
            place,
            "specs are UTF-8 only",
            "save the file as UTF-8",
        )

    def _tab(self) -> Found:
        place = self.place(self.text.index("\t"))
        if self.line(place.line)[: place.column - 1].strip():
            return (
                "CRM106",
                "a tab stands between words",
                place,
                "it looks like spaces and is none",
                "write spaces, or `\\t` in double quotes when the tab is meant",
            )
        return (
            "CRM106",
            f"a tab in column {place.column} indents this line",
            place,
            "YAML is indented by spaces only",
            "use spaces",
        )

    def _refused(self, character: str) -> Found:
        place = self.place(self.text.index(character))
        name = f"U+{ord(character):04X}"
        if character in _BIDI:
            return (
                "CRM107",
                f"{name} changes the direction in which text is read",
                place,
                "what a reviewer sees would not be what is deployed",
                "remove it",
            )
        if character == "\x00":
            return ("CRM105", "a NUL byte stands in this file", place, "databases cannot store it", "remove it")
        return (
            "CRM105",
            f"the control character {name} stands in this file",
            place,
            "it cannot be seen in a review",
            "remove it",
        )
