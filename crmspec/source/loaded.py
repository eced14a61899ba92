"""What a project turned out to say."""

from __future__ import annotations

from pathlib import Path

from crmspec.diagnostics import Diagnostic, in_order
from crmspec.library import specs_folder
from crmspec.source.assemble import assemble
from crmspec.source.load import bind_all, documents_of, find
from crmspec.source.origins import Origins
from crmspec.source.problems import Problems
from crmspec.spec.spec import Spec


class Loaded:
    """A project as it was read: the spec (None when nothing of it is usable) and all that is wrong."""

    def __init__(self, folder: Path, spec: Spec | None, diagnostics: tuple[Diagnostic, ...], origins: Origins) -> None:
        self.folder = folder
        self.spec = spec
        self.diagnostics = diagnostics
        self.origins = origins


def load(folder: Path, *, cache: bool, packages_folder: Path | None) -> Loaded:
    import gc

    gc.disable()
    problems = Problems()
    found = find(folder, packages_folder or specs_folder(), problems)
    documents = [d for f in found.files for d in documents_of(f, problems)]
    assembly = assemble(documents, len(found.layers) - 1, problems)
    spec = bind_all(assembly, found.project, problems) if found.project else None
    gc.enable()
    return Loaded(folder, spec, in_order(problems.found), Origins(lambda: (assembly, found.document.node if found.document else None)))
