"""What `status` tells: where a database stands, what differs in it, and what would restore that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmspec.cli.show_diagnostics import diagnostic_value
from crmspec.cli.terminal import counted, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmspec.deploy import Drift, Entry, Mend, Preparing, Status

_STATEMENT_LENGTH_MAX = 100


def status_text(found: Status) -> str:
    """Return where a database stands, for people."""
    rows = [("release", entry_text(found.release) if found.release else "nothing is deployed yet")]
    rows.append(("project", "is what is deployed" if found.up_to_date else "has changes that are not deployed"))
    if found.pending:
        rows.append(("waiting", ", ".join(found.pending)))
    rows += [("preparing", preparing_text(one)) for one in found.preparing]
    if found.retired:
        rows.append(("retired", ", ".join(dict.fromkeys(one.address for one in found.retired))))
    rows.append(("tables", f"{counted(len(found.drift), 'difference')}:" if found.drift else "agree with the release"))
    return "\n".join([table(rows), *drift_lines(found.drift, found.mends)])


def preparing_text(one: Preparing) -> str:
    """Return how far the preparation of a release is, and what becomes of it."""
    steps = f"{one.revision} ({one.direction}): {counted(one.done, 'step')} done by {one.at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{steps}; {one.by} is at work on it" if one.by else f"{steps}; left over: the next deploy goes on with it"


def drift_lines(drift: Iterable[Drift], mends: Iterable[Mend]) -> Iterator[str]:
    """Yield a line for each difference, ours with what restores it below."""
    known = {mend.drift: mend for mend in mends}
    for one in drift:
        yield f"  ! {one}" if one.owner == "ours" else f"  ? {one}"
        if one in known:
            yield from mend_lines(known[one])


def mend_lines(mend: Mend) -> Iterator[str]:
    """Yield what would restore one difference, or why that is for a person to decide."""
    if mend.conflict:
        yield f"      why   {mend.conflict}"
        yield f"      help  {mend.remedy}"
    for statement in mend.sql or ((mend.title,) if not mend.conflict else ()):
        line = " ".join(statement.split())
        cut = line if len(line) <= _STATEMENT_LENGTH_MAX else f"{line[:_STATEMENT_LENGTH_MAX - 1]}…"
        yield f"      mend  {cut}"


def next_steps(found: Status) -> str:
    """Return the commands that take a database on from where it stands; nothing when there is nothing to do."""
    ours = any(one.owner == "ours" for one in found.drift)
    theirs = any(one.owner == "unmanaged" and one.aspect in ("table", "column", "index") for one in found.drift)
    steps = ["crmspec deploy --repair"] if ours else []
    steps += ["crmspec adopt, to take over what is not ours"] if theirs and found.release else []
    steps += [] if found.up_to_date else ["crmspec plan"]
    return f"Next: {'; '.join(steps)}" if steps else ""


def status_value(found: Status) -> dict[str, object]:
    """Return where a database stands, for programs."""
    known = {mend.drift: mend for mend in found.mends}
    return {
        "release": entry_value(found.release) if found.release else None,
        "up_to_date": found.up_to_date,
        "pending": list(found.pending),
        "preparing": [
            {"revision": one.revision, "direction": one.direction, "steps_done": one.done, "at": one.at.isoformat(),
             "by": one.by or None} for one in found.preparing
        ],
        "drift": [drift_value(one, known.get(one)) for one in found.drift],
        "retired": [
            {"address": one.address, "revision": one.revision, "at": one.at.isoformat()} for one in found.retired
        ],
        "problems": [diagnostic_value(problem) for problem in found.problems],
    }


def drift_value(one: Drift, mend: Mend | None) -> dict[str, object]:
    """Return one difference, for programs."""
    value: dict[str, object] = {
        "owner": one.owner, "place": one.place, "message": one.what, "expected": one.expected, "found": one.found,
    }
    if mend is not None:
        value |= {"mend": list(mend.sql), "hazards": [name for name, _ in mend.hazards], "conflict": mend.conflict or
                  None}
    return value


def entry_text(entry: Entry) -> str:
    """Return a release's row in words."""
    return f"{entry.number}, {entry.action} by {entry.who} at {entry.at:%Y-%m-%d %H:%M} UTC"


def entry_value(entry: Entry) -> dict[str, object]:
    """Return a release's row, for programs."""
    return {
        "number": entry.number, "action": entry.action, "at": entry.at.isoformat(), "who": entry.who,
        "revision": entry.revision, "git_commit": entry.git_commit, "fingerprint": entry.fingerprint,
    }
