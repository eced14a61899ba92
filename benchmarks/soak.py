"""`make soak`: the tests that draw their cases at random, again and again with new seeds until the time is over.

    python -m benchmarks.soak [--seconds 600] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
NAMES = ("test_random.py", "test_agreement.py", "test_properties.py", "test_paths.py", "test_mutations.py")
EXAMPLES = 2_000
# Of the access rule: some thousand decisions each, and every way to the records for a few of them.
COMPANIES, PATHS = 1_000, 20


def random_tests() -> list[Path]:
    """Return the files of tests that draw their cases."""
    return sorted(file for file in (ROOT / "tests").rglob("test_*.py") if file.name in NAMES)


def main() -> int:
    """Run until the time is over or a case fails; the seed that is printed finds it again."""
    parser = argparse.ArgumentParser(description="Random tests with new seeds until the time is over.")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    given = parser.parse_args()
    deadline = time.monotonic() + given.seconds
    seed = given.seed
    while True:
        print(f"seed {seed}", flush=True)
        files = map(str, random_tests())
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", f"--hypothesis-seed={seed}", *files]
        environment = {
            **os.environ,
            "CRMSPEC_EXAMPLES": str(EXAMPLES),
            "CRMSPEC_COMPANIES": str(COMPANIES),
            "CRMSPEC_PATHS": str(PATHS),
            "CRMSPEC_SEED": str(seed),
            "CRMSPEC_MUTATIONS": "all" if seed == given.seed else "",
        }
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
            print(f"failed; again with: make soak SEED={seed}")
            return 1
        seed += 1
        if time.monotonic() > deadline:
            print(f"{seed - given.seed} passed, 0 failed")
            return 0


if __name__ == "__main__":
    sys.exit(main())
