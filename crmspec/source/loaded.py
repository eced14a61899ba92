"""What a project turned out to say: made by a whole run, by a small one, or remembered."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from crmspec.diagnostics import Diagnostic, in_order
from crmspec.library import specs_folder
from crmspec.source.cache import FOLDER, Cache, read_cache, read_diagnostic
from crmspec.source.problems import Problems
from crmspec.source.reading import PROJECT_FILE, SourceFile, package_places, read_bytes, read_own, read_package

if TYPE_CHECKING:
    from crmspec.source.origins import Origins
    from crmspec.spec.parts import Seed
    from crmspec.spec.spec import Spec

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outline:
    """A project without its objects, which `objects` only names; `spec` is None when nothing of it is usable."""

    spec: Spec | None
    objects: tuple[str, ...]


class Loaded:
    """A project as it was read.

    The spec is made when it is first asked for: a project that was read before says whether it is right without it.
    """

    def __init__(
        self,
        folder: Path,
        packages_folder: Path,
        diagnostics: tuple[Diagnostic, ...],
        spec: Callable[[], Spec | None],
        origins: Callable[[], Origins],
        cache: Cache | None,
        outline: Callable[[], Outline],
    ) -> None:
        self.folder = folder
        self.packages_folder = packages_folder
        self.diagnostics = diagnostics
        self._make_spec, self._make_origins = spec, origins
        self._spec: list[Spec | None] = []
        self._origins: Origins | None = None
        self._cache = cache
        self._make_outline = outline
        self._outline: Outline | None = None
        self._samples: tuple[Seed, ...] | None = None

    @property
    def spec(self) -> Spec | None:
        """All that could be understood; None when nothing of it is usable. Deploy it only when nothing is wrong."""
        if not self._spec:
            self._spec.append(_undisturbed(self._make_spec))
        return self._spec[0]

    @property
    def outline(self) -> Outline:
        """What can be known without making every object: enough for most commands that find nothing to do."""
        if self._outline is None:
            self._outline = self._make_outline()
        return self._outline

    @property
    def origins(self) -> Origins:
        """Where each part stands."""
        if self._origins is None:
            self._origins = self._make_origins()
        return self._origins

    def lines(self) -> dict[str, str]:
        """Return where every part of a spec stands, address → `file:line`; options and indexes are left out."""
        from crmspec.source.lines import lines_of

        spec = self.spec
        return lines_of(self.folder, self._cache, spec, lambda: self.origins) if spec is not None else {}

    @property
    def has_errors(self) -> bool:
        """Say whether anything is wrong that keeps the project from being used."""
        return any(one.severity == "error" for one in self.diagnostics)

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the spec, '' without one; remembered beside the cache."""
        from crmspec.spec.kept import fingerprint

        known = self.folder / FOLDER / "fingerprint"
        own_state = self._cache.index["state"] if self._cache else ""
        if own_state and known.is_file():
            state, _, found = known.read_text(encoding="utf-8").partition(" ")
            if state == own_state and len(found) == 64:
                return found
        found = fingerprint(self.spec) if self.spec is not None else ""
        if own_state and found and known.parent.is_dir():
            temporary = known.with_name(f".fingerprint.{id(self)}")
            temporary.write_text(f"{own_state} {found}", encoding="utf-8")
            temporary.replace(known)
        return found

    def keep_marks(self) -> None:
        """Remember what stands for each object, once a command has had to work that out."""
        from crmspec.spec.kept import KeptObjects

        objects = self._spec[0].objects if self._spec and self._spec[0] is not None else None
        if self._cache is not None and isinstance(objects, KeptObjects) and objects.learned:
            from crmspec.source.marks import keep_marks

            keep_marks(self.folder, self._cache, objects)

    @property
    def samples(self) -> tuple[Seed, ...]:
        """The sample records, as far as `load_samples` has read them."""
        return self._samples or ()


def load(folder: Path, *, cache: bool, packages_folder: Path | None) -> Loaded:
    """Read a project, doing again only what has changed since the last time."""
    packages = packages_folder or specs_folder()
    return _undisturbed(lambda: _load(folder, packages, cache))


def _undisturbed(work: Callable[[], T]) -> T:
    """Work without the garbage collector: nothing that is made while loading is garbage before the end."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return work()
    finally:
        if collecting:
            gc.freeze()  # the trees of a large project are looked through by no collection after this
            gc.enable()


def _load(folder: Path, packages: Path, cache: bool) -> Loaded:
    known = read_cache(folder, packages) if cache else None
    files = _files_as_before(folder, packages, known) if known is not None else None
    if known is None or files is None:
        return _whole(folder, packages, cache)
    before = known.index["files"]
    changed = [file for file in files if before.get(file.name) != file.digest]
    if len(files) != len(before) or len(changed) > max(8, len(files) // 20):
        return _whole(folder, packages, cache)
    if changed:
        from crmspec.source.partial import run_again

        known = run_again(folder, packages, known, {file.name: file for file in files}, changed)
    return _remembered(folder, packages, known) if known is not None else _whole(folder, packages, cache)


def _files_as_before(folder: Path, packages: Path, known: Cache) -> list[SourceFile] | None:
    """Read the files that the last run read; None when `crmspec.yaml` or the place of a package has changed."""
    problems = Problems()
    path = folder / PROJECT_FILE
    data = read_bytes(str(path), PROJECT_FILE, problems) if path.is_file() else None
    if data is None or sha256(data).hexdigest() != known.index["project"] or lock_digest(folder) != known.index["lock"]:
        return None
    files: list[SourceFile] = []
    layers: list[list[str]] = known.index["layers"]
    for number, (name, place) in enumerate(layers):
        if package_places(folder, packages, name) != [Path(place)]:
            return None
        files += read_package(Path(place), name, number, problems)
    files += read_own(folder, len(layers), problems)
    return None if problems.found else files


def lock_digest(folder: Path) -> str:
    """Return the digest of the lock file, '' without one."""
    path = folder / "crmspec.lock"
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _remembered(folder: Path, packages: Path, known: Cache) -> Loaded:
    """Give what the cache holds; the spec and the trees are made when they are asked for."""

    def spec() -> Spec:
        from crmspec.source.marks import read_marks
        from crmspec.source.recall import read_spec

        return read_spec(known, read_marks(folder, known))

    rows = [
        *known.index["reading"],
        *known.index["whole"],
        *(row for part in known.index["rules"].values() for row in part),
    ]
    return Loaded(
        folder,
        packages,
        in_order(map(read_diagnostic, rows)),
        spec,
        lambda: _origins_anew(folder, packages),
        known,
        lambda: _outline_remembered(known),
    )


def _outline_remembered(known: Cache) -> Outline:
    from crmspec.spec.canonical import read_plain
    from crmspec.spec.spec import Spec

    return Outline(read_plain(Spec, known.rest()), tuple(known.index["objects"]))


def _outline_of(spec: Spec | None) -> Outline:
    from dataclasses import replace

    return Outline(replace(spec, objects={}), tuple(spec.objects)) if spec is not None else Outline(None, ())


def _origins_anew(folder: Path, packages: Path) -> Origins:
    from crmspec.source.documents import documents_of
    from crmspec.source.load import find, put_together
    from crmspec.source.origins import Origins

    problems = Problems()
    found = find(folder, packages, problems)
    documents = [document for file in found.files for document in documents_of(file, problems)]
    assembly = put_together(documents, len(found.layers) - 1, problems)
    node = found.document.node if found.document else None
    return Origins(lambda: (assembly, node))


def _whole(folder: Path, packages: Path, cache: bool) -> Loaded:
    from dataclasses import replace

    from crmspec.source.load import run
    from crmspec.source.remember import remember
    from crmspec.spec.kept import kept

    result = run(folder, packages)
    known = remember(folder, packages, result, lock_digest(folder)) if cache else None
    spec = replace(result.spec, objects=kept(result.spec.objects)) if result.spec is not None else None
    found = [*result.reading, *(one for part in result.rules.values() for one in part)]
    return Loaded(
        folder,
        packages,
        in_order(found),
        lambda: spec,
        lambda: result.origins,
        known,
        lambda: _outline_of(spec),
    )


def load_samples(loaded: Loaded) -> tuple[Seed, ...]:
    """Read the sample records of a project: its own, else those of the highest package that has any.

    Raises `Refused` when something in them is wrong.
    """
    from crmspec.source.documents import documents_of
    from crmspec.source.load import find, names_of_packages
    from crmspec.source.samples import read_samples

    if loaded._samples is None:
        problems = Problems()
        found = find(loaded.folder, loaded.packages_folder, problems)
        own = len(found.layers) - 1
        documents = [document for file in found.files for document in documents_of(file, problems)]
        names, below = names_of_packages(documents, own)
        spec = loaded.spec
        places = [(layer.name, layer.folder) for layer in found.layers if layer.name]
        loaded._samples = read_samples(loaded.folder, places, spec, names, below) if spec is not None else ()
    return loaded._samples
