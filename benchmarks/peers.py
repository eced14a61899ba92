"""Projects of other tools that hold as much as ours: for Alembic the same tables, for Django as many models."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Process
from crmspec.schema import Table, tables_of
from crmspec.source import load_project

_TYPES = {
    "sqlite": {"id": "TEXT()", "text": "TEXT()", "bigint": "INTEGER()", "boolean": "INTEGER()", "date": "TEXT()",
               "datetime": "TEXT()", "time": "TEXT()", "json": "TEXT()"},
    "postgresql": {"id": "UUID()", "text": "Text()", "bigint": "BigInteger()", "boolean": "Boolean()",
                   "date": "Date()", "datetime": "DateTime(timezone=True)", "time": "Time()",
                   "json": "postgresql.JSONB()"},
}
_ENV = """\
from alembic import context
from sqlalchemy import create_engine
import models

engine = create_engine({url!r})
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=models.metadata, version_table="peer_version",
                      include_name=lambda name, kind, parents: kind != "table" or name in models.metadata.tables)
    with context.begin_transaction():
        context.run_migrations()
"""
_MAKO = '''revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}

def upgrade():
    ${upgrades if upgrades else "pass"}

def downgrade():
    ${downgrades if downgrades else "pass"}
'''


def alembic_project(folder: Path, ours: Path, url: str) -> Process:
    """Make an Alembic project whose models are the tables of a project of ours, with one column more."""
    dialect = "postgresql" if url.startswith("postgresql") else "sqlite"
    spec = load_project(ours).spec
    assert spec is not None
    tables = tables_of(spec).values()
    (folder / "migrations" / "versions").mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\nprepend_sys_path = .\n", "utf-8")
    (folder / "migrations" / "env.py").write_text(_ENV.format(url=url), "utf-8")
    (folder / "migrations" / "script.py.mako").write_text(_MAKO, "utf-8")
    (folder / "models.py").write_text("\n".join(_models(list(tables), dialect)), "utf-8")

    def forget() -> None:
        for file in (folder / "migrations" / "versions").glob("*.py"):
            file.unlink()

    command = [sys.executable, "-m", "alembic", "revision", "--autogenerate", "-m", "one_more"]
    return Process(command, before=forget, folder=folder)


def _models(tables: list[Table], dialect: str) -> Iterator[str]:
    yield ("from sqlalchemy import *\nfrom sqlalchemy.dialects import postgresql\nfrom sqlalchemy.types import UUID\n"
           "metadata = MetaData()")
    for number, table in enumerate(tables):
        yield f"Table({table.name!r}, metadata,"
        for column in table.columns:
            key = ", primary_key=True" if column.name in table.primary_key else ""
            null = "" if key else f", nullable={not column.required}"
            default = "" if column.default is None else f", server_default={column.default!r}"
            keys = "".join(f", ForeignKey({f'{one.table}.id'!r}, name={one.name!r})" for one in table.foreign_keys
                           if one.column == column.name and one.table in {other.name for other in tables})
            yield f"    Column({column.name!r}, {_TYPES[dialect][column.kind]}{keys}{key}{null}{default}),"
        if number == 0:
            yield "    Column('one_more', Text()),"
        for index in table.indexes:
            entries = ", ".join(f"text({f'{name[1:]} DESC'!r})" if name.startswith("-") else repr(name)
                                for name in index.columns)
            yield f"    Index({index.name!r}, {entries}, unique={index.unique}),"
        yield ")"


_SETTINGS = """\
SECRET_KEY = "x"
INSTALLED_APPS = ["crm"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "crm.db"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""
_MODEL = """
class Object{n:04d}(models.Model):
    name = models.CharField(max_length=120)
    number = models.CharField(max_length=30, unique=True)
    parent = models.ForeignKey("Object{other:04d}", null=True, on_delete=models.SET_NULL, related_name="of_{n:04d}")
    status = models.CharField(max_length=10, choices=[("new", "new"), ("done", "done")], default="new")
    tier = models.CharField(max_length=10, null=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    discount = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    quantity = models.IntegerField(default=1)
    weight = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    due = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    is_key = models.BooleanField(default=False)
    email = models.EmailField(null=True, unique=True)
    phone = models.CharField(max_length=40, null=True)
    web_site = models.URLField(null=True)
    street = models.CharField(max_length=200, null=True)
    city = models.CharField(max_length=200, null=True)
    notes = models.TextField(null=True)
    score = models.SmallIntegerField(null=True)
    tags = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["status", "due"], name="ix_{n:04d}")]
"""


def django_project(folder: Path, models: int) -> Process:
    """Make a Django project of as many models whose migrations are written, and one field that is in none of them."""
    (folder / "crm").mkdir()
    (folder / "crm" / "__init__.py").touch()
    (folder / "settings.py").write_text(_SETTINGS, "utf-8")
    text = "".join(_MODEL.format(n=n, other=max(0, n - 1)) for n in range(models))
    file = folder / "crm" / "models.py"
    file.write_text(f"from django.db import models\n{text}", "utf-8")
    making = _django("makemigrations", "crm")
    _run(making, folder)
    more = "    more = models.TextField(null=True)\n    notes ="
    file.write_text(file.read_text("utf-8").replace("    notes =", more, 1), "utf-8")
    return Process([*making, "--dry-run"], folder=folder)


def django_migrating(folder: Path) -> Process:
    """Bring the database of such a project to its models but for the one field; adding that is what is timed."""
    _run(_django("migrate"), folder)
    _run([*_django("makemigrations", "crm"), "--name", "one_more"], folder)
    back = _django("migrate", "crm", "0001")
    return Process(_django("migrate", "crm"), folder=folder, before=lambda: _run(back, folder))


def _django(command: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "django", command, *words, "--settings=settings", "--pythonpath=."]


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
