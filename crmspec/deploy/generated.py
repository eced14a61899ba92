"""The project's side of a deploy: what is generated from its spec, and where in git it stands."""

from __future__ import annotations

import getpass
import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from crmspec.artifact import Artifact, Context, Written, committed, generate_artifacts, stale, write_artifacts
from crmspec.artifact.committed import RETIRED_FILE, leads_to
from crmspec.artifact.write import finish_writing
from crmspec.deploy.contents import Texts
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.history import digests_of, text_bytes
from crmspec.plan import Plan, make_plan
from crmspec.spec import Environment, Spec, fingerprint

FOLDER = "generated"
_GIT_SECONDS = 10


def read_artifacts(project_folder: Path) -> Texts:
    """Return what was generated, path → content, as it lies in the project and was reviewed.

    With it goes the list of what is out of sight, so that a database knows of itself what can come back.
    """
    root = os.path.join(project_folder, "")
    paths = [RETIRED_FILE] if (project_folder / RETIRED_FILE).is_file() else []
    for folder, _, names in os.walk(project_folder / FOLDER):
        files = (os.path.join(folder, name) for name in names)
        paths += [file.removeprefix(root).replace(os.sep, "/") for file in files if os.path.isfile(file)]
    found = digests_of(project_folder, sorted(paths), kept_as="artifacts")
    places = {digest: path for path, digest in found.items()}

    def read(digest: str) -> str:
        content = text_bytes(project_folder / places[digest])
        if sha256(content).hexdigest() != digest:
            raise OSError(f"{places[digest]} was changed while it was deployed")
        return content.decode()

    return Texts(found, read)


def git_commit(project_folder: Path) -> str | None:
    """Return the commit that the project stands at, with `-dirty` when files were changed since; None without git."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],  # noqa: S607 - found on the path
            cwd=project_folder, capture_output=True, text=True, check=False, timeout=_GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def user_name() -> str:
    """Return who is at work, for the history: the account and the machine."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):
        account = "unknown"
    return f"{account}@{platform.node() or 'unknown'}"


@dataclass(frozen=True, slots=True)
class Missing:
    """What the project has not generated yet: the plan from its newest revision, and the files that come of it."""

    plan: Plan
    artifacts: tuple[Artifact, ...]

    def write(self, project_folder: Path) -> Written:
        """Write the files to the project."""
        return write_artifacts(project_folder, self.artifacts)


def what_is_missing(spec: Spec, project_folder: Path, environment: Environment) -> Missing | None:
    """Return what has to be generated before the spec can be deployed; a protected environment refuses.

    On a protected environment only what was reviewed is deployed; elsewhere `deploy` generates by itself.
    """
    if (project_folder / FOLDER).is_dir() and leads_to(project_folder) == fingerprint(spec):
        return None
    there = committed(project_folder)
    if there.spec == spec and (project_folder / FOLDER).is_dir():
        return None
    if environment.protected:
        raise Refused(Diagnostic(
            "CRM514", "the project has changes that are not generated yet",
            why=f"`{environment.name}` is protected: only what was generated and reviewed is deployed to it",
            help="crmspec generate, look at the files, commit them, and run the same command again"))
    plan = make_plan(there.spec, spec, retired=there.retired, revision=there.next_revision(spec))
    if plan.questions:
        raise Refused(*(
            Diagnostic("CRM536", f"`{question.before}` and `{question.after}` may be one and the same",
                       why="one is removed and the other is new; a rename keeps the values, a removal puts them away",
                       help=f"declare it: {question.line}      or say that it is none: crmspec generate --not-renamed")
            for question in plan.questions))
    context = Context(down_revision=there.revision)
    return Missing(plan, generate_artifacts(plan, folder=project_folder, context=context))


@contextmanager
def written(missing: Missing | None, project_folder: Path) -> Iterator[tuple[str, ...]]:
    """Have the missing files in the project while they are deployed; take them away again when that fails."""
    if missing is None:
        yield ()
        return
    difference = stale(project_folder, missing.artifacts)
    before = {path: _bytes(project_folder / path) for path in difference.all}
    try:
        yield missing.write(project_folder).all
    except BaseException:
        finish_writing(project_folder)
        for path, content in before.items():
            _put_back(project_folder / path, content)
        raise


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _put_back(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
