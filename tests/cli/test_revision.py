"""Specs of other folders and of git revisions."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from crmspec.cli.revision import spec_against
from crmspec.diagnostics import Refused
from tests.cli.conftest import Crm


def git(folder: Path, *arguments: str) -> None:
    """Run git without anybody's own settings."""
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main", *arguments],
        cwd=folder, check=True, capture_output=True,
    )


@pytest.fixture
def committed(crm: Crm) -> Crm:
    """The small project, committed below the root of a repository, then changed."""
    root = crm.folder.parent
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    git(root, "tag", "v1")
    crm.replace("specs/contact.yaml", "  fax: {type: phone}\n", "")
    crm.replace("specs/contact.yaml", "  contact.fax: none", "  contact.email: none")
    return crm


def test_a_revision_is_the_project_as_it_was(committed: Crm) -> None:
    """The working copy is not touched, and not read."""
    for revision in ("HEAD", "v1", "main"):
        assert "fax" in spec_against(committed.folder, revision).objects["contact"].fields


def test_a_folder_is_another_project(committed: Crm, tmp_path: Path) -> None:
    """A folder is read as it is."""
    assert "fax" not in spec_against(tmp_path, str(committed.folder)).objects["contact"].fields


@pytest.mark.parametrize("revision", ["nowhere", "--output=/tmp/x", "HEAD~9", "", "$(touch /tmp/x)"])
def test_what_is_neither_is_refused(committed: Crm, revision: str) -> None:
    """Options and shell words are just names of revisions that there are not."""
    with pytest.raises(Refused, match="neither a folder nor a revision"):
        spec_against(committed.folder, revision)


def test_a_revision_with_errors_is_refused_with_its_errors(committed: Crm) -> None:
    """A plan against something broken would be wrong itself."""
    committed.replace("specs/contact.yaml", "type: email", "type: emial")
    git(committed.folder, "commit", "-qam", "broken")
    with pytest.raises(Refused, match="has errors itself") as refused:
        spec_against(committed.folder, "HEAD")
    assert len(refused.value.diagnostics) > 1
