"""What a project turned out to say."""

from __future__ import annotations

from pathlib import Path

from crmspec.diagnostics import Diagnostic, in_order
from crmspec.library import specs_folder
from crmspec.source.assemble import assemble
from crmspec.source.load import bind_all, documents_of, find
from crmspec.source.origins import Origins
from crmspec.source.problems import Problems
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
    assembly = assemble(documents, len(found.layers) - 1, problems)
    project_node = found.document.node if found.document else None
    origins = Origins(lambda: (assembly, project_node))
    spec = None
    if found.project is not None:
        spec = bind_all(assembly, found.project, problems)
        for problem in check_spec(spec):
            report(problem, origins, problems)
    return Loaded(folder, spec, in_order(problems.found), origins)


def report(problem: Problem, origins: Origins, problems: Problems) -> None:
    """Give what a rule found its place."""
    related = tuple((place, word) for address, key, word in problem.related if (place := origins.at(address, key)) is not None)
    problems.add(problem.code, problem.what, origins.marked(problem.address, problem.key, problem.start, problem.length),
                 why=problem.why, help=problem.help, severity=problem.severity, related=related)
