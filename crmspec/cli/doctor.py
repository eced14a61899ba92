"""`doctor`: what is wrong with the history that a database keeps of itself, and the way to go on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from crmspec.cli.deploying import confirm
from crmspec.cli.options import command
from crmspec.cli.output import say, show, show_json
from crmspec.cli.terminal import counted
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    from crmspec.deploy import Health


@command()
@click.option("--repair", is_flag=True, help="Go on with the rows as they are, after asking.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def doctor(workspace: Workspace, repair: bool, yes: bool) -> int:
    """Look whether anybody changed the releases that a database keeps; exits with 1 when somebody did.

    A backup is the better way back. With --repair the rows count as they are now, and the journal keeps who did that.
    """
    from crmspec.deploy import close_chain, examine

    with workspace.database() as engine:
        health = examine(engine)
        if health and repair:
            if not health.beyond:
                _ask(workspace, health, yes)
            close_chain(engine)
    _show(workspace, health, repaired=repair)
    return 1 if health and not repair else 0


def _ask(workspace: Workspace, health: Health, yes: bool) -> None:
    if not workspace.json:
        show(_words(health))
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(Diagnostic("CRM423", "this has to be confirmed, and nobody can be asked",
                                 help="crmspec doctor --repair --yes"))
    confirm("What the rows said before is lost. Go on with them as they are?")


def _show(workspace: Workspace, health: Health, *, repaired: bool) -> None:
    if workspace.json:
        show_json({"releases": health.releases, "problems": [*health.broken, *health.beyond],
                   "repaired": repaired and bool(health)})
    elif not health:
        show(f"The history is whole: {counted(health.releases, 'release')}.")
    elif repaired:
        show("The history holds again, with the rows as they are.")
        say("Next: crmspec status")
    else:
        show(_words(health))
        say("Contents are gone: only a backup brings them back." if health.beyond else
            "Better: put the rows back from a backup. To go on with them as they are: crmspec doctor --repair")


def _words(health: Health) -> str:
    return "\n".join(f"! {words}" for words in (*health.broken, *health.beyond))
