"""A filled CRM of each template, with an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from crmspec.access import Actor, grant_role, load_actor, system_table
from crmspec.deploy.database import open_database
from crmspec.library import specs_folder
from crmspec.reports import Result, run
from crmspec.source import load_project
from crmspec.spec import Report, Spec
from tests.records.crm import build
from tests.reports.filled import NOW, fill

STARTERS = ("standard", "templates/printing")
NAMES = ("北方 经理", "Anna", "张伟", "bob")


@cache
def spec_of(starter: str) -> Spec:
    """Load the first files of a template."""
    loaded = load_project(specs_folder() / starter / "starter", cache=False)
    assert loaded.spec is not None, loaded.diagnostics
    return loaded.spec


@dataclass(frozen=True)
class Office:
    """A filled CRM, and somebody who may see all of it."""

    spec: Spec
    engine: sa.Engine
    connection: sa.Connection
    actor: Actor

    def run(self, report: Report, **more: Any) -> Result:
        return run(self.spec, self.connection, self.actor, report, now=NOW, **more)


@contextmanager
def office(url: str, starter: str) -> Iterator[Office]:
    """Build and fill the CRM of a template."""
    spec = spec_of(starter)
    administrator = next(name for name, role in spec.roles.items() if role.setup)
    engine = open_database(url)
    try:
        build(engine, spec)
        with engine.begin() as connection:
            people = [f"00000000-0000-7000-8000-00000000000{at}" for at in range(len(NAMES))]
            # Ids made from a clock would differ between two databases.
            for at, (person_id, name) in enumerate(zip(people, NAMES, strict=True)):
                row = {"id": person_id, "login": f"person{at}", "name": name, "active": True, "created_at": NOW}
                connection.execute(sa.insert(system_table("crmspec_person")).values(row))
            grant_role(connection, spec, people[0], administrator)
            fill(connection, spec, people, NOW)
            yield Office(spec, engine, connection, load_actor(connection, spec, people[0], NOW))
    finally:
        engine.dispose()
