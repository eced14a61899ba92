"""Where words go: results to standard output, diagnostics and progress to standard error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from crmspec.cli.show_diagnostics import diagnostics_text
from crmspec.cli.terminal import escaped, redacted
from crmspec.diagnostics import Diagnostic

FORMAT_VERSION = 1
NOTHING_TO_DO = "Nothing to do: what is deployed is what the project says."


def show(text: str) -> None:
    """Print a result for people."""
    click.echo(escaped(redacted(text), keep="\n\t"))


def show_json(value: Mapping[str, object]) -> None:
    """Print a result for programs: one object that says its format version first."""
    click.echo(json.dumps({"format_version": FORMAT_VERSION, **value}, ensure_ascii=False, indent=2, default=str))


def say(text: str) -> None:
    """Print what happens meanwhile, or what to do next."""
    click.echo(escaped(redacted(text), keep="\n\t"), err=True)


def show_paragraphs(diagnostics: Iterable[Diagnostic], folder: Path) -> None:
    """Print diagnostics with their source lines."""
    click.echo(diagnostics_text(diagnostics, folder).rstrip("\n"), err=True)
