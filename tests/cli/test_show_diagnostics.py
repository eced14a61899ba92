"""How a problem looks on the screen and in JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmspec.cli.show_diagnostics import count_text, diagnostic_value, diagnostics_text
from crmspec.diagnostics import Diagnostic, Position


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project folder with one file that shows what marks have to cope with."""
    (tmp_path / "a.yaml").write_bytes(
        "object: quote\n"
        "label: {en: Quote, zh-CN: 报价单, fr: Devis}\r\n"
        "\toptoins: [gold]\n"
        f"help: {'x' * 300} here {'y' * 300}\n"
        "evil: \x1b[2J\u202e\n".encode()
        + b"latin: caf\xe9 end\n"
    )
    return tmp_path


def shown(folder: Path, line: int, column: int, length: int = 1) -> list[str]:
    """Return the lines printed for a diagnostic at a place."""
    return diagnostics_text([Diagnostic("CRM203", "x", Position("a.yaml", line, column, length))], folder).splitlines()


def test_all_five_parts(folder: Path) -> None:
    """Where, what, the line, why, help; and the other place that matters."""
    diagnostic = Diagnostic(
        "CRM203", "unknown key `optoins` in `contact.tier`", Position("a.yaml", 1, 9, 5), why="a picklist has options",
        help="did you mean `options`?", related=((Position("a.yaml", 2, 1), "the first one"),),
    )
    assert diagnostics_text([diagnostic], folder) == (
        "a.yaml:1:9: error[CRM203]: unknown key `optoins` in `contact.tier`\n"
        "    1 | object: quote\n"
        "      |         ^^^^^\n"
        "  see   a.yaml:2:1  the first one\n"
        "  why   a picklist has options\n"
        "  help  did you mean `options`?\n"
    )


def test_marks_stand_below_what_they_mark_behind_chinese(folder: Path) -> None:
    """A Chinese character is two columns wide, before the mark and under it."""
    line = "label: {en: Quote, zh-CN: 报价单, fr: Devis}"
    assert shown(folder, 2, line.index("报") + 1, 3)[1:] == [f"    2 | {line}", "      |" + " " * 27 + "^" * 6]
    devis = line.index("Devis")
    assert shown(folder, 2, devis + 1, 5)[2].index("^") == len("    2 | ") + devis + 3


def test_a_tab_is_seen(folder: Path) -> None:
    """A tab is shown as one arrow, so that the mark stands right."""
    assert shown(folder, 3, 2, 7)[1:] == ["    3 | →optoins: [gold]", "      |  ^^^^^^^"]


def test_a_long_line_is_cut_around_the_mark(folder: Path) -> None:
    """No line fills the screen, and the marked word is on it."""
    _, line, marks = shown(folder, 4, 308, 4)
    assert len(line) < 140
    assert line[marks.index("^") :].startswith("here")


def test_nothing_a_file_says_reaches_the_terminal_raw(folder: Path) -> None:
    """Escape sequences and direction marks are written out; bytes that are not UTF-8 are replaced."""
    assert shown(folder, 5, 7)[1] == "    5 | evil: \\x1b[2J\\u202e"
    assert shown(folder, 6, 1)[1] == "    6 | latin: caf� end"


def test_a_place_that_cannot_be_read_prints_without_its_line(folder: Path) -> None:
    """A missing file, a line behind the end, a pipe: the message still comes."""
    import os

    os.mkfifo(folder / "pipe.yaml")
    for file, line in (("gone.yaml", 1), ("a.yaml", 99), ("pipe.yaml", 1)):
        text = diagnostics_text([Diagnostic("CRM101", "x", Position(file, line, 1))], folder)
        assert text == f"{file}:{line}:1: error[CRM101]: x\n"


def test_secrets_are_hidden_in_text_and_in_json() -> None:
    """A password in a message is never shown."""
    diagnostic = Diagnostic("CRM903", "postgresql://crm:s3cret@db/x is down", why="password=s3cret")
    assert "s3cret" not in diagnostics_text([diagnostic], Path())
    assert "s3cret" not in str(diagnostic_value(diagnostic))


def test_counting() -> None:
    """The last line says how many there are."""
    problems = [Diagnostic("A", "x"), Diagnostic("A", "y"), Diagnostic("B", "z", severity="warning")]
    assert count_text(problems) == "2 errors, 1 warning"
    assert count_text([]) == ""
