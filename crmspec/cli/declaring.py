"""A removed part, declared again in the project's YAML for as long as the work that needs it succeeds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmspec.cli.workspace import Workspace
    from crmspec.plan import Retired


@contextmanager
def declare_again(workspace: Workspace, retired: Retired) -> Iterator[Path]:
    """Edit the project and give the file; put it back as it was when what follows is refused."""
    from crmspec.source import declare_again as edit_for

    edit = edit_for(workspace.folder, retired.address, retired.part)
    path = workspace.folder / edit.file
    before = path.read_bytes() if path.exists() else None
    made = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    _write(path, None if edit.text is None else edit.text.encode())
    try:
        yield edit.file
    except BaseException:
        _write(path, before)
        for folder in made:
            folder.rmdir()
        raise


def _write(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
