"""How long the command line needs to say its version, beside importing the library it is made with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Process, Ratio, in_turns


def measure(*, runs: int = 20) -> Iterator[Ratio]:
    """Compare `crmspec --version` with `python -c "import click"`."""
    crmspec = Process([Path(sys.executable).with_name("crmspec"), "--version"])
    click = Process([sys.executable, "-c", "import click"])
    ours, floor = in_turns(crmspec, click, runs)
    yield Ratio("crmspec --version", ours, 'python -c "import click"', floor, 2.0)
