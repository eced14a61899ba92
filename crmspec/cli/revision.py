"""Another state of the project, a folder or a git revision → its spec."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from crmspec.diagnostics import Diagnostic, Refused, in_order

if TYPE_CHECKING:
    from crmspec.spec import Spec

_SECONDS_MAX = 60


def spec_against(folder: Path, wanted: str) -> Spec:
    """Return the spec of another folder, or of this project at a git revision; refuse one with errors."""
    other = Path(wanted)
    if wanted and other.is_dir():
        return _loaded(other, wanted)
    with tempfile.TemporaryDirectory(prefix="crmspec-revision-") as copy:
        _extract(_archive(folder, wanted), Path(copy))
        return _loaded(Path(copy), wanted)


def _loaded(folder: Path, wanted: str) -> Spec:
    from crmspec.source import load_project

    loaded = load_project(folder)
    errors = [diagnostic for diagnostic in loaded.diagnostics if diagnostic.severity == "error"]
    if errors or loaded.spec is None:
        broken = f"the project at `{wanted}` has errors itself"
        head = Diagnostic("CRM911", broken, help="compare with one that is valid")
        raise Refused(head, *in_order(errors))
    return loaded.spec


def _archive(folder: Path, revision: str) -> bytes:
    """Ask git for the project's folder as it was."""
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise Refused(Diagnostic(
            "CRM912", f"`{revision}` is neither a folder nor a revision of this project's git repository",
            help="name a folder, a branch, a tag or a commit: --against origin/main",
        ))
    archive = _git(folder, "archive", "--format=tar", commit.decode().strip())
    if archive is None:
        raise Refused(Diagnostic("CRM912", f"the project is not in the revision `{revision}`", help="name a later one"))
    return archive


def _git(folder: Path, *arguments: str) -> bytes | None:
    """Run git in the project; None when it says no, or is not there."""
    try:
        done = subprocess.run(  # noqa: S603 - the revision is data behind --end-of-options, or a commit's hash
            ["git", *arguments], cwd=folder, capture_output=True, check=False, timeout=_SECONDS_MAX,  # noqa: S607
        )
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


def _extract(archive: bytes, folder: Path) -> None:
    """Write the plain files of the project; links and whatever else are left out, no path leads out of the folder."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            path = Path(member.name)
            content = tar.extractfile(member) if member.isreg() and member.name.endswith(".yaml") else None
            if content is not None and not path.is_absolute() and ".." not in path.parts:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content.read())
