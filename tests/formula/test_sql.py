"""The SQL of formulas: bound values, plain where it can be, usable like any column."""

from __future__ import annotations

import subprocess
import sys

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect

from crmspec.formula import Dialect, check, to_sql
from tests.formula.records import CONTEXT, Everywhere, Fields

DIALECTS: dict[Dialect, sa.Dialect] = {
    "sqlite": sqlite_dialect.dialect(),
    "postgresql": postgresql_dialect.dialect(),  # type: ignore[no-untyped-call]
}


def written(text: str, everywhere: Everywhere, dialect: Dialect) -> str:
    """Write a formula as text, without the table's name."""
    expression = check(text, Fields()).expression
    assert expression is not None
    columns = next(database for database in everywhere.databases if database.dialect == dialect).columns
    element = to_sql(expression, columns, dialect=dialect, context=CONTEXT)
    return str(element.compile(dialect=DIALECTS[dialect])).replace("record.", "")


def test_a_comparison_of_a_field_stays_plain(everywhere: Everywhere) -> None:
    """Plain comparisons find their index, and only such operators may stand in a row policy."""
    assert written("kind == 'customer'", everywhere, "sqlite") == "(kind = ?)"
    assert written("amount > 1000", everywhere, "sqlite") == "(amount > ?)"
    assert written("owner == me()", everywhere, "postgresql") == "(owner = %(param_1)s::UUID)"
    assert written("kind == 'customer'", everywhere, "postgresql") == "(kind = CAST(%(param_1)s::VARCHAR AS TEXT))"


def test_nothing_of_a_text_is_pasted(everywhere: Everywhere) -> None:
    """Whatever stands in quotes is bound."""
    for dialect in DIALECTS:
        assert "secret" not in written(
            "concat(name, 'secret', replace(note, 'secret', \"secret'--\"))", everywhere, dialect
        )


def test_deep_formulas_stay_small_and_run(everywhere: Everywhere) -> None:
    """Fifty nested operations neither double the SQL at each level nor are too deep for a database."""
    wide = " or ".join(f"amount / {n} > rate" for n in range(1, 160))
    shapes = (
        "round({} / amount, 2)",
        "min({}, amount) * rate",
        "if({} > 1, amount, rate) + amount",
        "abs({} - amount)",
    )
    deep = []
    for shape in shapes:
        text = "amount"
        for _ in range(14):
            text = shape.format(text)
        deep.append(text)
    for text in (wide, *deep):
        expression = check(text, Fields()).expression
        if expression is None:
            assert "may exceed" in check(text, Fields()).problems[0].what
            continue
        assert len(written(text, everywhere, "sqlite")) < 60_000
        answers = everywhere.answers(expression)
        assert answers["python"] == answers["sqlite"] == answers["postgresql"]


def test_a_formula_is_usable_like_a_column(everywhere: Everywhere) -> None:
    """As a condition, an order, a group and inside another expression; compiled once for equal shapes."""
    condition = check("round(amount * rate, 2) > 1 and (active or not known)", Fields()).expression
    order = check("coalesce(name, kind)", Fields()).expression
    assert condition is not None
    assert order is not None
    found = []
    for database in everywhere.databases:
        where = to_sql(condition, database.columns, dialect=database.dialect, context=CONTEXT)
        by = to_sql(order, database.columns, dialect=database.dialect, context=CONTEXT)
        record = database.record
        statement = sa.select(record.c.id, by).where(where, sa.not_(sa.not_(where))).order_by(by.desc(), record.c.id)
        found.append([tuple(row) for row in database.connection.execute(statement)])
        counted = sa.select(by.label("text"), sa.func.count()).group_by(sa.text("text")).select_from(record)
        assert sum(row[1] for row in database.connection.execute(counted)) == len(everywhere.records)
    texts = [[row for row in rows if row[1] is not None] for rows in found]
    assert texts[0] == texts[1] != []


def test_formulas_that_differ_are_not_confused(everywhere: Everywhere) -> None:
    """SQLAlchemy keeps compiled statements: those of two formulas must not be taken for one another."""
    for database in everywhere.databases:
        keys = set()
        for text in ("amount + 1", "amount - 1", "amount + 2", "rate + 1", "amount > 1", "'a'", "today()"):
            expression = check(text, Fields()).expression
            assert expression is not None
            element = to_sql(expression, database.columns, dialect=database.dialect, context=CONTEXT)
            key = element._generate_cache_key()
            assert key is not None
            keys.add(key.key)
        # `amount + 1` and `amount + 2` are one statement with another value.
        assert len(keys) == 6


def test_importing_costs_nothing() -> None:
    """Neither the parser's library nor SQLAlchemy is loaded before the first formula."""
    code = "import sys, crmspec.formula; assert not {'lark', 'sqlalchemy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
