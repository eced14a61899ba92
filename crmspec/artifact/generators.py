"""Generators are found by their folders: crmspec's own, then the project's. Nobody names one in code.

A generator is a folder with an `__init__.py` that has `generate(plan, context)`. It must give the same files for the
same plan, should give every file of its own each time, and must not read the disk, the clock or a database.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path, PurePosixPath

from crmspec.artifact.artifact import Artifact, Context
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.library import generators_folder
from crmspec.plan import Plan

Generate = Callable[[Plan, Context], Iterable[Artifact]]


@dataclass(frozen=True, slots=True)
class Generator:
    """One generator: its name is its folder's."""

    name: str
    folder: Path

    def generate(self, plan: Plan, context: Context) -> Iterator[Artifact]:
        """Give every file that the generator makes of a plan."""
        for artifact in _load(self)(plan, context):
            _refuse_stray(self, artifact)
            yield artifact


def find_generators(project: Path | None = None) -> tuple[Generator, ...]:
    """Return crmspec's generators and those of a project, each kind in the order of names."""
    found: dict[str, Generator] = {}
    for root in (generators_folder(), *((project / "generators",) if project else ())):
        for file in sorted(root.glob("*/__init__.py")):
            name = file.parent.name
            if name in found:
                raise Refused(
                    Diagnostic(
                        "CRM804",
                        f"two generators are called `{name}`: {found[name].folder} and {file.parent}",
                        help="give the project's generator a name of its own",
                    )
                )
            found[name] = Generator(name, file.parent)
    return tuple(found.values())


def generate_artifacts(
    plan: Plan, *, folder: Path | None = None, context: Context | None = None
) -> tuple[Artifact, ...]:
    """Have every generator make its files of a plan, in the order of paths. `folder` is the project's."""
    made: dict[str, str] = {}
    found = []
    for generator in find_generators(folder):
        for artifact in generator.generate(plan, context or Context()):
            if artifact.path in made:
                raise Refused(
                    Diagnostic(
                        "CRM805",
                        f"two generators make {artifact.path}: {made[artifact.path]} and {generator.name}",
                        help=f"let {generator.name} write to another path",
                    )
                )
            made[artifact.path] = generator.name
            found.append(artifact)
    return tuple(sorted(found, key=lambda artifact: artifact.path))


def _load(generator: Generator) -> Generate:
    """Import a generator's folder under a name of its own, so that a project's never meets one of ours."""
    ours = generator.folder.parent == generators_folder()
    name = f"generators.{generator.name}" if ours else f"crmspec_project_generators.{generator.name}"
    module = sys.modules.get(name)
    if module is None or Path(module.__file__ or "").parent != generator.folder:
        spec = spec_from_file_location(
            name, generator.folder / "__init__.py", submodule_search_locations=[str(generator.folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(module)
    generate: Generate | None = getattr(module, "generate", None)
    if generate is None:
        raise Refused(
            Diagnostic(
                "CRM806",
                f"the generator `{generator.name}` has no function `generate`",
                why=f"{generator.folder}/__init__.py was read",
                help="see generators/README.md",
            )
        )
    return generate


def _refuse_stray(generator: Generator, artifact: Artifact) -> None:
    path = PurePosixPath(artifact.path)
    if (
        path.is_absolute()
        or ".." in path.parts
        or "\\" in artifact.path
        or path.parts[:1] not in (("generated",), ("migrations",))
    ):
        raise Refused(
            Diagnostic(
                "CRM807",
                f"the generator `{generator.name}` would write to {artifact.path}",
                why="generators write below generated/ and migrations/ only",
                help="see generators/README.md",
            )
        )
