"""What a browser sent of a form → values by field."""

from __future__ import annotations

from crmspec.records import Ref
from crmspec.server.pages.controls import OWNER
from crmspec.server.web import Exchange, Values
from crmspec.spec import Field, Object


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
