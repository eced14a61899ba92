"""Rows in, seed files out: flow style, one line a record, plain where YAML allows it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

Value = str | int | float | bool | Sequence[str] | Mapping[str, str] | None
Row = dict[str, Value]

_PLAIN = re.compile(r"[\w+(/.][\w+()/.@ %°×·（）、，。；：“”《》！？…—–'’-]*\Z")


def scalar(value: object) -> str:
    """Write one value so that it reads back as the same text."""
    text = "true" if value is True else "false" if value is False else str(value)
    plain = _PLAIN.match(text) and text == text.strip() and " #" not in text
    return text if plain else json.dumps(text, ensure_ascii=False)


def _value(value: Value) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {scalar(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(scalar(inner) for inner in value) + "]"
    return scalar(value)


def row_text(row: Row) -> str:
    """Write one record; blank values are left out."""
    return (
        "  - {"
        + ", ".join(f"{key}: {_value(value)}" for key, value in row.items() if value not in (None, "", [], ()))
        + "}"
    )


def write_seed(folder: Path, name: str, object_name: str, key: str, rows: Sequence[Row], number: int) -> None:
    """Write one seed file."""
    note = "# Made by examples/tools/make_samples.py. Loaded by `crmspec demo` only."
    head = f"{note}\nseed: {name}\nobject: {object_name}\nkey: {key}\nrows:\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:02}_{name}.yaml").write_text(
        head + "\n".join(row_text(row) for row in rows) + "\n", encoding="utf-8"
    )
