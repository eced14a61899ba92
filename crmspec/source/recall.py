"""What the cache holds of an object → the object: from its JSON, or from the text of the one file that says it.

A file is kept as it was written where one document of it says the whole object: reading it again costs less than
writing every object as JSON after each whole run would.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from crmspec.source.assemble import Assembly
from crmspec.source.bind import Binder
from crmspec.source.bind_object import bind_object
from crmspec.source.cache import Cache
from crmspec.source.documents import Document, documents_of
from crmspec.source.fill import finished
from crmspec.source.problems import Problems
from crmspec.source.reading import SourceFile
from crmspec.source.words import words_of
from crmspec.spec.canonical import read_plain
from crmspec.spec.kept import KeptObjects, Mark
from crmspec.spec.parts import Object, Pipeline
from crmspec.spec.spec import Spec


class Recall:
    """Makes the objects of a cache; `spec` is everything else it holds."""

    def __init__(self, known: Cache, spec: Spec) -> None:
        self.known, self.spec = known, spec
        self.value_sets = dict(spec.value_sets)
        self.pipelines: dict[str, list[Pipeline]] = {}
        for pipeline in spec.pipelines.values():
            self.pipelines.setdefault(pipeline.object, []).append(pipeline)

    def object(self, name: str) -> Object:
        """Make one object."""
        text = self.known.object_text(name)
        file = self.known.index["raw"].get(name)
        if file is None:
            return read_plain(Object, json.loads(text))
        documents = documents_of(SourceFile(file, 0, text, ""), Problems())
        return self.bind(next(one for one in documents if one.kind == "object" and one.name == name), Problems())

    def bind(self, document: Document, problems: Problems) -> Object:
        """Turn the one document that says an object into the object."""
        alone = Assembly(document.layer)
        alone.declare(document)
        languages = self.spec.project.languages
        terms = {name: term for name, term in self.spec.terms.items() if name == document.name}
        binder = Binder(problems, languages, words_of(alone, terms, languages))
        bound = bind_object(binder, document.name, document.node)
        return finished(bound, self.pipelines, self.value_sets, binder.spoken)


def read_spec(known: Cache, marks: Mapping[str, Mark]) -> Spec:
    """Give the spec of what the cache holds; each object is made when somebody looks at it."""
    rest = read_plain(Spec, known.rest())
    return replace(rest, objects=KeptObjects(known.index["objects"], Recall(known, rest).object, marks))
