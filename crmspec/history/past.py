"""Files of a project as they were: every version that git has, of every branch, and those of a merge under way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

_SECONDS_MAX = 60
_STAGES = (":1", ":2", ":3")  # of a merge that is not finished: before, ours, theirs


def run_git(folder: Path, *arguments: str, given: bytes | None = None) -> bytes | None:
    """Run git in a project; None when it says no, or is not there."""
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 - the arguments are ours, or names that git itself gave
            ["git", *arguments], cwd=folder, capture_output=True, check=False, input=given,  # noqa: S607
            timeout=_SECONDS_MAX)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def past_versions(folder: Path, paths: Sequence[str]) -> Iterator[tuple[str | None, ...]]:
    """Yield the texts of some files as they once stood beside one another: on disk, then newest first.

    A file that was not there is None; what was there together twice is given once. Without git only the files on disk
    are known.
    """
    yield tuple(_on_disk(folder / path) for path in paths)
    prefix = run_git(folder, "rev-parse", "--show-prefix")
    if prefix is None:
        return
    here = prefix.decode().strip()
    names = [f"{stage}:{here}" for stage in _STAGES]
    names += [f"{commit}:{here}" for commit in _commits(folder, paths)]
    seen: set[tuple[str | None, ...]] = set()
    known = _objects(folder, [f"{name}{path}" for name in names for path in paths])
    for place in range(0, len(known), len(paths)):
        together = tuple(known[place:place + len(paths)])
        if together not in seen and any(together):
            seen.add(together)
            yield tuple(_content(folder, one) for one in together)


def _on_disk(file: Path) -> str | None:
    return file.read_text("utf-8", errors="replace") if file.is_file() else None


def _commits(folder: Path, paths: Sequence[str]) -> list[str]:
    """Return the commits that changed one of the files, of every branch, newest first."""
    heads = [name for name in ("MERGE_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD")
             if run_git(folder, "rev-parse", "--verify", "--quiet", name)]
    found = run_git(folder, "log", "--all", "--full-history", "-m", "--format=%H", *heads, "--", *paths) or b""
    return list(dict.fromkeys(found.decode().split()))


def _objects(folder: Path, names: Sequence[str]) -> list[str | None]:
    """Return the id of the content behind each name, None where there is none."""
    answer = run_git(folder, "cat-file", "--batch-check=%(objectname) %(objecttype)",
                     given="".join(f"{name}\n" for name in names).encode()) or b""
    lines = answer.decode().splitlines()
    return [line.split()[0] if line.endswith(" blob") else None for line in lines]


def _content(folder: Path, one: str | None) -> str | None:
    found = run_git(folder, "cat-file", "blob", one) if one else None
    return None if found is None else found.decode("utf-8", errors="replace")
