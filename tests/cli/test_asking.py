"""At a terminal, a part that is gone and one that is new are asked about, and the answer is written down."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Crm

pty = pytest.importorskip("pty", reason="terminals are made as Unix has them")
SECONDS = 60


def at_a_terminal(folder: Path, *arguments: str, typing: str) -> tuple[int, str]:
    """Run the command line at a terminal of its own; return its exit code and everything that stood there."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "crmspec", "-C", str(folder), *arguments]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=Path(__file__).parents[2])
    os.close(theirs)
    os.write(ours, typing.encode())
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    return process.wait(SECONDS), shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux says so when whoever was at the other end has gone
        return b""


def turned(crm: Crm) -> None:
    """Generate once, then call two fields otherwise without saying so."""
    crm.replace("specs/contact.yaml", "  fax: {type: phone}\n", "  fax: {type: phone}\n  pager: {type: phone}\n")
    crm("generate").ok()
    crm.replace("specs/contact.yaml", "  fax: {type: phone}\n  pager: {type: phone}\n",
                "  mobile: {type: phone}\n  desk: {type: phone}\n")
    crm.replace("specs/contact.yaml", "contact.fax", "contact.mobile")


def test_what_was_said_is_declared(crm: Crm) -> None:
    """The first is the mobile number now; the second is then offered only what is left, and is none of it."""
    turned(crm)
    code, shown = at_a_terminal(crm.folder, "generate", typing="1\n0\n")
    assert code == 0, shown
    assert "contact.fax is gone" in shown
    text = (crm.folder / "specs" / "renames.yaml").read_text("utf-8")
    assert text.startswith("renames:\n  - {from: contact.fax, to: contact.")
    assert text.count("from:") == 1
    assert len(list((crm.folder / "migrations" / "versions").glob("0002_*.py"))) == 1
    crm("generate", "--check").ok()


def test_none_of_these_is_a_removal_and_an_addition(crm: Crm) -> None:
    """Nothing is declared, and nobody is asked again."""
    turned(crm)
    code, shown = at_a_terminal(crm.folder, "generate", typing="0\n0\n")
    assert code == 0, shown
    assert not (crm.folder / "specs" / "renames.yaml").exists()
    crm("generate", "--check").ok()
