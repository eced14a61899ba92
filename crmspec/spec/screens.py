"""The screens of an object, worked out: what its specs say, and what follows where they say nothing.

Used by the screens generator, which writes them down for reviewers, and by the server, which renders them: both see
the same. Pure: rights are not looked at here, only `roles:` of list views and layouts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from crmspec.spec.parts import Field, Layout, ListView, Object, Section
from crmspec.spec.spec import Spec

_COLUMNS_MAX = 7
_WIDE = (
    "long_text",
    "rich_text",
    "json",
    "address",
    "file",
    "image",
    "secret",
    "geolocation",
    "many_to_many",
    "multi_picklist",
)
_CARD_FIELDS_MAX = 3


@dataclass(frozen=True, slots=True)
class Board:
    """A pipeline as a board: columns are stages, cards show a few fields, `total` is added up."""

    pipeline: str
    field: str
    stages: tuple[str, ...]
    card: tuple[str, ...]
    total: str = ""


@dataclass(frozen=True, slots=True)
class Screens:
    """All screens of one object."""

    object: str
    list_views: tuple[ListView, ...]
    layouts: tuple[Layout, ...]
    form: tuple[Section, ...]
    boards: tuple[Board, ...] = ()
    related: tuple[str, ...] = ()


def screens_of(spec: Spec, object_name: str) -> Screens:
    """Return every screen of an object, for reviewers: no role is looked at."""
    one = spec.objects[object_name]
    everybody = frozenset(spec.roles)
    layouts = tuple(_completed(spec, one, layout) for layout in _layouts(spec, object_name)) or (
        default_layout(spec, one),
    )
    return Screens(
        object_name,
        list_views_of(spec, object_name, everybody),
        layouts,
        form_sections(one, layouts[0]),
        tuple(boards_of(spec, object_name)),
        tuple(name for name, _, _ in spec.related_lists(object_name)),
    )


def list_views_of(spec: Spec, object_name: str, roles: Collection[str]) -> tuple[ListView, ...]:
    """Return the list views that people with these roles have, the default one first; at least one of all records."""
    found = [
        replace(view, columns=view.columns or default_columns(spec.objects[object_name]))
        for view in spec.list_views.values()
        if view.object == object_name and (not view.roles or not set(view.roles).isdisjoint(roles))
    ]
    if not found:
        return (
            ListView(name="", object=object_name, columns=default_columns(spec.objects[object_name]), default=True),
        )
    return tuple(sorted(found, key=lambda view: not view.default))


def default_columns(one: Object) -> tuple[str, ...]:
    """Return the columns of a list that nobody described: the title, then what is short, the owner last."""
    short = [name for name, field in one.fields.items() if field.type not in _WIDE and name != one.title_field]
    title = (one.title_field,) if one.title_field else ()
    return (*title, *short[: _COLUMNS_MAX - len(title) - 1], "owner")


def layout_of(spec: Spec, object_name: str, roles: Collection[str]) -> Layout:
    """Return the first layout that fits a person's roles, completed; the default one when none does."""
    one = spec.objects[object_name]
    for layout in _layouts(spec, object_name):
        if not layout.roles or not set(layout.roles).isdisjoint(roles):
            return _completed(spec, one, layout)
    return default_layout(spec, one)


def default_layout(spec: Spec, one: Object) -> Layout:
    """Return the layout of an object that nobody laid out: every field in one section."""
    return _completed(spec, one, Layout(name="", object=one.name, sections=(Section(fields=tuple(one.fields)),)))


def form_sections(one: Object, layout: Layout) -> tuple[Section, ...]:
    """Return the sections of a form: those of the layout, without what nobody can fill in.

    A required field that the layout leaves out is added at the end: a form that could never be saved is no form.
    """

    def fillable(field: Field) -> bool:
        return field.row.control not in ("computed", "read_only")

    sections = [
        replace(
            section,
            fields=tuple(
                name
                for name in section.fields
                if name == "owner" or (name in one.fields and fillable(one.fields[name]))
            ),
        )
        for section in layout.sections
    ]
    placed = {name for section in sections for name in section.fields}
    missing = tuple(
        name for name, field in one.fields.items() if field.required and fillable(field) and name not in placed
    )
    if missing:
        sections.append(Section(fields=missing))
    return tuple(section for section in sections if section.fields)


def boards_of(spec: Spec, object_name: str) -> list[Board]:
    """Return a board for each pipeline of an object."""
    one = spec.objects[object_name]
    return [
        Board(
            pipeline.name, pipeline.field, tuple(pipeline.stages), _card_fields(one, pipeline.field), total_field(one)
        )
        for pipeline in spec.pipelines.values()
        if pipeline.object == object_name
    ]


def total_field(one: Object) -> str:
    """Return the field that a board adds up: `amount`, else the first amount of money."""
    money = [name for name, field in one.fields.items() if field.type == "currency" or field.result == "currency"]
    return "amount" if "amount" in money else next((name for name in money if one.fields[name].row.stored), "")


def _card_fields(one: Object, stage_field: str) -> tuple[str, ...]:
    money = total_field(one)
    first_lookup = next((name for name, field in one.fields.items() if field.type == "lookup"), "")
    first_date = next((name for name, field in one.fields.items() if field.type == "date"), "")
    wanted = [name for name in (first_lookup, money, first_date) if name and name not in (one.title_field, stage_field)]
    return tuple(wanted[:_CARD_FIELDS_MAX])


def _layouts(spec: Spec, object_name: str) -> list[Layout]:
    return [layout for layout in spec.layouts.values() if layout.object == object_name]


def _completed(spec: Spec, one: Object, layout: Layout) -> Layout:
    """Fill in what a layout leaves out: all related lists, and at the end of its first section the fields that no
    layout of the object places, so that a field somebody adds is seen. To keep one off the pages, a role says `none`.
    """
    related = layout.related or tuple(name for name, _, _ in spec.related_lists(one.name))
    first, *rest = layout.sections or (Section(fields=tuple(one.fields)),)
    layouts = (layout, *_layouts(spec, one.name))
    placed = {name for other in layouts for section in other.sections for name in section.fields}
    placed.update(name for other in layouts for name in other.highlights)
    forgotten = tuple(name for name in one.fields if name not in placed and layout.sections)
    return replace(layout, sections=(replace(first, fields=(*first.fields, *forgotten)), *rest), related=related)
