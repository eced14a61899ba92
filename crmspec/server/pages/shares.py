"""Who else has access to one record: the list on its page, adding a colleague, taking one away."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crmspec.access import Share
from crmspec.records import Invalid, Wanted
from crmspec.server.frame import with_notice
from crmspec.server.pages.lists import the_object
from crmspec.server.rendering import translations
from crmspec.server.views import (
    Action,
    Choice,
    Chosen,
    Control,
    FormPage,
    FormSection,
    Link,
    LookupTarget,
    SharedWith,
    Sharers,
)
from crmspec.server.web import Exchange, Reply, Shown, see_other
from crmspec.spec import Object

_FIELDS = ("person", "access", "until")


def sharers_of(exchange: Exchange, one: Object, record_id: str) -> Sharers | None:
    """Return the card of a record's page; None where nothing is shared and nothing may be."""
    may = exchange.records.may_do(one.name, record_id, ("share",))["share"] and exchange.records.shareable(one.name)
    shares = exchange.records.shares(one.name, record_id)
    if not shares and not may and one.record_team is None:
        return None
    gettext = translations(exchange.language).gettext
    return Sharers(
        label=gettext("Team") if one.record_team is not None else gettext("Shared with"),
        people=tuple(_shared_with(exchange, one, record_id, entry, may) for entry in shares),
        add=Link(label=gettext("Add a colleague"), url=exchange.urls.to("o", one.name, record_id, "share"))
        if may
        else None,
    )


def _shared_with(exchange: Exchange, one: Object, record_id: str, entry: Share, may: bool) -> SharedWith:
    gettext = translations(exchange.language).gettext
    roles = one.record_team.roles if one.record_team is not None else {}
    role = roles.get(entry.team_role)
    words = exchange.words(role.label, role.name) if role else _levels(exchange)[entry.access]
    leave = may or entry.person_id == exchange.actor.person_id
    return SharedWith(
        name=entry.name,
        role=words,
        # The end is the midnight after the last day.
        until=entry.until - timedelta(seconds=1) if entry.until else None,
        over=not entry.active or (entry.until is not None and entry.until <= exchange.now),
        remove=Action(
            label=gettext("Remove %(name)s") % {"name": entry.name},
            url=exchange.urls.to("o", one.name, record_id, "unshare"),
            icon="x",
            method="post",
            fields=(("person", entry.person_id),),
        )
        if leave
        else None,
    )


def _levels(exchange: Exchange) -> dict[str, str]:
    gettext = translations(exchange.language).gettext
    return {"read": gettext("may read"), "edit": gettext("may edit")}


def share_form(exchange: Exchange) -> Reply:
    """Ask with whom a record is to be shared."""
    return _form(exchange, {})


def share(exchange: Exchange) -> Reply:
    """Share a record; what is wrong is said at its field."""
    one, record_id, sent = the_object(exchange), exchange.parameters["id"], exchange.form
    roles = one.record_team.roles if one.record_team is not None else {}
    chosen = sent.text("access")
    until, unfit = _end_of_day(exchange, sent.text("until"))
    wanted = Wanted(
        person_id=_person(exchange, one),
        access=chosen if chosen not in roles else "",
        team_role=chosen if chosen in roles else "",
        until=until,
    )
    try:
        if unfit:
            return _form(exchange, {"until": unfit})
        exchange.records.share(one.name, record_id, wanted)
    except Invalid as invalid:
        return _form(exchange, {problem.field: problem.message for problem in invalid.problems})
    said = translations(exchange.language).gettext("Shared.")
    return with_notice(see_other(exchange.urls.record(one.name, record_id)), exchange, said)


def unshare(exchange: Exchange) -> Reply:
    """Take a colleague off a record."""
    one, record_id, person = the_object(exchange), exchange.parameters["id"], exchange.form.text("person")
    exchange.records.unshare(one.name, record_id, person)
    # Who takes themselves off may not see the record any more.
    stays = exchange.records.may_do(one.name, record_id, ("read",))["read"]
    to = exchange.urls.record(one.name, record_id) if stays else exchange.urls.object(one.name)
    return with_notice(see_other(to), exchange, translations(exchange.language).gettext("No longer shared."))


def _person(exchange: Exchange, one: Object) -> str:
    """Return who was chosen: the words in the box win over an id that is of somebody else."""
    record_id, words = exchange.form.text("person"), exchange.form.text("person.text").strip()
    if not words:
        return record_id if "person.text" not in exchange.form else ""
    if record_id and exchange.records.title("person", record_id) == words:
        return record_id
    found = [ref.id for ref in exchange.records.choices(one.name, "owner", words) if ref.title == words]
    return found[0] if len(found) == 1 else ""


def _end_of_day(exchange: Exchange, text: str) -> tuple[datetime | None, str]:
    """Read a day as its end in the project's time zone: whoever is on the team until Friday is on it all Friday."""
    if not text.strip():
        return None, ""
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").date() + timedelta(days=1)
    except (ValueError, OverflowError):
        return None, translations(exchange.language).gettext("This is no day.")
    return datetime.combine(day, time(), ZoneInfo(exchange.spec.project.time_zone)).astimezone(UTC), ""


def _form(exchange: Exchange, problems: dict[str, str]) -> Reply:
    one, record_id, sent = the_object(exchange), exchange.parameters["id"], exchange.form
    gettext, urls = translations(exchange.language).gettext, exchange.urls
    record = exchange.records.get(one.name, record_id, columns=())
    roles = one.record_team.roles if one.record_team is not None else {}
    choices = tuple(Choice(name=name, label=exchange.words(role.label, name)) for name, role in roles.items())
    levels = tuple(Choice(name=name, label=label) for name, label in _levels(exchange).items())
    people = LookupTarget(object="person", label=gettext("People"), url=urls.to("o", one.name, "choices", "owner"))
    chosen = sent.text("person")
    title = exchange.records.title("person", chosen) if chosen else ""
    errors = {name: (text,) for name, text in problems.items()}
    controls = (
        Control(
            name="person",
            label=gettext("Colleague"),
            control="lookup",
            required=True,
            targets=(people,),
            chosen=(Chosen(id=chosen, label=title, object="person"),) if title else (),
            errors=errors.get("person", ()),
        ),
        Control(
            name="access",
            label=gettext("Role on the team") if roles else gettext("What they may do"),
            control="select",
            required=True,
            choices=choices or levels,
            text=sent.text("access") or (choices or levels)[0].name,
            errors=errors.get("access", ()),
        ),
        Control(
            name="until",
            label=gettext("Until"),
            control="date",
            text=sent.text("until"),
            help=gettext("Leave it empty to share without an end."),
            errors=errors.get("until", ()),
        ),
    )
    page = FormPage(
        title=gettext("Add a colleague"),
        icon="user-plus",
        submit=gettext("Share"),
        url=urls.to("o", one.name, record_id, "share"),
        cancel_url=urls.record(one.name, record_id),
        trail=(Link(label=record.title or exchange.words(one.label), url=urls.record(one.name, record_id)),),
        problems=tuple(text for name, text in problems.items() if name not in _FIELDS),
        sections=(FormSection(label="", controls=controls),),
    )
    return Shown(page, 422 if problems else 200)
