"""The contents of releases: texts that stand in the database under their hashes, once each, whatever refers to them.

Of a large release little is looked at when little has changed. So a text is read when somebody asks for it; that all of
them are there, and are what their hashes say, the database is asked at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, ItemsView, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from hashlib import sha256
from zlib import crc32

from crmspec.deploy.looking import Asks, dialect_of
from crmspec.diagnostics import Diagnostic, Refused

_TOGETHER = 500
_ONE_BY_ONE = 8  # who looks at more than this will look at all: the rest is read together


def digest(text: str) -> str:
    """Return the SHA-256 of a text, in hex."""
    return sha256(text.encode()).hexdigest()


class Texts(Mapping[str, str]):
    """Texts by name, each known by its digest; `read` gives the one of a digest when it is looked at."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, digests: Mapping[str, str], read: Callable[[str], str]) -> None:
        self.digests = digests
        self._read = read

    def __getitem__(self, name: str) -> str:
        return self._read(self.digests[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.digests)

    def __len__(self) -> int:
        return len(self.digests)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self.digests == (other.digests if isinstance(other, Texts) else texts_of(other).digests)


def texts_of(texts: Mapping[str, str]) -> Texts:
    """Return texts that are known by their digests."""
    if isinstance(texts, Texts):
        return texts
    digests = {name: digest(text) for name, text in texts.items()}
    return Texts(digests, {digests[name]: text for name, text in texts.items()}.__getitem__)


class ReadLater(Mapping[str, str]):
    """A map that is read when it is first looked at."""

    def __init__(self, read: Callable[[], Mapping[str, str]]) -> None:
        self._read = read

    @cached_property
    def _found(self) -> Mapping[str, str]:
        return self._read()

    def __getitem__(self, name: str) -> str:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def items(self) -> ItemsView[str, str]:
        """Return all of it; `dict` of this is many times faster than of the map."""
        return self._found.items()


class Contents:
    """Texts by their hashes, read from a connection while it is open, and from another one afterwards."""

    def __init__(
        self, connection: Asks, hashes: Collection[str], again: Callable[[], AbstractContextManager[Asks]],
    ) -> None:
        self._connection = connection
        self._again = again
        self._hashes = set(hashes)
        self._texts: dict[str, str] = {}
        self._asked = 0

    def text(self, one: str) -> str:
        """Return one text."""
        if one not in self._texts:
            self._asked += 1
            rest = self._hashes - self._texts.keys() if self._asked > _ONE_BY_ONE else set()
            self._texts |= self._fetch(sorted({one, *rest}))
        return self._texts[one]

    def _fetch(self, hashes: list[str]) -> dict[str, str]:
        if not self._connection.closed:
            return read_contents(self._connection, hashes)
        with self._again() as connection:
            return read_contents(connection, hashes)


_OF_HASHES = {
    "sqlite": "SELECT hash, content FROM crmspec_content WHERE hash IN (SELECT value FROM json_each(?))",
    "postgresql": "SELECT hash, content FROM crmspec_content WHERE hash = ANY (%s)",
}


def read_contents(connection: Asks, hashes: list[str]) -> dict[str, str]:
    """Return texts by their hashes, and refuse what is not what its hash says."""
    found: dict[str, str] = {}
    dialect = dialect_of(connection)
    for start in range(0, len(hashes), _TOGETHER):
        wanted = hashes[start:start + _TOGETHER]
        asked = json.dumps(wanted) if dialect == "sqlite" else wanted
        found.update(tuple(row) for row in connection.exec_driver_sql(_OF_HASHES[dialect], (asked,)))
    _refuse_wrong([one for one in hashes if one not in found or digest(found[one]) != one])
    return found


# --- Lines ---

_IN_A_PIECE = 256  # addresses, about
_PIECES_MAX = 64


def lines_in_pieces(lines: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the list of the pieces that the lines of a release are stored in, as text, and the pieces by their hashes.

    The lines of an object stand together. So a release that changes one object adds one piece, and not all lines again.
    """
    count = min(_PIECES_MAX, 1 << (len(lines) // _IN_A_PIECE).bit_length())
    pieces: list[dict[str, str]] = [{} for _ in range(count)]
    for address, line in lines.items():
        name = address.rpartition(":")[2].partition(".")[0]
        pieces[crc32(name.encode()) % count][address] = line
    texts = [json.dumps(piece, ensure_ascii=False) for piece in pieces]
    hashes = [digest(text) for text in texts]
    return json.dumps({"pieces": hashes}), dict(zip(hashes, texts, strict=True))


def pieces_of(text: str) -> tuple[str, ...]:
    """Return the hashes of the pieces of a release's lines; none where an older crmspec wrote them as one text."""
    pieces = json.loads(text).get("pieces") if text.startswith('{"pieces": [') else None
    return tuple(pieces) if isinstance(pieces, list) else ()


_WRONG = {
    "sqlite": "SELECT w.value FROM json_each(?) AS w LEFT JOIN crmspec_content AS c ON c.hash = w.value "
              "WHERE c.hash IS NULL OR crmspec_sha256(CAST(c.content AS BLOB)) <> c.hash",
    "postgresql": "SELECT w.hash FROM json_array_elements_text(%s::json) AS w (hash) "
                  "LEFT JOIN crmspec_content AS c ON c.hash = w.hash "
                  "WHERE c.hash IS NULL OR encode(sha256(convert_to(c.content, 'UTF8')), 'hex') <> c.hash",
}


def verify_contents(connection: Asks, hashes: Collection[str]) -> None:
    """Refuse contents that are missing or changed, without fetching those that are as they should be."""
    driver = connection.connection.dbapi_connection
    if isinstance(driver, sqlite3.Connection):
        driver.create_function("crmspec_sha256", 1, lambda content: sha256(content).hexdigest(), deterministic=True)
    rows = connection.exec_driver_sql(_WRONG[dialect_of(connection)], (json.dumps(sorted(hashes)),))
    _refuse_wrong(list(rows.scalars()))


def _refuse_wrong(wrong: list[str]) -> None:
    if wrong:
        raise Refused(tampered(f"{len(wrong)} of the release's contents are missing or changed ({wrong[0][:12]} …)"))


def tampered(what: str) -> Diagnostic:
    """Say that the history in a database is not what was written."""
    return Diagnostic(
        "CRM503", f"the history in this database was changed by hand: {what}",
        why="every release carries the hash of the one before, and the hashes do not fit",
        help="put the rows back as they were, from the newest file of backups/ or from your PostgreSQL backup; or see "
             "all that is wrong, and go on with the rows as they are: crmspec doctor",
    )
