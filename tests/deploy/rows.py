"""Rows as a case writes them, both ways: into tables, and what queries give."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

import sqlalchemy as sa

from crmspec.schema.metadata import metadata_of
from crmspec.spec import Spec
from tests.deploy.records import record_id

_MADE = datetime.fromisoformat("2026-01-02T03:04:05+00:00")


def add_rows(connection: sa.Connection, spec: Spec, text: str) -> None:
    """Add rows: a line `table: column, column`, then a line a row. Nothing is a blank, '' an empty text."""
    tables = metadata_of(spec).tables
    for block in text.strip().split("\n\n"):
        head, *lines = block.splitlines()
        name, _, columns = head.partition(":")
        table = tables[name.strip()]
        names = [column.strip() for column in columns.split(",")]
        system = {"created_at": _MADE, "updated_at": _MADE, "version": 1} if "created_at" in table.c else {}
        connection.execute(table.insert(), [
            system | {column: _value(table.c[column], cell.strip())
                      for column, cell in zip(names, line.split(","), strict=True)} for line in lines])


def answers(connection: sa.Connection, text: str) -> str:
    """Run each query (the first line of a block), and write its rows below it."""
    blocks = []
    for block in text.strip().split("\n\n"):
        query = block.splitlines()[0]
        rows = connection.exec_driver_sql(query, execution_options={"no_parameters": True}).all()
        blocks.append("\n".join([query, *(" | ".join(map(_shown, row)) for row in rows)]))
    return "\n\n".join(blocks) + "\n"


def _value(column: sa.Column[object], text: str) -> object:
    if not text:
        return None
    kind = column.type.python_type
    if column.name == "id" or column.name.endswith("_id"):
        return record_id(int(text))
    if kind is bool:
        return text == "true"
    if kind in (date, datetime, time):
        return kind.fromisoformat(text)
    return int(text) if kind is int else text.replace("''", "")


def _shown(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(int(value))
        case UUID():
            return _shown(str(value))
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case str() if value.startswith("00000000-0000-0000-0000-"):
            return f"#{int(value[-12:])}"
    return str(value)
