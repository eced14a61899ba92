"""Timing whole processes in turns: ours, the floor, ours, the floor … so that a busy moment hits both."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ratio:
    """One figure: what was measured, in seconds, beside what, and how many times that it may be."""

    what: str
    ours: float
    beside: str
    floor: float
    at_most: float

    @property
    def times(self) -> float:
        """How many times the floor ours takes."""
        return self.ours / self.floor

    @property
    def holds(self) -> bool:
        """Say whether the figure is within its limit."""
        return self.times <= self.at_most


@dataclass(frozen=True, slots=True)
class Process:
    """A command to time, and what has to be put right before each run, outside the clock."""

    command: Sequence[str | Path]
    before: Callable[[], object] = lambda: None
    folder: Path | None = None
    environment: Mapping[str, str] | None = None
    input_file: Path | None = None

    def seconds(self) -> float:
        """Run once and return how long it took; a command that fails fails the benchmark."""
        self.before()
        with (self.input_file or Path("/dev/null")).open("rb") as source:
            begin = time.perf_counter()
            result = subprocess.run(
                self.command, cwd=self.folder, env=self._variables(), stdin=source, capture_output=True, check=False,
            )
            took = time.perf_counter() - begin
        if result.returncode != 0:
            words = (result.stdout + result.stderr).decode(errors="replace")[-2_000:]
            raise SystemExit(f"{' '.join(map(str, self.command))} ended with {result.returncode}:\n{words}")
        return took

    def _variables(self) -> dict[str, str]:
        """Let Python keep its bytecode, as it is kept for every program that was installed."""
        variables = {**os.environ, **(self.environment or {})}
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        return variables


def in_turns(ours: Process, floor: Process, runs: int) -> tuple[float, float]:
    """Return the median seconds of both, run alternately. The first run of each warms the disk, and counts only where
    it is the only one.
    """
    pairs = [(ours.seconds(), floor.seconds()) for _ in range(runs + 1)][min(runs, 1):]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
