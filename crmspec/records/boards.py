"""A pipeline's records by stage: how many and how much, and the first cards of each, in two statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from crmspec.records.fetching import fetch, shown_columns
from crmspec.records.keyset import order_by, order_keys
from crmspec.records.pages import DEFAULT_SORT, Asked, conditions_of, with_view
from crmspec.records.paths import look
from crmspec.records.problems import Forbidden
from crmspec.records.reading import Reading
from crmspec.records.sources import Source
from crmspec.records.values import Board, BoardColumn, Record
from crmspec.records.wording import by_bytes
from crmspec.records.words import say
from crmspec.spec import Pipeline
from crmspec.spec.screens import boards_of

_CARDS_MAX = 200


def pipeline_named(reading: Reading, object_name: str, name: str) -> Pipeline:
    """Return a pipeline of an object whose stages this reader may read."""
    pipeline = reading.spec.pipelines.get(name) if name else reading.spec.pipeline_of(object_name)
    if pipeline is None or pipeline.object != object_name or not reading.reads(object_name, pipeline.field):
        raise Forbidden(say(reading.language, "no_pipeline", label=name[:60] or object_name), "no_pipeline")
    return pipeline


def board_of(
    connection: sa.Connection,
    reading: Reading,
    asked: Asked,
    pipeline: Pipeline,
    per_column: int,
    card_fields: Sequence[str],
    time_zone: str,
) -> Board:
    """Return the board of a pipeline for the records that a question leaves."""
    asked = with_view(reading, asked)
    shape = next(board for board in boards_of(reading.spec, asked.object) if board.pipeline == pipeline.name)
    total_field = shape.total if shape.total and reading.reads(asked.object, shape.total) else ""
    source = Source(reading, asked.object, reading.object_table(asked.object).alias("t"))
    conditions = conditions_of(source, asked, time_zone)
    totals = _totals(connection, source, conditions, pipeline, total_field)
    fields, _ = shown_columns(reading, asked.object, card_fields or shape.card)
    cards = _cards(
        connection, source, conditions, pipeline, asked.sort or DEFAULT_SORT, min(per_column, _CARDS_MAX), fields
    )
    return Board(
        pipeline=pipeline.name,
        object=asked.object,
        field=pipeline.field,
        total_field=total_field,
        card_fields=fields,
        columns=tuple(
            BoardColumn(
                stage=stage,
                count=totals.get(stage, (0, None))[0],
                count_is_exact=True,
                total=_money(reading, asked.object, total_field, totals.get(stage)),
                cards=tuple(cards.get(stage, ())),
            )
            for stage in pipeline.stages
        ),
    )


def _money(reading: Reading, object_name: str, total_field: str, totals: tuple[int, Any] | None) -> Decimal | None:
    if not total_field:
        return None
    seen = look(reading.spec, object_name, (total_field,))
    return Decimal((totals[1] if totals else 0) or 0).scaleb(-(seen.scale if seen else 0))


def _totals(
    connection: sa.Connection, source: Source, conditions: Sequence[Any], pipeline: Pipeline, total_field: str
) -> dict[str, tuple[int, Any]]:
    stage = source.column((pipeline.field,))
    amount = sa.cast(sa.func.sum(source.column((total_field,))), sa.BigInteger) if total_field else sa.null()
    statement = (
        sa.select(stage, sa.func.count(), amount).select_from(source.from_clause).where(*conditions).group_by(stage)
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(statement)}


def _cards(
    connection: sa.Connection,
    source: Source,
    conditions: Sequence[Any],
    pipeline: Pipeline,
    sort: Sequence[str],
    limit: int,
    fields: Sequence[str],
) -> dict[str, list[Record]]:
    if limit <= 0:
        return {}
    reading, name = source.reading, source.object_name
    keys = order_keys(source, sort)
    stage, record_id = source.column((pipeline.field,)), source.table.c.id
    parts = []
    for number, value in enumerate(pipeline.stages):
        columns = [
            record_id.label("id"),
            sa.literal_column(str(number)).label("s"),
            *(key.column.label(f"k{at}") for at, key in enumerate(keys)),
        ]
        inner = sa.select(*columns).select_from(source.from_clause).where(*conditions, stage == value)
        parts.append(sa.select(inner.order_by(*order_by(keys, record_id)).limit(limit).subquery()))
    rows = sa.union_all(*parts).subquery("p")
    outer = [rows.c.s, *order_by([_outside(key, rows.c[f"k{at}"]) for at, key in enumerate(keys)], rows.c.id)]
    paths = [*fields, *(path for path in ("owner", f"days_in_{pipeline.field}", pipeline.field) if path not in fields)]
    found: dict[str, list[Record]] = {}
    stages = tuple(pipeline.stages)
    for record, values in fetch(connection, reading, name, paths, rows, ["s"], outer):
        found.setdefault(stages[values[0]], []).append(record)
    return found


def _outside(key: Any, column: Any) -> Any:
    return replace(key, column=by_bytes(column) if key.kind == "text" else column)
