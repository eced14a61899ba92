"""`deploy`, `status`, `history`: a project and a database."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmspec.cli.lines import Lines
from crmspec.cli.options import command, online_above_option, rows_online
from crmspec.cli.output import say, show, show_json, show_paragraphs
from crmspec.cli.progress import progress
from crmspec.cli.show_status import entry_value, next_steps, status_text, status_value
from crmspec.cli.terminal import counted, table
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused, did_you_mean, in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from crmspec.deploy import Outcome


def allowed_hazards(_: click.Context, __: click.Parameter, given: Sequence[str]) -> tuple[str, ...]:
    """Read `--allow a,b --allow c`; a word that is no hazard is wrong usage."""
    from crmspec.plan import HAZARDS

    names = [name.strip() for part in given for name in part.split(",") if name.strip()]
    for name in names:
        if name not in HAZARDS:
            raise click.BadParameter(f"`{name}` is not a hazard; {did_you_mean(name, HAZARDS)}")
    return tuple(names)


@command()
@click.option("--allow", multiple=True, metavar="HAZARD,…", callback=allowed_hazards, help="Hazards that are accepted.")
@click.option("--plan", "plan_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Deploy only what this saved plan says.")
@click.option("--repair", is_flag=True, help="Undo what was changed by hand, instead of deploying anything new.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@online_above_option
def deploy(
    workspace: Workspace, allow: tuple[str, ...], plan_file: Path | None, repair: bool, yes: bool,
    online_above: int | None,
) -> None:
    """Bring the environment's database to the state of the project: all of it, or nothing.

    Refuses what would lose data, fail on data or change rights until it is allowed, and prints the flag.
    """
    refuse_problems(workspace)
    _confirm_protected(workspace, yes)
    if repair:
        from crmspec.cli.repairing import repair_database

        repair_database(workspace, allow, plan_file, rows_online(online_above))
        return
    with workspace.database(must_exist=False) as engine:
        outcome = deploy_project(workspace, engine, allow=allow, plan_file=plan_file, online_above=online_above)
    show_outcome(workspace, outcome, "Deployed")
    say_needless(workspace, outcome)


def deploy_project(
    workspace: Workspace, engine: Engine, *, allow: Iterable[str] = (), plan_file: Path | None = None,
    quiet: bool = False, online_above: int | None = None,
) -> Outcome:
    """Deploy a project and write the records it brings along."""
    from crmspec.cli.seeding import write_seeds_of
    from crmspec.deploy import Project
    from crmspec.deploy import deploy as carry_out

    lines = Lines(workspace.loaded)
    project = Project(spec=workspace.spec, folder=workspace.folder, origins=lines, places=workspace.places)
    with progress(quiet=quiet or workspace.json) as tell:
        def say_step(text: str) -> None:
            lines.begin()  # the first step that is told means that there is something to do
            tell(text)

        outcome = carry_out(
            project, engine, environment=workspace.environment, allow=tuple(allow), plan_file=plan_file, say=say_step,
            online_above=rows_online(online_above),
        )
        if outcome.seeds_changed:
            tell("writing the records that come with the release")
            write_seeds_of(engine, outcome)
    return outcome


def refuse_problems(workspace: Workspace) -> None:
    """Refuse a project with errors, its access tests included; say its warnings."""
    from crmspec.cli.project import problems_of

    found = problems_of(workspace)
    errors = [diagnostic for diagnostic in found if diagnostic.severity == "error"]
    if errors:
        raise Refused(*in_order(errors))
    if found and not workspace.json:
        show_paragraphs(found, workspace.folder)


def _confirm_protected(workspace: Workspace, yes: bool) -> None:
    """Ask before touching a protected environment; without a terminal `--yes` has to say it."""
    environment = workspace.environment
    if not environment.protected or yes:
        return
    if not sys.stdin.isatty():
        raise Refused(Diagnostic(
            "CRM423", f"the environment `{environment.name}` is protected, and nobody can be asked",
            help=f"look at crmspec plan --env {environment.name}, then: crmspec deploy --env {environment.name} --yes",
        ))
    confirm(f"Deploy to the protected environment {environment.name}?")


def confirm(question: str) -> None:
    """Ask yes or no; no ends the command."""
    if not click.confirm(question, err=True):
        raise click.Abort


def say_needless(workspace: Workspace, outcome: Outcome) -> None:
    """Say what was allowed and is not posed: it would let the next plan through unseen."""
    if outcome.needless and not workspace.json:
        say(f"Not needed any more: --allow {','.join(outcome.needless)} (this plan poses no such hazard)")


def show_outcome(workspace: Workspace, outcome: Outcome, word: str) -> None:
    """Say what a deploy, a rollback, a restore or a purge came to, and how to take it back."""
    if workspace.json:
        show_json({
            "release": outcome.release.number, "changed": outcome.changed, "fingerprint": outcome.release.fingerprint,
            "applied": list(outcome.applied), "generated": list(outcome.generated),
            "backup": str(outcome.backup) if outcome.backup else None, "undo": outcome.undo or None,
            "needless": list(outcome.needless),
        })
        return
    if not outcome.changed:
        show(f"Nothing to do: release {outcome.release.number} is what the project says.")
        return
    from crmspec.cli.show_plan import done_words

    if outcome.generated:
        say(f"generated {counted(len(outcome.generated), 'file')}: review and commit them")
    show(f"{word} release {outcome.release.number}: {done_words(outcome.plan)}.")
    for name in outcome.applied:
        show(f"  applied  {name}")
    if outcome.backup:
        show(f"  backup   {outcome.backup}")
    if outcome.undo:
        say(f"To take it back: {outcome.undo}")


@command()
def status(workspace: Workspace) -> int:
    """Show what is deployed, what waits, and whether the tables still agree. Exits with 1 when they do not."""
    from crmspec.deploy import read_status

    with workspace.database() as engine:
        found = read_status(engine, workspace.folder, workspace.spec)
    if workspace.json:
        show_json(status_value(found))
    else:
        show(status_text(found))
        if found.problems:
            show_paragraphs(found.problems, workspace.folder)
        elif following := next_steps(found):
            say(following)
    return 1 if found.problems or any(drift.owner == "ours" for drift in found.drift) else 0


@command()
def history(workspace: Workspace) -> None:
    """List the releases of the environment's database, newest first."""
    from crmspec.deploy import history as releases

    with workspace.database() as engine:
        entries = tuple(reversed(releases(engine)))
    if workspace.json:
        show_json({"releases": [entry_value(entry) for entry in entries]})
        return
    rows = [
        (
            str(one.number), f"{one.at:%Y-%m-%d %H:%M}", one.who, one.action, one.revision or "",
            (one.git_commit or "")[:12],
        )
        for one in entries
    ]
    show(table([("release", "when (UTC)", "who", "what", "revision", "commit"), *rows]) if rows else "Nothing yet.")
