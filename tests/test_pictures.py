"""The pictures of the docs can be taken again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.browser
def test_a_picture_is_taken_from_a_served_demonstration(tmp_path: Path) -> None:
    """From `crmspec demo` over a log-in to a PNG file, as `make screenshots` does it."""
    command = [sys.executable, "docs/tools/screenshots.py", "--template", "standard", "--dir", str(tmp_path), "home"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "home.png").stat().st_size > 10_000
