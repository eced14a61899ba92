"""docs/history.md shows what the commands really say; `pytest --update` writes its outputs again."""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

from crmspec.cli.application import run
from tests.cli.conftest import CONTACT, PROJECT, Crm
from tests.cli.test_branching import commit, git

GUIDE = Path(__file__).parent.parent / "docs" / "history.md"
_BLOCK = re.compile(r"(<!-- step: ([a-z-]+) -->\n```console\n).*?(```)", re.DOTALL)
_HASH = re.compile(r"(?<=\b\d{4}_)[0-9a-f]{8}\b")
_BACKUP = re.compile(r"(?<=backups/)\S+")


def test_the_guide_shows_real_outputs(tmp_path: Path, update: bool) -> None:
    """Each step of the story is run in a project with git and a database."""
    said = dict(_story(Crm(tmp_path / "acme")))
    text = GUIDE.read_text("utf-8")
    assert [match[2] for match in _BLOCK.finditer(text)] == list(said)
    fresh = _BLOCK.sub(lambda match: f"{match[1]}{said[match[2]]}{match[3]}", text)
    if update:
        GUIDE.write_text(fresh, "utf-8")
    assert GUIDE.read_text("utf-8") == fresh, "docs/history.md is stale: pytest tests/test_history_guide.py --update"


def _story(crm: Crm) -> Iterator[tuple[str, str]]:
    crm.write("crmspec.yaml", PROJECT.replace("  server: {database: \"${CRM_DATABASE_URL}\"}\n", ""))
    crm.write("specs/contact.yaml", CONTACT)
    crm.write(".gitignore", "*.db\n*.db-*\nbackups/\n.crmspec/\n")
    crm("generate", "-m", "first release").ok()
    git(crm, "init", "-q", "-b", "main")
    commit(crm, "first release")
    git(crm, "checkout", "-q", "-b", "nicknames")
    crm.write("specs/nickname.yaml", "extend: contact\nfields:\n  nickname: {type: text}\n")
    crm("generate", "-m", "nicknames").ok()
    commit(crm, "nicknames")
    git(crm, "checkout", "-q", "main")
    crm.write("specs/visit.yaml", "object: visit\nfields:\n  name: {type: text}\n  day: {type: date}\n")
    crm("generate", "-m", "visits").ok()
    commit(crm, "visits")
    git(crm, "checkout", "-q", "nicknames")
    git(crm, "merge", "-q", "main", fails=True)
    yield "validate", _run(crm, "validate", code=1)
    yield "rebase", _run(crm, "rebase")
    commit(crm, "visits and nicknames")
    crm("deploy").ok()
    yield "squash", _run(crm, "squash")
    with closing(sqlite3.connect(crm.folder / "crm.db")) as driver:
        driver.execute("DROP INDEX ix_contact_recent")
        driver.execute("ALTER TABLE contact ADD COLUMN shoe_size INTEGER")
    yield "status", _run(crm, "status", code=1)
    yield "repair", _run(crm, "deploy", "--repair")
    yield "adopt-list", _run(crm, "adopt")
    yield "adopt", _run(crm, "adopt", "contact.shoe_size")


def _run(crm: Crm, *arguments: str, code: int = 0) -> str:
    """Run a command and return it with what it printed, what changes from run to run left out."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        assert run(["-C", str(crm.folder), *arguments]) == code, printed.getvalue()
    lines = [line.rstrip() for line in printed.getvalue().splitlines() if not line.startswith("…")]
    text = "\n".join([f"$ crmspec {' '.join(arguments)}", *lines]) + "\n"
    moment = re.sub(r"by \S+ at \d{4}-\d\d-\d\d \d\d:\d\d", "by anna@office at 2026-03-02 09:30", text)
    return _BACKUP.sub("crm.sqlite3", _HASH.sub("…", moment.replace(f"{crm.folder}/", "")))
