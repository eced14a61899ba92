"""Lines of parts: kept beside the cache, and after a small change the same as worked out anew."""

from __future__ import annotations

from pathlib import Path

from crmspec.source import load_project

PROJECT = "crm: lines\nlanguages: [en]\n"
PIPELINE = "pipeline: sales\nobject: deal\nfield: stage\nstages:\n  open: {}\n  won: {type: won}\n"
DEAL = """object: deal
fields:
  name: {type: text}
  amount: {type: currency}
validation:
  big: {when: "amount > 5", message: Too big}
"""
OTHER = "object: other\nfields:\n  name: {type: text}\n---\nrole: rep\ngrants: {deal: {read: own}}\n"


def write(folder: Path, **files: str) -> Path:
    """Write a project's files."""
    (folder / "specs").mkdir(exist_ok=True)
    (folder / "crmspec.yaml").write_text(PROJECT, "utf-8")
    for name, text in files.items():
        (folder / "specs" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def lines(folder: Path, *, cache: bool = True) -> dict[str, str]:
    """Ask where everything stands."""
    return load_project(folder, cache=cache).lines()


def test_a_changed_file_moves_only_its_own_lines(tmp_path: Path) -> None:
    """A comment above a field, a field more, one less: as if nothing had been kept."""
    folder = write(tmp_path, pipeline=PIPELINE, deal=DEAL, other=OTHER)
    assert lines(folder)["deal.amount"] == "specs/deal.yaml:4"
    for changed in (
        DEAL.replace("fields:", "# what a deal says\nfields:"),
        DEAL.replace("  amount:", "  extra: {type: date}\n  amount:"),
        DEAL.replace("  name: {type: text}\n", ""),
    ):
        write(folder, deal=changed)
        after = lines(folder)
        assert after == lines(folder, cache=False)
        assert after["deal.stage"] == "specs/pipeline.yaml:1"  # what a pipeline made stays where that stands
        assert after["role:rep"] == "specs/other.yaml:5"


def test_files_that_come_and_go(tmp_path: Path) -> None:
    """Then everything is worked out anew."""
    folder = write(tmp_path, pipeline=PIPELINE, deal=DEAL)
    lines(folder)
    write(folder, other=OTHER)
    assert lines(folder) == lines(folder, cache=False)
    (folder / "specs" / "other.yaml").unlink()
    assert lines(folder) == lines(folder, cache=False)


def test_what_was_kept_may_be_broken(tmp_path: Path) -> None:
    """A file of the cache that says nothing of use costs time and nothing else."""
    folder = write(tmp_path, pipeline=PIPELINE, deal=DEAL)
    known = lines(folder)
    for text in ("", "{", '{"files": 3}', "\0"):
        (folder / ".crmspec" / "cache" / "lines.json").write_text(text, "utf-8")
        assert lines(folder) == known


def test_lines_that_are_known_are_not_written_again(tmp_path: Path) -> None:
    """Nothing changed: the kept file is left alone."""
    folder = write(tmp_path, pipeline=PIPELINE, deal=DEAL)
    found = lines(folder)
    kept = folder / ".crmspec" / "cache" / "lines.json"
    before = kept.stat()
    assert lines(folder) == found
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
