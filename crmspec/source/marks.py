"""What stands for each object of a project, kept beside the cache: so that a project is compared with what is deployed
by looking only at the objects that changed.

Each mark stands under the digest of what the object was made from: its text in the cache, and what else its making
looks at. Nothing else can therefore be wrong with it than with the cache itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from crmspec.source.cache import FOLDER, Cache, engine, keep
from crmspec.spec.kept import KeptObjects, Mark

FILE = "marks.json"
# An object's making looks at these beside its own text: its stages, shared options, words, and labels in each language.
_LOOKED_AT = ("pipelines", "value_sets", "terms")


def read_marks(folder: Path, cache: Cache) -> dict[str, Mark]:
    """Return the marks of those objects of a cache that are known."""
    try:
        content = json.loads((folder / FOLDER / FILE).read_bytes())
        if content["engine"] != engine():
            return {}
        known: dict[str, list[str]] = content["marks"]
        return {name: Mark(*known[key]) for name, key in _keys(cache).items() if key in known}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # without it every object is made once more


def keep_marks(folder: Path, cache: Cache, objects: KeptObjects) -> None:
    """Write the marks of every object of a cache."""
    marks = {key: objects.mark(name) for name, key in _keys(cache).items() if name in objects}
    keep(folder, FILE, json.dumps({"engine": engine(), "marks": marks}).encode())


def _keys(cache: Cache) -> Mapping[str, str]:
    rest = cache.rest()
    around = [rest.get("project", {}).get("languages"), *(rest.get(name) for name in _LOOKED_AT)]
    start = sha256(json.dumps(around, sort_keys=True).encode())
    found = {}
    for name in cache.index["objects"]:
        total = start.copy()
        total.update(cache.object_text(name))
        found[name] = total.hexdigest()
    return found
