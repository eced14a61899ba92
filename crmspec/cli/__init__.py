"""The only room that prints, asks and exits: each command is parse, call, show, exit."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its code."""
    import sys

    from crmspec.cli.application import run

    sys.exit(run(sys.argv[1:]))
