"""One field more in one object: what planning and deploying that costs, and how it grows with the rest of the project.

Beside Alembic's `revision --autogenerate` for the same tables, and Django's `makemigrations` and `migrate` for as many
models. How everything grows up to 5,000 objects takes long, and is measured when it is asked for:

    python -m benchmarks.one_field --growth
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from benchmarks.deploy_empty import CRMSPEC, project, running_postgres
from benchmarks.measure import Process, Ratio, in_turns
from benchmarks.peers import alembic_project, django_migrating, django_project
from tests.postgres_server import PostgresServer

SIZES = (10, 100, 500, 1_000)
GROWTH = (1_000, 5_000)
# Django's makemigrations does not finish 500 models in five minutes.
DJANGO_MODELS_MAX = 100
# A deploy copies the database, proves what it did and keeps the release; `migrate` does none of it.
DJANGO_MIGRATE_TIMES = 2.0
SQLITE_GROWTH_TIMES = 2.5
_numbers = count(1)


def measure(sizes: tuple[int, ...] = SIZES, *, runs: int = 3) -> Iterator[Ratio]:
    """Compare planning with the peers at every size, then deploying at the largest with the smallest."""
    for objects in sizes:
        yield from on_sqlite(objects, runs)
    yield from growth_on_sqlite(sizes[0], sizes[-1], runs)
    with running_postgres() as server:
        for objects in sizes:
            with on_server(server, objects) as (folder, url):
                yield _beside_alembic(folder, objects, runs, "postgresql", url)
        yield growth_on_postgresql(server, sizes[0], sizes[-1], runs)


def on_sqlite(objects: int, runs: int) -> Iterator[Ratio]:
    """Compare planning on SQLite with the peers."""
    with deployed(objects) as folder:
        yield _beside_alembic(folder, objects, runs, "sqlite", f"sqlite:///{folder / 'crm.db'}")
        if objects <= DJANGO_MODELS_MAX:
            yield from _beside_django(folder, objects, runs)


@contextmanager
def deployed(objects: int, variables: Mapping[str, str] | None = None) -> Iterator[Path]:
    """Make a project of a size that is deployed, to SQLite unless variables say where else."""
    with project(objects) as folder:
        Process([CRMSPEC, "-C", folder, "deploy", "--yes", *_environment(variables)], environment=variables).seconds()
        yield folder


@contextmanager
def on_server(server: PostgresServer, objects: int) -> Iterator[tuple[Path, str]]:
    """Make a project of a size that is deployed to a database of a server."""
    name = server.create_database()
    variables = {"CRM_DATABASE_URL": server.url(name)}
    with deployed(objects, variables) as folder:
        yield folder, server.url(name)
    server.drop_database(name)


def _environment(variables: Mapping[str, str] | None) -> list[str]:
    return ["--env", "production"] if variables else []


def add_field(folder: Path, *, generate: bool = False) -> Callable[[], None]:
    """Return what puts a field of a new name into one object: beside the last one so put where that was deployed."""
    file = folder / "specs" / "object_0005.yaml"
    before = file.read_text("utf-8")

    def change() -> None:
        text = file.read_text("utf-8") if generate else before
        file.write_text(text.replace("  notes:", f"  more_{next(_numbers)}: {{type: text}}\n  notes:"), "utf-8")
        if generate:
            Process([CRMSPEC, "-C", folder, "generate", "--not-renamed"]).seconds()

    return change


def _beside_alembic(folder: Path, objects: int, runs: int, dialect: str, url: str) -> Ratio:
    variables = {"CRM_DATABASE_URL": url} if dialect == "postgresql" else None
    plan = Process([CRMSPEC, "-C", folder, "plan", *_environment(variables)], before=add_field(folder),
                   environment=variables)
    with tempfile.TemporaryDirectory() as other:
        ours, theirs = in_turns(plan, alembic_project(Path(other), folder, url), runs)
    return Ratio(f"plan, one field added, {objects:,} × 20, {dialect}", ours, "alembic revision --autogenerate", theirs,
                 0.1 if objects >= 1_000 else 1.0)


def _beside_django(folder: Path, objects: int, runs: int) -> Iterator[Ratio]:
    with tempfile.TemporaryDirectory() as other:
        plan = Process([CRMSPEC, "-C", folder, "plan"], before=add_field(folder))
        ours, theirs = in_turns(plan, django_project(Path(other), objects), runs)
        yield Ratio(f"plan, one field added, {objects:,} × 20", ours, "django makemigrations", theirs, 1.0)
        ours, theirs = in_turns(_deploying(folder), django_migrating(Path(other)), runs)
        yield Ratio(f"deploy, one field added, {objects:,} × 20", ours, "django migrate, no copy, no proof", theirs,
                    DJANGO_MIGRATE_TIMES)


def growth_on_sqlite(few: int, many: int, runs: int) -> Iterator[Ratio]:
    """Compare deploying one field more in a large project with doing so in a small one.

    SQLite reads the schema of the whole file when it is opened and again for each ALTER TABLE, and the copy of before
    is of the whole file: what that takes is measured by itself, and counts on both sides.
    """
    with deployed(few) as small, deployed(many) as large:
        ours, floor = in_turns(_deploying(large), _deploying(small), runs)
        theirs, little = in_turns(_sqlite_itself(large), _sqlite_itself(small), runs)
    yield _growth("SQLite", ours, floor + theirs - little, few, many, " and SQLite itself")
    yield _growth("SQLite", ours, floor, few, many, at_most=SQLITE_GROWTH_TIMES)


_SQLITE_ITSELF = """
import sqlite3, sys
file = sys.argv[1]
connection = sqlite3.connect(file, isolation_level=None)
connection.execute("SELECT 1 FROM crmspec_release").fetchone()
source, copy = sqlite3.connect(file), sqlite3.connect(file + ".copy")
source.backup(copy)
assert copy.execute("PRAGMA quick_check").fetchone() == ("ok",)
copy.close()
source.close()
connection.execute("BEGIN IMMEDIATE")
connection.execute("ALTER TABLE object_0005 ADD COLUMN " + sys.argv[2])
connection.execute("COMMIT")
connection.close()
"""


def _sqlite_itself(folder: Path) -> Process:
    """Return what SQLite does of a deploy, with the driver alone: open, copy, check, alter, commit."""
    file = folder / "crm.db"

    def before() -> None:
        file.with_name("crm.db.copy").unlink(missing_ok=True)
        with sqlite3.connect(file) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM pragma_table_info('object_0005')")}
            if "itself" in names:
                connection.execute("ALTER TABLE object_0005 DROP COLUMN itself")
        connection.close()

    return Process([sys.executable, "-c", _SQLITE_ITSELF, file, "itself"], before=before)


def growth_on_postgresql(server: PostgresServer, few: int, many: int, runs: int) -> Ratio:
    """Compare deploying one field more in a large project with doing so in a small one."""
    with on_server(server, few) as (small, near), on_server(server, many) as (large, far):
        ours, floor = in_turns(_deploying(large, far), _deploying(small, near), runs)
    return _growth("PostgreSQL", ours, floor, few, many)


def _growth(
    where: str, ours: float, floor: float, few: int, many: int, beside: str = "", at_most: float = 1.2,
) -> Ratio:
    what = f"deploy one field, {many:,} objects, {where}"
    return Ratio(what, ours, f"the same with {few:,}{beside}", floor, at_most)


def growth(few: int, many: int, runs: int = 1) -> Iterator[Ratio]:
    """Compare every command in a project of one size with the same in a larger one: at most in proportion.

    On PostgreSQL: SQLite finds tables and indexes by name through 64 chains, whatever their number, so that only
    opening a file with 5,000 objects takes it eighty times as long as one with 1,000.
    """
    with running_postgres() as server, on_server(server, few) as (small, near), on_server(server, many) as (large, far):
        for words in (["validate"], ["plan"], ["generate", "--not-renamed"], ["deploy", "--yes"]):
            ours, floor = in_turns(_growing(large, words, far), _growing(small, words, near), runs)
            yield Ratio(f"{words[0]}, one field added, {many:,} × 20", ours, f"the same with {few:,}", floor,
                        many / few)


def _growing(folder: Path, words: list[str], url: str) -> Process:
    change = _deploying(folder).before if words[0] == "deploy" else add_field(folder)
    where = ["--env", "production"] if words[0] in ("plan", "deploy") else []
    return Process([CRMSPEC, "-C", folder, *words, *where], before=change, environment={"CRM_DATABASE_URL": url})


def _deploying(folder: Path, url: str = "") -> Process:
    """Return a deploy of one field more, beside the one that the last run added."""
    variables = {"CRM_DATABASE_URL": url} if url else None
    change = add_field(folder, generate=True)

    def before() -> None:
        change()
        shutil.rmtree(folder / "backups", ignore_errors=True)

    options = ["--yes", "--allow", "loses_data", *_environment(variables)]
    return Process([CRMSPEC, "-C", folder, "deploy", *options], before=before, environment=variables)


def main() -> None:
    """Measure alone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--growth", action="store_true", help="how everything grows up to 5,000 objects")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    for ratio in growth(*GROWTH, runs=given.runs) if given.growth else measure(runs=given.runs):
        print(f"{ratio.what:<48}{ratio.ours:8.3f} s  {ratio.beside:<36}{ratio.floor:8.3f} s{ratio.times:8.2f} ×"
              f"  at most {ratio.at_most:g} ×{'' if ratio.holds else '  does not hold'}", flush=True)


if __name__ == "__main__":
    main()
