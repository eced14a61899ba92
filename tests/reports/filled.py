"""Any spec's tables filled with made-up records: the same ones for the same seed, straight into the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import sqlalchemy as sa

from crmspec.access import metadata_for
from crmspec.schema import child_table_name, system_or_field_columns
from crmspec.spec import Field, Object, Spec

_WORDS = ("Berg", "阿里", "中国印刷", "Zebra", "apple", "Äpfel", "北风能源", "Müller & Söhne", "o'Neil", "100 %")


def fill(
    connection: sa.Connection, spec: Spec, people: Sequence[str], now: datetime, *, each: int = 30, seed: int = 7
) -> dict[str, list[str]]:
    """Insert `each` records of every object and return their ids by object."""
    random = Random(seed)
    tables = metadata_for(spec).tables
    ids: dict[str, list[str]] = {"person": list(people)}
    for one in _in_order(spec):
        made = [f"00000000-0000-7000-{random.getrandbits(16):04x}-{random.getrandbits(48):012x}" for _ in range(each)]
        rows = [_row(random, one, record_id, at, people, ids, now) for at, record_id in enumerate(made)]
        rows = _apart(one, rows)
        made = [row["id"] for row in rows]
        connection.execute(sa.insert(tables[one.table]), rows)
        for field in one.fields.values():
            pairs = _children(random, field, made, ids)
            if pairs:
                connection.execute(sa.insert(tables[child_table_name(one, field)]), pairs)
        ids[one.name] = made
    return ids


def _in_order(spec: Spec) -> list[Object]:
    """Return the objects so that each comes after those it must point at."""
    found: dict[str, Object] = {}

    def add(one: Object, way: tuple[str, ...]) -> None:
        for field in one.fields.values():
            for target in field.to:
                if target in spec.objects and target not in found and target not in (*way, one.name):
                    add(spec.objects[target], (*way, one.name))
        found[one.name] = one

    for one in spec.objects.values():
        if one.name not in found:
            add(one, ())
    return list(found.values())


def _row(
    random: Random,
    one: Object,
    record_id: str,
    at: int,
    people: Sequence[str],
    ids: dict[str, list[str]],
    now: datetime,
) -> dict[str, Any]:
    created = now - timedelta(days=random.randrange(200), hours=random.randrange(24))
    row: dict[str, Any] = {
        "id": record_id,
        "owner_id": random.choice([*people, None]),
        "created_at": created,
        "updated_at": created,
        "version": 1,
    }
    for field in one.fields.values():
        row |= _values(random, field, f"{at:03}", ids, now)
    return row


def _apart(one: Object, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what a unique index would refuse."""
    for index in one.indexes:
        if index.unique:
            names = [name.removeprefix("-") for name in index.fields]
            columns = [column for name in names for column in system_or_field_columns(one, name)]
            rows = list({tuple(row.get(column) for column in columns): row for row in rows}.values())
    return rows


def _values(random: Random, field: Field, number: str, ids: dict[str, list[str]], now: datetime) -> dict[str, Any]:
    names = field.column_names
    blank = not field.required and random.random() < 0.25
    match field.type:
        case "lookup":
            known = [(target, record_id) for target in field.to for record_id in ids.get(target, ())]
            target, record_id = random.choice(known) if known and not blank else (None, None)
            row = {f"{field.base_column}_id": record_id}
            return row | ({f"{field.base_column}_object": target} if len(field.to) > 1 else {})
        case "picklist":
            row = {names[0]: None if blank else random.choice(field.option_names)}
            since = now - timedelta(days=random.randrange(60))
            return row | ({f"{field.base_column}_since": since} if field.pipeline else {})
        case "person_name" | "address":
            return {name: None if blank else random.choice(_WORDS) for name in names}
        case "file" | "image" | "geolocation" | "secret" | "json":
            return dict.fromkeys(names)
    if not names or field.row.child:
        return {}
    return {names[0]: None if blank and not field.unique else _value(random, field, number, now)}


def _value(random: Random, field: Field, number: str, now: datetime) -> Any:
    match field.row.formula:
        case "number":
            return _number(random, field)
        case "boolean":
            return random.random() < 0.5
        case "date":
            return date(now.year, now.month, now.day) + timedelta(days=random.randrange(-400, 200))
        case "datetime":
            return now + timedelta(hours=random.randrange(-9000, 3000))
        case "time":
            return time(random.randrange(24), 30)
    word = f"{random.choice(_WORDS)} {number}" if field.unique or field.type == "auto_number" else random.choice(_WORDS)
    return word[: field.max_length or 80]


def _number(random: Random, field: Field) -> int:
    low = field.min if field.min is not None else Decimal(1 if field.type == "rating" else -1000)
    high = field.max if field.max is not None else Decimal(5 if field.type == "rating" else 100_000)
    return random.randint(int(low * 10**field.decimals), int(min(high, low + 1_000_000) * 10**field.decimals))


def _children(random: Random, field: Field, made: list[str], ids: dict[str, list[str]]) -> list[dict[str, str]]:
    if field.row.child == "values":
        chosen = [(one, name) for one in made for name in field.option_names if random.random() < 0.3]
        return [{"record_id": one, "value": name} for one, name in chosen]
    if field.row.child == "links":
        targets = ids.get(field.to[0], [])
        return [{"record_id": one, "target_id": target} for one in made for target in targets if random.random() < 0.1]
    return []


NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
