"""The only room that prints, asks and exits: each command is parse, call, show, exit."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its code."""
    import gc
    import sys

    from crmspec.cli.application import run

    # A command is over before looking for circles would pay: a thousand objects deploy in three fifths of the time.
    # `serve` turns it on again.
    gc.disable()
    sys.exit(run(sys.argv[1:]))
