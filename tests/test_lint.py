"""The linter and the type checker are tests: `pytest` alone says whether a change may land."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run(*command: str) -> None:
    """Run a checker from the repository's root; its own words are the failure's."""
    result = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"mend it, or see it alone with `make lint`:\n{result.stdout}{result.stderr}"


def test_the_linter_is_content() -> None:
    """`ruff check .` finds nothing."""
    run("ruff", "check", ".")


def test_the_type_checker_is_content() -> None:
    """`mypy` in strict mode finds nothing."""
    run("mypy")
