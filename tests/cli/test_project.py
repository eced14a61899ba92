"""`init` and `validate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmspec.cli.starter import project_name, templates
from tests.cli.conftest import Crm


@pytest.mark.parametrize("template", sorted(templates()))
def test_every_template_starts_a_valid_project(tmp_path: Path, template: str) -> None:
    """What `init` writes has no problems, and is named after its folder."""
    answer = Crm(tmp_path)("init", "Acme Printing", "--template", template).ok()
    assert "+ Acme Printing/crmspec.yaml" in answer.out
    assert "Next: cd Acme Printing" in answer.err
    made = tmp_path / "Acme Printing"
    assert "crm: acme_printing\n" in (made / "crmspec.yaml").read_text("utf-8")
    assert "*.db" in (made / ".gitignore").read_text("utf-8")
    answer = Crm(made)("validate")
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.parametrize(
    "name", ["../../etc", "/etc", "printing/../..", "C:\\x", "\\\\host\\x", "%2e%2e", "CON", "", "printig"],
)
def test_a_template_is_a_name_that_there_is(tmp_path: Path, name: str) -> None:
    """Nothing that looks like a path is ever looked up; nothing is written."""
    answer = Crm(tmp_path)("init", "x", "--template", name)
    assert answer.code == 1
    assert "CRM811" in answer.err
    assert not (tmp_path / "x").exists()


def test_init_overwrites_nothing(crm: Crm, tmp_path: Path) -> None:
    """A folder with files, a file, a link: refused, untouched."""
    before = sorted(crm.folder.rglob("*"))
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").write_text("x")
    for name, words in (("acme", "`crmspec.yaml`"), ("file", "is a file"), ("link", "is a link")):
        answer = Crm(tmp_path)("init", name)
        assert answer.code == 1
        assert words in answer.err
    assert sorted(crm.folder.rglob("*")) == before
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("Acme Printing", "acme_printing"), ("2024-crm", "crm"), ("印刷", "crm"), ("crmspec_x", "crm"),
        ("a" * 60, "a" * 48),
    ],
)
def test_a_project_is_named_after_its_folder(folder: str, name: str) -> None:
    """Whatever the folder is called, the name is one that the language takes."""
    assert project_name(Path("/tmp") / folder) == name


def test_validate_says_what_there_is(crm: Crm) -> None:
    """A valid project is said to be valid, with its size."""
    answer = crm("validate").ok()
    assert answer.out == "Valid: 1 object, 2 roles, 1 report.\n"


def test_validate_prints_every_problem_with_its_line(crm: Crm) -> None:
    """Two faults are two paragraphs; the verdict goes to standard output."""
    crm.replace("specs/contact.yaml", "type: email", "type: emial")
    crm.replace("specs/contact.yaml", "options: [gold, silver]", "optoins: [gold, silver]")
    answer = crm("validate")
    assert answer.code == 1
    assert "specs/contact.yaml:5:" in answer.err
    assert "did you mean `email`?" in answer.err
    assert "did you mean `options`?" in answer.err
    assert answer.out.startswith("Not valid: ")


def test_validate_json_has_the_contracted_keys(crm: Crm) -> None:
    """code, severity, file, line, column, message, why, help."""
    crm.replace("specs/contact.yaml", "type: email", "type: emial")
    answer = crm("validate", "--format", "json")
    assert (answer.code, answer.err) == (1, "")
    (problem,) = answer.json["diagnostics"]
    assert {"code", "severity", "file", "line", "column", "message", "why", "help"} <= set(problem)
    assert (problem["severity"], problem["file"], problem["line"]) == ("error", "specs/contact.yaml", 5)


def test_validate_speaks_to_other_programs(crm: Crm) -> None:
    """GitHub, SARIF and JUnit get their own words, with the same exit code."""
    crm.replace("specs/contact.yaml", "type: email", "type: emial")
    assert crm("validate", "--format", "github").out.startswith("::error file=specs/contact.yaml,line=5,")
    assert json.loads(crm("validate", "--format", "sarif").out)["version"] == "2.1.0"
    junit = crm("validate", "--format", "junit")
    assert (junit.code, junit.out.startswith("<?xml")) == (1, True)


def test_validate_runs_the_access_tests(crm: Crm) -> None:
    """A sentence about who may do what that does not hold is an error at its line."""
    crm.write("specs/tests.yaml", "access_tests:\n  - {as: rep_east, can: read, on: contact.fax}\n")
    answer = crm("validate")
    assert answer.code == 1
    assert "specs/tests.yaml:2:" in answer.err
    assert "CRM601" in answer.err


def test_rename_edits_every_file_and_declares_it(crm: Crm) -> None:
    """The field, the role that names it, and the `renames` entry: the plan then says rename, not remove and add."""
    crm("deploy").ok()
    crm.write("specs/contact.yaml", (crm.folder / "specs/contact.yaml").read_text("utf-8") + "# A comment stays.\n")
    dry = crm("rename", "contact.fax", "contact.mobile", "--dry-run").ok()
    assert "Would rename contact.fax to contact.mobile" in dry.out
    assert "fax" in (crm.folder / "specs/contact.yaml").read_text("utf-8")
    answer = crm("rename", "contact.fax", "contact.mobile").ok()
    assert "~ specs/contact.yaml" in answer.out
    text = (crm.folder / "specs/contact.yaml").read_text("utf-8")
    assert ("fax" in text, "contact.mobile: none" in text, "# A comment stays." in text) == (False, True, True)
    assert crm("validate").code == 0
    planned = crm("plan").ok().out
    assert "> contact.mobile" in planned
    assert "loses_data" not in planned


def test_rename_refuses_what_there_is_not(crm: Crm) -> None:
    """A near word for what is missing; nothing is written."""
    before = (crm.folder / "specs/contact.yaml").read_bytes()
    answer = crm("rename", "contact.fxa", "contact.mobile")
    assert (answer.code, "did you mean `contact.fax`?" in answer.err) == (1, True)
    assert crm("rename", "contact.fax", "contact.email").code == 1
    assert (crm.folder / "specs/contact.yaml").read_bytes() == before
