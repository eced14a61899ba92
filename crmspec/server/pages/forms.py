"""Create and edit: the form of an object, and what stands in the way of what came back from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crmspec.records import Conflict, Invalid, Record
from crmspec.records.conditional import Condition, fields_asked
from crmspec.records.storing import new_id
from crmspec.records.texts import zone_of
from crmspec.server import show, views
from crmspec.server.frame import with_notice
from crmspec.server.pages.controls import control_of
from crmspec.server.pages.lists import the_object
from crmspec.server.pages.sent import read_values
from crmspec.server.rendering import translations
from crmspec.server.views import ConflictField, Control, FormPage, FormSection, Link
from crmspec.server.web import Exchange, Problem, Reply, Shown, as_json, see_other, version_of
from crmspec.spec import Object
from crmspec.spec.screens import form_sections, layout_of


def new_form(exchange: Exchange) -> Reply:
    """Show an empty form. Values in the address (`?account=…`) are filled in: that is how related lists create."""
    one = creatable(exchange)
    given = {name: exchange.query.text(name) for name in exchange.query.names() if name in one.fields}
    if exchange.query.text("title") and one.title_field:
        given.setdefault(one.title_field, exchange.query.text("title"))
    return Shown(_page(exchange, one, None, {**_defaults(exchange, one), **given}))


def edit_form(exchange: Exchange) -> Reply:
    """Show a record's form."""
    one = the_object(exchange)
    record = exchange.records.get(one.name, exchange.parameters["id"])
    if not exchange.records.may_do(one.name, record.id, ("update",))["update"]:
        raise Problem(403)
    return Shown(_page(exchange, one, record, record.values))


def creatable(exchange: Exchange) -> Object:
    """Return the object of the address, if this person may create some of its records."""
    one = exchange.spec.objects.get(exchange.parameters["object"])
    if one is None:
        raise Problem(404)
    if not exchange.records.may(one.name, "create"):
        raise Problem(403)
    return one


def _defaults(exchange: Exchange, one: Object) -> dict[str, object]:
    """Return what a new record begins with: constants, and the day, moment and person of now."""
    zone = zone_of(exchange.spec.project.time_zone)
    functions: dict[str, object] = {
        "today()": exchange.now.astimezone(zone).date(),
        "now()": exchange.now,
        "me()": exchange.actor.person_id,
    }
    return {"owner": exchange.actor.person_id} | {
        field.name: functions.get(field.default, field.default)
        for field in one.fields.values()
        if field.default is not None
    }


def create(exchange: Exchange) -> Reply:
    """Create the record, or show what is wrong."""
    one = creatable(exchange)
    sent = read_values(exchange, one)
    try:
        record_id = exchange.records.create(one.name, sent, once=exchange.form.text("once")).id
    except Invalid as invalid:
        return Shown(_page(exchange, one, None, sent, invalid=invalid), 422)
    text = translations(exchange.language).gettext("%(object)s created.") % {"object": exchange.words(one.label)}
    if exchange.form.text("then") == "new":
        return with_notice(see_other(exchange.urls.to("o", one.name, "new")), exchange, text)
    wanted = exchange.urls.local(exchange.form.text("back"), exchange.urls.record(one.name, record_id))
    return with_notice(see_other(wanted), exchange, text)


def save(exchange: Exchange) -> Reply:
    """Save changes, or show what is wrong, or what somebody else changed meanwhile."""
    one = the_object(exchange)
    record_id, sent = exchange.parameters["id"], read_values(exchange, one)
    version = exchange.form.text("version")
    try:
        exchange.records.update(one.name, record_id, sent, version_of(version))
    except Invalid as invalid:
        return Shown(
            _page(exchange, one, exchange.records.get(one.name, record_id), sent, invalid=invalid, version=version), 422
        )
    except Conflict as conflict:
        return Shown(_page(exchange, one, conflict.theirs, sent, conflict=conflict), 409)
    return with_notice(
        see_other(exchange.urls.record(one.name, record_id)),
        exchange,
        translations(exchange.language).gettext("Saved."),
    )


def conditions(exchange: Exchange) -> Reply:
    """Answer a form that is being filled in: which fields are visible and required with these answers."""
    one = the_object(exchange)
    watched = fields_asked(one)
    values = {name: value for name, value in read_values(exchange, one, exchange.query).items() if name in watched}
    found = exchange.records.conditions(one.name, exchange.query.text("record"), values)
    return as_json(
        {"conditions": {name: {"visible": one.visible, "required": one.required} for name, one in found.items()}}
    )


def _page(
    exchange: Exchange,
    one: Object,
    record: Record | None,
    values: Mapping[str, object],
    *,
    invalid: Invalid | None = None,
    conflict: Conflict | None = None,
    version: str = "",
) -> FormPage:
    gettext, urls = translations(exchange.language).gettext, exchange.urls
    layout = layout_of(exchange.spec, one.name, exchange.actor.roles)
    watched = fields_asked(one)
    answers = {name: values[name] for name in watched if name in values}
    holds = exchange.records.conditions(one.name, record.id if record else "", answers)
    sections = tuple(
        FormSection(
            label=exchange.words(section.label),
            columns=section.columns,
            controls=tuple(
                _conditional(control_of(exchange, one, name, record, values, invalid), holds)
                for name in section.fields
                if _fillable(exchange, one, name, record)
            ),
        )
        for section in form_sections(one, layout)
    )
    shown = {control.name for section in sections for control in section.controls}
    elsewhere = (
        tuple(problem.message for problem in invalid.problems if problem.field.partition(".")[0] not in shown)
        if invalid
        else ()
    )
    label = exchange.words(one.label)
    back = urls.record(one.name, record.id) if record else urls.object(one.name)
    return FormPage(
        title=gettext("Edit %(title)s") % {"title": show.title_of(record, label)}
        if record
        else gettext("New %(object)s") % {"object": label},
        url=urls.to("o", one.name, record.id, "edit") if record else urls.to("o", one.name, "new"),
        cancel_url=urls.local(exchange.query.text("back"), back),
        icon=one.icon,
        sections=tuple(section for section in sections if section.controls),
        problems=elsewhere,
        version=_version(record, version),
        conflict=_conflict(exchange, one, conflict, values) if conflict else None,
        hidden=_hidden(exchange, record),
        save_and_new=record is None,
        conditions_url=urls.to("o", one.name, "conditions", record=record.id if record else "") if holds else "",
        watched=watched,
        trail=(
            Link(label=exchange.words(one.plural) or label, url=urls.object(one.name)),
            *((Link(label=show.title_of(record, label), url=back),) if record else ()),
        ),
        defined_at=show.defined_at(exchange, f"layout:{layout.name}" if layout.name else one.name),
    )


def _conditional(control: Control, holds: Mapping[str, Condition]) -> Control:
    """Hide what a condition hides, and mark what one requires."""
    found = holds.get(control.name)
    return replace(control, hidden=not found.visible, required=found.required) if found else control


def _version(record: Record | None, sent: str) -> int | None:
    """Keep the version the person began with when the form comes back with mistakes."""
    return None if record is None else version_of(sent) or record.version


def _hidden(exchange: Exchange, record: Record | None) -> tuple[tuple[str, str], ...]:
    """A form that creates carries a token, so that pressing Save twice makes one record."""
    back = exchange.query.text("back") or exchange.form.text("back")
    kept = (("back", back),) if back else ()
    return kept if record else (*kept, ("once", exchange.form.text("once") or new_id()))


def _fillable(exchange: Exchange, one: Object, name: str, record: Record | None) -> bool:
    if name == "owner":
        return record is None and len(exchange.actor.rights.scopes(one.name, "create") - {"own"}) > 0
    return exchange.records.level(one.name, name) == "edit" and not one.fields[name].read_only


def _conflict(exchange: Exchange, one: Object, conflict: Conflict, yours: Mapping[str, object]) -> views.Conflict:
    theirs = conflict.theirs
    fields = tuple(
        ConflictField(
            label=show.label(exchange, one.name, name),
            theirs=show.value(exchange, one.name, name, theirs.get(name)),
            yours=show.value(exchange, one.name, name, conflict.yours.get(name)),
        )
        for name in yours
        if name in theirs.values and conflict.yours.get(name) != theirs.get(name)
    )
    who = show.link_to(exchange, conflict.who) if conflict.who else Link(label="–")
    return views.Conflict(
        who=who, at=conflict.at or exchange.now, fields=fields, discard_url=exchange.urls.record(one.name, theirs.id)
    )
