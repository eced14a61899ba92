"""The printing story, replayed through the command line: a project, its database, and what each step leaves behind."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from crmspec.cli.application import run
from crmspec.records import load_seeds
from crmspec.source import load_project, load_samples

ROOT = Path(__file__).resolve().parents[2]
STORY = ROOT / "examples" / "printing"
STEPS = sorted(path.name for path in STORY.iterdir() if path.is_dir() and re.match(r"\d\d-", path.name))

# Fingerprints change with every word of the shipped packages, and revisions carry them; the story is not about them.
_FINGERPRINT = re.compile(r"\b[0-9a-f]{16,64}\b|(?<=\b\d{4}_)[0-9a-f]{8}\b")

Rows = dict[str, dict[str, dict[str, object]]]  # table → id → column → value


@dataclass(frozen=True)
class Answer:
    """What a command did: exit code, stdout, stderr."""

    code: int
    out: str
    said: str


def crm(*arguments: str) -> Answer:
    """Run a command in this process, as a person would type it."""
    out, said = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(said):
        code = run(list(arguments))
    return Answer(code, out.getvalue(), said.getvalue())


@dataclass
class Project:
    """A project in a folder and the database it is deployed to."""

    folder: Path
    url: str
    environment: str
    screens: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> Answer:
        """Run a command on this project."""
        before = os.environ.get("CRM_DATABASE_URL")
        os.environ["CRM_DATABASE_URL"] = self.url
        try:
            return crm("-C", str(self.folder), "--env", self.environment, *arguments)
        finally:
            os.environ.pop("CRM_DATABASE_URL") if before is None else os.environ.update(CRM_DATABASE_URL=before)

    def done(self, *arguments: str) -> str:
        """Run a command that must succeed, and return what it says on stdout."""
        answer = self.run(*arguments)
        assert answer.code == 0, f"{' '.join(arguments)}\n{answer.said}"
        return answer.out

    def fill(self) -> None:
        """Write the sample records, as `crmspec demo` does."""
        loaded = load_project(self.folder)
        assert loaded.spec is not None
        with self.engine() as engine, engine.begin() as connection:
            load_seeds(connection, loaded.spec, load_samples(loaded), now=datetime.now(UTC))

    def take(self, step: str) -> None:
        """Lay the files of a step over the project."""
        overlay = STORY / step / "specs"
        if overlay.is_dir():
            shutil.copytree(overlay, self.folder / "specs", dirs_exist_ok=True)

    def generate(self, message: str) -> dict[str, str]:
        """Run `crmspec generate`; return the new revision and the screens that changed, by path."""
        before = {path.name for path in self._revisions()}
        self.done("generate", "-m", message)
        written = {
            f"migrations/{path.name}.txt": readable(path) for path in self._revisions() if path.name not in before
        }
        screens = {path.name: readable(path) for path in sorted((self.folder / "generated" / "screens").glob("*.yaml"))}
        changed = {f"screens/{name}": text for name, text in screens.items() if self.screens.get(name) != text}
        self.screens = screens
        return {**written, **changed}

    def _revisions(self) -> list[Path]:
        return sorted((self.folder / "migrations" / "versions").glob("*.py"))

    @contextmanager
    def engine(self) -> Iterator[sa.Engine]:
        """Open the database as anybody could, without crmspec."""
        engine = sa.create_engine(self.url)
        yield engine
        engine.dispose()

    def rows(self) -> Rows:
        """Read every value of every record."""
        with self.engine() as engine, engine.connect() as connection:
            names = [
                name
                for name in sa.inspect(engine).get_table_names()
                if not name.startswith(("crmspec_", "alembic_", "sqlite_"))
            ]
            return {name: _table(connection, name) for name in names if "__" not in name}


def _table(connection: sa.Connection, name: str) -> dict[str, dict[str, object]]:
    found = connection.execute(sa.text(f'SELECT * FROM "{name}"')).mappings()
    return {str(row["id"]): dict(row) for row in found}


def readable(path: Path) -> str:
    """Read a generated file, its fingerprints blotted out."""
    return _FINGERPRINT.sub("…", path.read_text("utf-8"))


def compare(folder: Path, actual: Mapping[str, str], *, update: bool) -> None:
    """Hold files against the expected ones, or write them."""
    if update:
        shutil.rmtree(folder, ignore_errors=True)
        for name, text in actual.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
    expected = {
        str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob("*")) if path.is_file()
    }
    assert sorted(expected) == sorted(actual), f"{folder}: other files than expected; `pytest --update` writes them"
    for name, text in expected.items():
        assert text == actual[name], f"{folder / name}"


def without(rows: Rows, **columns: str | tuple[str, ...]) -> Rows:
    """Leave columns out of a comparison: `account="fax"`."""
    left_out = {table: {names} if isinstance(names, str) else set(names) for table, names in columns.items()}
    return {
        table: {
            key: {column: value for column, value in row.items() if column not in left_out.get(table, ())}
            for key, row in records.items()
        }
        for table, records in rows.items()
    }
