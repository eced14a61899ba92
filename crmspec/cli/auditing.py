"""`audit`: who did what, whether the trail is what was written, and how its oldest part is ended."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmspec.cli.options import command
from crmspec.cli.output import say, show, show_json
from crmspec.cli.terminal import counted, table
from crmspec.cli.workspace import Workspace
from crmspec.diagnostics import Diagnostic, Refused, did_you_mean

if TYPE_CHECKING:
    from crmspec.audit import Anchor, Noted

_ANCHOR = re.compile(r"(\d{1,18}):([0-9a-f]{64})\Z")
_DETAIL_MAX = 100


@click.group()
def audit() -> None:
    """Show who did what; prove that nobody changed the trail; end its oldest part."""


@command("jsonl", name="list")
@click.option("--event", "events", multiple=True, help="Only this event, or group of events; may be repeated.")
@click.option("--who", default="", help="Only what this log-in did.")
@click.option("--object", "object_name", default="", help="Only what was about records of this object.")
@click.option("--record", "record_id", default="", help="Only what was about the record with this id.")
@click.option("--address", default="", help="Only what came from this address.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="Not before this moment (UTC).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="Before this moment (UTC).")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many.")
def list_entries(
    workspace: Workspace, events: tuple[str, ...], who: str, object_name: str, record_id: str, address: str,
    since: datetime | None, until: datetime | None, limit: int,
) -> None:
    """List the newest entries."""
    from crmspec.audit import Filter, read_trail

    with workspace.released() as (connection, release):
        found = read_trail(connection, Filter(
            events=_events(events), who=who, record_id=record_id, address=address, since=_utc(since),
            until=_utc(until), objects=release.spec.names_of(object_name) if object_name else (),
        ), limit=limit)
    if workspace.json:
        show_json({"entries": [_value(one) for one in found]})
    elif workspace.output == "jsonl":
        import json

        for one in reversed(found):
            click.echo(json.dumps(_value(one), ensure_ascii=False, default=str))
    else:
        show(_text(found) if found else "Nothing in the trail fits.")


def _events(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the events that are meant, groups taken apart; refuse what is neither."""
    from crmspec.audit import EVENTS, GROUPS, events_of

    names: list[str] = []
    for one in asked:
        if one in EVENTS:
            names.append(one)
        elif one in GROUPS:
            names.extend(events_of(one))
        else:
            known = (*GROUPS, *EVENTS)
            raise Refused(Diagnostic("CRM690", f"there is no event `{one}`", help=did_you_mean(one, known)))
    return tuple(dict.fromkeys(names))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _value(one: Noted) -> dict[str, object]:
    return {
        "number": one.number, "at": one.at.isoformat(), "event": one.event, "who": one.who, "person": one.person_id,
        "address": one.address, "session": one.session, "object": one.object, "record": one.record_id,
        "detail": dict(one.detail), "hash": one.hash,
    }


def _text(found: tuple[Noted, ...]) -> str:
    rows = [
        (str(one.number), f"{one.at:%Y-%m-%d %H:%M:%S}", one.event, one.who, one.address, _about(one)) for one in found
    ]
    return table([("no.", "when (UTC)", "event", "who", "from", "what"), *rows])


def _about(one: Noted) -> str:
    target = ".".join(filter(None, (one.object, one.record_id)))
    words = ", ".join(f"{name} {_plain(value)}" for name, value in one.detail.items() if not name.endswith("hash"))
    both = f"{target}  {words}" if target and words else target or words
    return both if len(both) <= _DETAIL_MAX else f"{both[:_DETAIL_MAX - 1]}…"


def _plain(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


@command(name="verify")
@click.option("--anchor", "anchors", multiple=True, metavar="NUMBER:HASH", help="The row must be this one; repeatable.")
def verify_trail(workspace: Workspace, anchors: tuple[str, ...]) -> int:
    """Read the whole trail: is any row altered, missing, inserted or moved?

    Prints the head. Keep it where nobody who can change the database can change it too, and hand it to the next
    verification as --anchor: then even a trail that was written anew is found.
    """
    from crmspec.audit import verify

    kept = [_anchor(one) for one in anchors]
    with workspace.released() as (connection, _):
        verdict = verify(connection, kept)
    if workspace.json:
        show_json({
            "holds": verdict.holds, "rows": verdict.rows, "first": verdict.first,
            "head": str(verdict.head) if verdict.head else None, "wrong": verdict.wrong, "wrong_row": verdict.number,
        })
    elif verdict.holds:
        show(f"The trail holds: {counted(verdict.rows, 'row')}"
             + (f", from row {verdict.first}" if verdict.first > 1 else "")
             + (f"\nhead  {verdict.head}" if verdict.head else ""))
    if verdict.holds:
        return 0
    if not workspace.json:
        raise Refused(Diagnostic(
            "CRM691", f"the audit trail was changed by hand: {verdict.wrong}",
            why=f"{counted(verdict.rows, 'row')} before it hold" if verdict.rows else "no row before it holds",
            help="compare with a backup of the database, and find out who had the rights of its owner",
        ))
    return 1


def _anchor(text: str) -> Anchor:
    from crmspec.audit import Anchor

    match = _ANCHOR.match(text.strip())
    if match is None:
        raise Refused(Diagnostic("CRM692", f"`{text[:80]}` is not an anchor", help="copy a line that "
                                 "`crmspec audit verify` printed: 1234:5f2c…"))
    return Anchor(int(match[1]), match[2])


@command(name="shorten")
@click.option("--before", required=True, type=click.DateTime(["%Y-%m-%d"]),
              help="Take off what is older than this day.")
@click.option("--archive", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="Write what is taken off to this file, as lines of JSON.")
@click.option("--yes", is_flag=True, help="Do it; without, say what would be done.")
def shorten_trail(workspace: Workspace, before: datetime, archive: Path, yes: bool) -> None:
    """End the oldest part of the trail, after writing it to a file.

    That it was done stands in the trail, with the number and the hash of the last row that went and the checksum of
    the file: so the rest can still be verified, and the file too.
    """
    from crmspec.audit import Entry, shorten, verify
    from crmspec.deploy.generated import user_name

    day: date = before.date()
    moment = datetime.combine(day, time(), UTC)
    with workspace.released(writes=True) as (connection, _):
        verdict = verify(connection)
        if not verdict.holds:
            raise Refused(Diagnostic("CRM691", f"the audit trail was changed by hand: {verdict.wrong}",
                                     help="crmspec audit verify"))
        if not yes:
            raise Refused(Diagnostic(
                "CRM693", f"this takes the audit trail before {day} off the database", why="nobody can bring it back "
                "but from the file", help=f"crmspec audit shorten --before {day} --archive {archive} --yes"))
        act = Entry(event="shortened", at=datetime.now(UTC), who=user_name(), detail={"before": str(day)})
        with archive.open("x", encoding="utf-8", newline="\n") as file:
            done = shorten(connection, moment, act, file.write)
    if not done.rows:
        archive.unlink()
    if workspace.json:
        show_json({"rows": done.rows, "last": str(done.last) if done.last else None,
                   "archive_sha256": done.archive_sha256})
    elif done.rows:
        show(f"- {counted(done.rows, 'row')} taken off, the last was {done.last}\n{archive}  {done.archive_sha256}")
    else:
        say(f"Nothing in the trail is older than {day}.")


for _command in (list_entries, verify_trail, shorten_trail):
    audit.add_command(_command)
