"""Create and edit: the form of an object, what came back from it, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

from crmspec.records import Conflict, Invalid, Masked, Record, Ref, StoredFile
from crmspec.records.conditional import Condition, fields_asked
from crmspec.records.storing import new_id
from crmspec.records.texts import zone_of
from crmspec.server import show, views
from crmspec.server.frame import with_notice
from crmspec.server.pages.lists import the_object
from crmspec.server.rendering import translations
from crmspec.server.views import Chosen, ConflictField, Control, FormPage, FormSection, Link, LookupTarget
from crmspec.server.web import Exchange, Problem, Reply, Shown, Values, as_json, see_other, version_of
from crmspec.spec import Field, Object
from crmspec.spec.screens import form_sections, layout_of

OWNER = Field(name="owner", type="lookup", to=("person",))
_WIDE = ("textarea", "rich_text", "address", "json", "multi_select", "multi_lookup")
_BROWSER = {"email": "email", "phone": "tel", "url": "url"}


def the_field(one: Object, name: str) -> Field:
    """Return a field of an object; the owner is one on forms, too."""
    return OWNER if name == "owner" else one.fields[name]


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


def read_values(exchange: Exchange, one: Object, form: Values | None = None) -> dict[str, object]:
    """Return what the form says, by field. What is no field is handed on, so that `records` refuses it by name."""
    form, found = form or exchange.form, {}
    for name in dict.fromkeys(full.partition(".")[0] for full in form.names()):
        if name in ("csrf_token", "version", "then", "back", "once"):
            continue
        field = OWNER if name == "owner" else one.fields.get(name)
        present, value = (True, form.text(name)) if field is None else _sent(exchange, field, form)
        if present:
            found[name] = value
    return found


def _sent(exchange: Exchange, field: Field, form: Values) -> tuple[bool, object]:
    """Return whether a field was sent, and as what. The rules are those of `views.Control`."""
    name = field.name
    match field.row.control:
        case "checkbox":
            return f"{name}.was" in form or name in form, form.text(name) == "true"
        case "multi_select":
            return f"{name}.was" in form, form.texts(name)
        case "multi_lookup":
            words = form.text(f"{name}.text").strip()
            return f"{name}.was" in form, tuple(filter(None, (*form.texts(name), words)))
        case "lookup":
            return name in form or f"{name}.text" in form, _chosen(exchange, field, form)
        case "address" | "person_name" | "geolocation":
            suffixes = [suffix.lstrip("_") for suffix, _ in field.row.columns]
            return any(f"{name}.{suffix}" in form for suffix in suffixes), {
                suffix: form.text(f"{name}.{suffix}") for suffix in suffixes
            }
        case "file" | "image":
            return _upload(exchange, field, form)
        case "secret":
            return bool(form.text(name) or form.text(f"{name}.remove")), form.text(name) or None
    return name in form, form.text(name)


def _chosen(exchange: Exchange, field: Field, form: Values) -> object:
    """The id stands as long as the words in the box are the title of that record; else the words are looked up."""
    record_id, words = form.text(field.name), form.text(f"{field.name}.text").strip()
    target = form.text(f"{field.name}.object") or field.to[0]
    if target not in field.to:
        target = field.to[0]
    if f"{field.name}.text" in form:
        if not words:
            return None
        if not record_id or exchange.records.title(target, record_id) != words:
            return f"{target}:{words}"
    return Ref(target, record_id, words) if record_id else None


def _upload(exchange: Exchange, field: Field, form: Values) -> tuple[bool, object]:
    sent = form.upload(field.name)
    if sent is not None:
        return True, exchange.records.store_file(sent.name, sent.content_type, sent.content)
    return bool(form.text(f"{field.name}.remove")), None


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
                _conditional(_control(exchange, one, name, record, values, invalid), holds)
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


def _control(
    exchange: Exchange,
    one: Object,
    name: str,
    record: Record | None,
    values: Mapping[str, object],
    invalid: Invalid | None,
) -> Control:
    field = the_field(one, name)
    content = values.get(name, record.get(name) if record else None)
    control = field.row.control
    blank = Control(
        name=name,
        label=show.label(exchange, one.name, name),
        control=control,
        help=exchange.words(field.help),
        required=field.required,
        errors=invalid.of(name) if invalid else (),
        wide=control in _WIDE,
        max_length=field.max_length,
        minimum="" if field.min is None else str(field.min),
        maximum=str(field.max or 5) if control == "rating" else "" if field.max is None else str(field.max),
        autocomplete=_BROWSER.get(control, "off"),
        defined_at=show.defined_at(exchange, f"{one.name}.{name}"),
    )
    return _filled(exchange, one, field, blank, content)


def _filled(exchange: Exchange, one: Object, field: Field, control: Control, content: object) -> Control:
    """Put what is there into a control, each in its own way."""
    match control.control:
        case "select":
            return replace(control, text=_text(exchange, content), choices=show.choices(exchange, one.name, field))
        case "multi_select":
            texts = tuple(str(name) for name in content) if isinstance(content, (tuple, list)) else ()
            return replace(control, texts=texts, choices=show.choices(exchange, one.name, field))
        case "lookup" | "multi_lookup":
            return replace(
                control,
                chosen=_chosen_views(exchange, field, content),
                targets=_targets(exchange, one, field),
                text=content if isinstance(content, str) else "",
            )
        case "address" | "person_name" | "geolocation":
            parts = (
                {str(part).lstrip("_"): _text(exchange, text) for part, text in content.items()}
                if isinstance(content, Mapping)
                else {}
            )
            return replace(control, parts=parts)
        case "file" | "image" | "secret":
            value = (
                show.value(exchange, one.name, field.name, content)
                if isinstance(content, (StoredFile, Masked))
                else None
            )
            return replace(
                control,
                value=value,
                accept="image/png,image/jpeg,image/gif,image/webp" if control.control == "image" else "",
            )
        case "currency":
            return replace(control, text=_text(exchange, content), unit=exchange.reader.currency_sign())
        case "percent":
            return replace(control, text=_text(exchange, content), unit="%")
    return replace(control, text=_text(exchange, content, field))


def _text(exchange: Exchange, content: object, field: Field | None = None) -> str:
    """Return a value as a box holds it; what a person typed and was refused stays as typed."""
    match content:
        case None | Masked():
            return ""
        case bool():
            return "true" if content else "false"
        case Decimal():
            return f"{content:f}"
        case datetime():
            zone = zone_of(exchange.actor.time_zone or exchange.spec.project.time_zone)
            return content.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        case date():
            return content.isoformat()
        case time():
            return content.strftime("%H:%M")
        case int() if field is not None and field.type == "duration":
            return _hours(content)
        case str() | int():
            return str(content)
    if field is not None and field.type == "json":
        import json

        return json.dumps(content, ensure_ascii=False, indent=2)
    return str(content)


def _hours(seconds: int) -> str:
    sign, left = ("-", -seconds) if seconds < 0 else ("", seconds)
    parts = ((left // 3600, "h"), (left % 3600 // 60, "m"), (left % 60, "s"))
    return sign + (" ".join(f"{number}{unit}" for number, unit in parts if number) or "0")


def _chosen_views(exchange: Exchange, field: Field, content: object) -> tuple[Chosen, ...]:
    several = content if isinstance(content, (tuple, list)) else (content,)
    found = []
    for one in several:
        if isinstance(one, Ref) and not one.hidden:
            found.append(Chosen(id=one.id, label=one.title, object=one.object))
        elif isinstance(one, str) and one:
            target, title = next(
                ((name, title) for name in field.to if (title := exchange.records.title(name, one))), ("", "")
            )
            if title:
                found.append(Chosen(id=one, label=title, object=target))
    return tuple(found)


def _targets(exchange: Exchange, one: Object, field: Field) -> tuple[LookupTarget, ...]:
    urls, spec = exchange.urls, exchange.spec

    def target(name: str) -> LookupTarget:
        other = spec.objects.get(name)
        may = other is not None and exchange.records.may(name, "create")
        words = exchange.words(other.label) if other else translations(exchange.language).gettext("Person")
        more = {"object": name} if len(field.to) > 1 else {}
        return LookupTarget(
            object=name,
            label=words,
            icon=other.icon if other else "user",
            url=urls.to("o", one.name, "choices", field.name, **more),
            new_url=urls.to("o", name, "new") if may else "",
        )

    return tuple(target(name) for name in field.to)


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
