"""What a long command is doing: a moving line on a terminal, plain lines elsewhere, both on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from crmspec.cli.output import say
from crmspec.cli.terminal import escaped, redacted

Say = Callable[[str], None]


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Say]:
    """Give a function that says what is being done now. `quiet`: nobody is to be told."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        from rich.console import Console
        from rich.text import Text

        console = Console(stderr=True)
        with console.status("") as status:
            yield lambda words: status.update(Text(escaped(redacted(words))))
    else:
        yield lambda words: say(f"… {words}")
