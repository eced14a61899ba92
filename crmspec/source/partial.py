"""A run over the few files that changed: their parts are read again, and whatever looked at them is checked again.

Possible where the changed files hold the same documents as before, each of which says its part alone. Everything else
(another name, a pipeline, a rename, a word used in texts) is a whole run's business: `run_again` then gives None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from crmspec.source.assemble import Assembly, assemble
from crmspec.source.bind import Binder
from crmspec.source.bind_role import bind_role
from crmspec.source.bind_screens import bind_layout, bind_list_view, bind_report
from crmspec.source.cache import Cache, diagnostic_row, write_cache
from crmspec.source.documents import Document, documents_of
from crmspec.source.locate import located, said_already
from crmspec.source.origins import Origins
from crmspec.source.problems import Problems
from crmspec.source.reading import SourceFile
from crmspec.source.recall import Recall
from crmspec.source.remember import GROUPS, as_json, part_text, state_of, uses_words
from crmspec.spec.canonical import read_plain, to_plain
from crmspec.spec.parts import Object
from crmspec.spec.rules import check_part, check_whole, facts_of, remember_right, right_formulas
from crmspec.spec.spec import Spec

_BINDERS = {"list_view": bind_list_view, "layout": bind_layout, "report": bind_report, "role": bind_role}


class Remembered(Mapping[str, Object]):
    """The objects of a project as the cache holds them, each read when it is looked at, with the new ones over them."""

    def __init__(self, known: Cache) -> None:
        self.known = known
        self.recall: Recall
        self.read: dict[str, Object] = {}
        self.seen: set[str] = set()

    def __getitem__(self, name: str) -> Object:
        self.seen.add(name)
        if name not in self.read:
            if name not in self.known.index["objects"]:
                raise KeyError(name)
            self.read[name] = self.recall.object(name)
        return self.read[name]

    def __contains__(self, name: object) -> bool:
        self.seen.add(str(name))
        return name in self.known.index["objects"]

    def __iter__(self) -> Iterator[str]:
        self.seen.add("*")
        return iter(self.known.index["objects"])

    def __len__(self) -> int:
        return len(self.known.index["objects"])


def run_again(
    folder: Path, packages: Path, known: Cache, files: dict[str, SourceFile], changed: list[SourceFile]
) -> Cache | None:
    """Read the changed files again and check what depends on them; None when that would not be enough."""
    again = _Again(folder, known, files, changed)
    return again.result(packages) if again.possible() and again.bind() and again.check() else None


class _Again:
    """One small run."""

    def __init__(self, folder: Path, known: Cache, files: dict[str, SourceFile], changed: list[SourceFile]) -> None:
        self.folder, self.known, self.files, self.changed = folder, known, files, changed
        self.index = known.index
        self.problems = Problems()
        self.objects = Remembered(known)
        self.documents: list[Document] = []
        self.rest: dict[str, Any] = {}
        self.assembly = Assembly(0)
        self.rules: dict[str, list[list[Any]]] = dict(self.index["rules"])
        self.uses: dict[str, Any] = dict(self.index["uses"])
        self.facts: dict[str, Any] = dict(self.index["facts"])
        self.whole: list[list[Any]] = self.index["whole"]
        self.checked: set[str] = set()

    def possible(self) -> bool:
        """Say whether the changed files hold what they held before, and nobody else's words hang on them."""
        names = {file.name for file in self.changed}
        if any(row[2] is None or row[2][0] not in names or row[6] for row in self.index["reading"]):
            return False  # something is wrong elsewhere, and it may have to do with these files
        for file in self.changed:
            before = self.index["alone"].get(file.name)
            found = documents_of(file, self.problems)
            if (
                before is None
                or [[one.kind, one.name] for one in found] != before
                or uses_words(file.data, self.index["objects"])
            ):
                return False
            self.documents += found
        return True

    def bind(self) -> bool:
        """Turn the changed documents into values again."""
        self.rest = self.known.rest()
        remember_right(self.index["right"])
        rest = read_plain(Spec, self.rest)
        self.objects.recall = Recall(self.known, rest)
        self.spec = replace(rest, objects=self.objects)
        self.assembly = assemble(self.documents, max(document.layer for document in self.documents), self.problems)
        binder = Binder(self.problems, self.spec.project.languages)
        for document in self.documents:
            if document.kind == "object":
                one = self.objects.recall.bind(document, self.problems)
                if not self._take(document.name, one):
                    return False
            else:
                part = _BINDERS[document.kind](binder, document.name, document.node)
                if part is None:
                    return False
                group = GROUPS[document.kind]
                self.rest.setdefault(group, {})[document.name] = to_plain(part, everything=True)
                getattr(self.spec, group)[document.name] = part
        return True

    def _take(self, name: str, one: Object) -> bool:
        """Put a new object in the place of the old one; when it looks different, who looked at it is checked again."""
        before = self.objects[name]
        if self.index["worded"] and (before.label != one.label or before.plural != one.plural):
            return False
        self.objects.read[name] = one
        if _face(before) != _face(one):
            self.checked |= {part for part, used in self.uses.items() if name in used or "*" in used}
            self.checked.add("")
        return True

    def check(self) -> bool:
        """Check the new parts and everything that depends on them; False when their lines cannot be told from here."""
        self.checked |= {f"{document.kind}:{document.name}" for document in self.documents}
        names = {file.name for file in self.changed}
        for part, rows in self.rules.items():
            if any(place and place[0] in names for row in rows for place in (row[2], *(at for at, _ in row[6]))):
                self.checked.add(part)
        if self.whole:
            self.checked.add("")
        own = {f"{document.kind}:{document.name}" for document in self.documents}
        origins = Origins(lambda: (self.assembly, None))
        for part in sorted(self.checked - {""}):
            kind, _, name = part.partition(":")
            self.objects.seen = set()
            found = [
                problem
                for problem in check_part(self.spec, kind, name)
                if not said_already(problem, self.problems.found)
            ]
            if found and part not in own:
                return False
            located_rows = [diagnostic_row(located(problem, origins, self.assembly)) for problem in found]
            if any(row[2] is None for row in located_rows) or any(problem.related for problem in found):
                return False
            self.rules[part] = located_rows
            self.uses[part] = sorted(self.objects.seen - {name} if kind == "object" else self.objects.seen)
        return self._check_the_whole()

    def _check_the_whole(self) -> bool:
        """Look from above, when what can be seen from there has changed."""
        for document in self.documents:
            if document.kind == "object":
                facts = facts_of(self.spec, self.objects[document.name])
                if _rows(facts) != _rows(self.facts.get(document.name, ({}, ()))):
                    self.checked.add("")
                self.facts[document.name] = facts
            elif document.kind == "role":
                self.checked.add("")
        if "" in self.checked:
            if any(True for _ in check_whole(self.spec, self.facts)):
                return False  # what is wrong up there may stand in any file
            self.whole = []
        return True

    def result(self, packages: Path) -> Cache:
        """Write the cache anew, the unchanged objects as they were, and give it."""
        files = {name: file.digest for name, file in self.files.items()}
        reading = [diagnostic_row(one) for one in self.problems.found]
        index = {
            **{key: self.index[key] for key in ("project", "lock", "layers", "alone", "worded", "raw")},
            "files": files,
            "right": right_formulas(),
            "state": state_of(self.index["project"], self.index["lock"], files),
            "reading": reading,
            "whole": self.whole,
            "rules": {part: rows for part, rows in self.rules.items() if rows},
            "uses": {part: used for part, used in self.uses.items() if used},
            "facts": {name: facts for name, facts in self.facts.items() if facts[0] or facts[1]},
        }
        new = {document.name: document.file for document in self.documents if document.kind == "object"}
        objects = {
            name: self._text(name, new[name]) if name in new else self.known.object_text(name)
            for name in self.index["objects"]
        }
        return write_cache(self.folder, packages, index, objects, as_json(self.rest))

    def _text(self, name: str, file: str) -> bytes:
        """Write a new object as the old one was kept."""
        return self.files[file].data if name in self.index["raw"] else part_text(self.objects[name])


def _face(one: Object) -> object:
    """Return what other parts can see of an object."""
    return [
        one.title_field,
        one.default_access,
        [
            (
                f.name,
                f.type,
                f.to,
                f.options,
                f.pipeline,
                f.scale,
                f.precision,
                f.min,
                f.max,
                f.result,
                f.formula,
                f.of,
                f.function,
                f.related_list,
                f.parent,
                f.column,
            )
            for f in one.fields.values()
        ],
    ]


def _rows(facts: Any) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    return {address: tuple(read) for address, read in facts[0].items()}, tuple(facts[1])
