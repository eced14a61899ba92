"""`crmspec validate` as a whole process, beside one that only runs PyYAML's C loader over the same files.

python -m benchmarks.validate [--objects 1000]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from benchmarks.make_project import make_project
from benchmarks.measure import Process, Ratio, in_turns

CRMSPEC = Path(sys.executable).with_name("crmspec")
FLOOR = """
import pathlib, sys, yaml
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.yaml")):
    with path.open("rb") as file:
        yaml.load(file, Loader=yaml.CSafeLoader)
"""


def measure(*, objects: int = 1_000, runs: int = 3) -> Iterator[Ratio]:
    """Compare cold, with nothing changed, with a comment changed in one file, and with a field more in one file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_project(folder, objects)
        file = folder / "specs" / f"object_{objects // 2:04d}.yaml"
        text = file.read_text("utf-8")
        numbers = count()
        changes: dict[str, tuple[Callable[[], object], float]] = {
            "cold": (lambda: shutil.rmtree(folder / ".crmspec", ignore_errors=True), 1.5),
            "nothing changed": (lambda: None, 0.33),
            "one comment changed": (lambda: file.write_text(f"# {next(numbers)}\n{text}", "utf-8"), 0.33),
            "one field added": (
                lambda: file.write_text(
                    text.replace("  notes:", f"  more_{next(numbers)}: {{type: text}}\n  notes:"), "utf-8"
                ),
                0.33,
            ),
        }
        floor = Process([sys.executable, "-c", FLOOR, folder])
        for what, (change, at_most) in changes.items():
            ours, beside = in_turns(Process([CRMSPEC, "-C", folder, "validate"], before=change), floor, runs)
            yield Ratio(f"validate, {what}, {objects:,} × 20", ours, "CSafeLoader, same files", beside, at_most)


def main() -> None:
    """Measure alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=1_000)
    for ratio in measure(objects=parser.parse_args().objects):
        times = f"{ratio.ours:8.3f} s  {ratio.beside:<28}{ratio.floor:8.3f} s{ratio.times:8.2f} ×"
        print(f"{ratio.what:<44}{times}  at most {ratio.at_most} ×")


if __name__ == "__main__":
    main()
