"""`user grant`, `withdraw`, `positions`, `stand-in`, `back`: what people hold, for a while or until they lose it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from crmspec.cli.options import command
from crmspec.cli.output import show, show_json
from crmspec.cli.people_named import person_named
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@command(name="grant")
@click.argument("login")
@click.argument("role")
@click.option("--until", type=_MOMENT, help="The role ends by itself at this moment (UTC).")
def grant(workspace: Workspace, login: str, role: str, until: datetime | None) -> None:
    """Give the person LOGIN the role ROLE beside those of their positions, perhaps until a day."""
    from crmspec.access import grant_role, keeping_apart

    end, now = _utc(until), datetime.now(UTC)
    if end is not None and end <= now:
        raise Refused(Diagnostic("CRM617", "the role would have ended already", help="give a later day"))
    with workspace.released(writes=True) as (connection, release):
        person_id = person_named(connection, login)
        with keeping_apart(connection, release.spec, now, person_id):
            grant_role(connection, release.spec, person_id, role, end)
        _note(connection, "role_granted", now, person=login, role=role, until=_day(end))
    _said(workspace, f"+ {login} has the role {role}{f' until {_day(end)}' if end else ''}", login=login, role=role,
          until=_day(end))


@command(name="withdraw")
@click.argument("login")
@click.argument("role")
def withdraw(workspace: Workspace, login: str, role: str) -> None:
    """Take the role ROLE back that LOGIN holds directly. What positions bring stays."""
    from crmspec.access import keeping_apart, list_people, withdraw_role

    now = datetime.now(UTC)
    with workspace.released(writes=True) as (connection, release):
        person_id = person_named(connection, login)
        held = next(one.roles for one in list_people(connection) if one.id == person_id)
        if role not in held:
            raise Refused(Diagnostic(
                "CRM616", f"`{login}` does not hold the role `{role}` directly",
                why=f"what they hold directly is {', '.join(held) or 'nothing'}; positions bring the rest",
                help="crmspec user list shows both",
            ))
        with keeping_apart(connection, release.spec, now, person_id):
            withdraw_role(connection, person_id, role)
        _note(connection, "role_withdrawn", now, person=login, role=role)
    _said(workspace, f"- {login} no longer has the role {role} directly", login=login, role=role)


@command(name="positions")
@click.argument("login")
@click.argument("positions", nargs=-1)
def positions(workspace: Workspace, login: str, positions: tuple[str, ...]) -> None:
    """Seat LOGIN on exactly these POSITIONS; without any they leave all.

    Somebody without a position has no right of it any more; the records they own stay in sight of those who saw them
    there, until they are given to somebody else.
    """
    from crmspec.access import keeping_apart, set_positions

    now = datetime.now(UTC)
    with workspace.released(writes=True) as (connection, release):
        person_id = person_named(connection, login)
        with keeping_apart(connection, release.spec, now, person_id):
            set_positions(connection, release.spec, person_id, positions)
        _note(connection, "positions_changed", now, person=login, positions=", ".join(positions))
    held = f"sits on {', '.join(positions)}" if positions else "holds no position any more"
    _said(workspace, f"~ {login} {held}", login=login, positions=positions)


@command(name="stand-in")
@click.argument("away")
@click.argument("stand_in", metavar="COLLEAGUE")
@click.option("--from", "since", type=_MOMENT, help="Not before this moment (UTC; default: now).")
@click.option("--until", type=_MOMENT, help="Until this moment (UTC; default: until `user back`).")
def stand_in(workspace: Workspace, away: str, stand_in: str, since: datetime | None, until: datetime | None) -> None:
    """While AWAY is away, let COLLEAGUE have what they have, beside what is the colleague's own.

    The two are never mixed: each record is reached by what one of them may. Set-up is not handed on.
    """
    from crmspec.access import delegate, keeping_apart

    now = datetime.now(UTC)
    start, end = _utc(since) or now, _utc(until)
    with workspace.released(writes=True) as (connection, release):
        ids = person_named(connection, away), person_named(connection, stand_in)
        with keeping_apart(connection, release.spec, now, ids[1]):
            made = delegate(connection, away_id=ids[0], stand_in_id=ids[1], since=start, until=end, now=now)
        _note(connection, "delegation_added", now, person=away, stand_in=stand_in, since=_day(start), until=_day(end))
    line = f"+ {stand_in} stands in for {away} from {_day(start)}{f' until {_day(end)}' if end else ''}"
    _said(workspace, line, id=made, away=away, stand_in=stand_in, since=_day(start), until=_day(end))


@command(name="back")
@click.argument("away")
@click.argument("stand_in", metavar="[COLLEAGUE]", required=False)
def back(workspace: Workspace, away: str, stand_in: str | None) -> None:
    """End that COLLEAGUE, or anybody, stands in for AWAY."""
    from crmspec.access import end_delegations

    now = datetime.now(UTC)
    with workspace.released(writes=True) as (connection, _):
        colleague = person_named(connection, stand_in) if stand_in else None
        ended = end_delegations(connection, away_id=person_named(connection, away), now=now, stand_in_id=colleague)
        if ended:
            _note(connection, "delegation_ended", now, person=away, stand_in=stand_in or "")
    _said(workspace, f"- {away} is back: {ended} ended" if ended else f"Nobody stands in for {away}.", away=away,
          ended=ended)


@command(name="stand-ins")
def stand_ins(workspace: Workspace) -> None:
    """List who stands in for whom, now and later."""
    from crmspec.access import list_delegations
    from crmspec.cli.terminal import table

    now = datetime.now(UTC)
    with workspace.released() as (connection, _):
        found = list_delegations(connection, now)
    if workspace.json:
        show_json({"delegations": [
            {"id": one.id, "away": one.away, "stand_in": one.stand_in, "since": one.since.isoformat(),
             "until": one.until.isoformat() if one.until else None, "now": one.holds(now)} for one in found
        ]})
        return
    rows = [(one.away, one.stand_in, _day(one.since), _day(one.until), "" if one.holds(now) else "later")
            for one in found]
    show(table([("away", "stands in", "from", "until", ""), *rows]) if rows else "Nobody stands in for anybody.")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


def _day(moment: datetime | None) -> str:
    """Write a moment as short as it can be; nothing for none."""
    if moment is None:
        return ""
    return f"{moment:%Y-%m-%d}" if (moment.hour, moment.minute) == (0, 0) else f"{moment:%Y-%m-%d %H:%M}"


def _note(connection: Connection, event: str, now: datetime, **detail: str) -> None:
    from crmspec.audit import Entry, note
    from crmspec.deploy.generated import user_name

    said = {key: text for key, text in detail.items() if text}
    note(connection, Entry(event=event, at=now, who=user_name(), detail=said))


def _said(workspace: Workspace, line: str, **value: object) -> None:
    if workspace.json:
        show_json(value)
    else:
        show(line)


COMMANDS = (grant, withdraw, positions, stand_in, back, stand_ins)
