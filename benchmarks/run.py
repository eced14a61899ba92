"""`make bench`: every ratio that must hold, beside its floor, in one run.

    python -m benchmarks.run [NAME …] [--objects 1000]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from benchmarks import deploy_empty, locks, one_field, plan_nothing, start_up
from benchmarks import validate as validate_big
from benchmarks.measure import Ratio

BENCHMARKS: dict[str, Callable[[int], Iterator[Ratio]]] = {
    "start_up": lambda objects: start_up.measure(),
    "validate": lambda objects: validate_big.measure(objects=objects),
    "plan": lambda objects: plan_nothing.measure(objects=objects),
    "deploy": lambda objects: deploy_empty.measure(objects=objects),
    "one_field": lambda objects: one_field.measure(tuple(size for size in one_field.SIZES if size <= objects)),
    "locks": lambda objects: locks.measure(rows=30 * objects),
}


def main() -> int:
    """Run the benchmarks that were asked for; exit with 1 when a ratio does not hold."""
    parser = argparse.ArgumentParser(description="The ratios that must hold, each beside its floor.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all if left out")
    parser.add_argument("--objects", type=int, default=1_000, help="the size of the project")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}")
    print(line("what", "ours", "beside", "floor", "ratio", "at most", ""))
    ratios = [
        shown(ratio)
        for name, measure in BENCHMARKS.items() if not given.names or name in given.names
        for ratio in measure(given.objects)
    ]
    return 0 if all(ratio.holds for ratio in ratios) else 1


def shown(ratio: Ratio) -> Ratio:
    """Print a ratio as soon as it is known."""
    verdict = "" if ratio.holds else "  does not hold"
    print(line(
        ratio.what, f"{ratio.ours:.3f} s", ratio.beside, f"{ratio.floor:.3f} s", f"{ratio.times:.2f} ×",
        f"{ratio.at_most:g} ×", verdict,
    ), flush=True)
    return ratio


def line(*cells: str) -> str:
    """Lay out one line of the table."""
    what, ours, beside, floor, ratio, at_most, verdict = cells
    return f"{what:<44}{ours:>10}  {beside:<36}{floor:>10}{ratio:>10}{at_most:>10}{verdict}"


if __name__ == "__main__":
    sys.exit(main())
