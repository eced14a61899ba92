"""The board of a pipeline."""

from __future__ import annotations

from dataclasses import replace

from crmspec.records import Board, Record, Ref
from crmspec.records import BoardColumn as Stack
from crmspec.server import show
from crmspec.server.pages.lists import displays, the_object, the_view
from crmspec.server.question import Question, active_filters, filter_fields, read_question, view_links
from crmspec.server.rendering import translations
from crmspec.server.views import BoardColumn, BoardPage, Card, Count, Link, Value
from crmspec.server.web import Exchange, Problem, Reply, Shown, see_other
from crmspec.spec import Object, Pipeline, Stage
from crmspec.spec.screens import boards_of

_CARDS = 20


def board_page(exchange: Exchange) -> Reply:
    """Show an object's records as cards by stage."""
    one = the_object(exchange)
    pipeline = exchange.spec.pipeline_of(one.name)
    if pipeline is None or not exchange.records.reads(one.name, pipeline.field):
        raise Problem(404)
    question = replace(read_question(exchange, one.name), sort=(), group="", cursor="")
    if exchange.query.text("add_field"):
        return see_other(exchange.urls.with_pairs(question.pairs, "o", one.name, "board"))
    views, view = the_view(exchange, one, question.view) if question.view else ((), None)
    board = _board(exchange, one, pipeline, question, view.name if view else "")
    gettext = translations(exchange.language).gettext
    segments = ("o", one.name, "board")
    page = BoardPage(
        title=exchange.words(one.plural) or exchange.words(one.label),
        url=exchange.urls.to(*segments),
        icon=one.icon,
        help=exchange.words(pipeline.label),
        columns=tuple(_column(exchange, one, pipeline, board, stack, question) for stack in board.columns),
        displays=displays(exchange, one, question, board=True),
        views=view_links(exchange, views, question, *segments) if view else (),
        query=question.query,
        kept=question.kept,
        filter_fields=filter_fields(exchange, one),
        filters=active_filters(exchange, question, segments),
        clear_url=exchange.urls.to(*segments) if question.query or question.conditions else "",
        new=Link(
            label=gettext("New %(object)s") % {"object": exchange.words(one.label)},
            url=exchange.urls.to("o", one.name, "new"),
        )
        if exchange.records.may(one.name, "create")
        else None,
        defined_at=show.defined_at(exchange, f"pipeline:{pipeline.name}"),
    )
    return Shown(page)


def _board(
    exchange: Exchange, one: Object, pipeline: Pipeline, question: Question, list_view: str, *, cards: int = _CARDS
) -> Board:
    card = next(board for board in boards_of(exchange.spec, one.name) if board.pipeline == pipeline.name)
    return exchange.records.board(
        one.name,
        pipeline.name,
        per_column=cards,
        search=question.query,
        where=question.conditions,
        list_view=list_view,
        card_fields=card.card,
    )


def _column(
    exchange: Exchange, one: Object, pipeline: Pipeline, board: Board, stack: Stack, question: Question
) -> BoardColumn:
    stage = pipeline.stages[stack.stage]
    count = Count(number=stack.count, exact=stack.count_is_exact)
    where = (*question.pairs, ("where", f"{pipeline.field}:is:{stack.stage}"))
    return BoardColumn(
        name=stack.stage,
        label=exchange.words(stage.label, stack.stage),
        type=stage.type,
        count=count,
        sum=_sum(exchange, one, board, stack),
        color=stage.color,
        help=exchange.words(stage.help),
        cards=tuple(_card(exchange, pipeline, stage, board, card, question) for card in stack.cards),
        more_url=exchange.urls.with_pairs(where, "o", one.name) if stack.count > len(stack.cards) else "",
    )


def _sum(exchange: Exchange, one: Object, board: Board, stack: Stack) -> Value | None:
    if not board.total_field or stack.total is None:
        return None
    return show.value(exchange, one.name, board.total_field, stack.total)


def _card(
    exchange: Exchange, pipeline: Pipeline, stage: Stage, board: Board, record: Record, question: Question
) -> Card:
    one = exchange.spec.objects[record.object]
    owner, days = record.get("owner"), record.get(f"days_in_{pipeline.field}")
    stuck = stage.stuck_after_days is not None and isinstance(days, int) and days > stage.stuck_after_days
    return Card(
        id=record.id,
        url=exchange.urls.record(one.name, record.id),
        title=show.title_of(record, exchange.words(one.label)),
        fields=tuple(
            show.field_view(exchange, record, name) for name in board.card_fields if record.get(name) is not None
        ),
        owner=show.link_to(exchange, owner) if isinstance(owner, Ref) else None,
        version=record.version,
        move_url=exchange.urls.with_pairs(question.pairs, "o", one.name, record.id, "move")
        if exchange.records.level(one.name, pipeline.field) == "edit"
        else "",
        stuck=show.stuck_words(exchange, days) if stuck and isinstance(days, int) else "",
    )


def column_heads(exchange: Exchange, one: Object, pipeline: Pipeline) -> dict[str, dict[str, str]]:
    """Return count and sum of every column as the page writes them, for a board that has just changed.

    A card's `move_url` carries what its board was asked for, so that a filtered board keeps counting what it shows.
    """
    question = replace(read_question(exchange, one.name), sort=(), group="", cursor="")
    board = _board(exchange, one, pipeline, question, question.view, cards=0)
    reader = exchange.reader

    def head(stack: Stack) -> dict[str, str]:
        value = _sum(exchange, one, board, stack)
        money = reader.money(stack.total, decimals=value.decimals) if value and stack.total is not None else ""
        return {"count": reader.number(stack.count) + ("" if stack.count_is_exact else "+"), "sum": money}

    return {stack.stage: head(stack) for stack in board.columns}
