"""A project with a database, and the command line in processes of its own that can be stopped, starved and killed."""

from __future__ import annotations

import atexit
import io
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from crmspec.cli.application import run
from crmspec.deploy import open_database
from crmspec.schema.ddl import quoted
from tests.deploy.faults.story import FIRST, PROJECT, RECORDS, SECOND

_FORK = multiprocessing.get_context("fork")
_CODE = re.compile(r"error\[(CRM\d{3})\]: (.*)")
Hook = Callable[[], object]
EVERY_HAZARD = "loses_data,may_fail_on_data,rewrites_table,blocks_writes,widens_access,narrows_access,breaks_consumers"


@dataclass(frozen=True)
class Answer:
    """What a command left: its exit code (minus the signal that killed it) and what it printed."""

    code: int
    out: str
    err: str

    def ok(self) -> Answer:
        """Return the answer of a command that did what was asked."""
        assert self.code == 0, f"exit {self.code}\n{self.out}{self.err}"
        return self

    def refused(self, code: str = "") -> str:
        """Return the message of a command that said in words why it did nothing, and what to do next."""
        everything = self.out + self.err
        assert self.code == 1, f"exit {self.code}\n{everything}"
        assert "Traceback" not in everything, everything
        found = _CODE.findall(self.err)
        assert found, everything
        assert "CRM999" not in everything, "a fault of ours"
        assert "  help  " in self.err, f"no way forward: {self.err}"
        assert "not-for-printing" not in everything
        assert code in ("", found[0][0]), everything
        return self.err


@dataclass
class Running:
    """A command at work in a process of its own."""

    process: multiprocessing.process.BaseProcess
    out: Path
    err: Path

    @property
    def pid(self) -> int:
        """The process to send signals to."""
        assert self.process.pid is not None
        return self.process.pid

    def answer(self, seconds: float = 60) -> Answer:
        """Wait until it ends, and return what it left."""
        self.process.join(seconds)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
            raise AssertionError(f"still at work after {seconds} s: {self.err.read_text()}")
        return Answer(self.process.exitcode or 0, self.out.read_text(), self.err.read_text())


@dataclass
class Site:
    """A project's folder and its database."""

    folder: Path
    url: str
    commands: int = field(default=0)
    output: Path | None = None        # where commands print to, when not beside the project

    @property
    def kind(self) -> str:
        """Which database it is."""
        return "sqlite" if self.url.startswith("sqlite") else "postgresql"

    @property
    def file(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.removeprefix("sqlite:///"))

    def write(self, specs: str) -> Site:
        """Write the project with these specs."""
        (self.folder / "specs").mkdir(parents=True, exist_ok=True)
        (self.folder / "crmspec.yaml").write_text(PROJECT, "utf-8")
        (self.folder / "specs" / "all.yaml").write_text(specs, "utf-8")
        return self

    def branch(self, name: str) -> Site:
        """Return the same project in another folder, as another machine or another branch has it."""
        folder = self.folder.with_name(name)
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("*.db*", "backups", ".crmspec", ".cache"))
        return Site(folder, self.url)

    def start(self, *arguments: str, first: Hook | None = None) -> Running:
        """Start a command; `first` is called in its process before it begins."""
        self.commands += 1
        place = self.output or self.folder.parent
        out, err = (place / f"{self.folder.name}.{self.commands}.{kind}" for kind in ("out", "err"))
        process = _FORK.Process(target=self._command, args=(arguments, out, err, first))
        process.start()
        return Running(process, out, err)

    def _command(self, arguments: Sequence[str], out: Path, err: Path, first: Hook | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = sys.__unraisablehook__
        for number, file in ((0, Path(os.devnull)), (1, out), (2, err)):
            handle = os.open(file, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(handle, number)
            os.close(handle)
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
        os.environ["CRM_DATABASE_URL"] = self.url
        if first is not None:
            first()
        code = run(["-C", str(self.folder), *arguments])
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    def run(self, *arguments: str, first: Hook | None = None, seconds: float = 60) -> Answer:
        """Run a command to its end, in a process of its own."""
        return self.start(*arguments, first=first).answer(seconds)

    def deploy(self, *more: str, first: Hook | None = None) -> Answer:
        """Deploy with every hazard allowed."""
        return self.run("deploy", "--allow", EVERY_HAZARD, *more, first=first)

    def fill(self) -> Site:
        """Put records into the tables of the first release."""
        engine = open_database(self.url)
        with engine.begin() as connection:
            for statement in RECORDS:
                connection.exec_driver_sql(statement)
        engine.dispose()
        return self

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the database itself, or tell it."""
        engine = open_database(self.url)
        with engine.begin() as connection:
            result = connection.exec_driver_sql(statement)
            rows = [tuple(row) for row in result] if result.returns_rows else []
        engine.dispose()
        return rows

    def tell_server(self, statement: str) -> None:
        """Tell PostgreSQL something that cannot stand in a transaction."""
        with psycopg.connect(plain(self.url), autocommit=True) as connection:
            connection.execute(statement.encode())

    def begun(self) -> Site:
        """Have the first release deployed and filled, and the second one written into the project."""
        original = _originals.get(self.server)
        if original is None:
            original = _originals[self.server] = self._original()
        shutil.copytree(original.folder, self.folder)
        if self.kind == "sqlite":
            shutil.copy(original.file, self.file)
        else:
            name, template = (one.rpartition("/")[2] for one in (self.url, original.url))
            with psycopg.connect(f"{plain(self.server)}/postgres", autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{name}"'.encode())
                connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'.encode())
        return self.write(SECOND)

    @property
    def server(self) -> str:
        """What the databases of one server have in common in their URLs."""
        return "sqlite" if self.kind == "sqlite" else self.url.rpartition("/")[0]

    def _original(self) -> Site:
        """Deploy the first release once; every test begins with a copy."""
        folder = Path(tempfile.mkdtemp(prefix="crmspec-begun-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        url = f"sqlite:///{folder / 'crm.db'}"
        if self.kind == "postgresql":
            url = f"{self.server}/begun_{os.getpid()}"
            with psycopg.connect(f"{plain(self.server)}/postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE begun_{os.getpid()} TEMPLATE template0".encode())
        made = Site(folder / "acme", url)
        made.write(FIRST)
        # In this process, so that all that come from it have loaded what a deploy needs.
        told = io.StringIO()
        with redirect_stdout(told), redirect_stderr(told), pytest.MonkeyPatch.context() as patch:
            patch.setenv("CRM_DATABASE_URL", url)
            assert run(["-C", str(made.folder), "deploy"]) == 0, told.getvalue()
        return made.fill()


_originals: dict[str, Site] = {}


def plain(url: str) -> str:
    """Return a URL as the driver itself takes it."""
    return url.replace("postgresql+psycopg", "postgresql")


# --- What a database holds ---

_SHAPES = {
    "sqlite": ("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",),
    "postgresql": (
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns "
        "WHERE table_schema = current_schema()",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint "
        "WHERE connamespace = current_schema()::regnamespace",
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid FROM pg_index AS i "
        "JOIN pg_class AS c ON c.oid = i.indrelid WHERE c.relnamespace = current_schema()::regnamespace",
        "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace "
        "AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')",
    ),
}
Picture = dict[str, list[str]]


def picture(url: str) -> Picture:
    """Return everything that is in a database: its shape, and the rows of every table, crmspec's own included."""
    engine = open_database(url)
    with engine.connect() as connection:
        shapes = [str(tuple(row)) for query in _SHAPES[engine.dialect.name]
                  for row in connection.exec_driver_sql(query, execution_options={"no_parameters": True})]
        found = {"": sorted(shapes)}
        for table in sa.inspect(connection).get_table_names():
            if not table.startswith("crmspec_search_words"):  # the index of the search, kept by SQLite itself
                found[table] = sorted(map(str, connection.exec_driver_sql(f'SELECT * FROM "{table}"')))
    engine.dispose()
    return found


def records(url: str, *, out_of_sight: bool = False) -> Picture:
    """Return what people have in a database: every table of theirs, without or with what is out of sight in it."""
    engine = open_database(url)
    found: Picture = {}
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        for table in inspector.get_table_names():
            if not table.startswith(("crmspec_", "alembic_")):
                columns = sorted(one["name"] for one in inspector.get_columns(table)
                                 if out_of_sight or not one["name"].startswith("crmspec_"))
                query = f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table)}"
                found[table] = sorted(str(row._asdict()) for row in connection.exec_driver_sql(query))
    engine.dispose()
    return found
