"""The options every command shares, and the workspace they lead to."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

from crmspec.cli.workspace import Workspace

Decorator = Callable[[Callable[..., object]], click.Command]


def rows_online(given: int | None) -> int:
    """Return the rows from which on a table is changed online, where nothing was said too."""
    from crmspec.deploy import ONLINE_ABOVE

    return ONLINE_ABOVE if given is None else given


online_above_option = click.option(
    "--online-above", type=click.IntRange(0), metavar="ROWS",
    help="PostgreSQL: change tables with more rows online, so that nobody waits (default: 10000).")


def command(*formats: str, name: str | None = None, env: bool = True) -> Decorator:
    """Make a command that takes `-C`, `--env` and `--format`, and is handed a `Workspace` first.

    `-C` and `--env` may stand before or behind the command's name; behind wins.
    """

    def decorate(function: Callable[..., object]) -> click.Command:
        @wraps(function)
        def call(*, folder: str | None, env_name: str | None = None, output: str, **options: object) -> object:
            before = click.get_current_context().find_root().obj or {}
            place = Path(folder or before.get("folder") or ".")
            workspace = Workspace(place, env_name or before.get("env"), output)
            try:
                return function(workspace, **options)
            finally:
                workspace.keep()

        made: Callable[..., object] = call
        if env:
            made = click.option("--env", "env_name", metavar="NAME", help="The environment to work with.")(made)
        choice = click.Choice(["text", "json", *formats])
        made = click.option("--format", "output", type=choice, default="text", help="How to print.")(made)
        made = click.option("-C", "folder", metavar="DIR", help="Run in this project.")(made)
        return click.command(name)(made)

    return decorate
