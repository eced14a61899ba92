"""`rollback`, `restore`, `purge`: going back, bringing back, ending for good."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from crmspec.cli.deploying import allowed_hazards, confirm, refuse_problems, say_needless, show_outcome
from crmspec.cli.glance import dialect_of
from crmspec.cli.options import command, online_above_option, rows_online
from crmspec.cli.output import say, show, show_json
from crmspec.cli.progress import progress
from crmspec.cli.terminal import counted, table
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    from crmspec.deploy import Ending


@command()
@click.option("--to", type=click.IntRange(1), metavar="RELEASE", help="Where to (default: the release before).")
@click.option("--allow", multiple=True, metavar="HAZARD,…", callback=allowed_hazards,
              help="Accept these hazards and no others.")
@click.option("--yes", is_flag=True, help="Do not ask; without --allow, whatever going back poses is accepted.")
@online_above_option
def rollback(workspace: Workspace, to: int | None, allow: tuple[str, ...], yes: bool, online_above: int | None) -> None:
    """Go back to an earlier release, as a new release. Records made since stay; what was removed comes back.

    Says what going back poses, and asks for it; --allow accepts it by name, as for deploy.
    """
    from crmspec.cli.seeding import write_seeds_of
    from crmspec.cli.show_plan import plan_text
    from crmspec.cli.show_plan_data import About
    from crmspec.deploy import plan_rollback
    from crmspec.deploy import rollback as go_back

    with workspace.database() as engine:
        plan, target = plan_rollback(engine, to=to)
        if plan and not workspace.json:
            say(plan_text(plan, About(dialect_of(workspace.environment.database))))
        if plan:
            posed = [name for name in plan.hazard_names if name != "may_fail_on_data" and name not in allow]
            accepting = f" This accepts {', '.join(posed)}." if posed and not allow else ""
            flag = f" --allow {','.join(posed)}" if posed else ""
            _ask(yes or bool(allow), f"Go back to release {target}?{accepting}", f"crmspec rollback --yes{flag}")
        with progress(quiet=workspace.json) as tell:
            outcome = go_back(workspace.folder, engine, to=to, allow=allow or None, say=tell,
                              online_above=rows_online(online_above))
            write_seeds_of(engine, outcome)
    show_outcome(workspace, outcome, f"Back at release {target}, as")
    say_needless(workspace, outcome)


def _ask(yes: bool, question: str, way: str) -> None:
    """Ask unless `--yes` was given; without a terminal it has to be."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(Diagnostic("CRM423", "this has to be confirmed, and nobody can be asked", help=way))
    confirm(question)


@command()
@click.argument("address")
def restore(workspace: Workspace, address: str) -> None:
    """Bring back a removed field or object with its values: it is declared again in the project, and deployed."""
    from crmspec.cli.declaring import declare_again
    from crmspec.cli.deploying import deploy_project
    from crmspec.deploy import RESTORING, restorable

    refuse_problems(workspace)
    if workspace.environment.protected:
        raise Refused(Diagnostic(
            "CRM424", f"`{workspace.environment.name}` is protected: only what was reviewed is deployed to it",
            help=f"declare `{address}` again in specs/, then: crmspec generate, commit, crmspec deploy",
        ))
    found = restorable(workspace.folder, address)
    with declare_again(workspace, found) as file, workspace.database() as engine:
        again = Workspace(workspace.folder, workspace.env, workspace.output, workspace.url)
        refuse_problems(again)
        outcome = replace(deploy_project(again, engine, allow=RESTORING), needless=())  # nobody named them one by one
    if not workspace.json:
        show(f"~ {file}")
    show_outcome(workspace, outcome, f"Restored {address}, as")


@command()
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@click.option("--allow", multiple=True, metavar="HAZARD,…", callback=allowed_hazards, help="loses_data, to do it.")
@click.option("--early", is_flag=True, help="Even what is still to be kept for a while.")
@click.option("--dry-run", is_flag=True, help="Say what would be ended.")
def purge(workspace: Workspace, addresses: tuple[str, ...], allow: tuple[str, ...], early: bool, dry_run: bool) -> None:
    """End for good what was removed: the named parts, or everything whose retention is over."""
    from crmspec.deploy import endings
    from crmspec.deploy import purge as end

    with workspace.database() as engine:
        if dry_run:
            _show_endings(workspace, endings(engine, addresses))
            return
        with progress(quiet=workspace.json) as tell:
            outcome = end(engine, addresses, allow=allow, early=early, say=tell)
    if outcome.changed or workspace.json:
        show_outcome(workspace, outcome, "Purged: release")
    else:
        show("Nothing to end: nothing that was removed is past its retention.")


def _show_endings(workspace: Workspace, found: tuple[Ending, ...]) -> None:
    if workspace.json:
        show_json({"endings": [
            {
                "address": one.address, "records": one.values, "removed_at": one.at.isoformat(),
                "kept_until": one.kept_until.isoformat(),
            }
            for one in found
        ]})
        return
    rows = [
        (f"- {one.address}", counted(one.values, "record"), f"kept until {one.kept_until:%Y-%m-%d}") for one in found
    ]
    show(table(rows) if rows else "Nothing to end: nothing that was removed is past its retention.")
