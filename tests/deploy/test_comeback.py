"""A release that is taken back and deployed again: what people had put into its new fields is there again."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from crmspec.deploy import find_drift, rollback
from crmspec.spec import Field, Object, Spec
from tests.deploy.project import Checkout
from tests.deploy.records import add_records, all_values
from tests.deploy.specs import fields, options, spec_of, with_field

FIRST = spec_of(Object(name="deal", title_field="name", fields=fields(Field(name="name", type="text", required=True))))
# Nothing hangs on these but a rule about themselves.
ALONE = (Field(name="nick", type="text"), Field(name="since", type="date"),
         Field(name="grade", type="picklist", options=options("a", "b")))
HANGING = (Field(name="code", type="text", unique=True), Field(name="mate", type="lookup", to=("deal",)),
           Field(name="vip", type="boolean", required=True, default="false"))
VALUES = {"nick": "Nick", "since": date(2026, 3, 4), "grade": "b", "code": "one", "mate_id": 1, "vip": True}


def there_and_back(engine: sa.Engine, checkout: Checkout, second: Spec) -> tuple[object, object]:
    """Deploy the second spec, fill it, take it back, and give the values before and after it is deployed again."""
    checkout.deploy(engine, FIRST)
    checkout.deploy(engine, second)
    columns = {column: value for column, value in VALUES.items() if column.removesuffix("_id") in
               second.objects["deal"].fields}
    with engine.begin() as connection:
        add_records(connection, second, "deal", [{"id": 1, "name": "first"}])
        add_records(connection, second, "deal", [{"id": 2, "name": "second", **columns}])
        before = all_values(connection, second, "deal")
    rollback(checkout.folder, engine, who="tester")
    checkout.deploy(engine, second)
    with engine.connect() as connection:
        assert find_drift(connection, second) == ()
        return before, all_values(connection, second, "deal")


def test_every_value_is_there_again(engine: sa.Engine, checkout: Checkout) -> None:
    """Of fields that stand alone and of those with an index, a lookup or a default."""
    before, after = there_and_back(engine, checkout, with_field(FIRST, "deal", *ALONE, *HANGING))
    assert before == after


def test_no_record_is_written_for_a_field_that_stands_alone(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """The retired column takes the place of the new one, so that a large table is not gone through."""
    second = with_field(FIRST, "deal", *ALONE, HANGING[2])
    checkout.deploy(postgres_engine, FIRST)
    checkout.deploy(postgres_engine, second)
    with postgres_engine.begin() as connection:
        add_records(connection, second, "deal", [{"id": 1, "name": "first", "nick": "Nick", "grade": "a", "vip": True}])
        written = connection.exec_driver_sql("SELECT ctid::text, xmin::text FROM deal").all()
    rollback(checkout.folder, postgres_engine, who="tester")
    checkout.deploy(postgres_engine, second)
    with postgres_engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT ctid::text, xmin::text FROM deal").all() == written
        assert connection.exec_driver_sql("SELECT nick, grade, vip FROM deal").all() == [("Nick", "a", True)]
        assert find_drift(connection, second) == ()


def test_what_an_index_or_a_lookup_is_over_is_copied_before_the_release(
    postgres_engine: sa.Engine, checkout: Checkout,
) -> None:
    """On a large table nothing is written while nobody can use it: the values are there when the release begins."""
    second = with_field(FIRST, "deal", *HANGING[:2])
    checkout.deploy(postgres_engine, FIRST)
    checkout.deploy(postgres_engine, second)
    with postgres_engine.begin() as connection:
        add_records(connection, second, "deal", [
            {"id": 1, "name": "first", "code": "one"}, {"id": 2, "name": "second", "code": "two", "mate_id": 1}])
        before = all_values(connection, second, "deal")
    rollback(checkout.folder, postgres_engine, who="tester")
    checkout.deploy(postgres_engine, second, online_above=0)
    with postgres_engine.connect() as connection:
        assert all_values(connection, second, "deal") == before
        assert find_drift(connection, second) == ()
        assert connection.exec_driver_sql("SELECT count(*) FROM crmspec_retired").scalar_one() == 0
        in_the_release = ("SELECT count(*) FROM deal WHERE xmin = "
                          "(SELECT xmin FROM crmspec_release ORDER BY number DESC LIMIT 1)")
        assert connection.exec_driver_sql(in_the_release).scalar_one() == 0


def test_what_was_added_in_between_is_kept_beside_it(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """A record made while the release was taken back has nothing in the field, or what a new record has."""
    second = with_field(FIRST, "deal", *ALONE, HANGING[2])
    checkout.deploy(postgres_engine, FIRST)
    checkout.deploy(postgres_engine, second)
    with postgres_engine.begin() as connection:
        add_records(connection, second, "deal", [{"id": 1, "name": "first", "nick": "Nick", "vip": True}])
    rollback(checkout.folder, postgres_engine, who="tester")
    with postgres_engine.begin() as connection:
        add_records(connection, FIRST, "deal", [{"id": 2, "name": "second"}])
    checkout.deploy(postgres_engine, second)
    with postgres_engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT name, nick, vip FROM deal ORDER BY id").all() == [
            ("first", "Nick", True), ("second", None, False)]
        assert find_drift(connection, second) == ()
