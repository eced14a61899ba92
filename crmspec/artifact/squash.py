"""Old revisions → one baseline that makes the same tables at once.

The baseline bears the name of the newest revision it replaces, so that whatever comes after it, and every database that
has passed it, goes on as if nothing had happened. It says which revisions it stands for and what their files were, so
that a database which remembers them is recognised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crmspec.artifact.artifact import Artifact, Context
from crmspec.artifact.committed import committed
from crmspec.artifact.generators import generate_artifacts
from crmspec.artifact.rebase import State, state_after
from crmspec.artifact.write import Written, write_artifacts
from crmspec.diagnostics import Diagnostic, Refused, did_you_mean
from crmspec.history import RevisionFile, edited, file_checksum, heads_of, line_to
from crmspec.plan import Plan
from crmspec.plan.straight import straight_steps
from crmspec.spec import fingerprint

_WORTH_IT = 2


@dataclass(frozen=True, slots=True)
class Squashed:
    """What a squash comes to: the revisions that go, and the one that stands for them."""

    replaced: tuple[RevisionFile, ...]
    artifact: Artifact


def squashed(folder: Path, files: Sequence[RevisionFile], to: str | None = None) -> Squashed | None:
    """Return the baseline of all revisions, or of those up to one; None where there are no two. Writes nothing."""
    line = line_to(heads_of(files)[0].name, files) if files else ()
    replaced = line[:_place(line, to) + 1]
    if len(replaced) < _WORTH_IT:
        return None
    _refuse_edited(folder, replaced)
    return Squashed(replaced, _baseline(replaced, _state(folder, line, replaced[-1]), _checksums(folder, replaced)))


def _place(line: Sequence[RevisionFile], to: str | None) -> int:
    if to is None:
        return len(line) - 1
    found = [place for place, one in enumerate(line) if one.name.startswith(to)]
    if len(found) != 1:
        raise Refused(Diagnostic("CRM582", f"`{to}` does not name one revision of this project",
                                 help=did_you_mean(to, [one.name for one in line]) or "see migrations/versions"))
    return found[0]


def _refuse_edited(folder: Path, replaced: Sequence[RevisionFile]) -> None:
    """Refuse to lose what somebody wrote by hand: the baseline says what the spec says, and no more."""
    problems = [
        Diagnostic("CRM583", f"`{one.name}` is not as it was generated: {one.path}",
                   why="what was written into it by hand would not be in the baseline",
                   help=f"squash what comes before it: crmspec squash --to {one.after}" if one.after in
                   {other.name for other in replaced[1:]} else "leave it as it is; later revisions stay on top of it")
        for one in edited(folder, replaced)]
    if problems:
        raise Refused(*problems)


def _state(folder: Path, line: Sequence[RevisionFile], last: RevisionFile) -> State:
    """Return the spec after the last revision that is squashed: it lies there, or git has it."""
    if last is line[-1]:
        known = committed(folder)
        if known.spec is not None and fingerprint(known.spec) == last.leads_to:
            return State(known.spec, known.retired)
    return state_after(folder, last)


def _checksums(folder: Path, replaced: Sequence[RevisionFile]) -> dict[str, tuple[str, ...]]:
    """Return name → checksums of every revision that the baseline stands for, those of an earlier baseline included."""
    found: dict[str, tuple[str, ...]] = {}
    for one in replaced:
        for name, checksums in one.replaces.items():
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *checksums)))
        found[one.name] = tuple(dict.fromkeys((*found.get(one.name, ()), file_checksum(folder / one.path))))
    return found


def _baseline(replaced: Sequence[RevisionFile], state: State, checksums: dict[str, tuple[str, ...]]) -> Artifact:
    assert state.spec is not None
    plan = Plan(deployed=None, desired=state.spec, steps=straight_steps(state.spec, state.retired),
                retired=state.retired, revision=replaced[-1].name)
    message = f"baseline of {len(checksums)} revisions, {min(checksums)[:4]} to {max(checksums)[:4]}"
    made = generate_artifacts(plan, context=Context(message=message, replaces=checksums))
    return next(one for one in made if one.path.startswith("migrations/versions/"))


def carry_out(folder: Path, made: Squashed) -> Written:
    """Write the baseline and take the revisions away; put everything back as it was when that fails."""
    before = {one.path: (folder / one.path).read_bytes() for one in made.replaced}
    for path in before:
        (folder / path).unlink()
    try:
        write_artifacts(folder, [made.artifact, *_left_alone(folder)])
    except BaseException:
        for path, content in before.items():
            (folder / path).write_bytes(content)
        raise
    return Written(added=(made.artifact.path,), removed=tuple(path for path in before if path != made.artifact.path))


def _left_alone(folder: Path) -> list[Artifact]:
    """Return every generated file as it is: a squash changes none of them."""
    files = [file for file in sorted((folder / "generated").rglob("*")) if file.is_file() and not file.is_symlink()]
    return [Artifact(file.relative_to(folder).as_posix(), file.read_text("utf-8"), kept=True) for file in files]
