"""A template → a project, deployed, filled with sample records, with somebody for every role."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crmspec.cli.deploying import deploy_project
from crmspec.cli.progress import Say, progress
from crmspec.cli.starter import start_project
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from crmspec.spec import Seed, Spec


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who can log in to the demonstration."""

    login: str
    password: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What was made: where it lies, its database, and who can log in."""

    folder: Path
    database: str
    people: tuple[Visitor, ...]


def make_demonstration(folder: Path, template: str, database: str | None, *, quiet: bool) -> Demonstration:
    """Make a project, deploy it to an empty database, fill it, and give everybody a password."""
    from crmspec.source import load_samples

    start_project(folder, template)
    workspace = Workspace(folder, None, url=database)
    spec = workspace.spec
    with progress(quiet=quiet) as tell, workspace.database(must_exist=False) as engine:
        _refuse_used(engine)
        tell("deploying")
        deploy_project(workspace, engine, quiet=True)
        tell("reading the sample records")
        samples = load_samples(workspace.loaded)
        _fill(engine, spec, samples, tell)
        people = _with_passwords(engine, spec)
        url = engine.url.render_as_string(hide_password=False)
    return Demonstration(folder.absolute(), url, people)


def _refuse_used(engine: Engine) -> None:
    """A demonstration is never mixed into somebody's data."""
    from crmspec.deploy import deployed_release, for_reading

    with for_reading(engine).connect() as connection:
        if deployed_release(connection) is not None:
            raise Refused(Diagnostic(
                "CRM913", "the database is in use: something is deployed in it already",
                help="name an empty database, or leave --database out for a file of its own",
            ))


def _fill(engine: Engine, spec: Spec, samples: Sequence[Seed], tell: Say) -> None:
    from crmspec.cli.seeding import write_seeds

    tell("writing the sample records")
    write_seeds(engine, spec, samples)


def _with_passwords(engine: Engine, spec: Spec) -> tuple[Visitor, ...]:
    """Give everybody one and the same password, made up for this demonstration; return them by the roles they hold."""
    from crmspec.access import list_people, roles_held, set_password

    password = secrets.token_hex(6)
    visitors = []
    with engine.begin() as connection:
        for person in list_people(connection, active_only=True):
            set_password(connection, person.id, password, now=datetime.now(UTC))
            roles = tuple(roles_held(spec, person.positions, person.roles))
            visitors.append(Visitor(person.login, password, person.name, roles))
    return tuple(visitors)
