"""What a rule found → a diagnostic at its line."""

from __future__ import annotations

from crmspec.diagnostics import Diagnostic
from crmspec.source.assemble import Assembly
from crmspec.source.origins import Origins
from crmspec.spec.rules import Problem

# These say that something is not there, and are left out where that very thing was just refused.
NOTHING_THERE = frozenset({"CRM311", "CRM315", "CRM318", "CRM319", "CRM320", "CRM340", "CRM342", "CRM362"})


def said_already(problem: Problem, reading: list[Diagnostic]) -> bool:
    """Say whether something is only missing because what was written for it was refused."""
    names = (f"`{problem.address}`", f"`{problem.address}.")
    return problem.code in NOTHING_THERE and any(name in one.what for one in reading for name in names)


def located(problem: Problem, origins: Origins, assembly: Assembly) -> Diagnostic:
    """Give what a rule found its place, and say when it is there because something was removed."""
    related = tuple(
        (place, word) for address, key, word in problem.related if (place := origins.at(address, key)) is not None
    )
    place = origins.marked(problem.address, problem.key, problem.start, problem.length)
    why, help = problem.why, problem.help
    if assembly.removed and problem.code in ("CRM301", "CRM302", "CRM401"):
        for address, node in assembly.removed.items():
            if f"`{address.rpartition('.')[2]}`" in problem.what:
                way_out = " with `extend`" if place is not None and place.file.startswith("package:") else ""
                why = f"`{address}` is removed in {node.at}"
                help = f"keep it there, or change or remove this part, too{way_out}"
                related = (*related, (node.at, "removed here"))
                break
    return Diagnostic(problem.code, problem.what, place, why, help, problem.severity, related)
