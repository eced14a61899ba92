"""A project on disk, the environment a command works with, and the way to both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from crmspec.diagnostics import Diagnostic, Position, Refused, did_you_mean, in_order

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from crmspec.deploy import Release
    from crmspec.source.loaded import Loaded
    from crmspec.spec import Environment, Spec


@dataclass(frozen=True)
class Workspace:
    """What a command works on: the project's folder, the environment asked for, how to print.

    `url` stands in for the environments of the project: a demonstration has a database of its own.
    """

    folder: Path
    env: str | None
    output: str = "text"
    url: str | None = None

    @property
    def json(self) -> bool:
        """Say whether the result goes to a program."""
        return self.output == "json"

    @cached_property
    def loaded(self) -> Loaded:
        """The project as it was read, with everything that was found."""
        from crmspec.source import load_project

        return load_project(self.folder)

    def again(self) -> Workspace:
        """Return the same place, to be read anew: its files have changed."""
        return replace(self)

    def keep(self) -> None:
        """Remember for the next command what this one found out about the project."""
        if "loaded" in self.__dict__:
            self.loaded.keep_marks()

    @cached_property
    def places(self) -> Mapping[str, Position]:
        """Where each part of the project is written."""
        from crmspec.cli.places import Places

        return Places(lambda: self.loaded.origins)

    @property
    def spec(self) -> Spec:
        """The desired spec of a project without errors; refuses otherwise, with every error."""
        self.refuse_errors()
        spec = self.loaded.spec
        assert spec is not None
        return spec

    def refuse_errors(self) -> None:
        """Refuse a project that cannot be used, with every error, and without making its spec."""
        if self.loaded.has_errors or self.loaded.outline.spec is None:
            raise Refused(*in_order(one for one in self.loaded.diagnostics if one.severity == "error"))

    @property
    def environment(self) -> Environment:
        """The environment asked for, else the project's first."""
        from crmspec.spec import Environment

        if self.url is not None:
            return Environment(name="demo", database=self.url)
        outline = self.loaded.outline.spec
        environments = (outline or self.spec).project.environments
        name = self.env or next(iter(environments), "local")
        if name not in environments:
            help_words = did_you_mean(name, environments) or 'add environments: {local: {database: "sqlite:///crm.db"}}'
            raise Refused(Diagnostic("CRM905", f"there is no environment `{name}` in crmspec.yaml", help=help_words))
        return environments[name]

    @contextmanager
    def database(self, *, must_exist: bool = True) -> Iterator[Engine]:
        """Open the environment's database and close it afterwards."""
        with opened(self.environment.database, self.folder, must_exist=must_exist) as engine:
            yield engine

    @contextmanager
    def released(self, *, writes: bool = False) -> Iterator[tuple[Connection, Release]]:
        """Open the environment's database in one transaction and read what is deployed in it."""
        from crmspec.deploy import for_reading

        with self.database() as engine, (engine if writes else for_reading(engine)).begin() as connection:
            yield connection, release_in(connection)


def release_in(connection: Connection) -> Release:
    """Return the deployed release; refuse when nothing was ever deployed."""
    from crmspec.deploy import deployed_release

    release = deployed_release(connection)
    if release is None:
        raise Refused(Diagnostic("CRM908", "nothing is deployed in this database yet", help="crmspec deploy"))
    return release


@contextmanager
def opened(url: str, folder: Path, *, must_exist: bool = True) -> Iterator[Engine]:
    """Open a database and close it afterwards. A SQLite file that is not there is refused, not made, unless told so."""
    from crmspec.deploy import open_database

    engine = open_database(url, project_folder=folder)
    try:
        if must_exist and engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
            raise Refused(Diagnostic("CRM907", f"there is no database at {engine.url.database}", help="crmspec deploy"))
        yield engine
    finally:
        engine.dispose()
