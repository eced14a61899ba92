"""What a rule finds: which part, which of its keys, what is wrong. The line is found by whoever knows the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from crmspec.diagnostics import did_you_mean
from crmspec.formula import Unknown
from crmspec.spec.scope import NO_OBJECT, Objects, ObjectScope, Step


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a part.

    `key` leads into the part (`columns.2`, `grants.account`). `start` and `length` mark characters of the text there,
    0 and 0 for all of it. `related` are other addresses that matter, each with a short word.
    """

    address: str
    key: str
    code: str
    what: str
    why: str = ""
    help: str = ""
    severity: Literal["error", "warning"] = "error"
    start: int = 0
    length: int = 0
    related: tuple[tuple[str, str, str], ...] = field(default=())  # address, key, word


def dangling(address: str, key: str, kind: str, name: str, there: Iterable[str], *, code: str) -> Problem:
    """Say that a part names another one that is not there."""
    pool = list(there)
    article = "an" if kind[0] in "aeio" else "a"
    return Problem(
        address,
        key,
        code,
        f"`{address}` names {article} {kind} `{name}` that is not there",
        f"there is no {kind} of this name",
        did_you_mean(name, pool) or f"declare the {kind}, or remove the word",
    )


def path_problem(address: str, key: str, scope: ObjectScope, path: str) -> Problem | None:
    """Say where a path of fields ends too early, or None when it leads to its end."""
    found = steps_of(scope, path)
    if isinstance(found, tuple) or (found.reason or "").startswith(NO_OBJECT):
        return None  # the lookup that leads nowhere says so itself
    return found_nothing(address, key, scope.object_name, path, found.at, found.candidates, found.reason)


def found_nothing(
    address: str, key: str, object_name: str, path: str, at: int, candidates: tuple[str, ...], reason: str | None
) -> Problem:
    """Say which segment of a path is not known."""
    segments = path.split(".")
    name = segments[at] if at < len(segments) else path
    where = f"`{object_name}`" if at == 0 else f"`{'.'.join(segments[:at])}`"
    return Problem(
        address,
        key,
        "CRM302",
        f"`{address}` names `{path}`, and {where} has no `{name}`",
        reason or f"no field of {where} has this name",
        did_you_mean(name, candidates) or "name a field that is there, or remove the word",
    )


def steps_of(scope: ObjectScope, path: str) -> tuple[Step, ...] | Unknown:
    """Resolve a dotted path."""
    return scope.steps(tuple(path.split(".")))


def last_step(scope: ObjectScope, path: str) -> Step | None:
    """Return what a path leads to, or None."""
    found = steps_of(scope, path)
    return found[-1] if isinstance(found, tuple) else None


def unknown_names(
    address: str, key: str, kind: str, given: Iterable[str], there: Mapping[str, object], *, code: str
) -> Iterable[Problem]:
    """Say which of several names are not there."""
    for number, name in enumerate(given):
        if name not in there:
            yield dangling(address, f"{key}.{number}", kind, name, there, code=code)


def scope_of(spec: Objects, object_name: str, *, date_parts: bool = False) -> ObjectScope:
    """Give the names of an object."""
    return ObjectScope(spec, object_name, date_parts=date_parts)
