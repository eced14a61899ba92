"""Set-up: the audit trail, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crmspec.audit import EVENTS, GROUPS, Filter, Noted, events_of, head, read_trail
from crmspec.server.rendering import translations
from crmspec.server.views import AuditPage, AuditRow, Choice, Link
from crmspec.server.web import Exchange, Problem, Reply, Shown
from crmspec.server.words import AUDITED

_ROWS = 50
_TONES = {"refusal": "red", "people": "violet", "reading": "amber", "release": "blue", "log_in": "green",
          "change": "teal", "trail": "gray"}
_HIDDEN = ("agent",)


def audit(exchange: Exchange) -> Reply:
    """List what happened, with filters that narrow it down."""
    gettext, urls, query = translations(exchange.language).gettext, exchange.urls, exchange.query
    group, who, one = query.text("group"), query.text("who").strip()[:200], query.text("object")
    since, until = query.text("since"), query.text("until")
    before = query.text("before")
    if (group and group not in GROUPS) or (one and one not in exchange.spec.objects) or len(before) > 18 or (
            before and not before.isdecimal()):
        raise Problem(400)
    wanted = Filter(
        events=events_of(group) if group else (), who=who.lower(),
        objects=exchange.spec.names_of(one) if one else (), since=_moment(exchange, since),
        until=_moment(exchange, until, days=1), before=int(before) if before else None,
    )
    found = read_trail(exchange.connection, wanted, limit=_ROWS + 1)
    if not before:
        exchange.note("trail_read", group=group, who=who, object=one, since=since, until=until)
    kept = {"group": group, "who": who, "object": one, "since": since, "until": until}
    newest = head(exchange.connection)
    page = AuditPage(
        title=gettext("Audit trail"),
        url=urls.to("setup", "audit"),
        rows=tuple(_row(exchange, entry) for entry in found[:_ROWS]),
        groups=tuple(Choice(name=name, label=gettext(words)) for name, words in GROUPS.items()),
        group=group,
        who=who,
        objects=tuple(
            Choice(name=name, label=exchange.words(each.label, name)) for name, each in exchange.spec.objects.items()
        ),
        object=one,
        since=since,
        until=until,
        trail=(Link(label=gettext("Set-up"), url=urls.to("setup")),),
        head=str(newest.anchor) if newest else "",
        older_url=urls.to("setup", "audit", before=str(found[_ROWS - 1].number), **kept) if len(found) > _ROWS else "",
        filtered=any(kept.values()),
    )
    return Shown(page)


def _moment(exchange: Exchange, text: str, *, days: int = 0) -> datetime | None:
    """Return the beginning of a day as this person's clock has it."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        zone = ZoneInfo(exchange.actor.time_zone or exchange.spec.project.time_zone)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Problem(400) from error


def _row(exchange: Exchange, entry: Noted) -> AuditRow:
    gettext, urls = translations(exchange.language).gettext, exchange.urls
    event = EVENTS.get(entry.event)
    person = urls.to("setup", "people", entry.person_id) if entry.person_id else ""
    return AuditRow(
        number=entry.number,
        at=entry.at,
        what=gettext(event.words) if event else entry.event,
        tone=_TONES[event.group] if event else "gray",
        who=entry.who,
        person=Link(label=entry.who, url=person, person=True) if entry.who else None,
        address=entry.address,
        session=entry.session[:6],
        target=_target(exchange, entry),
        detail=tuple(_detail(exchange, entry.detail)),
    )


def _target(exchange: Exchange, entry: Noted) -> Link | None:
    if not entry.object:
        return None
    one = exchange.spec.objects.get(entry.object)
    label = exchange.words(one.label, entry.object) if one else entry.object
    url = exchange.urls.record(entry.object, entry.record_id) if one and entry.record_id else ""
    return Link(label=label, url=url)


def _detail(exchange: Exchange, detail: Mapping[str, object]) -> list[tuple[str, str]]:
    gettext = translations(exchange.language).gettext
    said = []
    for name, value in sorted(detail.items()):
        if name in _HIDDEN or name.endswith(("hash", "sha256")):
            continue
        words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if isinstance(value, bool):
            words = gettext("yes") if value else gettext("no")
        said.append((gettext(AUDITED[name]) if name in AUDITED else name.replace("_", " "), words[:200]))
    return said
