"""`user`: the people who log in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from crmspec.cli.options import command
from crmspec.cli.output import say, show, show_json
from crmspec.cli.terminal import table
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused, did_you_mean

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PASSWORD_HELP = "Read the password from standard input instead of asking."  # noqa: S105 - a help text


@click.group()
def user() -> None:
    """Add, list and disable the people who log in."""


def _password(from_input: bool) -> str:
    """Ask for a password twice, or read it from standard input. It is never an argument: arguments can be seen."""
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Refused(Diagnostic(
            "CRM625", "there is no terminal to ask for the password", help="echo … | crmspec user … --password-stdin",
        ))
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt="Again", err=True)
    return answer


@command(name="add")
@click.argument("login")
@click.option("--name", help="The name as screens show it (default: the log-in).")
@click.option("--email", default="", help="Where mail goes.")
@click.option("--position", "positions", multiple=True, help="A position of the organization; may be repeated.")
@click.option("--role", "roles", multiple=True, help="A role held directly; may be repeated.")
@click.option("--language", default="", help="The language of their screens.")
@click.option("--password-stdin", is_flag=True, help=_PASSWORD_HELP)
def add(
    workspace: Workspace, login: str, name: str | None, email: str, positions: tuple[str, ...], roles: tuple[str, ...],
    language: str, password_stdin: bool,
) -> None:
    """Add a person who logs in as LOGIN."""
    from datetime import UTC, datetime

    from crmspec.access import add_person, keeping_apart

    password = _password(password_stdin)
    with workspace.released(writes=True) as (connection, release):
        languages = release.spec.project.languages
        if language and language not in languages:
            raise Refused(Diagnostic(
                "CRM626", f"`{language}` is not a language of this project", help=did_you_mean(language, languages),
            ))
        now = datetime.now(UTC)
        with keeping_apart(connection, release.spec, now):
            person_id = add_person(
                connection, release.spec, login=login, name=name or login, email=email, password=password,
                positions=positions, roles=roles, language=language, now=now,
            )
    if workspace.json:
        show_json({"id": person_id, "login": login})
    else:
        show(f"+ {login}   {', '.join((*positions, *roles)) or 'no position and no role: they see nothing yet'}")


@command(name="list")
@click.option("--all", "everybody", is_flag=True, help="Disabled people too.")
def list_users(workspace: Workspace, everybody: bool) -> None:
    """List the people who may log in."""
    from crmspec.access import list_people

    with workspace.released() as (connection, _):
        people = list_people(connection, active_only=not everybody)
    if workspace.json:
        show_json({"people": [
            {"login": one.login, "name": one.name, "active": one.active, "positions": one.positions, "roles": one.roles}
            for one in people
        ]})
        return
    rows = [
        (one.login, one.name, ", ".join(one.positions), ", ".join(one.roles), "" if one.active else "disabled")
        for one in people
    ]
    show(table([("login", "name", "positions", "roles", ""), *rows]) if rows else "Nobody yet.")
    if not rows:
        say("Next: crmspec user add LOGIN --position POSITION")


@command(name="disable")
@click.argument("login")
@click.option("--enable", is_flag=True, help="Let them log in again.")
def disable(workspace: Workspace, login: str, enable: bool) -> None:
    """End a person's sessions and let them log in no more. Their records stay theirs."""
    from datetime import UTC, datetime

    from crmspec.access import keeping_apart, set_active

    with workspace.released(writes=True) as (connection, release):
        person_id = _person_id(connection, login)
        with keeping_apart(connection, release.spec, datetime.now(UTC), person_id):
            set_active(connection, person_id, active=enable)
    if workspace.json:
        show_json({"login": login, "active": enable})
    else:
        show(f"{'+' if enable else '-'} {login} {'may log in again' if enable else 'may not log in any more'}")


@command(name="password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help=_PASSWORD_HELP)
def change_password(workspace: Workspace, login: str, password_stdin: bool) -> None:
    """Give a person a new password and end their sessions."""
    from datetime import UTC, datetime

    from crmspec.access import set_password

    password = _password(password_stdin)
    with workspace.released(writes=True) as (connection, _):
        set_password(connection, _person_id(connection, login), password, now=datetime.now(UTC))
    if workspace.json:
        show_json({"login": login})
    else:
        show(f"~ {login} has a new password; they are logged out everywhere")


def _person_id(connection: Connection, login: str) -> str:
    from crmspec.access import find_person, list_people

    person_id = find_person(connection, login)
    if person_id is None:
        known = [person.login for person in list_people(connection)]
        raise Refused(Diagnostic("CRM627", f"nobody has the log-in `{login}`", help=did_you_mean(login, known)))
    return person_id


for _command in (add, list_users, disable, change_password):
    user.add_command(_command)
