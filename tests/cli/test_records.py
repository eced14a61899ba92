"""`report`, `export`, `import` under somebody's rights."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.conftest import Crm

ROWS = "name,email,fax,tier\nAnn,ann@example.com,+1 555 0100,gold\nBob,bob@example.com,,silver\n王磊,,,gold\n"


@pytest.fixture
def site(crm: Crm) -> Crm:
    """The small project, deployed, with two people and three contacts that are nobody's."""
    crm("deploy").ok()
    for login, position in (("dora", "director"), ("rita", "rep_east")):
        crm("user", "add", login, "--position", position, "--password-stdin", typed="correct horse battery\n").ok()
    crm.write("contacts.csv", ROWS)
    crm("import", "contact", str(crm.folder / "contacts.csv")).ok()
    return crm


def test_what_was_imported_is_exported(site: Crm) -> None:
    """Every value comes back as it went in."""
    out = list(csv.reader(io.StringIO(site("export", "contact").ok().out)))
    assert out[0] == ["id", "name", "email", "fax", "tier"]
    phone = "+1 555 0100"
    rows = [[cell.replace(phone, f"'{phone}") for cell in row] for row in csv.reader(io.StringIO(ROWS))]
    assert sorted(row[1:] for row in out[1:]) == sorted(rows[1:])


def test_an_export_holds_only_what_the_person_may_export(site: Crm) -> None:
    """Nobody's records are not in the scope `own`; a hidden field does not exist; no right, no file."""
    assert len(site("export", "contact", "--as", "dora").ok().out.splitlines()) == 4
    assert site("export", "contact", "--as", "rita").ok().out == "id,name,email,tier\r\n"
    site.replace("specs/contact.yaml", ", export: own", "")
    site("deploy", "--allow", "narrows_access").ok()
    answer = site("export", "contact", "--as", "rita", "--out", str(site.folder / "x.csv"))
    assert answer.code == 1
    assert "CRM722" in answer.err
    assert not (site.folder / "x.csv").exists()


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "＝1+1", "'=1", "''+1"])
def test_a_spreadsheet_runs_nothing_and_nothing_is_lost(site: Crm, text: str) -> None:
    """What looks like a formula gets an apostrophe on the way out, and loses it on the way back."""
    site.write("one.csv", f"name\n'{text}\n")
    site("import", "contact", str(site.folder / "one.csv")).ok()
    exported = site("export", "contact").ok().out
    assert f",'{text}," in exported
    assert site("export", "contact", "--format", "json").ok()
    site.write("again.csv", exported.replace("ann@example.com", "").replace("bob@example.com", ""))
    site("import", "contact", str(site.folder / "again.csv")).ok()
    assert site("export", "contact").ok().out.count(f",'{text},") == 2


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("name,email\nAnn,nonsense\nBob,\n", "CRM731", "row 2, email: "),
        ("name\nAnn\n\"\"\n", "CRM731", "row 3, name: "),
        ("nmae\nAnn\n", "CRM734", "did you mean `name`?"),
        ("name,name\nAnn,Bob\n", "CRM734", "stands twice"),
        ("", "CRM734", "no columns"),
        ("name,email\nAnn\n", "CRM735", "row 2 has 1 cells"),
        ('name\n"Ann\n', "CRM733", "not CSV"),
        ("name\nA\x00n\n", "CRM73", ""),
        ("name,email\nCleo,ann@example.com\n", "CRM731", "row 2, email: "),
        ("name,tier\nAnn,platinum\n", "CRM731", "row 2, tier: "),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_kept(site: Crm, text: str, code: str, words: str) -> None:
    """All rows or none: the message says which row, which field, and why."""
    site.write("bad.csv", "﻿" + text)
    answer = site("import", "contact", str(site.folder / "bad.csv"))
    assert answer.code == 1
    assert code in answer.err
    assert words in answer.err
    assert "CRM999" not in answer.err
    assert len(site("export", "contact").ok().out.splitlines()) == 4


def test_a_file_that_is_none(site: Crm, tmp_path: Path) -> None:
    """A missing file, a folder, other bytes: said, not raised."""
    (tmp_path / "latin.csv").write_bytes(b"name\ncaf\xe9\n")
    for name, code in (("gone.csv", "CRM730"), (".", "CRM730"), ("latin.csv", "CRM732")):
        answer = site("import", "contact", str(tmp_path / name))
        assert (answer.code, code in answer.err) == (1, True), answer.err


def test_a_dry_run_keeps_nothing(site: Crm) -> None:
    """Every row is checked, none is there afterwards."""
    site.write("more.csv", "name\nEve\n")
    assert "all are right" in site("import", "contact", str(site.folder / "more.csv"), "--dry-run").ok().out
    assert "Eve" not in site("export", "contact").ok().out


def test_importing_is_a_right(site: Crm) -> None:
    """A role without `import` imports nothing; with it the records are the person's own."""
    site.write("more.csv", "name\nEve\n")
    site("import", "contact", str(site.folder / "more.csv"), "--as", "rita").ok()
    assert "Eve" in site("export", "contact", "--as", "rita").ok().out
    site.replace("specs/contact.yaml", "export: own, import: true", "export: own")
    site("deploy", "--allow", "narrows_access").ok()
    assert site("import", "contact", str(site.folder / "more.csv"), "--as", "rita").code == 1


def test_a_report_is_a_table_or_json(site: Crm) -> None:
    """Groups with their totals, and the total of all."""
    lines = site("report", "by_tier").ok().out.splitlines()
    assert [line.split() for line in lines[1:4]] == [["Gold", "2"], ["Silver", "1"], ["Σ", "3"]]
    value = site("report", "by_tier", "--format", "json").ok().json
    assert [(group["label"], group["count"]) for group in value["groups"]] == [("Gold", 2), ("Silver", 1)]
    assert site("report", "by_tier", "--as", "rita", "--format", "json").ok().json["count"] == 0


def test_unknown_things_are_refused(site: Crm) -> None:
    """Report, object, person: each with its near word."""
    for arguments, near in (
        (("report", "by_teir"), "by_tier"), (("export", "contcat"), "contact"),
        (("report", "by_tier", "--as", "dorra"), "dora"), (("import", "contcat", "x.csv"), "contact"),
    ):
        answer = site(*arguments)
        assert (answer.code, f"did you mean `{near}`?" in answer.err) == (1, True), answer.err
