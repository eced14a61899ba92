"""Address → `file:line` of every part of a project, kept beside the cache.

After a small change only the files that changed are read again: most lines are as they were.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from crmspec.source.assemble import Assembly, assemble
from crmspec.source.cache import FOLDER, Cache, engine, keep
from crmspec.source.documents import documents_of
from crmspec.source.origins import Origins
from crmspec.source.problems import Problems
from crmspec.source.reading import SourceFile
from crmspec.source.tree import Node
from crmspec.spec.address import kind_of
from crmspec.spec.parts import Object
from crmspec.spec.spec import Spec

FILE = "lines.json"
_LEFT_OUT = ("option", "index", "seed")  # nobody asks where they stand, and they are many
Lines = dict[str, str]


def lines_of(folder: Path, cache: Cache | None, spec: Spec, origins: Callable[[], Origins]) -> Lines:
    """Return where every part stands. `origins` is asked only where nothing was kept that could be used."""
    kept = _kept(folder, cache) if cache is not None else None
    if cache is not None and kept is not None and kept["files"] == cache.index["files"]:
        lines: Lines = kept["lines"]
        return lines
    found = _after_a_small_change(folder, cache, spec, kept) if cache is not None and kept is not None else None
    if found is None:
        found = dict(_where(origins(), spec.parts()))
    if cache is not None:
        _keep(folder, cache, found)
    return found


def _where(origins: Origins, addresses: Iterable[str]) -> Iterator[tuple[str, str]]:
    for address in addresses:
        position = None if kind_of(address) in _LEFT_OUT else origins.at(address)
        if position is not None:
            yield address, f"{position.file}:{position.line}"


def _kept(folder: Path, cache: Cache) -> dict[str, Any] | None:
    """Return what was kept, for these files or for others; None where there is nothing that this crmspec could use."""
    try:
        kept: dict[str, Any] = json.loads((folder / FOLDER / FILE).read_bytes())
        usable = kept["engine"] == engine() and kept["project"] == cache.index["project"]
        usable = usable and isinstance(kept["lines"], dict) and isinstance(kept["files"], dict)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # nothing was kept yet, or it is broken: it is worked out anew
    return kept if usable else None


def _after_a_small_change(folder: Path, cache: Cache, spec: Spec, kept: dict[str, Any]) -> Lines | None:
    """Take the kept lines, but for parts whose files changed; None where more than lines may have changed."""
    before, now, alone = kept["files"], cache.index["files"], cache.index["alone"]
    if before.keys() != now.keys():
        return None
    changed = {file for file in now if before[file] != now[file]}
    lines: Lines = kept["lines"]
    if not all(file in alone and (folder / file).is_file() for file in changed):
        return None
    parts = {f"{kind}:{name}".removeprefix("object:") for file in changed for kind, name in alone[file]}
    within = tuple(f"{start}{part}." for part in parts for start in _starts_of(part))
    left = {
        address: line for address, line in lines.items() if address not in parts and not address.startswith(within)
    }
    again = dict(_where(Origins(_trees(folder, sorted(changed))), _addresses(spec, parts)))
    # What a pipeline made stands in the pipeline's file, which is not read here: its line is as it was.
    elsewhere = {a: lines[a] for a in again if a in lines and lines[a].rpartition(":")[0] not in changed}
    return left | again | elsewhere


def _starts_of(part: str) -> tuple[str, ...]:
    """Return what may stand before a part's name in the addresses of what is in it."""
    return ("",) if ":" in part else ("", "validation:", "index:")


def _addresses(spec: Spec, parts: set[str]) -> Iterator[str]:
    for part in sorted(parts):
        one: Object | None = spec.objects.get(part)
        yield part
        if one is not None:
            yield from (f"{part}.{name}" for name in one.fields)
            yield from (f"validation:{part}.{name}" for name in one.validation)


def _trees(folder: Path, files: list[str]) -> Callable[[], tuple[Assembly, Node | None]]:
    def read() -> tuple[Assembly, Node | None]:
        problems = Problems()
        sources = [SourceFile(file, 0, (folder / file).read_bytes(), "") for file in files]
        documents = [document for source in sources for document in documents_of(source, problems)]
        return assemble(documents, 0, problems), None

    return read


def _keep(folder: Path, cache: Cache, lines: Lines) -> None:
    """Write the lines of every part."""
    index = cache.index
    content = {"engine": engine(), "project": index["project"], "files": index["files"], "lines": lines}
    keep(folder, FILE, json.dumps(content, ensure_ascii=False).encode())
