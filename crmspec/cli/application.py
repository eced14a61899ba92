"""The command line as a whole: which commands there are, and what happens when one of them cannot go on."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import click

from crmspec import __version__

# Command → (module in `crmspec.cli`, attribute, one line of help). A module is loaded when its command is called,
# so `crmspec --version` and `--help` load nothing but click.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("project", "init", "Start a project from a template."),
    "validate": ("project", "validate", "Say everything that is wrong with the project."),
    "plan": ("planning", "plan", "Show what a deploy would change."),
    "generate": ("planning", "generate", "Write migrations, screens, permission sets and documents."),
    "rebase": ("branching", "rebase", "Put this branch's revisions on top of another's."),
    "squash": ("branching", "squash", "Turn old revisions into one."),
    "deploy": ("deploying", "deploy", "Bring a database to the state of the project."),
    "status": ("deploying", "status", "Show what is deployed and whether the database still agrees."),
    "adopt": ("adopting", "adopt", "Take over what was made by hand in a database."),
    "history": ("deploying", "history", "List the releases of a database."),
    "rollback": ("undoing", "rollback", "Go back to an earlier release."),
    "restore": ("undoing", "restore", "Bring back something that was removed."),
    "doctor": ("doctor", "doctor", "Look whether anybody changed the history of a database."),
    "purge": ("undoing", "purge", "End what was removed and whose retention is over."),
    "serve": ("serving", "serve", "Serve the CRM."),
    "demo": ("serving", "demo", "Make, deploy, fill and serve a CRM from a template."),
    "rename": ("project", "rename", "Rename a part everywhere in the project, keeping its data."),
    "can": ("rights", "can", "Say whether a person may do something, and why."),
    "access": ("rights", "access", "Print who may do what."),
    "report": ("records", "report", "Run a report."),
    "export": ("records", "export_records", "Write the records of an object as CSV."),
    "import": ("records", "import_records", "Read records of an object from CSV."),
    "user": ("users", "user", "Add, list and disable the people who log in."),
    "audit": ("auditing", "audit", "Show who did what, and prove that nobody changed it."),
    "schema": ("reference", "schema", "Print the JSON Schema of the language."),
    "docs": ("reference", "docs", "Write the reference of language, diagnostics and commands."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads one when it is called."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names in the order of the table: the order of a project's life."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Load a command."""
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        command = getattr(import_module(f"crmspec.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, context: click.Context, args: list[str],
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the one that was probably meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from crmspec.cli.terminal import escaped
            from crmspec.diagnostics import did_you_mean

            hint = did_you_mean(args[0], COMMANDS)
            raise click.UsageError(f"there is no command `{escaped(args[0][:80])}`; {hint}", context)
        return super().resolve_command(context, args)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, _, help_line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup, invoke_without_command=True, no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="crmspec", message="%(prog)s %(version)s")
@click.option("-C", "folder", metavar="DIR", help="Run in this project instead of the current folder.")
@click.option("--env", metavar="NAME", help="The environment to work with (default: the project's first).")
@click.pass_context
def application(context: click.Context, folder: str | None, env: str | None) -> None:
    """Config-as-code for CRM: YAML in git becomes a database, screens, permissions and reports, deployed together.

    Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 changes (plan --exit-code).
    """
    context.obj = {"folder": folder, "env": env}


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Nothing a person does wrong ends in a traceback."""
    try:
        result = application.main(args=list(arguments), prog_name="crmspec", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.UsageError as error:
        _show_usage_error(error)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped: nothing is half-done; the same command goes on or begins again", err=True)
        return 130
    except BrokenPipeError:
        return _pipe_closed()
    except Exception as error:
        try:
            if _out_of_memory(error):
                return _no_memory(arguments)
            from crmspec.cli.failures import show_failure

            return show_failure(error, arguments)
        except (MemoryError, ImportError):
            return _no_memory(arguments)


_NO_MEMORY = ("CRM914", "there is not enough memory for this")
_NO_MEMORY_HELP = "give it more (ulimit -v, the container's limit), and run the same command again"


def _out_of_memory(error: Exception) -> bool:
    """Say whether memory was the reason: a library that cannot be loaded for want of it says so in its own words."""
    words = str(error)
    return isinstance(error, MemoryError) or (
        isinstance(error, ImportError | OSError) and ("map segment" in words or "allocate memory" in words))


def _no_memory(arguments: Sequence[str]) -> int:
    """Say it with what is at hand: nothing can be loaded any more. What a database was doing is rolled back."""
    import os

    code, what = _NO_MEMORY
    if "json" in arguments or "--format=json" in arguments:
        found = f'{{"code": "{code}", "severity": "error", "message": "{what}", "help": "{_NO_MEMORY_HELP}"}}'
        os.write(1, f'{{"format_version": 1, "diagnostics": [{found}]}}\n'.encode())
    else:
        os.write(2, f"error[{code}]: {what}\n  help  {_NO_MEMORY_HELP}\n".encode())
    return 1


def _show_usage_error(error: click.UsageError) -> None:
    path = error.ctx.command_path if error.ctx else "crmspec"
    click.echo(f"error: {error.format_message()}\n  help  {path} --help", err=True)


def _pipe_closed() -> int:
    """End quietly when the reader of our output (`| head`) has had enough."""
    import os
    import sys

    # Python flushes at exit; into nothing, so that it does not complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
