"""One folder → one Spec, and everything that is wrong with it: a whole run, nothing remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from crmspec.diagnostics import Diagnostic
from crmspec.source.assemble import Assembly, Part, assemble
from crmspec.source.bind import Binder
from crmspec.source.bind_access_tests import bind_access_test
from crmspec.source.bind_object import bind_object, bind_value_set
from crmspec.source.bind_parts import bind_merge, bind_pipeline, bind_rename, bind_seed, bind_split
from crmspec.source.bind_people import bind_organization
from crmspec.source.bind_role import bind_role
from crmspec.source.bind_screens import bind_app, bind_dashboard, bind_layout, bind_list_view, bind_report
from crmspec.source.bind_sharing import bind_restriction, bind_sharing
from crmspec.source.documents import Document, documents_of
from crmspec.source.fill import finished
from crmspec.source.layers import Layer, own_layer, package_layers, read_project_file
from crmspec.source.locate import located, said_already
from crmspec.source.lock import check_lock
from crmspec.source.origins import Origins
from crmspec.source.problems import Problems
from crmspec.source.reading import SourceFile
from crmspec.source.references import Graph
from crmspec.source.removal import drop_removed
from crmspec.source.renames import Names, addresses_of, check_renames, entries_of, names_for, rename_documents
from crmspec.source.tree import Node
from crmspec.source.words import terms_of, words_of
from crmspec.spec.parts import Object, Organization, Pipeline, Project
from crmspec.spec.rules import check_part, check_whole, facts_of, others
from crmspec.spec.spec import Spec

T = TypeVar("T")


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


@dataclass(slots=True)
class Run:
    """What one run found out, and what the next one can use of it."""

    found: Found
    assembly: Assembly
    documents: list[Document]
    spec: Spec | None
    reading: list[Diagnostic]  # of files, documents and values
    rules: dict[str, list[Diagnostic]] = field(default_factory=dict)  # of parts, by `kind:name`; '' for the whole
    uses: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the objects a part looked at
    facts: dict[str, tuple[dict[str, tuple[str, ...]], tuple[str, ...]]] = field(default_factory=dict)

    @property
    def origins(self) -> Origins:
        """Find lines in what was read."""
        node = self.found.document.node if self.found.document else None
        return Origins(lambda: (self.assembly, node))


class Watched(dict[str, Object]):
    """The objects of a spec, noting which of them are looked at, so that a later run knows what depends on what."""

    __slots__ = ("seen",)

    def __init__(self, objects: dict[str, Object]) -> None:
        super().__init__(objects)
        self.seen: set[str] = set()

    def __getitem__(self, name: str) -> Object:
        self.seen.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Object | None = None) -> Object | None:  # type: ignore[override]
        """Look at one object."""
        self.seen.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.seen.add(str(name))
        return super().__contains__(name)

    def values(self):  # type: ignore[no-untyped-def]
        """Look at all of them."""
        self.seen.add("*")
        return super().values()


def find(folder: Path, packages_folder: Path, problems: Problems) -> Found:
    """Read every file of a project and its packages."""
    file, document, project = read_project_file(folder, problems)
    layers: list[Layer] = []
    if document is not None and project is not None:
        layers = package_layers(folder, packages_folder, document, project, problems)
        layers.append(own_layer(folder, len(layers), problems))
    return Found(folder, file, document, project, layers)


def run(folder: Path, packages_folder: Path) -> Run:
    """Read everything, put it together, bind it and check it.

    1. Files become trees, trees documents. 2. Renames reach the packages, patches are laid over what they patch, and
    what is removed leaves the lists. 3. Trees become parts. 4. Parts are checked against each other.
    """
    problems = Problems()
    found = find(folder, packages_folder, problems)
    documents = [document for file in found.files for document in documents_of(file, problems)]
    assembly = put_together(documents, len(found.layers) - 1, problems)
    if found.project is None:
        return Run(found, assembly, documents, None, problems.found)
    check_lock(folder, found.layers, problems)
    spec = bind_all(assembly, found.project, problems)
    entries = entries_of(assembly.lists["renames"])
    if entries:
        check_renames(entries, addresses_of(assembly), problems)
    result = Run(found, assembly, documents, spec, problems.found)
    _check(result, spec)
    return result


def put_together(documents: list[Document], own: int, problems: Problems) -> Assembly:
    """Rename what packages say, lay the layers over each other, and drop what the team removed."""
    names, below = names_of_packages(documents, own)
    if names and below is not None:
        rename_documents([document for document in documents if document.layer < own], names, below)
    assembly = assemble(documents, own, problems)
    assembly.former = names.objects
    drop_removed(assembly)
    return assembly


def names_of_packages(documents: list[Document], own: int) -> tuple[Names, Graph | None]:
    """Return what the names that packages use have become, and the graph of those names."""
    renames = [document.head for document in documents if document.kind == "renames" and document.layer == own]
    if not renames:
        return Names(), None
    below = assemble([document for document in documents if document.layer < own], own, Problems())
    return names_for(entries_of(renames), addresses_of(below)), Graph(below)


def bind_all(assembly: Assembly, project: Project, problems: Problems) -> Spec:
    """Turn the trees into values and fill in what they leave out."""
    terms = terms_of(assembly, Binder(problems, project.languages))
    binder = Binder(problems, project.languages, words_of(assembly, terms, project.languages))
    parts = assembly.parts
    value_sets = _bound(binder, parts["value_set"], "value set", bind_value_set)
    pipelines = _bound(binder, parts["pipeline"], "pipeline", bind_pipeline)
    by_object: dict[str, list[Pipeline]] = {}
    for pipeline in pipelines.values():
        by_object.setdefault(pipeline.object, []).append(pipeline)

    def one_object(binder: Binder, name: str, node: Node) -> Object | None:
        if problems.full(node.file):
            return None
        return finished(bind_object(binder, name, node), by_object, value_sets, binder.spoken)

    return Spec(
        project=project,
        value_sets=value_sets,
        pipelines=pipelines,
        terms=terms,
        objects=_bound(binder, parts["object"], "object", one_object),
        roles=_bound(binder, parts["role"], "role", bind_role),
        organization=bind_organization(binder, assembly.organization)
        if assembly.organization is not None
        else Organization(),
        reports=_bound(binder, parts["report"], "report", bind_report),
        list_views=_bound(binder, parts["list_view"], "list view", bind_list_view),
        layouts=_bound(binder, parts["layout"], "layout", bind_layout),
        dashboards=_bound(binder, parts["dashboard"], "dashboard", bind_dashboard),
        apps=_bound(binder, parts["app"], "app", bind_app),
        seeds=_bound(
            binder, parts["seed"], "seed", lambda binder, name, node: bind_seed(binder, name, node, sample=False)
        ),
        sharing=_bound(binder, parts["sharing"], "sharing rule", bind_sharing),
        restrictions=_bound(binder, parts["restriction"], "restriction", bind_restriction),
        access_tests=tuple(_each(binder, assembly.lists["access_tests"], bind_access_test)),
        renames=tuple(_each(binder, assembly.lists["renames"], bind_rename)),
        merges=tuple(_each(binder, assembly.lists["merges"], bind_merge)),
        splits=tuple(_each(binder, assembly.lists["splits"], bind_split)),
    )


def _bound(
    binder: Binder, parts: dict[str, Part], kind: str, bind: Callable[[Binder, str, Node], T | None]
) -> dict[str, T]:
    out: dict[str, T] = {}
    for name, part in parts.items():
        head = part.documents[0].head
        if binder.name(name, head, "", kind, head.at):
            value = bind(binder, name, part.node)
            if value is not None:
                out[name] = value
    return out


def _each(binder: Binder, lists: list[Node], bind: Callable[[Binder, Node], T | None]) -> Iterator[T]:
    for node in lists:
        assert isinstance(node.value, list)
        for child in node.value:
            value = bind(binder, child)
            if value is not None:
                yield value


def _check(result: Run, spec: Spec) -> None:
    """Check every part, noting what it looked at."""
    watched = Watched(dict(spec.objects))
    view = replace(spec, objects=watched)
    groups = {"object": spec.objects, **others(spec)}
    for kind, group in groups.items():
        for name in group:
            watched.seen = set()
            check_one(result, view, kind, name)
            if kind == "layout" and spec.layouts[name].related:
                watched.seen.add("*")  # related lists come from any object, and are worked out once
            result.uses[f"{kind}:{name}"] = tuple(watched.seen - {name} if kind == "object" else watched.seen)
    for name, one in spec.objects.items():
        result.facts[name] = facts_of(spec, one)
    check_the_whole(result, spec)


def check_one(result: Run, spec: Spec, kind: str, name: str) -> None:
    """Check one part and keep what is wrong with it."""
    found = [
        located(problem, result.origins, result.assembly)
        for problem in check_part(spec, kind, name)
        if not said_already(problem, result.reading)
    ]
    if found:
        result.rules[f"{kind}:{name}"] = found
    else:
        result.rules.pop(f"{kind}:{name}", None)


def check_the_whole(result: Run, spec: Spec) -> None:
    """Check what can only be seen from above."""
    result.rules[""] = [
        located(problem, result.origins, result.assembly) for problem in check_whole(spec, result.facts)
    ]
