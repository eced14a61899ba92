"""One field more in one object: what planning and deploying that costs, and how it grows with the rest of the project.

Beside Alembic's `revision --autogenerate` for the same tables, and Django's `makemigrations` for as many models.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from benchmarks.deploy_empty import CRMSPEC, project, running_postgres
from benchmarks.measure import Process, Ratio, in_turns
from benchmarks.peers import alembic_project, django_project
from tests.postgres_server import PostgresServer

SIZES = (10, 100, 500, 1_000)
# Django's makemigrations does not finish 500 models in five minutes.
DJANGO_MODELS_MAX = 100
_numbers = count(1)


def measure(sizes: tuple[int, ...] = SIZES, *, runs: int = 3) -> Iterator[Ratio]:
    """Compare planning with the peers at every size, then deploying at the largest with the smallest."""
    for objects in sizes:
        yield from on_sqlite(objects, runs)
    yield growth_on_sqlite(sizes[0], sizes[-1], runs)
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
            yield _beside_django(folder, objects, runs)


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


def _beside_django(folder: Path, objects: int, runs: int) -> Ratio:
    with tempfile.TemporaryDirectory() as other:
        plan = Process([CRMSPEC, "-C", folder, "plan"], before=add_field(folder))
        ours, theirs = in_turns(plan, django_project(Path(other), objects), runs)
    return Ratio(f"plan, one field added, {objects:,} × 20", ours, "django makemigrations", theirs, 1.0)


def growth_on_sqlite(few: int, many: int, runs: int) -> Ratio:
    """Compare deploying one field more in a large project with doing so in a small one."""
    with deployed(few) as small, deployed(many) as large:
        ours, floor = in_turns(_deploying(large), _deploying(small), runs)
    return _growth("SQLite", ours, floor, few, many)


def growth_on_postgresql(server: PostgresServer, few: int, many: int, runs: int) -> Ratio:
    """Compare deploying one field more in a large project with doing so in a small one."""
    with on_server(server, few) as (small, near), on_server(server, many) as (large, far):
        ours, floor = in_turns(_deploying(large, far), _deploying(small, near), runs)
    return _growth("PostgreSQL", ours, floor, few, many)


def _growth(where: str, ours: float, floor: float, few: int, many: int) -> Ratio:
    return Ratio(f"deploy one field, {many:,} objects, {where}", ours, f"the same with {few:,} objects", floor, 1.2)


def _deploying(folder: Path, url: str = "") -> Process:
    """Return a deploy of one field more, beside the one that the last run added."""
    variables = {"CRM_DATABASE_URL": url} if url else None
    change = add_field(folder, generate=True)

    def before() -> None:
        change()
        shutil.rmtree(folder / "backups", ignore_errors=True)

    options = ["--yes", "--allow", "loses_data", *_environment(variables)]
    return Process([CRMSPEC, "-C", folder, "deploy", *options], before=before, environment=variables)
