"""`user`: the people who log in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import click

from crmspec.cli.options import command
from crmspec.cli.output import say, show, show_json
from crmspec.cli.people_named import person_named
from crmspec.cli.standing import COMMANDS as STANDING
from crmspec.cli.terminal import table
from crmspec.cli.tokens import token
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused, did_you_mean

if TYPE_CHECKING:

    from crmspec.access import Person

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
@click.option("--kind", type=click.Choice(["person", "integration", "guest"]), default="person", show_default=True,
              help="An integration comes with tokens alone; to a guest nothing is open by default.")
@click.option("--language", default="", help="The language of their screens.")
@click.option("--password-stdin", is_flag=True, help=_PASSWORD_HELP)
def add(
    workspace: Workspace, login: str, name: str | None, email: str, positions: tuple[str, ...], roles: tuple[str, ...],
    kind: Literal["person", "integration", "guest"], language: str, password_stdin: bool,
) -> None:
    """Add a person who logs in as LOGIN."""
    from datetime import UTC, datetime

    from crmspec.access import add_person, keeping_apart
    from crmspec.cli.noting import note_command

    password = None if kind == "integration" else _password(password_stdin)
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
                positions=positions, roles=roles, language=language, kind=kind, now=now,
            )
        note_command(connection, "person_added", login=login, positions=positions, roles=roles)
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
            {"login": one.login, "name": one.name, "kind": one.kind, "active": one.active, "positions": one.positions,
             "roles": one.roles, "roles_until": {name: end.isoformat() for name, end in one.roles_until.items()}}
            for one in people
        ]})
        return
    rows = [
        (one.login, one.name, ", ".join(one.positions), ", ".join(_role(one, name) for name in one.roles),
         " ".join((*((one.kind,) if one.kind != "person" else ()), *(() if one.active else ("disabled",)))))
        for one in people
    ]
    show(table([("login", "name", "positions", "roles", ""), *rows]) if rows else "Nobody yet.")
    if not rows:
        say("Next: crmspec user add LOGIN --position POSITION")


def _role(one: Person, name: str) -> str:
    until = one.roles_until.get(name)
    return f"{name} (until {until:%Y-%m-%d})" if until else name


@command(name="disable")
@click.argument("login")
@click.option("--enable", is_flag=True, help="Let them log in again.")
def disable(workspace: Workspace, login: str, enable: bool) -> None:
    """End a person's sessions and let them log in no more. Their records stay theirs."""
    from datetime import UTC, datetime

    from crmspec.access import keeping_apart, set_active
    from crmspec.cli.noting import note_command

    with workspace.released(writes=True) as (connection, release):
        person_id = person_named(connection, login)
        with keeping_apart(connection, release.spec, datetime.now(UTC), person_id):
            set_active(connection, person_id, active=enable)
        note_command(connection, "person_enabled" if enable else "person_disabled", login=login)
    if workspace.json:
        show_json({"login": login, "active": enable})
    else:
        show(f"{'+' if enable else '-'} {login} {'may log in again' if enable else 'may not log in any more'}")


@command(name="password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help=_PASSWORD_HELP)
@click.option("--once", is_flag=True, help="The person has to choose another one at the next log-in.")
def change_password(workspace: Workspace, login: str, password_stdin: bool, once: bool) -> None:
    """Give a person a new password and end their sessions."""
    from datetime import UTC, datetime

    from crmspec.access import set_password
    from crmspec.cli.noting import note_command

    password = _password(password_stdin)
    with workspace.released(writes=True) as (connection, _):
        set_password(connection, person_named(connection, login), password, now=datetime.now(UTC), forced=once)
        note_command(connection, "password_set", login=login, once=once)
    if workspace.json:
        show_json({"login": login})
    else:
        show(f"~ {login} has a new password; they are logged out everywhere")


@command(name="reset")
@click.argument("login")
def reset_password(workspace: Workspace, login: str) -> None:
    """Print a code with which a person chooses a new password: it works once, for a day."""
    from datetime import UTC, datetime

    from crmspec.access.resets import make_reset
    from crmspec.cli.noting import note_command

    with workspace.released(writes=True) as (connection, _):
        code = make_reset(connection, person_named(connection, login), datetime.now(UTC))
        note_command(connection, "password_reset", login=login)
    if workspace.json:
        show_json({"login": login, "code": code})
    else:
        show(code)
        say(f"Hand it to {login}: it works once, for a day, at /log-in/reset.")


@command(name="unlock")
@click.argument("login")
@click.option("--second-factor", is_flag=True, help="Take a lost second factor away, too.")
def unlock(workspace: Workspace, login: str, second_factor: bool) -> None:
    """Let a person try to log in again who was locked out after too many tries."""
    from crmspec.cli.noting import note_command
    from crmspec.server import tries
    from crmspec.server.second_factor import take_away

    with workspace.released(writes=True) as (connection, _):
        person_id = person_named(connection, login)
        tries.unlock(connection, login.lower())
        tries.unlock(connection, f"second factor: {login.lower()}")
        if second_factor:
            take_away(connection, person_id)
            note_command(connection, "second_factor_reset", login=login)
        note_command(connection, "unlocked", login=login)
    if workspace.json:
        show_json({"login": login})
    else:
        show(f"+ {login} may try again")


for _command in (add, list_users, disable, change_password, reset_password, unlock, *STANDING, token):
    user.add_command(_command)
