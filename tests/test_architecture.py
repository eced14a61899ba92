"""The rooms and who may import whom: imports run downhill, heavy libraries stay in the rooms that need them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Room → the rooms it may import. A room that is not here may not exist.
MAY_IMPORT: dict[str, set[str]] = {
    "diagnostics": set(),
    "library": set(),
    "formula": {"diagnostics"},
    "spec": {"diagnostics", "formula"},
    "schema": {"spec"},
    "source": {"spec", "formula", "diagnostics", "library"},
    "audit": {"schema", "diagnostics"},
    "access": {"spec", "schema", "formula", "audit"},
    "plan": {"spec", "schema", "formula", "access", "diagnostics"},
    "history": {"diagnostics"},
    "artifact": {"plan", "spec", "schema", "history", "library", "diagnostics"},
    "generators": {"artifact", "plan", "spec", "schema", "formula", "access"},
    "deploy": {"artifact", "plan", "spec", "schema", "access", "audit", "history", "formula", "diagnostics"},
    "records": {"spec", "schema", "access", "audit", "formula", "diagnostics"},
    "reports": {"spec", "schema", "access", "formula", "records", "diagnostics"},
    "server": {"spec", "schema", "access", "audit", "formula", "records", "reports", "diagnostics"},
    "cli": {
        "source", "spec", "schema", "formula", "plan", "artifact", "access", "audit", "deploy", "records", "reports",
        "server",
        "diagnostics", "library", "history",
    },
}
# The ground floor: whoever finds a problem may say so.
EVERYBODY = {"diagnostics"}

# Library → the rooms that may import it. A library that is not here may not be imported.
LIBRARIES: dict[str, set[str]] = {
    "yaml": {"source"},
    "ruamel": {"source"},
    "pydantic": {"source"},
    "lark": {"formula"},
    "re2": {"formula", "spec", "source", "records"},
    "sqlalchemy": {"formula", "schema", "access", "audit", "deploy", "records", "reports", "server", "cli"},
    "psycopg": {"deploy", "cli"},
    "alembic": {"deploy"},
    "jinja2": {"artifact", "server"},
    "markupsafe": {"server"},
    "starlette": {"server", "cli"},
    "uvicorn": {"cli"},
    "babel": {"server", "records", "reports", "artifact"},
    "argon2": {"access", "records", "server", "deploy"},
    "cryptography": {"records"},
    "uuid_utils": {"records", "deploy", "access", "audit"},
    "nh3": {"records", "server"},
    "pyotp": {"server"},
    "segno": {"server"},
    "authlib": {"server"},
    "joserfc": {"server"},
    "httpx2": {"server"},
    "click": {"cli"},
    "rich": {"cli"},
}

# What `import crmspec.cli` must not load: start-up stays under twice `import click`.
HEAVY = {
    "sqlalchemy", "pydantic", "yaml", "ruamel", "lark", "jinja2", "alembic", "starlette", "uvicorn", "babel", "rich",
    "psycopg", "cryptography", "argon2", "nh3", "re2", "crmspec.spec", "crmspec.source", "crmspec.plan", "asyncio",
}


def room_of(file: Path) -> str:
    """Return the room a file stands in."""
    inside = file.relative_to(ROOT)
    return "generators" if inside.parts[0] == "generators" else inside.with_suffix("").parts[1]


def source_files() -> list[Path]:
    """Return every Python file that ships, but the package's own `__init__` and `__main__`."""
    files = [*(ROOT / "crmspec").rglob("*.py"), *(ROOT / "generators").rglob("*.py")]
    top = {ROOT / "crmspec" / "__init__.py", ROOT / "crmspec" / "__main__.py"}
    return sorted(set(files) - top)


def imports_of(file: Path) -> Iterator[tuple[int, str]]:
    """Yield line and absolute module name of every import in a file, wherever it stands in it."""
    package = file.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(file.read_text("utf-8"), str(file))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            if module == "crmspec":  # `from crmspec import plan` imports the room, not the package
                for alias in node.names:
                    yield node.lineno, f"crmspec.{alias.name}" if alias.name in MAY_IMPORT else module
            else:
                yield node.lineno, module


def wrong_imports(file: Path) -> Iterator[str]:
    """Yield a sentence for each import of a file that runs uphill or sideways."""
    room = room_of(file)
    for line, module in imports_of(file):
        first, _, rest = module.partition(".")
        place = f"{file.relative_to(ROOT)}:{line}"
        if first == "crmspec":
            target = rest.split(".")[0]
            if target and target != room and target not in MAY_IMPORT[room] | EVERYBODY:
                yield f"{place}: `{room}` may not import `{target}`; it may import {sorted(MAY_IMPORT[room])}"
        elif first == "generators":
            own = ".".join(file.relative_to(ROOT).parts[:2])
            if room != "generators" or not (module == own or module.startswith(f"{own}.")):
                yield f"{place}: `{module}` is imported by name; a generator is found by its folder"
        elif first == "sqlalchemy" and room == "schema" and file.name != "metadata.py":
            yield f"{place}: of `schema` only metadata.py may import `sqlalchemy`"
        elif first not in sys.stdlib_module_names and room not in LIBRARIES.get(first, set()):
            yield f"{place}: `{room}` may not import `{first}`; {sorted(LIBRARIES.get(first, set()))} may"


def test_every_room_is_in_the_table() -> None:
    """A new room is a decision: it gets its row here and in ARCHITECTURE.md."""
    assert {room_of(file) for file in source_files()} - set(MAY_IMPORT) == set()


def test_the_table_is_the_one_people_read() -> None:
    """ARCHITECTURE.md shows the same rooms with the same imports."""
    shown: dict[str, set[str]] = {}
    for line in (ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[0].startswith("`"):
            for room in re.findall(r"`([a-z]+)[`/]", cells[0]):
                everything = set(MAY_IMPORT) - {"cli"}
                shown[room] = everything if cells[2] == "all" else set(re.findall(r"`([a-z]+)`", cells[2]))
    expected = {room: others | ({"generators"} if room == "cli" else set()) for room, others in MAY_IMPORT.items()}
    assert shown == expected


def test_the_table_itself_runs_downhill() -> None:
    """No two rooms may import each other, however long the way round."""
    left = {room: set(others) for room, others in MAY_IMPORT.items()}
    while left:
        lowest = {room for room, others in left.items() if not others & set(left)}
        assert lowest, f"these rooms import in a circle: {sorted(left)}"
        left = {room: others for room, others in left.items() if room not in lowest}


def test_imports_run_downhill() -> None:
    """Every import in every file is allowed by the tables above."""
    assert [sentence for file in source_files() for sentence in wrong_imports(file)] == []


@pytest.mark.parametrize(
    ("path", "code", "wrong"),
    [
        ("crmspec/plan/x.py", "from crmspec.deploy import deploy_plan", True),
        ("crmspec/plan/x.py", "from ..deploy.lock import hold", True),
        ("crmspec/plan/x.py", "from crmspec import server", True),
        ("crmspec/plan/x.py", "import sqlalchemy as sa", True),
        ("crmspec/plan/x.py", "from crmspec.spec import Spec\nfrom .diff import diff\nimport json", False),
        ("generators/screens/x.py", "from generators.migrations import generate", True),
        ("generators/screens/x.py", "from generators.screens.lists import lists", False),
        ("crmspec/artifact/x.py", "import generators.screens", True),
    ],
)
def test_the_reader_of_imports_sees_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, code: str, wrong: bool,
) -> None:
    """The test above is worth something: each kind of import is found."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(code)
    assert bool(list(wrong_imports(file))) == wrong


def test_starting_up_loads_nothing_heavy() -> None:
    """`crmspec --version` answers at once: commands load what they need when they are called."""
    code = "import sys, crmspec.cli; print(chr(10).join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert sorted(HEAVY & set(loaded)) == []
