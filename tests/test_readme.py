"""The README's five minutes, done as they are written there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.cli.conftest import Crm

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
SECTION = README.partition("## Five minutes to a changed CRM")[2].partition("\n## ")[0]


def commands(block: str) -> list[list[str]]:
    """Return the crmspec commands of a code block, without their comments."""
    lines = (shlex.split(line, comments=True) for line in block.splitlines())
    return [words[1:] for words in lines if words[:1] == ["crmspec"]]


def test_the_five_minutes_work_as_written(tmp_path: Path) -> None:
    """Every command of the section does what is said, in order, and a mistake looks like the one that is shown."""
    first, yaml, second, mistake = re.findall(r"```(?:yaml)?\n(.*?)```", SECTION, re.DOTALL)
    start, *rest = commands(first)
    Crm(tmp_path)(*start).ok()
    acme = Crm(tmp_path / "acme")
    for command in rest:
        if command[0] == "serve":
            continue
        more = ["--password-stdin"] if command[0] == "user" else []
        acme(*command, *more, typed="correct horse battery\n").ok()
    acme.write("specs/accounts.yaml", yaml)
    printed = {command[0]: acme(*command).ok().out for command in commands(second)}
    assert "- account.fax" in printed["plan"]
    assert "+ account.credit_class" in printed["plan"]
    assert "release 2" in printed["deploy"]
    acme("rollback", "--yes").ok()
    acme.write("specs/accounts.yaml", yaml.replace("options:", "optoins:"))
    wrong = acme("validate").err
    shown = mistake.splitlines()
    assert shown[0] in wrong
    assert shown[1:3] == wrong.splitlines()[wrong.splitlines().index(shown[0]) + 1 :][:2]
