"""Every conversion, asked of both databases: what a value becomes, and which values do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from crmspec.plan.convert import conversion
from crmspec.schema.ddl import TYPES, quoted
from crmspec.spec import Convert, Field
from tests.plan.building import Database, field

UNFIT = "unfit"
PICK = field("f", "picklist", options="gold silver")


def mapped(otherwise: str | None = None, **names: str) -> Field:
    """Return the picklist with a declared map."""
    return field("f", "picklist", options="gold silver", convert=Convert(map=names, otherwise=otherwise))


CASES: list[tuple[Field, Field, dict[Any, Any]]] = [
    (
        field("f"),
        field("f", "integer"),
        {
            "12": 12,
            " -7 ": -7,
            "": None,
            "1.0": 1,
            "1.5": UNFIT,
            "1e3": UNFIT,
            "12a": UNFIT,
            "--1": UNFIT,
            "9" * 18: 10**18 - 1,
            "9" * 19: UNFIT,
            "-": UNFIT,
            "1,000": UNFIT,
            None: None,
        },
    ),
    (
        field("f"),
        field("f", "number", scale=2),
        {
            "1.5": 150,
            "-0.05": -5,
            "12": 1200,
            "1.239": UNFIT,
            "1.230": 123,
            "1.": UNFIT,
            ".5": UNFIT,
            "1.2.3": UNFIT,
            "9" * 17: UNFIT,
        },
    ),
    (
        field("f"),
        field("f", "date"),
        {
            "2024-02-29": "2024-02-29",
            "2023-02-29": UNFIT,
            "2024-13-01": UNFIT,
            "2024-1-1": UNFIT,
            "": None,
            " 2024-01-31 ": "2024-01-31",
            "0000-01-01": UNFIT,
            "tomorrow": UNFIT,
            "2024-04-31": UNFIT,
        },
    ),
    (field("f"), field("f", "boolean"), {"Yes": True, "0": False, "是": True, "maybe": UNFIT, "": None}),
    (field("f"), field("f", "email"), {"a@b": "a@b", "ab": UNFIT}),
    (field("f"), field("f", "url"), {"https://a": "https://a", "ftp://a": UNFIT}),
    (field("f"), PICK, {"gold": "gold", "Gold": UNFIT, None: None}),
    (field("f"), mapped(Au="gold"), {"Au": "gold", "gold": "gold", "Ag": UNFIT, None: None}),
    (field("f"), mapped("silver", Au="gold"), {"Au": "gold", "gold": "gold", "Ag": "silver", None: None}),
    (field("f"), mapped("empty", Au="gold"), {"Au": "gold", "Ag": None}),
    (field("f", "boolean"), mapped(true="gold", false="silver"), {True: "gold", False: "silver", None: None}),
    (field("f", "boolean"), field("f"), {True: "true", False: "false", None: None}),
    (field("f", "integer"), field("f"), {0: "0", -12: "-12", None: None}),
    (field("f", "currency"), field("f"), {1250: "12.5", -5: "-0.05", 0: "0", 100: "1", 10**17: "1000000000000000"}),
    (field("f", "integer"), field("f", "number", scale=3), {2: 2000, -1: -1000, 10**15: UNFIT}),
    (field("f", "number", scale=3), field("f", "integer"), {2000: 2, 2001: UNFIT, -1000: -1}),
    (
        field("f", "number", precision=10, scale=2),
        field("f", "number", precision=10, scale=4),
        {10**8 - 1: (10**8 - 1) * 100, 10**8: UNFIT},
    ),
    (field("f", "picklist", options="a b"), field("f"), {"a": "a"}),
    (
        field("f", "number", scale=3),
        field("f", "number", scale=1, convert=Convert(round=True)),
        {1249: 12, 1250: 13, -1250: -13, -1249: -12, 0: 0, 49: 0, 50: 1, None: None},
    ),
    (
        field("f", "number", scale=2),
        field("f", "integer", precision=2, convert=Convert(round=True)),
        {9949: 99, 9950: UNFIT, -9950: UNFIT},
    ),
    (field("f"), field("f", max_length=3, convert=Convert(cut=True)), {"abcd": "abc", "日本語です": "日本語", "": ""}),
    (
        field("f", "date"),
        field("f", "datetime"),
        {"2026-03-01": "2026-02-28T16:00:00", "1988-07-01": "1988-06-30T15:00:00"},
    ),
    (
        field("f", "datetime"),
        field("f", "date"),
        {"2026-03-01T15:59:59.000000Z": "2026-03-01", "2026-03-01T16:00:00.000000Z": "2026-03-02"},
    ),
    (field("f", "date"), field("f"), {"2026-03-01": "2026-03-01"}),
    (field("f", "datetime"), field("f"), {"2026-03-01T15:59:59.123456Z": "2026-03-01T15:59:59.123456Z"}),
]


@pytest.mark.parametrize(
    ("before", "after", "values"), CASES, ids=[f"{a.type} to {b.type} {n}" for n, (a, b, _) in enumerate(CASES)]
)
def test_values_become_what_they_should(
    database: Database, before: Field, after: Field, values: dict[Any, Any]
) -> None:
    way = conversion(before, after, "Asia/Shanghai")
    assert way is not None
    dialect = database.dialect
    kind = TYPES[dialect][before.row.columns[0][1]]
    database.run([f"CREATE TABLE t (n integer, f {kind})"])
    for number, value in enumerate(values):
        database.execute("INSERT INTO t VALUES (:n, :f)", n=number, f=value)
    unfit = f"CASE WHEN {way.unfit(quoted('f'), dialect)} THEN 1 ELSE 0 END" if way.unfit else "0"
    found: dict[Any, Any] = {}
    for number, value in enumerate(values):
        if database.execute(f"SELECT {unfit} FROM t WHERE n = :n", n=number)[0][0]:
            found[value] = UNFIT
        else:
            found[value] = shown(
                database.execute(f"SELECT {way.expression(quoted('f'), dialect)} FROM t WHERE n = :n", n=number)[0][0],
                after,
            )
    assert found == values


def shown(value: object, field: Field) -> object:
    """Return what a driver gives in the form that both databases share."""
    if value is None or isinstance(value, str):
        return value[:19] if isinstance(value, str) and field.type == "datetime" else value
    if field.type == "boolean":
        return bool(value)
    if field.type == "datetime":
        return f"{value:%Y-%m-%dT%H:%M:%S}"
    return str(value) if field.type == "date" else value


@pytest.mark.parametrize(
    ("before", "after"),
    [("json", "integer"), ("address", "text"), ("boolean", "integer"), ("file", "text"), ("secret", "text")],
)
def test_where_there_is_no_way_there_is_none(before: str, after: str) -> None:
    assert conversion(field("f", before), field("f", after), "UTC") is None
