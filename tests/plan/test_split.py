"""One field becomes several, and is one again after going back."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from crmspec.plan import make_plan
from crmspec.plan.split import piece
from crmspec.schema import Dialect
from crmspec.spec import Split
from tests.plan.building import Database, field, spec, thing

WHOLE = spec(thing("contact", field("name"), field("price")))


def parted(*splits: Split, **fields: Any) -> Any:
    return spec(thing("contact", *fields.values()), splits=splits)


NAMES = Split(source="contact.name", targets=("contact.given", "contact.family"))


@pytest.fixture
def filled(database: Database) -> Database:
    database.follow(WHOLE)
    for name, price in (("Anna Maria Schmidt", "12.5 EUR"), ("Bo", "7 USD"), (None, None), ("  Li  Wei ", "")):
        database.insert("contact", name=name, price=price)
    return database


def test_a_name_is_split_and_whole_again(filled: Database) -> None:
    plan = filled.follow(parted(NAMES, given=field("given"), family=field("family"), price=field("price")))
    assert plan.questions == ()
    assert filled.values("contact", "given", "family") == [
        ("Anna", "Maria Schmidt"), ("Bo", None), (None, None), ("Li", "Wei")]
    filled.follow(WHOLE, backward=True)
    assert filled.values("contact", "name") == ["Anna Maria Schmidt", "Bo", None, "  Li  Wei "]


def test_the_first_field_may_take_the_rest(filled: Database) -> None:
    split = Split(source="contact.name", targets=("contact.given", "contact.family"), rest="first")
    filled.follow(parted(split, given=field("given"), family=field("family"), price=field("price")))
    assert filled.values("contact", "given", "family")[:2] == [("Anna Maria", "Schmidt"), ("Bo", None)]


def test_pieces_become_what_their_fields_hold(filled: Database) -> None:
    """An amount and a picklist; a piece that is none is counted, and shown."""
    split = Split(source="contact.price", targets=("contact.amount", "contact.unit"))
    amount, unit = field("amount", "currency"), field("unit", "picklist", options="EUR USD")
    after = parted(split, name=field("name"), amount=amount, unit=unit)
    filled.follow(after)
    assert filled.values("contact", "amount", "unit") == [(1250, "EUR"), (700, "USD"), (None, None), (None, None)]
    filled.follow(WHOLE, backward=True)
    filled.insert("contact", name="x", price="some GBP")
    failing = filled.failing(after)
    assert {address: rows for address, (rows, _) in failing.items()} == {"contact.amount": 1, "contact.unit": 1}
    assert '"some"' in (failing["contact.amount"][1] or "")


def test_a_split_that_was_passed_does_nothing() -> None:
    after = parted(NAMES, given=field("given"), family=field("family"), price=field("price"))
    assert not make_plan(after, after)
    more = parted(NAMES, given=field("given"), family=field("family"), price=field("price"), fax=field("fax"))
    assert all("substr" not in sql for sql in make_plan(after, more).sql("sqlite"))


def cut(text: str, split: Split) -> list[str | None]:
    """Cut a text as the language reference says."""
    left, count = text.strip(" "), len(split.targets)
    found: list[str | None] = [None] * count
    if split.rest == "last":
        for number in range(count):
            if number == count - 1 or split.at not in left:
                found[number] = left
                break
            found[number], left = left.split(split.at, 1)
            left = left.lstrip(" ") if not split.at.strip() else left
    else:
        for number in range(count - 1, 0, -1):
            if split.at in left:
                left, _, found[number] = left.rpartition(split.at)
                left = left.rstrip(split.at)
        found[0] = left
    return [(one or "").strip(" ") or None for one in found]


SPLITS = st.builds(
    Split, source=st.just("a.b"), targets=st.sampled_from((("a.c", "a.d"), ("a.c", "a.d", "a.e"))),
    at=st.sampled_from((" ", ",", "/")), rest=st.sampled_from(("last", "first")),
) | st.just(Split(source="a.b", targets=("a.c", "a.d"), at=", "))


@settings(max_examples=20, deadline=None)
@given(SPLITS, st.lists(st.text(alphabet="ab ,/", max_size=8), min_size=10, max_size=30))
def test_both_databases_cut_as_python_does(
    connections: dict[Dialect, sa.Connection], split: Split, texts: list[str]
) -> None:
    rows = ", ".join(f"({number}, '{text}')" for number, text in enumerate(texts))
    for dialect, connection in connections.items():
        pieces = ", ".join(piece("given.text", split, number, dialect) for number in range(len(split.targets)))
        query = f"WITH given (number, text) AS (VALUES {rows}) SELECT {pieces} FROM given ORDER BY number"
        found = connection.exec_driver_sql(query, execution_options={"no_parameters": True}).all()
        assert dict(zip(texts, map(list, found), strict=True)) == {text: cut(text, split) for text in texts}
