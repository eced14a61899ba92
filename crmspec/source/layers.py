"""The layers of a project: packages in the order `crmspec.yaml` names them, then the team's own specs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from crmspec.diagnostics import Position, did_you_mean
from crmspec.source.bind import Binder
from crmspec.source.bind_project import Package, bind_package, bind_project
from crmspec.source.documents import Document, document_of
from crmspec.source.problems import Problems
from crmspec.source.reading import (
    PACKAGE_FILE,
    PROJECT_FILE,
    SourceFile,
    package_places,
    read_bytes,
    read_own,
    read_package,
)
from crmspec.source.tree import Node, read_tree
from crmspec.spec.parts import Project


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: a package with its folder and files, or (named '') the team's own specs."""

    name: str
    folder: Path
    files: tuple[SourceFile, ...]
    package: Package | None = None
    head: SourceFile | None = None  # the package's own `package.yaml`

    @property
    def version(self) -> str:
        """The package's version; '' for the team's own layer."""
        return self.package.version if self.package else ""


def read_project_file(folder: Path, problems: Problems) -> tuple[SourceFile | None, Document | None, Project | None]:
    """Read `crmspec.yaml`, which says what else to read."""
    from hashlib import sha256

    path = folder / PROJECT_FILE
    if not os.path.lexists(path):
        near = next((p.name for p in sorted(folder.glob("*.y*ml"))), "") if folder.is_dir() else ""
        problems.add(
            "CRM123",
            f"there is no {PROJECT_FILE} in {folder}",
            None,
            why="a project is a folder with this file",
            help=f"rename `{near}`"
            if near.startswith("crm")
            else "go to the project's folder, name it with `-C DIR`, or run `crmspec init DIR`",
        )
        return None, None, None
    data = read_bytes(str(path), PROJECT_FILE, problems)
    if data is None:
        return None, None, None
    file = SourceFile(PROJECT_FILE, 0, data, sha256(data).hexdigest(), str(path))
    document = None
    for index, node in enumerate(read_tree(PROJECT_FILE, data, problems)):
        found = document_of(node, 0, index, problems)
        if found and found.kind != "crm":
            problems.add(
                "CRM204",
                f"a document `{found.kind}` stands in {PROJECT_FILE}",
                found.head.key_at,
                why="this file only says what the project is",
                help="move it to a file under specs/",
            )
        elif found:
            document = found
    if document is None:
        if not problems.has_errors:
            problems.add(
                "CRM211",
                f"{PROJECT_FILE} does not begin with `crm`",
                Position(PROJECT_FILE, 1, 1),
                why="the first key of a document says what it is",
                help="begin it with `crm: acme`",
            )
        return file, None, None
    return file, document, _project(document, problems)


def _project(document: Document, problems: Problems) -> Project:
    """Read the project twice: its languages first, because its label needs them."""
    said = document.node.get("languages")
    languages: tuple[str, ...] = ("en",)
    if said is not None and isinstance(said.value, list | str):
        values = said.value if isinstance(said.value, list) else [said]
        languages = tuple(dict.fromkeys(v.value for v in values if isinstance(v.value, str) and v.value)) or ("en",)
    return bind_project(Binder(problems, languages), document.node)


def package_layers(
    folder: Path, packages_folder: Path, document: Document, project: Project, problems: Problems
) -> list[Layer]:
    """Find and read the packages, in order, each checked against what is asked of it."""
    said = document.node.get("packages")
    entries = said.value if said is not None and isinstance(said.value, list) else [said] if said is not None else []
    layers: list[Layer] = []
    for wanted in project.packages:
        name, _, version = wanted.partition("@")
        at = next((node.at for node in entries if node.value == wanted), document.node.at)
        if any(layer.name == name for layer in layers):
            problems.add(
                "CRM220", f"the package `{name}` stands twice", at, why="a package is one layer", help="remove one"
            )
            continue
        layer = _package_layer(folder, packages_folder, name, len(layers), at, problems)
        if layer is None:
            continue
        _fits_what_is_asked(layer, version, layers, at, problems)
        layers.append(layer)
    return layers


def package_names(folder: Path, packages_folder: Path) -> list[str]:
    """Return the names of all packages that can be found."""
    homes = (folder / "packages", packages_folder, packages_folder / "templates")
    return sorted({place.parent.name for home in homes for place in home.glob(f"*/{PACKAGE_FILE}")})


def _package_layer(
    folder: Path, packages_folder: Path, name: str, layer: int, at: Position, problems: Problems
) -> Layer | None:
    places = package_places(folder, packages_folder, name)
    if not places:
        problems.add(
            "CRM221",
            f"there is no package `{name}`",
            at,
            why="it is neither shipped nor under the project's packages/",
            help=did_you_mean(name, package_names(folder, packages_folder)),
        )
        return None
    if len(places) > 1:
        problems.add(
            "CRM221",
            f"the package `{name}` is there twice",
            at,
            why="the project's own packages/ and the shipped packages both have it",
            help="rename or remove your own",
        )
    place = places[0]
    files = read_package(place, name, layer, problems)
    head = next((file for file in files if file.name == f"package:{name}/{PACKAGE_FILE}"), None)
    trees: list[Node] = read_tree(head.name, head.data, problems) if head else []
    if not trees:
        return None
    binder = Binder(problems, ("en",))
    package = bind_package(binder, trees[0])
    if package.name != name:
        problems.add(
            "CRM221",
            f"the package in the folder `{name}` calls itself `{package.name}`",
            trees[0].at,
            why="a package is found by its folder",
            help=f"write `package: {name}`",
        )
    return Layer(name, place, tuple(file for file in files if file is not head), package, head)


def _fits_what_is_asked(layer: Layer, version: str, below: list[Layer], at: Position, problems: Problems) -> None:
    has = layer.version
    if version and has != version and not has.startswith(version + "."):
        problems.add(
            "CRM222",
            f"the package `{layer.name}` has version {has}, and {version} is asked for",
            at,
            why="another version may have other parts",
            help=f"write `{layer.name}@{has.split('.')[0]}` after reading what changed",
        )
    for needed in layer.package.requires if layer.package else ():
        if not any(other.name == needed.partition("@")[0] for other in below):
            problems.add(
                "CRM227",
                f"the package `{layer.name}` needs `{needed}` below it",
                at,
                why="it extends parts of that package",
                help=f"name it before: `packages: [{needed}, {layer.name}]`",
            )


def own_layer(folder: Path, layer: int, problems: Problems) -> Layer:
    """Read the team's own specs."""
    return Layer("", folder, tuple(read_own(folder, layer, problems)))
