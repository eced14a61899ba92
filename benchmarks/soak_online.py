"""Part of `make soak`: a deploy that prepares its release on PostgreSQL, killed at every statement and at any moment.

    python -m benchmarks.soak_online [--seconds 600] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
CASES = "tests/deploy/test_online_killed.py"
ALL_AT_ONCE = "tests/deploy/test_killed.py"
BY_THE_CLOCK = "test_ended_at_any_moment"


def main() -> int:
    """Kill at every statement once, then by the clock with new seeds until the time is over or a case fails."""
    parser = argparse.ArgumentParser(description="Prepared deploys, killed everywhere.")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    given = parser.parse_args()
    deadline = time.monotonic() + given.seconds
    seed, chosen = given.seed, [CASES, ALL_AT_ONCE]
    while True:
        print(f"seed {seed}", flush=True)
        environment = {**os.environ, "CRMSPEC_KILLS": str(seed)}
        command = [sys.executable, "-m", "pytest", "-q", "-x", *chosen]
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode != 0:
            print(f"failed; again with: python -m benchmarks.soak_online --seed {seed}")
            return 1
        seed, chosen = seed + 1, [f"{CASES}::{BY_THE_CLOCK}"]
        if time.monotonic() > deadline:
            print(f"{seed - given.seed} passed, 0 failed")
            return 0


if __name__ == "__main__":
    sys.exit(main())
