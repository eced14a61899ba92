"""Numbers that are given once: `Q-{YYYY}-{0000}` counts each year from 1."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from crmspec.access import system_table
from crmspec.spec import Field

DEFAULT_FORMAT = "{0000}"
_TOKEN = re.compile(r"\{(YYYY|YY|MM|DD|0+)\}")


def next_numbers(connection: sa.Connection, object_name: str, field: Field, today: date, count: int = 1) -> list[str]:
    """Return the next numbers of a field. The counter's row is held until the transaction ends: no gaps, no doubles."""
    pattern = field.format or DEFAULT_FORMAT
    last = _advanced(connection, f"{object_name}.{field.name}{_stretch(pattern, today)}", count)
    return [_written(pattern, today, number) for number in range(last - count + 1, last + 1)]


def raise_counters(connection: sa.Connection, object_name: str, field: Field, given: Iterable[str]) -> None:
    """Let the next number come after those that records brought along."""
    highest: dict[str, int] = {}
    form = re.compile(
        _TOKEN.sub(_as_group, re.escape(field.format or DEFAULT_FORMAT).replace(r"\{", "{").replace(r"\}", "}"))
    )
    for text in given:
        match = form.fullmatch(text)
        if match is None:
            continue
        parts = match.groupdict()
        year = parts.get("YYYY") or (f"20{parts['YY']}" if parts.get("YY") else "")
        stretch = "".join(f":{part}" for part in (year, parts.get("MM"), parts.get("DD")) if part)
        highest[stretch] = max(highest.get(stretch, 0), int(parts["number"]))
    for stretch, number in highest.items():
        name = f"{object_name}.{field.name}{stretch}"
        behind = number - _advanced(connection, name, 0)
        if behind > 0:
            _advanced(connection, name, behind)


def _as_group(match: re.Match[str]) -> str:
    name = match[1] if match[1].isalpha() else "number"
    return rf"(?P<{name}>\d{{{len(match[1])}{',' if name == 'number' else ''}}})"


def _advanced(connection: sa.Connection, name: str, count: int) -> int:
    table = system_table("crmspec_counter")
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(name=name, value=count)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_={"value": table.c.value + count})
    value: int = connection.execute(statement.returning(table.c.value)).scalar_one()
    return value


def _stretch(pattern: str, today: date) -> str:
    """Return what tells one counting from the next: the year of a number that shows the year."""
    tokens = set(_TOKEN.findall(pattern))
    parts = [
        f"{today.year}" if tokens & {"YYYY", "YY"} else "",
        f"{today.month:02}" if "MM" in tokens else "",
        f"{today.day:02}" if "DD" in tokens else "",
    ]
    return "".join(f":{part}" for part in parts if part)


def _written(pattern: str, today: date, number: int) -> str:
    def token(match: re.Match[str]) -> str:
        match match[1]:
            case "YYYY":
                return f"{today.year:04}"
            case "YY":
                return f"{today.year % 100:02}"
            case "MM":
                return f"{today.month:02}"
            case "DD":
                return f"{today.day:02}"
            case zeros:
                return f"{number:0{len(zeros)}}"

    return _TOKEN.sub(token, pattern)
