"""Values of records in, contents of pages out: the one place that knows how each field type is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import cast

from crmspec.records import Masked, Record, Ref, StoredFile
from crmspec.records.paths import Seen, label_of, look, option_label, split_path
from crmspec.server import views
from crmspec.server.rendering import translations
from crmspec.server.views import Address, Choice, FieldView, FileLink, Link, PersonName, Place, Value
from crmspec.server.web import Exchange
from crmspec.spec import Field

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
WIDE_TYPES = ("long_text", "rich_text", "address", "json")
_STAGE_COLORS = {"won": "green", "lost": "red"}


def label(exchange: Exchange, object_name: str, path: str) -> str:
    """Return the words for a path."""
    return label_of(exchange.spec, object_name, path, exchange.language)


def title_of(record: Record, object_label: str) -> str:
    """Return what a record is called; one without a title goes by its kind."""
    return record.title or object_label


def link_to(exchange: Exchange, ref: Ref) -> Link:
    """Return a link to a record; people have no page, and a hidden record has neither name nor address."""
    if ref.hidden:
        return Link(label=str(ref))
    if ref.object == "person":
        return Link(label=ref.title, person=True)
    one = exchange.spec.objects[ref.object]
    return Link(
        label=ref.title or exchange.words(one.label), url=exchange.urls.record(ref.object, ref.id), icon=one.icon
    )


def value(exchange: Exchange, object_name: str, path: str, content: object) -> Value:
    """Return a value as a page shows it."""
    seen = look(exchange.spec, object_name, split_path(path))
    if seen is None:
        return Value(type="text", content=None if content is None else str(content))
    return seen_value(exchange, seen, content)


def seen_value(exchange: Exchange, seen: Seen, content: object) -> Value:
    """Return a value of what a path leads to."""
    decimals = seen.scale if seen.type in ("number", "currency") else None
    if isinstance(content, Masked):
        return Value(type=seen.type, content=content.text, masked=True)
    maximum = int(seen.field.max) if seen.field is not None and seen.field.max and seen.type == "rating" else 5
    return Value(type=seen.type, content=_content(exchange, seen, content), decimals=decimals, maximum=maximum)


def _content(exchange: Exchange, seen: Seen, content: object) -> views.Content:
    match content:
        case None | "" | ():
            return None
        case Ref():
            return link_to(exchange, content)
        case StoredFile():
            return file_link(exchange, content)
        case tuple() if isinstance(content[0], Ref):
            return tuple(link_to(exchange, cast(Ref, one)) for one in content)
        case tuple():
            return tuple(choice(exchange, seen, str(one)) for one in content)
        case Mapping() if seen.type != "json":
            return _composite(seen.type, content)
        case str() if seen.type == "picklist":
            return choice(exchange, seen, content)
        case Mapping() | list():
            return json.dumps(content, ensure_ascii=False, indent=2)
    if seen.type == "json":
        return json.dumps(content, ensure_ascii=False, indent=2)
    return cast(views.Content, content)


def _composite(type_name: str, parts: Mapping[object, object]) -> views.Content:
    texts = {str(name).lstrip("_"): part for name, part in parts.items()}
    if not any(part not in (None, "") for part in texts.values()):
        return None
    if type_name == "address":
        return Address(**{name: str(part or "") for name, part in texts.items()})
    if type_name == "person_name":
        return PersonName(**{name: str(part or "") for name, part in texts.items()})
    return Place(latitude=Decimal(str(texts["latitude"])), longitude=Decimal(str(texts["longitude"])))


def choice(exchange: Exchange, seen: Seen, name: str) -> Choice:
    """Return one option with its words and its colour."""
    return Choice(
        name=name,
        label=option_label(exchange.spec, seen, name, exchange.language),
        color=color_of(exchange, seen, name),
    )


def color_of(exchange: Exchange, seen: Seen, name: str) -> str:
    """Return an option's colour; stages that end a pipeline have one of their own."""
    field = seen.field
    if field is None:
        return ""
    if seen.part == "type":
        return _STAGE_COLORS.get(name, "")
    stage = exchange.spec.stage_of(field, name)
    if stage is not None:
        return stage.color or _STAGE_COLORS.get(stage.type, "")
    return next((option.color for option in field.options if option.name == name), "")


def choices(exchange: Exchange, object_name: str, field: Field) -> tuple[Choice, ...]:
    """Return every option of a field, in order."""
    seen = look(exchange.spec, object_name, (field.name,))
    return tuple(choice(exchange, seen, name) for name in field.option_names) if seen else ()


def file_link(exchange: Exchange, stored: StoredFile) -> FileLink:
    """Return a link to a file; pictures are shown."""
    url = exchange.urls.to("files", stored.id, stored.name)
    return FileLink(
        name=stored.name, url=url, size_bytes=stored.size, picture=url if stored.content_type in _PICTURES else ""
    )


def defined_at(exchange: Exchange, address: str) -> str:
    """Return the file and line that define a part, for people with set-up rights."""
    actor = exchange.signed_in
    return exchange.origins.get(address, "") if actor and actor.rights.setup else ""


def field_view(exchange: Exchange, record: Record, path: str) -> FieldView:
    """Return a field of a record with its words."""
    seen = look(exchange.spec, record.object, split_path(path))
    field = seen.field if seen else None
    return FieldView(
        name=path,
        label=label(exchange, record.object, path),
        value=value(exchange, record.object, path, record.get(path)),
        help=exchange.words(field.help) if field else "",
        wide=bool(seen and seen.type in WIDE_TYPES),
        defined_at=defined_at(exchange, f"{record.object}.{path}"),
    )


def columns(exchange: Exchange, object_name: str, paths: Iterable[str]) -> tuple[views.Column, ...]:
    """Return the head of a table without links for sorting."""
    return tuple(column(exchange, object_name, path) for path in paths)


def column(
    exchange: Exchange, object_name: str, path: str, *, sort_url: str = "", order: views.SortOrder = ""
) -> views.Column:
    """Return the head of one column."""
    seen = look(exchange.spec, object_name, split_path(path))
    field = seen.field if seen else None
    return views.Column(
        name=path,
        label=label(exchange, object_name, path),
        type=seen.type if seen else "text",
        sort_url=sort_url,
        sorted=order,
        help=exchange.words(field.help) if field else "",
        defined_at=defined_at(exchange, f"{object_name}.{path}"),
    )


def row(exchange: Exchange, record: Record, paths: Iterable[str]) -> views.Row:
    """Return one line of a table."""
    return views.Row(
        id=record.id,
        url=exchange.urls.record(record.object, record.id),
        cells=tuple(value(exchange, record.object, path, record.get(path)) for path in paths),
    )


def stuck_words(exchange: Exchange, days: int) -> str:
    """Say for how long a record has not moved."""
    words = translations(exchange.language)
    return words.ngettext("%(n)s day in this stage", "%(n)s days in this stage", days) % {"n": days}
