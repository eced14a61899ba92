"""`schema` and `docs`: the language and the commands, as the code knows them."""

from __future__ import annotations

import json
from pathlib import Path

import click

from crmspec.cli.options import command
from crmspec.cli.output import show, show_json
from crmspec.cli.workspace import Workspace


@command(env=False)
def schema(workspace: Workspace) -> None:
    """Print the JSON Schema of the language, for editors that complete and check YAML."""
    from crmspec.source import json_schema

    if workspace.json:
        show_json({"schema": json_schema()})
    else:
        click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@command(env=False)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write the pages into this folder.")
def docs(workspace: Workspace, out: Path | None) -> None:
    """Write the reference: the language with its field types and diagnostics, and the commands."""
    pages = reference_pages()
    if out is None:
        if workspace.json:
            show_json({"pages": pages})
        else:
            show("\n".join(pages.values()))
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (out / name).write_text(text, "utf-8")
    if workspace.json:
        show_json({"files": [str(out / name) for name in pages]})
    else:
        show("\n".join(f"~ {out / name}" for name in pages))


def reference_pages() -> dict[str, str]:
    """Return file name → text of every page that the code writes."""
    from crmspec.cli.command_reference import command_reference
    from crmspec.cli.language_reference import language_reference

    return {"language.md": language_reference(), "cli.md": command_reference()}
