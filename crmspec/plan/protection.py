"""Parts that a team said may never go: a plan that would remove one, or lose its values, is refused before it is made.

What counts is what is deployed. Taking the word and the part away in one go would be no protection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmspec.diagnostics import Diagnostic, Refused
from crmspec.plan.change import Change, Hazard
from crmspec.spec import Field, Object


def refuse_protected(changes: Sequence[Change], hazards: Sequence[Hazard]) -> None:
    """Refuse changes that take a protected part, or its values, out of sight."""
    losing = {hazard.address for hazard in hazards if hazard.name == "loses_data"}
    found = [
        (address, change.action) for change in changes if change.address in losing for address in _protected(change)
    ]
    if found:
        raise Refused(*(_refusal(address, action) for address, action in found))


def _protected(change: Change) -> Iterator[str]:
    """Yield the address of every protected part that goes with a change."""
    match change.before:
        case Object() as one if change.action == "remove":
            if one.protected:
                yield change.address
            yield from (f"{change.address}.{field.name}" for field in one.fields.values() if field.protected)
        case Field(protected=True):
            yield change.address


def _refusal(address: str, action: str) -> Diagnostic:
    what = "this plan removes it" if action == "remove" else "this plan takes its values out of sight"
    return Diagnostic(
        "CRM403",
        f"`{address}` is protected, and {what}",
        why="it is deployed with `protected: true`, and no flag allows what that forbids",
        help="declare it again; or take `protected` away in a release of its own first, then remove it in the next",
    )
