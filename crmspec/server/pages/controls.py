"""A field and its value → the control it is edited with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

from crmspec.records import Invalid, Masked, Record, Ref, StoredFile
from crmspec.records.texts import zone_of
from crmspec.server import show
from crmspec.server.rendering import translations
from crmspec.server.views import Chosen, Control, LookupTarget
from crmspec.server.web import Exchange
from crmspec.spec import Field, Object

OWNER = Field(name="owner", type="lookup", to=("person",))
_WIDE = ("textarea", "rich_text", "address", "json", "multi_select", "multi_lookup")
_BROWSER = {"email": "email", "phone": "tel", "url": "url"}


def the_field(one: Object, name: str) -> Field:
    """Return a field of an object; the owner is one on forms, too."""
    return OWNER if name == "owner" else one.fields[name]


def control_of(
    exchange: Exchange,
    one: Object,
    name: str,
    record: Record | None,
    values: Mapping[str, object],
    invalid: Invalid | None,
) -> Control:
    """Build the control of a field: what was sent stands in it, else what the record has."""
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
