"""A run → a cache: what the next run can use of it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from crmspec.source.bind import PLACEHOLDER_BYTES
from crmspec.source.cache import Cache, diagnostic_row, engine, write_cache
from crmspec.source.load import Run
from crmspec.source.reading import SourceFile
from crmspec.spec.canonical import to_plain
from crmspec.spec.rules import right_formulas
from crmspec.spec.spec import Spec

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
# Kinds of documents on which nothing is built but rules: a changed one can be read again alone.
LEAVES = frozenset({"object", "list_view", "layout", "report", "role"})
GROUPS = {"list_view": "list_views", "layout": "layouts", "report": "reports", "role": "roles"}


def remember(folder: Path, packages: Path, run: Run, lock: str) -> Cache | None:
    """Write what a run found to the cache and give it; None where there is nothing to remember."""
    found, spec = run.found, run.spec
    if spec is None or found.file is None:
        return None
    files = {
        file.name: file.digest
        for layer in found.layers
        for file in (*layer.files, *((layer.head,) if layer.head else ()))
    }
    alone, worded = _alone(run), _worded(run, spec)
    raw = _raw(run, alone, worded)
    index: dict[str, Any] = {
        "project": found.file.digest,
        "lock": lock,
        "files": files,
        "state": state_of(found.file.digest, lock, files),
        "layers": [[layer.name, str(layer.folder)] for layer in found.layers if layer.name],
        "alone": alone,
        "worded": worded,
        "right": right_formulas(),
        "raw": {name: file.name for name, file in raw.items()},
        "reading": [diagnostic_row(one) for one in run.reading],
        "whole": [diagnostic_row(one) for one in run.rules.get("", ())],
        "rules": {part: [diagnostic_row(one) for one in found] for part, found in run.rules.items() if part and found},
        "uses": {part: used for part, used in run.uses.items() if used},
        "facts": {name: facts for name, facts in run.facts.items() if facts[0] or facts[1]},
    }
    objects = {name: raw[name].data if name in raw else part_text(one) for name, one in spec.objects.items()}
    rest = {**to_plain(spec_without_objects(spec), everything=True), "project": to_plain(spec.project, everything=True)}
    return write_cache(folder, packages, index, objects, as_json(rest))


def state_of(project: str, lock: str, files: dict[str, str]) -> str:
    """Return one digest for everything that was read."""
    return sha256(
        "\n".join([engine(), project, lock, *(f"{name} {files[name]}" for name in sorted(files))]).encode()
    ).hexdigest()


def part_text(part: object) -> bytes:
    """Write one part."""
    return as_json(to_plain(part, everything=True))


def as_json(plain: object) -> bytes:
    """Write JSON without blanks."""
    return _ENCODER.encode(plain).encode()


def spec_without_objects(spec: Spec) -> Spec:
    """Give the spec with its objects left out, which are kept one by one."""
    from dataclasses import replace

    return replace(spec, objects={})


def _alone(run: Run) -> dict[str, list[list[str]]]:
    """Map each file to its documents, where all of them are leaves that one document says alone."""
    by_file: dict[str, list[list[str]]] = {}
    mixed: set[str] = set()
    for document in run.documents:
        part = run.assembly.parts.get(document.kind, {}).get(document.name) if document.kind in LEAVES else None
        if part is None or len(part.documents) != 1 or part.documents[0] is not document:
            mixed.add(document.file)
        by_file.setdefault(document.file, []).append([document.kind, document.name])
    return {file: found for file, found in by_file.items() if file not in mixed}


def _raw(run: Run, alone: dict[str, list[list[str]]], worded: list[str]) -> dict[str, SourceFile]:
    """Map the objects that a file of the team says alone, without anybody else's words, to that file."""
    out: dict[str, SourceFile] = {}
    for file in run.found.layers[-1].files:
        objects = [name for kind, name in alone.get(file.name, ()) if kind == "object"]
        if len(objects) == 1 and file.name not in worded:
            out[objects[0]] = file
    return out


def _worded(run: Run, spec: Spec) -> list[str]:
    """Name the files whose texts hold the company's word for an object."""
    return [file.name for file in run.found.files if uses_words(file.data, spec.objects)]


def uses_words(data: bytes, objects: object) -> bool:
    """Say whether a file's texts hold the word for one of the objects."""
    return any(name.decode() in objects for name in PLACEHOLDER_BYTES.findall(data))  # type: ignore[operator]
