"""The commands as click knows them → docs/cli.md."""

from __future__ import annotations

from collections.abc import Iterator

import click

from crmspec.cli.application import COMMANDS, application

HEAD = """\
# Commands

Written by `crmspec docs` from the commands themselves. Do not edit: a test compares it.

Results go to standard output, diagnostics and progress to standard error.
`--format json` prints one object with `"format_version": 1`.
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 `plan --exit-code` has changes.
`NO_COLOR` is honoured; `CRMSPEC_DEBUG=1` adds the traceback of a failure.
"""


def command_reference() -> str:
    """Return the whole page."""
    # As wide on every terminal, and with the settings that the application gives its commands.
    root = click.Context(application, info_name="crmspec", terminal_width=100, **application.context_settings)
    return "\n".join([HEAD, *(line for name in COMMANDS for line in _section(root, name))])


def _section(parent: click.Context, name: str) -> Iterator[str]:
    group = parent.command
    assert isinstance(group, click.Group)
    command = group.get_command(parent, name)
    assert command is not None
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100)
    yield f"## {context.command_path}"
    yield from ("", "```", command.get_help(context), "```", "")
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _section(context, below)
