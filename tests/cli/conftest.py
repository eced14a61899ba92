"""The one door of the command line's tests: `crm("plan", "--format", "json")` in a project of the test's own."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crmspec.cli.application import run

PROJECT = """\
crm: acme
languages: [en, zh-CN]
currency: CNY
environments:
  local: {database: "sqlite:///crm.db"}
  server: {database: "${CRM_DATABASE_URL}"}
"""
CONTACT = """\
object: contact
label: {en: Contact, zh-CN: 联系人}
fields:
  name: {type: text, required: true}
  email: {type: email, unique: true}
  fax: {type: phone}
  tier: {type: picklist, options: [gold, silver], default: silver}
---
role: sales_rep
label: {en: Sales representative, zh-CN: 销售代表}
grants:
  contact: {create: true, read: own, update: own, export: own, import: true}
fields:
  contact.fax: none
---
role: boss
setup: true
grants:
  contact: {create: true, read: all, update: all, delete: all, export: all, import: true}
---
organization:
  departments: {sales: {}}
  positions:
    director: {department: sales, roles: [boss]}
    rep_east: {department: sales, reports_to: director, roles: [sales_rep]}
---
report: by_tier
from: contact
group_by: [tier]
totals: {records: count}
"""


@dataclass(frozen=True)
class Answer:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on standard output."""
        value = json.loads(self.out)
        assert value["format_version"] == 1
        assert isinstance(value, dict)
        return value

    def ok(self) -> Answer:
        """Return the answer of a command that did what was asked."""
        assert self.code == 0, f"exit {self.code}\n{self.out}{self.err}"
        return self


@dataclass(frozen=True)
class Crm:
    """Runs commands in one project folder."""

    folder: Path

    def __call__(self, *arguments: str, typed: str = "") -> Answer:
        """Run a command as the console script does, with `typed` on standard input."""
        out, err, before = io.StringIO(), io.StringIO(), sys.stdin
        sys.stdin = io.StringIO(typed)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = run(["-C", str(self.folder), *arguments])
        finally:
            sys.stdin = before
        return Answer(code, out.getvalue(), err.getvalue())

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def replace(self, name: str, before: str, after: str) -> None:
        """Edit a file of the project."""
        text = (self.folder / name).read_text("utf-8")
        assert before in text
        self.write(name, text.replace(before, after))


@pytest.fixture
def crm(tmp_path: Path) -> Crm:
    """A small valid project, and the way to run commands in it."""
    made = Crm(tmp_path / "acme")
    made.write("crmspec.yaml", PROJECT)
    made.write("specs/contact.yaml", CONTACT)
    return made
