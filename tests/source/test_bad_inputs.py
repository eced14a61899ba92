"""Every file of tests/cases/bad_inputs gets exactly the problems its own lines say.

A faulty line ends in `# error[CODE] part of the message; help part of the help`, several of them when it has several.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.source.check_load import ACCOUNT, check_load

CASES = sorted((Path(__file__).parent.parent / "cases" / "bad_inputs").glob("*.yaml"))
_EXPECTED = re.compile(r"# error\[(CRM\d+)\] ?((?:(?!\s# error\[|; help ).)*)(?:; help ((?:(?!\s# error\[).)*))?")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_each_file_gets_what_its_lines_say(case: Path, tmp_path: Path) -> None:
    """One clear diagnostic for each fault, at its line, in under a second, and nothing else."""
    text = case.read_bytes()
    lines = re.split("\r\n|\r|\n", text.decode())
    expected = [(number, *found) for number, line in enumerate(lines, 1) for found in _EXPECTED.findall(line)]
    begin = time.perf_counter()
    loaded = check_load(tmp_path, {"specs/account.yaml": ACCOUNT, "specs/case.yaml": text})
    took = time.perf_counter() - begin
    found = [(one.position.line if one.position else 0, one.code, one.what, one.help) for one in loaded.diagnostics]
    assert sorted((line, code) for line, code, _, _ in expected) == sorted(
        (line, code) for line, code, _, _ in found
    ), found
    for line, code, what, help in expected:
        assert any(
            line == at and code == its and what.strip() in said and help.strip() in way for at, its, said, way in found
        ), (line, code, what, help, found)
    assert all(one.why and one.help for one in loaded.diagnostics), loaded.diagnostics
    assert took < 5
