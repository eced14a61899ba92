"""`user token`: keys for programs, each narrow, with an end, and revoked by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from crmspec.cli.options import command
from crmspec.cli.output import say, show, show_json
from crmspec.cli.people_named import person_named
from crmspec.cli.terminal import table
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused

DAYS = 90


@click.group(name="token")
def token() -> None:
    """Make, list and revoke API tokens: `Authorization: Bearer …`."""


@command(name="add")
@click.argument("login")
@click.option("--name", required=True, help="What uses it.")
@click.option("--scope", "scopes", multiple=True, metavar="OBJECT:VERB",
              help="What it may, of what the person may: `opportunity:read`, `account:*`; repeated. None: all of it.")
@click.option("--days", type=click.IntRange(1, 3650), default=DAYS, show_default=True, help="It ends after so many.")
@click.option("--no-end", is_flag=True, help="It does not end by itself.")
def add(workspace: Workspace, login: str, name: str, scopes: tuple[str, ...], days: int, no_end: bool) -> None:
    """Make a token for LOGIN and print it: it is kept as a hash, so this is the one time to see it."""
    from crmspec.access import make_token
    from crmspec.audit import Entry, note
    from crmspec.deploy.generated import user_name

    now = datetime.now(UTC)
    end = None if no_end else now + timedelta(days=days)
    with workspace.released(writes=True) as (connection, release):
        made, secret = make_token(
            connection, release.spec, person_id=person_named(connection, login), name=name, scopes=scopes, now=now,
            expires_at=end,
        )
        detail = {"person": login, "token": name, "scopes": ", ".join(scopes) or "all"}
        note(connection, Entry(event="token_made", at=now, who=user_name(), detail=detail))
    if workspace.json:
        show_json({"id": made, "token": secret, "expires_at": end.isoformat() if end else None})
        return
    show(secret)
    say(f"Token `{name}` of {login}, {f'until {end:%Y-%m-%d}' if end else 'without an end'}. It is shown only now.")


@command(name="list")
@click.argument("login", required=False)
@click.option("--all", "everything", is_flag=True, help="Also those that ended or were revoked.")
def list_(workspace: Workspace, login: str | None, everything: bool) -> None:
    """List the tokens of LOGIN, or of everybody."""
    from crmspec.access import list_tokens

    now = datetime.now(UTC)
    with workspace.released() as (connection, _):
        found = list_tokens(connection, person_id=person_named(connection, login) if login else None)
    found = tuple(one for one in found if everything or one.works(now))
    if workspace.json:
        show_json({"tokens": [
            {"id": one.id, "login": one.login, "name": one.name, "scopes": [":".join(scope) for scope in one.scopes],
             "expires_at": one.expires_at.isoformat() if one.expires_at else None,
             "used_at": one.used_at.isoformat() if one.used_at else None, "works": one.works(now)} for one in found
        ]})
        return
    rows = [
        (one.id, one.login, one.name, " ".join(":".join(scope) for scope in one.scopes) or "all",
         f"{one.expires_at:%Y-%m-%d}" if one.expires_at else "no end",
         f"{one.used_at:%Y-%m-%d %H:%M}" if one.used_at else "never",
         "" if one.works(now) else "revoked" if one.revoked_at else "ended")
        for one in found
    ]
    show(table([("id", "login", "name", "may", "until", "last used", ""), *rows]) if rows else "No token.")


@command(name="revoke")
@click.argument("token_id", metavar="ID")
def revoke(workspace: Workspace, token_id: str) -> None:
    """End the token with this ID for good."""
    from crmspec.access import is_id, revoke_token
    from crmspec.audit import Entry, note
    from crmspec.deploy.generated import user_name

    now = datetime.now(UTC)
    with workspace.released(writes=True) as (connection, _):
        if not is_id(token_id) or not revoke_token(connection, token_id, now):
            raise Refused(Diagnostic(
                "CRM618", f"there is no token `{token_id[:60]}` that could be revoked", help="crmspec user token list",
            ))
        note(connection, Entry(event="token_revoked", at=now, who=user_name(), detail={"token": token_id}))
    if workspace.json:
        show_json({"id": token_id})
    else:
        show(f"- token {token_id} opens nothing any more")


for _command in (add, list_, revoke):
    token.add_command(_command)
