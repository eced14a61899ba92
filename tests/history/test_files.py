"""Revision files as text: what they say, and whether they are as they were generated."""

from __future__ import annotations

from pathlib import Path

from crmspec.history import as_generated, edited, history_problems, read_files, sealed
from tests.deploy.project import Checkout
from tests.deploy.specs import BASE, without_field

LINE = '"""{0}"""\n\nrevision = "{0}"\ndown_revision = {1}\nFINGERPRINT_BEFORE = {2}\nFINGERPRINT_AFTER = "{3}"\n'


def write(folder: Path, name: str, after: str | None, before: str | None = None, leads_to: str = "") -> None:
    """Write the head of a revision."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    quoted = [f'"{one}"' if one else "None" for one in (after, before)]
    (versions / f"{name}.py").write_text(LINE.format(name, *quoted, leads_to), "utf-8")


def codes(folder: Path) -> list[str]:
    """The codes of what is wrong."""
    return [one.code for one in history_problems(folder)]


def test_generated_revisions_are_read_without_being_run(checkout: Checkout) -> None:
    """Names, titles and fingerprints stand in the file; its checksum holds until somebody edits it."""
    checkout.generate(BASE)
    checkout.generate(without_field(BASE, "contact", "fax"))
    first, second = read_files(checkout.folder)
    assert (first.after, second.after, second.leads_from) == (None, first.name, first.leads_to)
    assert (first.title, second.title) == ("first release of acme", "remove contact.fax")
    assert codes(checkout.folder) == []
    assert edited(checkout.folder, (first, second)) == ()
    file = checkout.folder / second.path
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))  # as git checks it out elsewhere
    assert as_generated(file)
    file.write_text(file.read_text("utf-8") + "# mine\n", "utf-8")
    assert edited(checkout.folder, (first, second)) == (second,)


def test_a_seal_is_of_everything_but_itself() -> None:
    """Sealing twice changes nothing."""
    text = 'a = 1\nCHECKSUM = ""\nb = 2\n'
    assert sealed(sealed(text)) == sealed(text) != text


def test_what_makes_no_line_is_said(tmp_path: Path) -> None:
    """A hole, two of one name, two ends, and a revision put behind another one by hand."""
    write(tmp_path, "0001_a", None, leads_to="1")
    write(tmp_path, "0002_b", "0001_a", "1", "2")
    assert codes(tmp_path) == []
    write(tmp_path, "0003_c", "0002_b", "9", "3")
    assert codes(tmp_path) == ["CRM576"]
    write(tmp_path, "0003_c", "0001_a", "1", "3")
    assert codes(tmp_path) == ["CRM516"]
    write(tmp_path, "0003_c", "0002_x", "2", "3")
    assert "CRM515" in codes(tmp_path)
    write(tmp_path, "0003_c", "0002_b", "2", "3")
    (tmp_path / "migrations" / "versions" / "0002_again.py").write_text(
        (tmp_path / "migrations" / "versions" / "0002_b.py").read_text("utf-8"), "utf-8")
    assert "CRM515" in codes(tmp_path)
