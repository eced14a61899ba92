"""The text of SQLite's CREATE TABLE, taken apart: it keeps what a table is nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"(?P<hidden>--[^\n]*|/\*.*?\*/)|(?P<literal>'(?:[^']|'')*')"
    r"|(?P<name>\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\])|(?P<word>\w+)|(?P<space>\s+)|(?P<sign>.)",
    re.DOTALL,
)
_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")
_TYPES = ("TEXT", "INTEGER", "REAL", "BLOB", "NUMERIC", "ANY")
# What SQLite is told of a column's kind, since its types keep nothing; and names that only we give.
_IMPLIED = re.compile(r"CHECK \(\"[^\"]+\" (IN \(0, 1\)|IS NULL OR json_valid\(\"[^\"]+\"\))\)\Z")
_OURS = re.compile(r"CONSTRAINT \"?(ck|fk|pk)_")

Token = tuple[str, str]  # kind, text


@dataclass(frozen=True, slots=True)
class Definition:
    """One entry between the parentheses: a column, or a constraint (then `column` is empty)."""

    text: str
    column: str
    tokens: tuple[Token, ...]

    @property
    def bare(self) -> str:
        """Return name and type of a column, without any rule."""
        words = [(kind, text) for kind, text in self.tokens if kind not in ("space", "hidden")]
        typed = len(words) > 1 and words[1][0] == "word" and words[1][1].upper() in _TYPES
        return " ".join(text for _, text in words[: 2 if typed else 1])

    @property
    def collation(self) -> str:
        """Return `COLLATE …` as it was written, or ''."""
        words = [text for kind, text in self.tokens if kind in ("word", "name", "literal")]
        for place, word in enumerate(words[:-1]):
            if word.upper() == "COLLATE":
                return f"COLLATE {words[place + 1]}"
        return ""

    def checks(self) -> Iterator[str]:
        """Yield every check that stands in it, with its name if it has one."""
        meaningful = [(kind, text) for kind, text in self.tokens if kind != "hidden"]
        depth, begun = 0, -1
        for place, (kind, text) in enumerate(meaningful):
            depth += {"(": 1, ")": -1}.get(text, 0) if kind == "sign" else 0
            if kind == "word" and text.upper() == "CHECK" and depth == 0:
                begun = _named_from(meaningful, place)
            elif text == ")" and depth == 0 and begun >= 0:
                yield "".join(one for _, one in meaningful[begun : place + 1])
                begun = -1


@dataclass(frozen=True, slots=True)
class Definitions:
    """A whole CREATE TABLE."""

    entries: tuple[Definition, ...]
    options: str  # STRICT, WITHOUT ROWID

    def columns(self) -> dict[str, Definition]:
        """Return the columns by name."""
        return {entry.column: entry for entry in self.entries if entry.column}

    def strange_constraints(self) -> Iterator[str]:
        """Yield what is no column and was not written by crmspec, checks inside of columns among them."""
        for entry in self.entries:
            found = entry.checks() if entry.column or _is_check(entry) else [entry.text]
            yield from (text for text in found if not (_IMPLIED.match(_plain(text)) or _OURS.match(_plain(text))))


def definitions(sql: str) -> Definitions:
    """Take the text of a CREATE TABLE apart."""
    tokens = [(str(match.lastgroup), match[0]) for match in _TOKEN.finditer(sql)]
    start = next(place for place, token in enumerate(tokens) if token == ("sign", "("))
    entries: list[Definition] = []
    begun, depth = start + 1, 0
    for place in range(start, len(tokens)):
        text = tokens[place][1] if tokens[place][0] == "sign" else ""
        depth += {"(": 1, ")": -1}.get(text, 0)
        if (text == "," and depth == 1) or depth == 0:
            entries.append(_definition(tokens[begun:place]))
            begun = place + 1
        if depth == 0:
            break
    options = "".join(text for kind, text in tokens[begun:] if kind != "hidden").strip().removesuffix(";").strip()
    return Definitions(tuple(entries), options)


def _definition(tokens: list[Token]) -> Definition:
    text = "".join(text for kind, text in tokens if kind != "hidden").strip()
    kind, first = next(token for token in tokens if token[0] not in ("space", "hidden"))
    if kind == "word" and first.upper() in _CONSTRAINTS:
        return Definition(text, "", tuple(tokens))
    return Definition(text, unquoted(first), tuple(tokens))


def unquoted(name: str) -> str:
    """Return a name without the quotes of any of the ways in which SQLite lets it be quoted."""
    if name[:1] == "[":
        return name[1:-1]
    return name[1:-1].replace(name[0] * 2, name[0]) if name[:1] in "\"`'" else name


def _named_from(tokens: list[Token], check: int) -> int:
    """Return where a constraint begins: at its name, when it has one."""
    words = [place for place in range(check) if tokens[place][0] != "space"]
    if len(words) > 1 and tokens[words[-2]][1].upper() == "CONSTRAINT":
        return words[-2]
    return check


def _is_check(entry: Definition) -> bool:
    return "CHECK" in {text.upper() for kind, text in entry.tokens if kind == "word"}


def _plain(text: str) -> str:
    return " ".join(text.split())
