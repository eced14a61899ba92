"""`init`, `validate`, `rename`: the project on disk, no database needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crmspec.cli.options import command
from crmspec.cli.output import say, show, show_json, show_paragraphs
from crmspec.cli.show_diagnostics import count_text, diagnostic_value
from crmspec.cli.terminal import counted
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import in_order

if TYPE_CHECKING:
    from crmspec.diagnostics import Diagnostic


@command(env=False)
@click.argument("folder_name", metavar="DIR")
@click.option("--template", default="standard", show_default=True, help="What to start from.")
def init(workspace: Workspace, folder_name: str, template: str) -> None:
    """Start a project in DIR from a template."""
    from crmspec.cli.starter import start_project

    folder = workspace.folder / folder_name
    written = start_project(folder, template)
    if workspace.json:
        show_json({"dir": str(folder.absolute()), "template": template, "files": [str(path) for path in written]})
        return
    show("\n".join(f"+ {folder_name}/{path}" for path in written))
    say(f"Next: cd {folder_name} && crmspec generate && crmspec deploy && crmspec user add LOGIN && crmspec serve")


@command("github", "sarif", "junit", env=False)
def validate(workspace: Workspace) -> int:
    """Say everything that is wrong with the project: YAML, names, references, formulas, renames, access tests.

    Exits with 1 when there is an error; warnings alone do not fail.
    """
    found = problems_of(workspace)
    failed = any(diagnostic.severity == "error" for diagnostic in found)
    if workspace.json:
        show_json({"diagnostics": [diagnostic_value(diagnostic) for diagnostic in found]})
    elif workspace.output == "text":
        if found:
            show_paragraphs(found, workspace.folder)
        show(_verdict(workspace, found))
    else:
        from crmspec.cli.validate_formats import FORMATS

        click.echo(FORMATS[workspace.output](found))
    return 1 if failed else 0


def problems_of(workspace: Workspace) -> tuple[Diagnostic, ...]:
    """Return everything that is wrong with a project, revisions of two branches and access tests among it."""
    from crmspec.history.branches import history_problems

    loaded = workspace.loaded
    outline = loaded.outline.spec
    found = [*loaded.diagnostics, *history_problems(workspace.folder)]
    if outline is None or loaded.has_errors or not outline.access_tests:
        return in_order(found)
    from crmspec.access import check_access_tests

    return in_order([*found, *check_access_tests(workspace.spec, workspace.places)])


def _verdict(workspace: Workspace, found: tuple[Diagnostic, ...]) -> str:
    problems = count_text(found)
    outline = workspace.loaded.outline
    spec = outline.spec
    if spec is None or any(diagnostic.severity == "error" for diagnostic in found):
        return f"Not valid: {problems}."
    sizes = ((len(outline.objects), "object"), (len(spec.roles), "role"), (len(spec.reports), "report"))
    return f"Valid: {', '.join(counted(*size) for size in sizes)}{f'; {problems}' if problems else ''}."


@command(env=False)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--dry-run", is_flag=True, help="Say what would change, write nothing.")
def rename(workspace: Workspace, old: str, new: str, dry_run: bool) -> None:
    """Rename a part in every file of the project and declare it, so that its data follows.

    OLD is an address such as contact.phone, deal, lead.status.hot or role:sales_rep; NEW is the new address or name.
    """
    from crmspec.source import rename_part

    changed = rename_part(workspace.folder, old, new, write=not dry_run)
    if workspace.json:
        show_json({"from": old, "to": new, "files": [{"file": str(one.file), "places": one.places} for one in changed]})
        return
    places = sum(one.places for one in changed)
    show("\n".join(f"~ {one.file}  {counted(one.places, 'place')}" for one in changed))
    done = "Would rename" if dry_run else "Renamed"
    show(f"{done} {old} to {new}: {counted(places, 'place')} in {counted(len(changed), 'file')}.")
    if not dry_run:
        say("Next: crmspec validate && crmspec plan")

