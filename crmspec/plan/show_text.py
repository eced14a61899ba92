"""A plan as text for people: what changes, by object, with the hazards beside, and the command that comes next."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.plan.change import Change, Hazard
from crmspec.plan.diff import object_of, own
from crmspec.plan.plan import Plan
from crmspec.spec import Field, Object, kind_of
from crmspec.spec.canonical import to_plain

_WIDTH = 28


def plan_text(plan: Plan) -> str:
    """Return the whole plan as text."""
    if not plan:
        return "Nothing to do: what is deployed is what the project says.\n"
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    hazards: dict[str, list[Hazard]] = {}
    for hazard in plan.hazards:
        hazards.setdefault(hazard.address, []).append(hazard)
    last = None
    for change in plan.changes:
        heading = object_of(change.address) or _heading(change)
        if heading != last:
            yield heading
            last = heading
        names = dict.fromkeys(hazard.name for hazard in hazards.get(change.address, ()))
        line = f"  {change_line(change)}"
        yield f"{line:<60} ! {', '.join(names)}" if names else line
    if plan.hazards:
        yield ""
        yield "Hazards"
        for hazard in plan.hazards:
            yield f"  ! {hazard.name}   {hazard.address}: {hazard.reason}"
    if plan.questions:
        yield ""
        yield "Possible renames: to keep the values, say under `renames:`"
        for question in plan.questions:
            yield f"  {question.line}"
    yield summary(plan)


def summary(plan: Plan) -> str:
    """Return the line that counts the changes."""
    words = {"add": "to add", "alter": "to alter", "rename": "to rename", "remove": "to remove"}
    counts = [f"{plan.count_of(action)} {said}" for action, said in words.items() if plan.count_of(action)]  # type: ignore[arg-type]
    kinds = len(plan.hazard_names)
    hazards = f" {kinds} hazard{'s' if kinds > 1 else ''} to allow." if kinds else ""
    return f"Plan: {', '.join(counts) or 'nothing to change'}.{hazards}"


def _heading(change: Change) -> str:
    kind = kind_of(change.address)
    return "project" if change.address in ("project", "company") else kind.replace("_", " ") + "s"


def change_line(change: Change) -> str:
    """Return one change in one line: sign, address, and what it is."""
    return f"{change.symbol} {change.address:<{_WIDTH}} {described(change)}".rstrip()


def described(change: Change) -> str:
    """Say what a change is, beside its address."""
    match change.action:
        case "rename":
            return f"was {change.was}"
        case "alter":
            return ", ".join(_differences(change))
    part = change.after if change.action == "add" else change.before
    match part:
        case Field():
            return f"{part.type}{', required' if part.required else ''}"
        case Object():
            return f"object with {len(part.fields)} fields"
    return ""


def _differences(change: Change) -> Iterator[str]:
    before, after = own(change.before, change.after), own(change.after, change.before)
    for key, value in after.items():
        if before[key] != value:
            yield f"{key} {_short(before[key])} → {_short(value)}"


def _short(value: object) -> str:
    match value:
        case None | "":
            return "(none)"
        case bool():
            return "true" if value else "false"
    plain = to_plain(value)
    text = plain if isinstance(plain, str) else ", ".join(map(str, plain)) if isinstance(plain, list) else str(plain)
    return text if len(text) <= 40 else text[:37] + "…"
