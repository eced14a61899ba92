"""The table of faults is complete, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "tests" / "cases" / "faults" / "README.md"
ROWS = 64


def rows() -> list[list[str]]:
    """The cells of every numbered row."""
    lines = TABLE.read_text("utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d+ \|", line)]


@cache
def those_in(file: str) -> set[str]:
    """The tests that stand in a file."""
    tree = ast.parse((ROOT / "tests" / "deploy" / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_fault_has_its_row() -> None:
    """Numbered from 1 on, each on a database that there is."""
    assert [int(row[0]) for row in rows()] == list(range(1, ROWS + 1))
    assert {row[2] for row in rows()} == {"SQLite", "PostgreSQL", "both"}


def test_every_test_that_is_named_is_there() -> None:
    """A test that is renamed takes its row along."""
    missing = [
        f"row {number}: {one}" for number, _, _, held in rows() for one in held.split() or ["nothing"]
        if "::" not in one or one.partition("::")[2] not in those_in(one.partition("::")[0])
    ]
    assert missing == []


def test_every_test_of_faults_has_a_row() -> None:
    """What stands in this folder is about a row."""
    named = {one.partition("::")[2] for row in rows() for one in row[3].split()}
    here = {name for file in sorted(Path(__file__).parent.glob("test_*.py")) if file.name != Path(__file__).name
            for name in those_in(f"faults/{file.name}")}
    assert here - named == set()
