"""A plan that finds nothing to do, the database's release read included, beside `validate` of the same project."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.deploy_empty import CRMSPEC, project
from benchmarks.measure import Process, Ratio, in_turns


def measure(*, objects: int = 1_000, runs: int = 5) -> Iterator[Ratio]:
    """Compare `crmspec plan` after a deploy with `crmspec validate`."""
    with project(objects) as folder:
        Process([CRMSPEC, "-C", folder, "deploy", "--yes"]).seconds()
        plan = Process([CRMSPEC, "-C", folder, "plan"])
        validate = Process([CRMSPEC, "-C", folder, "validate"])
        ours, floor = in_turns(plan, validate, runs)
    yield Ratio(f"plan, nothing changed, {objects:,} × 20", ours, "crmspec validate", floor, 1.2)
