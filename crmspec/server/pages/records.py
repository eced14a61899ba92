"""The page of one record, and what can be done there: move, delete, hand over."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from crmspec.records import Conflict, Forbidden, Invalid, Record, Ref, Referred
from crmspec.server import show
from crmspec.server.frame import with_notice
from crmspec.server.pages.boards import column_heads
from crmspec.server.pages.lists import the_object
from crmspec.server.pages.shares import sharers_of
from crmspec.server.rendering import translations
from crmspec.server.show import link_to, stuck_words
from crmspec.server.views import (
    Action,
    Count,
    FieldChange,
    HistoryEntry,
    Link,
    Need,
    PathStage,
    RecordPage,
    RelatedList,
    SectionView,
    StagePath,
)
from crmspec.server.web import Exchange, Problem, Reply, Shown, as_json, see_other, version_of
from crmspec.spec import Object, Pipeline
from crmspec.spec.screens import layout_of, list_views_of

_RELATED_ROWS = 5
_RELATED_COLUMNS = 5
_HISTORY = 30


def record_page(exchange: Exchange) -> Reply:
    """Show one record."""
    one = the_object(exchange)
    record = exchange.records.get(one.name, exchange.parameters["id"])
    layout = layout_of(exchange.spec, one.name, exchange.actor.roles)
    label, urls = exchange.words(one.label), exchange.urls
    holds = exchange.records.conditions(one.name, record.id)
    visible = frozenset(name for name in record.values if name not in holds or holds[name].visible)
    pipeline = exchange.spec.pipeline_of(one.name)
    sections = tuple(
        SectionView(
            label=exchange.words(section.label),
            columns=section.columns,
            fields=tuple(show.field_view(exchange, record, name) for name in section.fields if name in visible),
        )
        for section in layout.sections
    )
    owner, author, editor = (record.get(name) for name in ("owner", "created_by", "updated_by"))
    page = RecordPage(
        title=show.title_of(record, label),
        object_label=label,
        id=record.id,
        url=urls.record(one.name, record.id),
        version=record.version,
        icon=one.icon,
        trail=_trail(exchange, one, record),
        highlights=tuple(show.field_view(exchange, record, name) for name in layout.highlights if name in visible),
        path=_path(exchange, one, record, pipeline) if pipeline and pipeline.field in visible else None,
        sections=tuple(section for section in sections if section.fields),
        related=_related(exchange, one, record, layout.related),
        history=_history(exchange, one, record),
        actions=_actions(exchange, one, record),
        sharers=sharers_of(exchange, one, record.id),
        owner=link_to(exchange, owner) if isinstance(owner, Ref) else None,
        created_at=_moment(record, "created_at"),
        updated_at=_moment(record, "updated_at"),
        created_by=link_to(exchange, author) if isinstance(author, Ref) else None,
        updated_by=link_to(exchange, editor) if isinstance(editor, Ref) else None,
        defined_at=show.defined_at(exchange, f"layout:{layout.name}" if layout.name else one.name),
    )
    return Shown(page)


def _trail(exchange: Exchange, one: Object, record: Record) -> tuple[Link, ...]:
    """Lead back to the list, or for a line of another record to that record."""
    parent = next((record.get(field.name) for field in one.fields.values() if field.parent), None)
    if isinstance(parent, Ref):
        return (link_to(exchange, parent),)
    return (Link(label=exchange.words(one.plural) or exchange.words(one.label), url=exchange.urls.object(one.name)),)


def _path(exchange: Exchange, one: Object, record: Record, pipeline: Pipeline) -> StagePath:
    """Show the stages, and what the next one still needs."""
    urls = exchange.urls
    gates = {gate.stage: gate for gate in exchange.records.gates(one.name, record)}
    names, here = tuple(pipeline.stages), str(record.get(pipeline.field) or "")
    at = names.index(here) if here in names else -1
    stages = tuple(
        PathStage(
            name=name,
            label=exchange.words(stage.label, name),
            type=stage.type,
            help=exchange.words(stage.help),
            state="current" if place == at else "done" if place < at and stage.type == "open" else "ahead",
            open=name in gates and gates[name].open and name != here,
        )
        for place, (name, stage) in enumerate(pipeline.stages.items())
    )
    following = (
        next((name for name in names[at + 1 :] if name in gates), "")
        if at >= 0 and pipeline.stages[here].type == "open"
        else ""
    )
    edit = urls.to("o", one.name, record.id, "edit")
    needs = tuple(
        Need(label=show.label(exchange, one.name, name), met=record.get(name) is not None, url=f"{edit}#{name}")
        for name in (pipeline.stages[following].enter_requires if following else ())
    )
    now = pipeline.stages.get(here)
    days = record.get(f"days_in_{pipeline.field}")
    is_stuck = (
        now is not None and now.stuck_after_days is not None and isinstance(days, int) and days > now.stuck_after_days
    )
    return StagePath(
        label=exchange.words(pipeline.label) or show.label(exchange, one.name, pipeline.field),
        stages=stages,
        version=record.version,
        move_url=urls.to("o", one.name, record.id, "move") if any(stage.open for stage in stages) else "",
        next_label=exchange.words(pipeline.stages[following].label, following) if following else "",
        needs=needs,
        since=_moment(record, f"{pipeline.field}_since"),
        stuck=stuck_words(exchange, days) if is_stuck and isinstance(days, int) else "",
        help=" ".join(filter(None, (exchange.words(now.inputs), exchange.words(now.measure)))) if now else "",
    )


def _related(exchange: Exchange, one: Object, record: Record, wanted: tuple[str, ...]) -> tuple[RelatedList, ...]:
    """Show the first records of every list that points here; each list is one query."""
    gettext, urls, spec = translations(exchange.language).gettext, exchange.urls, exchange.spec
    by_name = {name: (object_name, field) for name, object_name, field in spec.related_lists(one.name)}
    found = []
    for name in wanted:
        object_name, field = by_name.get(name, ("", None))
        if (
            field is None
            or not exchange.records.may(object_name, "read")
            or not exchange.records.reads(object_name, field.name)
        ):
            continue
        other = spec.objects[object_name]
        view = list_views_of(spec, object_name, exchange.actor.roles)[0]
        paths = tuple(path for path in view.columns if path != field.name)[:_RELATED_COLUMNS]
        page = exchange.records.related(one.name, record.id, name, columns=paths, limit=_RELATED_ROWS)
        label = exchange.words(other.label)
        found.append(
            RelatedList(
                name=name,
                label=exchange.words(field.related_label) or exchange.words(other.plural) or label,
                icon=other.icon,
                columns=show.columns(exchange, object_name, page.columns),
                rows=tuple(show.row(exchange, row, page.columns) for row in page.rows),
                count=Count(number=page.count, exact=page.count_is_exact),
                all_url=urls.with_pairs((("where", f"{field.name}:is:{record.id}"),), "o", object_name)
                if page.count > len(page.rows)
                else "",
                new=Link(
                    label=gettext("New %(object)s") % {"object": label},
                    url=urls.to(
                        "o", object_name, "new", **{field.name: record.id, "back": urls.record(one.name, record.id)}
                    ),
                )
                if exchange.records.may(object_name, "create")
                else None,
            )
        )
    return tuple(found)


def _history(exchange: Exchange, one: Object, record: Record) -> tuple[HistoryEntry, ...]:
    return tuple(
        HistoryEntry(
            at=event.at,
            who=link_to(exchange, event.who) if event.who else Link(label="crmspec"),
            verb=event.action,  # type: ignore[arg-type]
            changes=tuple(
                FieldChange(
                    label=show.label(exchange, one.name, change.field),
                    before=show.value(exchange, one.name, change.field, change.before),
                    after=show.value(exchange, one.name, change.field, change.after),
                )
                for change in event.changes
            ),
        )
        for event in exchange.records.history(one.name, record.id, limit=_HISTORY)
    )


def _actions(exchange: Exchange, one: Object, record: Record) -> tuple[Action, ...]:
    gettext, urls, found = translations(exchange.language).gettext, exchange.urls, []
    may = exchange.records.may_do(one.name, record.id, ("update", "delete"))
    if may["update"]:
        found.append(
            Action(
                label=gettext("Edit"),
                url=urls.to("o", one.name, record.id, "edit"),
                icon="pencil",
                kind="primary",
                key="e",
            )
        )
    if may["delete"]:
        found.append(
            Action(
                label=gettext("Delete"),
                url=urls.to("o", one.name, record.id, "delete"),
                icon="trash-2",
                method="post",
                kind="danger",
                fields=(("version", str(record.version)),),
                confirm=gettext("%(title)s will be deleted.")
                % {"title": show.title_of(record, exchange.words(one.label))},
            )
        )
    return tuple(found)


def delete(exchange: Exchange) -> Reply:
    """Delete a record, or say what still points at it."""
    one = the_object(exchange)
    record_id = exchange.parameters["id"]
    try:
        exchange.records.delete(one.name, record_id, version_of(exchange.form.text("version")))
    except Referred as referred:
        return with_notice(see_other(exchange.urls.record(one.name, record_id)), exchange, referred.message, "error")
    return with_notice(
        see_other(exchange.urls.object(one.name)), exchange, translations(exchange.language).gettext("Deleted.")
    )


def move(exchange: Exchange) -> Reply:
    """Move a record to another stage: from the path of its page, or from a board."""
    one = the_object(exchange)
    record_id, to, version = exchange.parameters["id"], exchange.form.text("to"), exchange.form.text("version")
    pipeline = exchange.spec.pipeline_of(one.name)
    if pipeline is None or to not in pipeline.stages:
        raise Problem(400)
    try:
        moved = exchange.records.move(one.name, record_id, to, version_of(version))
    except (Invalid, Conflict, Forbidden) as refused:
        return _not_moved(exchange, one, record_id, refused)
    if exchange.wants_json:
        return as_json({"version": moved.version, "message": "", "columns": column_heads(exchange, one, pipeline)})
    text = translations(exchange.language).gettext("Moved to %(stage)s.") % {
        "stage": exchange.words(pipeline.stages[to].label, to)
    }
    return with_notice(see_other(_back(exchange, one, record_id)), exchange, text)


def _back(exchange: Exchange, one: Object, record_id: str) -> str:
    return exchange.urls.local(exchange.form.text("next"), exchange.urls.record(one.name, record_id))


def _not_moved(exchange: Exchange, one: Object, record_id: str, refused: Invalid | Conflict | Forbidden) -> Response:
    """Say why, and lead to where it can be mended."""
    message = (
        " ".join(problem.message for problem in refused.problems) if isinstance(refused, Invalid) else refused.message
    )
    if exchange.wants_json:
        status = 422 if isinstance(refused, Invalid) else 409 if isinstance(refused, Conflict) else 403
        link = {
            "label": translations(exchange.language).gettext("Fill in"),
            "url": exchange.urls.to("o", one.name, record_id, "edit"),
        }
        return as_json({"message": message, **({"link": link} if isinstance(refused, Invalid) else {})}, status)
    return with_notice(see_other(_back(exchange, one, record_id)), exchange, message, "error")


def _moment(record: Record, path: str) -> datetime | None:
    content = record.get(path)
    return content if isinstance(content, datetime) else None
