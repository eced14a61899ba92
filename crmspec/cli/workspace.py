"""A project on disk, the environment a command works with, and the way to both."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from crmspec.diagnostics import Diagnostic, Refused, did_you_mean, in_order

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from crmspec.source import Loaded
    from crmspec.spec import Environment, Spec

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Workspace:
    """What a command works on: the project's folder, the environment asked for, how to print."""

    folder: Path
    env: str | None
    output: str = "text"

    @property
    def json(self) -> bool:
        """Say whether the result goes to a program."""
        return self.output == "json"

    @cached_property
    def loaded(self) -> Loaded:
        """The project as it was read, with everything that was found."""
        from crmspec.source import load_project

        return load_project(self.folder)

    @property
    def spec(self) -> Spec:
        """The desired spec of a project without errors; refuses otherwise, with every error."""
        errors = [diagnostic for diagnostic in self.loaded.diagnostics if diagnostic.severity == "error"]
        if errors or self.loaded.spec is None:
            raise Refused(*in_order(errors))
        return self.loaded.spec

    @property
    def environment(self) -> Environment:
        """The environment asked for, else the project's first."""
        environments = self.spec.project.environments
        name = self.env or next(iter(environments), "local")
        if name not in environments:
            help_words = did_you_mean(name, environments) or 'add environments: {local: {database: "sqlite:///crm.db"}}'
            raise Refused(Diagnostic("CRM905", f"there is no environment `{name}` in crmspec.yaml", help=help_words))
        return environments[name]

    @property
    def database_url(self) -> str:
        """The environment's database: variables filled in, a relative SQLite path taken from the project's folder."""
        return database_url(self.environment.database, self.folder)

    @contextmanager
    def database(self, *, must_exist: bool = True) -> Iterator[Engine]:
        """Open the environment's database and close it afterwards."""
        from crmspec.deploy import open_database

        url = self.database_url
        if must_exist:
            refuse_missing_file(url)
        engine = open_database(url)
        try:
            yield engine
        finally:
            engine.dispose()


def database_url(written: str, folder: Path) -> str:
    """Return a database URL as it is opened: `${NAME}` from the environment, SQLite paths absolute."""

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if not os.environ.get(name):
            raise Refused(Diagnostic(
                "CRM906", f"the environment variable `{name}` is not set",
                why=f"crmspec.yaml says the database is {written}",
                help=f"export {name}=postgresql+psycopg://user:password@host/database",
            ))
        return os.environ[name]

    url = _VARIABLE.sub(value_of, written)
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.partition("://")[2]
    if url.startswith(_SQLITE) and ":memory:" not in url:
        path, mark, query = url.removeprefix(_SQLITE).partition("?")
        url = f"{_SQLITE}{(folder / path).absolute()}{mark}{query}"
    return url


def refuse_missing_file(url: str) -> None:
    """Refuse a SQLite file that is not there: opening it would make an empty one."""
    if url.startswith(_SQLITE):
        path = Path(url.removeprefix(_SQLITE).partition("?")[0])
        if not path.exists():
            raise Refused(Diagnostic("CRM907", f"there is no database at {path}", help="make it: crmspec deploy"))
