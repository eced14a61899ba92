"""The style sheets, scripts and pictures of the pages: read once, named by their content, compressed once."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STATIC_FOLDER = Path(__file__).resolve().parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8", ".json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    body: bytes
    compressed: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send for a request of an asset."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Assets:
    """Every asset by name. One `version` stands for all of them, so that modules can import one another by their
    plain names and a browser never mixes two releases of crmspec.
    """

    version: str
    files: Mapping[str, Asset]

    def path(self, name: str) -> str:
        """Return where a file is, below the static prefix: `3f2a…/crm.css`. KeyError when there is none."""
        if name not in self.files:
            raise KeyError(f"no asset {name}")
        return f"{self.version}/{name}"

    def answer(self, path: str, accept_encoding: str = "") -> Answer:
        """Answer `GET {static prefix}/{path}`. An old version gets today's file, which is then not kept."""
        version, _, name = path.partition("/")
        asset = self.files.get(name)
        if asset is None:
            return Answer(404, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}, b"")
        current = version == self.version
        headers = {
            "Content-Type": asset.content_type, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff",
            "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
        }
        if "gzip" in accept_encoding.lower():
            return Answer(200, {**headers, "Content-Encoding": "gzip"}, asset.compressed)
        return Answer(200, headers, asset.body)


def load_assets(folder: Path = STATIC_FOLDER) -> Assets:
    """Read every asset below a folder."""
    digest = hashlib.sha256()
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in _TYPES or not path.is_file():
            continue
        name, body = path.relative_to(folder).as_posix(), path.read_bytes()
        if path.suffix == ".css":
            body = _with_imports(body, path.parent)
        digest.update(name.encode() + b"\0" + body + b"\0")
        files[name] = Asset(body, gzip.compress(body, 9, mtime=0), _TYPES[path.suffix])
    return Assets(digest.hexdigest()[:12], files)


def _with_imports(style: bytes, folder: Path) -> bytes:
    """Put imported style sheets where they are imported: one request instead of one after another."""
    return re.sub(rb'@import "([^"]+)";', lambda found: (folder / found[1].decode()).read_bytes(), style)
