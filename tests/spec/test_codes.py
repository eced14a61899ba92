"""The table of codes is what the code says: no code without a sentence, no sentence without a code."""

from __future__ import annotations

import re
from pathlib import Path

import crmspec
from crmspec.spec.codes import CODES


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    """The rooms that read a project use exactly the codes of the table."""
    home = Path(crmspec.__file__).parent
    files = [path for room in ("source", "spec") for path in (home / room).rglob("*.py") if path.name != "codes.py"]
    used = {code for path in files for code in re.findall(r"CRM\d{3}", path.read_text("utf-8"))}
    assert used == set(CODES)
