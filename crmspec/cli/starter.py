"""A template's first files → a new project folder."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from crmspec.diagnostics import Diagnostic, Refused, did_you_mean
from crmspec.library import specs_folder

_IGNORED = "# Databases and caches are not part of the project.\n*.db\n*.db-wal\n*.db-shm\n.crmspec/\n"
_NAME_LENGTH_MAX = 48


def templates() -> dict[str, Path]:
    """Return the templates there are: name → the first files of a project made from it."""
    folders = [specs_folder() / "standard", *sorted((specs_folder() / "templates").glob("*"))]
    return {folder.name: folder / "starter" for folder in folders if (folder / "starter" / "crmspec.yaml").is_file()}


def start_project(folder: Path, template: str) -> tuple[Path, ...]:
    """Copy a template's first files into a new or empty folder; return what was written, relative to it."""
    found = templates()
    # Only a name that was found is ever joined to a path, so `../..` is just an unknown name.
    if template not in found:
        unknown = f"there is no template `{template[:80]}`"
        raise Refused(Diagnostic("CRM811", unknown, help=did_you_mean(template, found)))
    _refuse_unless_empty(folder)
    starter = found[template]
    written = []
    for source in sorted(path for path in starter.rglob("*") if path.is_file()):
        target = folder / source.relative_to(starter)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        written.append(target.relative_to(folder))
    main = folder / "crmspec.yaml"
    named = re.sub(r"^crm: .*$", f"crm: {project_name(folder)}", main.read_text("utf-8"), count=1, flags=re.MULTILINE)
    main.write_text(named, "utf-8")
    ignored = folder / ".gitignore"
    if not ignored.exists():
        ignored.write_text(_IGNORED, "utf-8")
        written.append(ignored.relative_to(folder))
    return tuple(sorted(written))


def _refuse_unless_empty(folder: Path) -> None:
    if folder.is_symlink():
        raise Refused(Diagnostic("CRM812", f"{folder} is a link", why="files would be written somewhere else",
                                 help="name the folder itself"))
    if folder.exists() and not folder.is_dir():
        raise Refused(Diagnostic("CRM812", f"{folder} is a file", help="name a folder that is not there yet"))
    foreign = sorted(path.name for path in folder.iterdir() if path.name != ".git") if folder.is_dir() else []
    if foreign:
        shown = ", ".join(f"`{name}`" for name in foreign[:5]) + (" …" if len(foreign) > 5 else "")
        raise Refused(Diagnostic("CRM812", f"{folder} is not empty", why=f"it has {shown}",
                                 help="name a folder that is empty or not there yet"))


def project_name(folder: Path) -> str:
    """Make a name of the language from a folder's name; `crm` when nothing of it can stand in one."""
    words = re.sub(r"[^a-z0-9]+", "_", folder.absolute().name.lower()).strip("_")
    name = re.sub(r"^[0-9_]+", "", words)[:_NAME_LENGTH_MAX].rstrip("_")
    return name if name and not name.startswith("crmspec") else "crm"
