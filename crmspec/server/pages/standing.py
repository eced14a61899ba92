"""What kind of person somebody is, and who stands in for them: the part of a person's form that is about standing."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crmspec.access import (
    PERSON_KINDS,
    Person,
    PersonKind,
    delegate,
    end_delegations,
    keeping_apart,
    list_delegations,
    list_people,
)
from crmspec.diagnostics import Diagnostic, Refused
from crmspec.server.frame import with_notice
from crmspec.server.rendering import translations
from crmspec.server.views import Action, Choice, Control, FormSection
from crmspec.server.web import Exchange, Reply, see_other


def kind_control(exchange: Exchange) -> Control:
    """Ask what kind of person somebody new is."""
    gettext = translations(exchange.language).gettext
    words = {
        "person": gettext("A person of the company"),
        "integration": gettext("A program: it comes with tokens and has no password"),
        "guest": gettext("A guest: no position, and nothing that is open to everybody"),
    }
    return Control(
        name="kind",
        label=gettext("Kind"),
        control="select",
        required=True,
        text=kind_sent(exchange),
        choices=tuple(Choice(name=kind, label=words[kind]) for kind in PERSON_KINDS),
    )


def kind_sent(exchange: Exchange) -> PersonKind:
    """Return the kind that was chosen; a person when nothing was."""
    sent = exchange.form.text("kind")
    return next((kind for kind in PERSON_KINDS if kind == sent), "person")


def standing_section(exchange: Exchange, one: Person) -> FormSection:
    """Ask who stands in while somebody is away."""
    gettext, sent = translations(exchange.language).gettext, exchange.form
    others = (other for other in list_people(exchange.connection, active_only=True) if other.kind == "person")
    people = tuple(
        Choice(name=other.id, label=f"{other.name} ({other.login})") for other in others if other.id != one.id
    )
    return FormSection(
        label=gettext("While they are away"),
        help=gettext("A stand-in has, beside what is their own, what this person has. Set-up is not handed on."),
        controls=(
            Control(name="stand_in", label=gettext("Stand-in"), control="select", choices=people,
                    text=sent.text("stand_in")),
            Control(name="away_from", label=gettext("From"), control="date", text=sent.text("away_from"),
                    help=gettext("Leave it empty to begin now.")),
            Control(name="away_until", label=gettext("Until"), control="date", text=sent.text("away_until"),
                    help=gettext("Leave it empty to go on until you end it.")),
        ),
    )  # fmt: skip


def standing_actions(exchange: Exchange, one: Person) -> tuple[Action, ...]:
    """Offer to end what is in effect or still to come."""
    gettext = translations(exchange.language).gettext
    return tuple(
        Action(
            label=gettext("%(name)s stands in: end it") % {"name": entry.stand_in_name},
            url=exchange.urls.to("setup", "people", one.id, "back"),
            method="post",
            icon="undo-2",
            fields=(("delegation", entry.id),),
        )
        for entry in list_delegations(exchange.connection, exchange.now, person_id=one.id)
        if entry.away_id == one.id
    )


def let_stand_in(exchange: Exchange, one: Person) -> None:
    """Let somebody stand in, where the form names one. `Refused` says what is wrong."""
    stand_in = exchange.form.text("stand_in")
    if not stand_in:
        return
    since = _midnight(exchange, exchange.form.text("away_from"), days=0) or exchange.now
    until = _midnight(exchange, exchange.form.text("away_until"), days=1)
    with keeping_apart(exchange.connection, exchange.spec, exchange.now, stand_in):
        delegate(
            exchange.connection,
            away_id=one.id,
            stand_in_id=stand_in,
            since=since,
            until=until,
            now=exchange.now,
            by=exchange.actor.person_id,
        )
    exchange.note("delegation_added", person=one.login, stand_in=stand_in, until=until.isoformat() if until else "")


def back(exchange: Exchange) -> Reply:
    """End that somebody stands in."""
    person, entry = exchange.parameters["person"], exchange.form.text("delegation")
    known = {one.id for one in list_delegations(exchange.connection, exchange.now, person_id=person)}
    if entry in known and end_delegations(exchange.connection, away_id=person, now=exchange.now, id=entry):
        exchange.note("delegation_ended", person=person)
    said = translations(exchange.language).gettext("Saved.")
    return with_notice(see_other(exchange.urls.to("setup", "people", person)), exchange, said)


def _midnight(exchange: Exchange, text: str, *, days: int) -> datetime | None:
    """Read a day as its beginning, or its end, in the project's time zone."""
    if not text.strip():
        return None
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").date() + timedelta(days=days)
    except (ValueError, OverflowError):
        gettext = translations(exchange.language).gettext
        raise Refused(Diagnostic("CRM617", gettext("This is no day."), help="2026-12-24")) from None
    return datetime.combine(day, time(), ZoneInfo(exchange.spec.project.time_zone)).astimezone(UTC)
