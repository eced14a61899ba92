"""The one door of the tests of this room: files in, diagnostics out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from crmspec.source import load_project
from crmspec.source.loaded import Loaded

PROJECT = "crm: test\nlanguages: [en, zh-CN]\n"
ACCOUNT = """\
object: account
fields:
  name: {type: text}
  amount: {type: currency}
  since: {type: date}
  notes: {type: long_text}
"""


def write_project(folder: Path, files: Mapping[str, str | bytes], *, project: str = PROJECT) -> Path:
    """Write a project: `crmspec.yaml` and files below it."""
    for name, content in {"crmspec.yaml": project, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def check_load(
    folder: Path, files: Mapping[str, str | bytes], *, project: str = PROJECT, cache: bool = False
) -> Loaded:
    """Write a project and load it."""
    return load_project(write_project(folder, files, project=project), cache=cache, packages_folder=folder / "shipped")


def codes(loaded: Loaded) -> list[str]:
    """Return the codes of everything that is wrong."""
    return [one.code for one in loaded.diagnostics]
