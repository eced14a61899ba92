"""One folder → one Spec, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crmspec.source.assemble import Assembly
from crmspec.source.bind import Binder
from crmspec.source.bind_object import bind_object, bind_value_set, spoken
from crmspec.source.bind_parts import (
    bind_access_test,
    bind_layout,
    bind_list_view,
    bind_merge,
    bind_organization,
    bind_pipeline,
    bind_rename,
    bind_report,
    bind_seed,
)
from crmspec.source.bind_role import bind_role
from crmspec.source.documents import Document, document_of
from crmspec.source.fill import finished
from crmspec.source.layers import Layer, own_layer, package_layers, read_project_file
from crmspec.source.problems import Problems
from crmspec.source.reading import SourceFile
from crmspec.source.tree import Node, read_tree
from crmspec.source.words import terms_of, words_of
from crmspec.spec.parts import Organization, Pipeline, Project
from crmspec.spec.spec import Spec


@dataclass(slots=True)
class Found:
    """What lies in the folders of a project: `crmspec.yaml` and the layers."""

    folder: Path
    file: SourceFile | None
    document: Document | None
    project: Project | None
    layers: list[Layer]

    @property
    def files(self) -> Iterator[SourceFile]:
        """Every file of every layer, lowest layer first."""
        for layer in self.layers:
            yield from layer.files


def find(folder: Path, packages_folder: Path, problems: Problems) -> Found:
    """Read every file of a project and its packages."""
    file, document, project = read_project_file(folder, problems)
    layers: list[Layer] = []
    if document is not None and project is not None:
        layers = package_layers(folder, packages_folder, document, project, problems)
        layers.append(own_layer(folder, len(layers), problems))
    return Found(folder, file, document, project, layers)


def documents_of(file: SourceFile, problems: Problems) -> list[Document]:
    """Read one file into its documents."""
    out = []
    for index, node in enumerate(read_tree(file.name, file.data, problems)):
        document = document_of(node, file.layer, index, problems)
        if document is not None:
            out.append(document)
    return out


def bind_all(assembly: Assembly, project: Project, problems: Problems) -> Spec:
    """Turn the trees into values and fill in what they leave out."""
    plain = Binder(problems, project.languages)
    terms = terms_of(assembly, plain)
    binder = Binder(problems, project.languages, words_of(assembly, terms, project.languages))
    parts = assembly.parts
    value_sets = {name: bind_value_set(binder, name, part.node) for name, part in _named(binder, parts["value_set"], "value set")}
    pipelines: dict[str, Pipeline] = {}
    by_object: dict[str, list[Pipeline]] = {}
    for name, part in _named(binder, parts["pipeline"], "pipeline"):
        pipeline = bind_pipeline(binder, name, part.node)
        if pipeline is not None:
            pipelines[name] = pipeline
            by_object.setdefault(pipeline.object, []).append(pipeline)
    objects = {}
    for name, part in _named(binder, parts["object"], "object"):
        if not problems.full(part.node.file):
            objects[name] = finished(bind_object(binder, name, part.node), by_object, value_sets,
                                     lambda field: binder.text_in_languages(spoken(field)))
    bound: dict[str, dict[str, object]] = {"report": {}, "list_view": {}, "layout": {}}
    for kind, bind in (("report", bind_report), ("list_view", bind_list_view), ("layout", bind_layout)):
        for name, part in _named(binder, parts[kind], kind.replace("_", " ")):
            value = bind(binder, name, part.node)
            if value is not None:
                bound[kind][name] = value
    return Spec(
        project=project, objects=objects, value_sets=value_sets, pipelines=pipelines,
        roles={name: bind_role(binder, name, part.node) for name, part in _named(binder, parts["role"], "role")},
        organization=bind_organization(binder, assembly.organization) if assembly.organization is not None else Organization(),
        reports=bound["report"], list_views=bound["list_view"], layouts=bound["layout"],  # type: ignore[arg-type]
        seeds={name: seed for name, part in _named(binder, parts["seed"], "seed")
               if (seed := bind_seed(binder, name, part.node, sample=False)) is not None},
        terms=terms,
        access_tests=tuple(_each(binder, assembly.lists["access_tests"], bind_access_test)),
        renames=tuple(_each(binder, assembly.lists["renames"], bind_rename)),
        merges=tuple(_each(binder, assembly.lists["merges"], bind_merge)),
    )


def _named(binder: Binder, parts: dict[str, object], kind: str) -> Iterator[tuple[str, object]]:
    for name, part in parts.items():
        head = part.documents[0].head
        if binder.name(name, head, "", kind, head.at):
            yield name, part


def _each(binder: Binder, lists: list[Node], bind: object) -> Iterator[object]:
    for node in lists:
        for child in node.value:
            value = bind(binder, child)
            if value is not None:
                yield value
