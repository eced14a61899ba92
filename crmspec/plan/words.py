"""A change in words, on one line: what a revision's file and its name say of it."""

from __future__ import annotations

from collections.abc import Iterator

from crmspec.plan.change import Change
from crmspec.plan.diff import own
from crmspec.spec import Field, Object
from crmspec.spec.canonical import to_plain

_WIDTH = 28
_VALUE_LENGTH_MAX = 40


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
    text = " ".join(_flat(to_plain(value)).split())
    return text if len(text) <= _VALUE_LENGTH_MAX else text[: _VALUE_LENGTH_MAX - 1] + "…"


def _flat(plain: object) -> str:
    """Write maps and lists as people would in a line."""
    match plain:
        case dict():
            return ", ".join(f"{key}: {_flat(item)}" for key, item in plain.items()) or "(none)"
        case list():
            return ", ".join(map(_flat, plain)) or "(none)"
    return str(plain)
