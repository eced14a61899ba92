"""Two branches that each added revisions → one line: what this branch adds comes on top of what the other one has.

1. The spec after the other branch's newest revision is found among what git has, by the fingerprint in that revision.
2. What this branch adds is the way from there to the project as it is now, merged: one revision with a new number.
3. Parts that both branches changed, each to something else, are a contradiction: somebody has to settle it first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crmspec.artifact.artifact import Artifact, Context
from crmspec.artifact.committed import RETIRED_FILE, retired_from_json, retired_json, spec_json
from crmspec.artifact.generators import generate_artifacts
from crmspec.artifact.write import Written, write_artifacts
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.history import SPEC_FILE, Conflict, RevisionFile, heads_of, line_to, merge_plain, past_versions, run_git
from crmspec.plan import Plan, Retired, make_plan
from crmspec.spec import Spec, fingerprint, from_json, to_plain

# The branches that others work from: the first that has one of two revisions, and not the other, has published it.
_LOCAL = ("main", "master")
_PUBLISHED = ("origin/HEAD", *(f"origin/{name}" for name in _LOCAL), *_LOCAL)
_FORKED_MAX = 2


@dataclass(frozen=True, slots=True)
class State:
    """A spec and what was out of sight beside it, after one revision."""

    spec: Spec | None = None
    retired: tuple[Retired, ...] = ()


@dataclass(frozen=True, slots=True)
class Fork:
    """Two lines of revisions that begin after the same one."""

    base: RevisionFile | None
    theirs: tuple[RevisionFile, ...]
    ours: tuple[RevisionFile, ...]


@dataclass(frozen=True, slots=True)
class Rebased:
    """What a rebase comes to: files that go, files that come, and the plan of the new revision."""

    fork: Fork
    plan: Plan
    artifacts: tuple[Artifact, ...]
    gone: tuple[str, ...]


# --- Which comes first ---


def find_fork(folder: Path, files: Sequence[RevisionFile], onto: str | None) -> Fork | None:
    """Return how the revisions fork, the published line as `theirs`; None when they make one line."""
    heads = heads_of(files)
    if len(heads) < _FORKED_MAX:
        return None
    if len(heads) > _FORKED_MAX:
        names = ", ".join(f"`{one.name}`" for one in heads)
        raise Refused(Diagnostic("CRM578", f"migrations/ has {len(heads)} newest revisions: {names}",
                                 help="merge one branch at a time, and run crmspec rebase after each"))
    first = _published(folder, heads, onto)
    second = next(one for one in heads if one is not first)
    theirs, ours = line_to(first.name, files), line_to(second.name, files)
    shared = [one for one in theirs if one in ours]
    return Fork(shared[-1] if shared else None, theirs[len(shared):], ours[len(shared):])


def _published(folder: Path, heads: Sequence[RevisionFile], onto: str | None) -> RevisionFile:
    if onto is not None:
        named = [one for one in heads if one.name.startswith(onto)]
        if len(named) == 1:
            return named[0]
        raise Refused(Diagnostic("CRM578", f"`{onto}` does not name one of the newest revisions",
                                 help=f"crmspec rebase --onto {heads[0].name}      or {heads[1].name}"))
    here = (run_git(folder, "symbolic-ref", "--short", "HEAD") or b"").decode().strip()
    # Where the others' branch has both by now, it had the published one before they were merged.
    for reference in (*_PUBLISHED, *(["HEAD^1"] if here in _LOCAL else [])):
        there = [one for one in heads if run_git(folder, "cat-file", "-e", f"{reference}:./{one.path}") is not None]
        if len(there) == 1:
            return there[0]
    raise Refused(Diagnostic(
        "CRM578", f"nobody can tell which was published first: `{heads[0].name}` or `{heads[1].name}`",
        why="no branch that others work from has exactly one of them",
        help=f"name the one that others have already: crmspec rebase --onto {heads[0].name}"))


def carry_out(folder: Path, made: Rebased) -> Written:
    """Write what a rebase comes to; put everything back as it was when that fails."""
    before = {path: (folder / path).read_bytes() for path in made.gone}
    for path in made.gone:
        (folder / path).unlink()
    try:
        written = write_artifacts(folder, made.artifacts)
    except BaseException:
        for path, content in before.items():
            (folder / path).write_bytes(content)
        raise
    removed = tuple(path for path in made.gone if not (folder / path).exists())
    return replace(written, removed=(*written.removed, *removed))


# --- What was ---


def find_states(folder: Path, wanted: Iterable[str]) -> Mapping[str, State]:
    """Return fingerprint → the spec that had it, and what was out of sight then, as far as git knows."""
    left = set(wanted)
    found: dict[str, State] = {}
    for spec_text, retired_text in past_versions(folder, (SPEC_FILE, RETIRED_FILE)) if left else ():
        state = _state(spec_text, retired_text)
        if state and state.spec and (known := fingerprint(state.spec)) in left:
            found[known] = state
            left.remove(known)
        if not left:
            break
    return found


def _state(spec_text: str | None, retired_text: str | None) -> State | None:
    """Read a past state; what stood in the middle of a merge cannot be read, and is none."""
    try:
        retired = retired_from_json(retired_text) if retired_text else ()
        return State(from_json(spec_text), retired) if spec_text else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def state_after(folder: Path, revision: RevisionFile) -> State:
    """Return the spec after a revision; refuse where git does not have it."""
    found = find_states(folder, [revision.leads_to or ""]).get(revision.leads_to or "")
    if found is None:
        raise Refused(Diagnostic(
            "CRM579", f"the spec after `{revision.name}` is not among what git has",
            why=f"{SPEC_FILE} with the fingerprint {(revision.leads_to or '')[:12]}… was looked for in every branch",
            help="fetch the branch that has it: git fetch --all, in a shallow clone git fetch --unshallow"))
    return found


# --- The new line ---


def rebased(folder: Path, fork: Fork, desired: Spec, *, settled: bool = False) -> Rebased:
    """Return the files that put this branch's revisions on top of the other's. Writes nothing."""
    theirs = state_after(folder, fork.theirs[-1])
    if not settled:
        _refuse_contradictions(folder, fork, theirs, desired)
    number = max(one.number for one in fork.theirs) + 1
    revision = f"{number:04d}_{fingerprint(desired)[:8]}"
    plan = make_plan(theirs.spec, desired, retired=theirs.retired, revision=revision)
    message = "; ".join(dict.fromkeys(one.title for one in fork.ours))
    context = Context(down_revision=fork.theirs[-1].name, message=message, adopts=_adopted(fork.ours, desired))
    made = {one.path: one for one in generate_artifacts(plan, folder=folder, context=context)}
    # Where nothing is left to do, no revision is made; what is after the newest one has to be said all the same.
    made[SPEC_FILE] = Artifact(SPEC_FILE, spec_json(desired, plan.revision if plan else fork.theirs[-1].name))
    made[RETIRED_FILE] = Artifact(RETIRED_FILE, retired_json(plan.retired))
    return Rebased(fork, plan, tuple(made.values()), tuple(one.path for one in fork.ours))


def _adopted(ours: Sequence[RevisionFile], desired: Spec) -> dict[str, object]:
    """Return what our revisions take over, with the objects as they are in the merged project."""
    said = {name: json.loads(text) for one in ours for name, text in one.adopts.items() if name in desired.objects}
    return {name: {**one, "object": to_plain(desired.objects[name])} for name, one in said.items()}


def _refuse_contradictions(folder: Path, fork: Fork, theirs: State, desired: Spec) -> None:
    ends = [one for one in (fork.base, fork.ours[-1]) if one is not None]
    states = find_states(folder, [one.leads_to or "" for one in ends])
    missing = [one for one in ends if (one.leads_to or "") not in states]
    if missing:
        raise Refused(Diagnostic(
            "CRM579", f"the spec after `{missing[0].name}` is not among what git has",
            why="so nobody can tell whether both branches changed the same part",
            help="fetch the branch that has it: git fetch --all      or look yourself, then: crmspec rebase --settled"))
    before = states[fork.base.leads_to or ""].spec if fork.base else None
    ours = states[fork.ours[-1].leads_to or ""].spec
    _, conflicts = merge_plain(_plain(before), _plain(theirs.spec), _plain(ours))
    problems = [_contradiction(one, fork, _plain(desired)) for one in (*conflicts, *_renamed_twice(theirs.spec, ours))]
    if problems:
        raise Refused(*problems)


def _renamed_twice(theirs: Spec | None, ours: Spec | None) -> Iterator[Conflict]:
    """Yield parts that one branch renamed to this and the other to that."""
    there = {one.before: one.after for one in theirs.renames} if theirs else {}
    for one in ours.renames if ours and theirs else ():
        if there.get(one.before, one.after) != one.after and one not in (theirs.renames if theirs else ()):
            yield Conflict(("renames", one.before), None, there[one.before], one.after)


def _plain(spec: Spec | None) -> dict[str, object]:
    """Return what a spec says of the database and of what people see; the project's own settings are not at issue."""
    plain: dict[str, object] = to_plain(replace(spec, renames=(), merges=())) if spec else {}
    plain.pop("project", None)
    return plain


def _contradiction(one: Conflict, fork: Fork, desired: dict[str, object]) -> Diagnostic:
    now: object = desired
    for name in one.path:
        now = _within(now, name)
    return Diagnostic(
        "CRM577", f"both branches changed `{one.address}`",
        why=f"`{fork.theirs[-1].name}` has {_shown(one.theirs)}, `{fork.ours[-1].name}` has {_shown(one.ours)}; "
            f"the project says {_shown(now)} now",
        help="let specs/ say what is meant, then: crmspec rebase --settled")


def _within(value: object, name: str) -> object:
    if isinstance(value, list):
        return next((item for item in value if isinstance(item, dict) and item.get("name") == name), None)
    return value.get(name) if isinstance(value, dict) else None


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX - 1]}…"


_SHOWN_MAX = 60
