"""What a project turned out to say."""

from __future__ import annotations

from pathlib import Path

from crmspec.diagnostics import Diagnostic, in_order
from crmspec.library import specs_folder
from crmspec.source.assemble import Assembly, assemble
from crmspec.source.documents import Document
from crmspec.source.load import bind_all, documents_of, find
from crmspec.source.origins import Origins
from crmspec.source.problems import Problems
from crmspec.source.references import Graph
from crmspec.source.removal import drop_removed
from crmspec.source.renames import addresses_of, check_renames, entries_of, Names, names_for, rename_documents
from crmspec.spec.rules import Problem, check_spec
from crmspec.spec.spec import Spec


class Loaded:
    """A project as it was read: the spec (None when nothing of it is usable) and all that is wrong."""

    def __init__(self, folder: Path, spec: Spec | None, diagnostics: tuple[Diagnostic, ...], origins: Origins) -> None:
        self.folder = folder
        self.spec = spec
        self.diagnostics = diagnostics
        self.origins = origins


def load(folder: Path, *, cache: bool, packages_folder: Path | None) -> Loaded:
    """Read everything, put it together, and check it."""
    import gc

    collecting = gc.isenabled()
    gc.disable()  # nothing that is made here is garbage before the end
    try:
        return _load(folder, packages_folder or specs_folder())
    finally:
        if collecting:
            gc.enable()


def _load(folder: Path, packages_folder: Path) -> Loaded:
    problems = Problems()
    found = find(folder, packages_folder, problems)
    documents = [document for file in found.files for document in documents_of(file, problems)]
    assembly = put_together(documents, len(found.layers) - 1, problems)
    project_node = found.document.node if found.document else None
    origins = Origins(lambda: (assembly, project_node))
    spec = None
    if found.project is not None:
        spec = bind_all(assembly, found.project, problems)
        check_renames(entries_of(assembly.lists["renames"]), addresses_of(assembly), problems)
        for problem in check_spec(spec):
            report(problem, origins, problems, assembly)
    return Loaded(folder, spec, in_order(problems.found), origins)


def put_together(documents: list[Document], own: int, problems: Problems) -> Assembly:
    """Rename what packages say, lay the layers over each other, and drop what the team removed."""
    names: Names | None = None
    renames = [document.head for document in documents if document.kind == "renames" and document.layer == own]
    if renames:
        packages = [document for document in documents if document.layer < own]
        below = assemble(packages, own, Problems())
        names = names_for(entries_of(renames), addresses_of(below))
        if names:
            rename_documents(packages, names, Graph(below))
    assembly = assemble(documents, own, problems)
    assembly.former = names.objects if names is not None else {}
    drop_removed(assembly)
    return assembly


def report(problem: Problem, origins: Origins, problems: Problems, assembly: Assembly) -> None:
    """Give what a rule found its place, and say when it is there because something was removed."""
    related = tuple((place, word) for address, key, word in problem.related if (place := origins.at(address, key)) is not None)
    place = origins.marked(problem.address, problem.key, problem.start, problem.length)
    why, help = problem.why, problem.help
    if assembly.removed and problem.code in ("CRM301", "CRM302", "CRM401"):
        for address, node in assembly.removed.items():
            if f"`{address.rpartition('.')[2]}`" in problem.what and node.file != "":
                why = f"`{address}` is removed in {node.at}"
                help = "keep it, or change or remove this part, too" + (": `extend` it" if place and place.file.startswith("package:") else "")
                related = (*related, (node.at, "removed here"))
                break
    problems.add(problem.code, problem.what, place, why=why, help=help, severity=problem.severity, related=related)
