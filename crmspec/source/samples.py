"""Sample records: read only when somebody asks for them, because nothing but a demonstration needs them."""

from __future__ import annotations

from pathlib import Path

from crmspec.diagnostics import Refused, in_order
from crmspec.source.assemble import Assembly
from crmspec.source.bind import Binder
from crmspec.source.bind_parts import bind_seed
from crmspec.source.documents import Document, document_of
from crmspec.source.origins import Origins
from crmspec.source.problems import Problems
from crmspec.source.reading import SAMPLE, SourceFile, read_folder
from crmspec.source.references import Graph
from crmspec.source.renames import Names, rename_documents
from crmspec.source.tree import read_tree
from crmspec.spec.parts import Seed
from crmspec.spec.rules import seed_problems
from crmspec.spec.spec import Spec


def read_samples(
    folder: Path, package_folders: list[tuple[str, Path]], spec: Spec, names: Names, below: Graph | None
) -> tuple[Seed, ...]:
    """Read the sample seeds of the highest layer that has any; refuse them when something in them is wrong."""
    problems = Problems()
    documents: list[Document] = []
    for file in _files(folder, package_folders, problems):
        for index, node in enumerate(read_tree(file.name, file.data, problems)):
            document = document_of(node, file.layer, index, problems)
            if document is not None and document.kind == "seed":
                documents.append(document)
            elif document is not None:
                problems.add(
                    "CRM204",
                    f"a document `{document.kind}` stands among the sample records",
                    document.head.key_at,
                    why="a sample folder holds seeds only",
                    help="move it to specs/",
                )
    packaged = [document for document in documents if document.file.startswith("package:")]
    if names and below is not None:
        rename_documents(packaged, names, below)
    seeds = _bound(documents, spec, problems)
    if problems.has_errors:
        raise Refused(*in_order(problems.found))
    return seeds


def _files(folder: Path, package_folders: list[tuple[str, Path]], problems: Problems) -> list[SourceFile]:
    homes = [(SAMPLE, folder / SAMPLE, folder), (f"specs/{SAMPLE}", folder / "specs" / SAMPLE, folder)]
    homes += [(f"package:{name}/{SAMPLE}", place / SAMPLE, place) for name, place in reversed(package_folders)]
    for prefix, home, root in homes:
        if home.is_dir():
            files = read_folder(home, f"{prefix}/", 0, problems, root=root)
            if files:
                return files
    return []


def _bound(documents: list[Document], spec: Spec, problems: Problems) -> tuple[Seed, ...]:
    binder = Binder(problems, spec.project.languages)
    assembly = Assembly(0)
    seeds: dict[str, Seed] = {}
    for document in documents:
        if document.name in seeds:
            problems.add(
                "CRM220",
                f"the seed `{document.name}` is declared twice",
                document.head.at,
                why="one of them would be lost",
                help="rename one of them",
            )
            continue
        seed = bind_seed(binder, document.name, document.node, sample=True)
        if seed is not None:
            seeds[document.name] = seed
            assembly.declare(document)
    origins = Origins(lambda: (assembly, None))
    for seed in seeds.values():
        for problem in seed_problems(spec, seed):
            problems.add(
                problem.code, problem.what, origins.at(problem.address, problem.key), why=problem.why, help=problem.help
            )
    return tuple(seeds.values())
