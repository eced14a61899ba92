"""The command line as a whole: help, exit codes, and what a person never has to see."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from crmspec.cli.application import COMMANDS, LazyGroup, application
from tests.cli.conftest import Crm

CRMSPEC = Path(sys.executable).with_name("crmspec")


def test_the_console_script_says_its_version() -> None:
    """The installed script is the same program."""
    result = subprocess.run([CRMSPEC, "--version"], capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == ("crmspec 0.1.0\n", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_the_common_options(crm: Crm, name: str) -> None:
    """Each command is found, says what it does, and agrees with its line in the list of commands."""
    answer = crm(name, "--help").ok()
    context = click.Context(application)
    assert isinstance(application, LazyGroup)
    command = application.get_command(context, name)
    assert command is not None
    assert command.help
    if not isinstance(command, click.Group):
        assert {"-C", "--format"} <= set(answer.out.replace(",", " ").split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plam"], "did you mean `plan`?"),
        (["validate", "--fromat", "json"], "--fromat"),
        (["validate", "--format", "xml"], "xml"),
        (["can", "boss"], "Missing argument"),
        (["can", "boss", "fly", "contact"], "fly"),
        (["\x1b[2J"], "\\x1b[2J"),
    ],
)
def test_wrong_usage_is_2_and_says_what(crm: Crm, arguments: list[str], words: str) -> None:
    """What cannot be understood is said on standard error, with the way to help."""
    answer = crm(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert "--help" in answer.err


def test_a_folder_that_is_no_project_is_1(crm: Crm) -> None:
    """The message says what a project is and how to make one."""
    answer = crm("validate", "-C", str(crm.folder / "nowhere"))
    assert answer.code == 1
    assert "crmspec init" in answer.err
    assert "Traceback" not in answer.err


def test_nothing_asked_is_help(crm: Crm) -> None:
    """Without a command the list of commands is the answer."""
    from crmspec.cli.application import run

    assert run([]) == 0
    answer = crm("user").ok()
    assert "password" in answer.out


def test_the_folder_may_stand_before_or_behind(crm: Crm) -> None:
    """`-C` behind the command wins."""
    answer = crm("validate", "-C", str(crm.folder), "--format", "json").ok()
    assert answer.json["diagnostics"] == []


def test_refusals_are_json_when_json_was_asked_for(crm: Crm) -> None:
    """A script reads one object, whatever happened."""
    answer = crm("can", "boss", "read", "contcat", "--format", "json")
    assert answer.code == 1
    (problem,) = answer.json["diagnostics"]
    assert (problem["code"], problem["help"]) == ("CRM623", "did you mean `contact`?")


def test_a_fault_of_ours_leaves_a_report_and_no_traceback(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is short, the report has everything but secrets."""
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom at postgresql://crm:s3cret@db/crm")

    monkeypatch.setattr("crmspec.source.load_project", broken)
    answer = crm("validate")
    assert answer.code == 1
    assert "CRM999" in answer.err
    assert "Traceback" not in answer.err
    report = Path(answer.err.split("what happened: ")[1].split()[0])
    text = report.read_text("utf-8")
    report.unlink()
    assert "RuntimeError" in text
    assert "s3cret" not in text + answer.err


def test_stopping_is_130(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with the code that shells expect."""
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crmspec.source.load_project", interrupted)
    assert crm("validate").code == 130


def test_a_reader_that_has_had_enough_is_no_error(crm: Crm) -> None:
    """`crmspec … | head -1` ends quietly."""
    command = f"{CRMSPEC} -C {crm.folder} schema | head -1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == ("{\n", "")


def test_the_debug_variable_adds_the_traceback(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """For who mends crmspec."""
    monkeypatch.setenv("CRMSPEC_DEBUG", "1")
    assert "Traceback" in crm("can", "boss", "read", "contcat").err


def test_json_is_one_object_that_says_its_version(crm: Crm) -> None:
    """Every command's JSON begins alike."""
    for arguments in (["validate"], ["access"], ["schema"], ["can", "boss", "read", "contact"]):
        value = json.loads(crm(*arguments, "--format", "json").ok().out)
        assert next(iter(value.items())) == ("format_version", 1)


@pytest.mark.parametrize(
    "command", ["plan", "deploy", "status", "history", "user list", "serve", "purge", "rollback --yes"],
)
@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///specs", "sqlite:///crmspec.yaml", "sqlite://", "sqlite:///no/such/folder/crm.db", "mysql://x/y",
        "hello", "postgresql://x@127.0.0.1:1/y", "postgresql://x@nowhere.invalid/y", "sqlite:///../../../../proc/x.db",
    ],
)
def test_what_is_no_database_is_said(crm: Crm, url: str, command: str) -> None:
    """Every command that needs one ends with one message, and leaves the project as it was."""
    crm.replace("crmspec.yaml", "sqlite:///crm.db", url)
    before = {path: path.read_bytes() for path in crm.folder.rglob("*.yaml")}
    answer = crm(*command.split())
    assert (answer.code, answer.err.count("error[")) == (1, 1), answer.err
    assert "CRM999" not in answer.err
    assert {path: path.read_bytes() for path in crm.folder.rglob("*.yaml")} == before
    assert not (crm.folder / "migrations").exists()
