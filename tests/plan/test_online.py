"""PostgreSQL prepares a plan beside what is in use: what is written meanwhile is not lost, and all can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from crmspec.deploy.backfill import RowFailed
from crmspec.plan import make_plan
from crmspec.schema import child_table_name
from crmspec.schema.ddl import quoted
from crmspec.spec import Field, Object, Spec
from tests.plan.building import Database, field, spec, thing
from tests.plan.online import ALL, OnlineDatabase
from tests.plan.random_specs import changed, specs, values_of
from tests.plan.test_random import contents, examples, fill, there_and_back

Write = Callable[[Database], object]
FIRST_FOUND = (Phase.explicit, Phase.reuse, Phase.generate)  # to make it smaller takes minutes


def writes(spec: Spec, ids: dict[str, list[str]]) -> Iterator[Write]:
    """Yield what people do in every object: make a record, change one, give one other values, delete one."""
    for name, one in spec.objects.items():
        first, second, *_, last = ids[name]
        yield inserting(one, 4, ids)
        yield updating(one, first, 3, ids)
        yield inserting(one, 5, ids)
        yield updating(one, second, 2, ids)
        for part in one.fields.values():
            if part.row.child:
                yield giving(one, part, second, ids)
        yield lambda database, name=name, last=last: database.execute(  # type: ignore[misc]
            f"DELETE FROM {quoted(name)} WHERE id = :id", id=last
        )


def inserting(one: Object, number: int, ids: dict[str, list[str]]) -> Write:
    return lambda database: database.insert(one.name, **row_of(one, number, ids))


def updating(one: Object, key: str, number: int, ids: dict[str, list[str]]) -> Write:
    row = row_of(one, number, ids)
    assignments = ", ".join(f"{quoted(column)} = :{column}" for column in row) or "version = version"
    text = f"UPDATE {quoted(one.name)} SET {assignments} WHERE id = :id"
    return lambda database: database.execute(text, id=key, **row)


def giving(one: Object, field: Field, record: str, ids: dict[str, list[str]]) -> Write:
    table, values = child_table_name(one, field), field.row.child == "values"
    column, new = ("value", field.option_names[-1]) if values else ("target_id", ids[field.to[0]][1])

    def write(database: Database) -> None:
        database.execute(f"DELETE FROM {quoted(table)} WHERE record_id <> :id", id=record)
        database.insert(table, **{"record_id": record, column: new})

    return write


def row_of(one: Object, number: int, ids: dict[str, list[str]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for part in one.fields.values():
        row |= values_of(part, "postgresql", number, ids)
    return row


@given(st.data())
@settings(examples(8), phases=FIRST_FOUND)
def test_what_is_written_meanwhile_is_carried_over(postgres_url: str, data: st.DataObject) -> None:
    """The end is the same as when everything was written first and then changed at once."""
    before = data.draw(specs())
    after = data.draw(changed(before))
    direct = Database(postgres_url)
    try:
        direct.follow(before)
        todo = list(writes(before, fill(direct, before)))
        assume(not direct.failing(after))
        for write in todo:
            write(direct)
        assume(not direct.failing(after))
        direct.follow(after)
        expected = contents(direct, after)
    finally:
        direct.close()
    places = sorted(data.draw(st.lists(st.integers(0, 25), min_size=len(todo), max_size=len(todo))))
    online = OnlineDatabase(postgres_url)
    try:
        online.follow(before)
        fill(online, before)

        def meanwhile(step: int) -> None:
            while todo and places[0] <= step:
                places.pop(0)
                todo.pop(0)(online)

        online.meanwhile = meanwhile
        online.follow(after)
        assert contents(online, after) == expected
        assert online.left_in_preparation() == []
    finally:
        online.close()


@given(st.data())
@settings(examples(4), phases=FIRST_FOUND)
def test_there_and_back_again_step_by_step(postgres_url: str, data: st.DataObject) -> None:
    there_and_back(lambda: OnlineDatabase(postgres_url), data)


@given(st.data())
@settings(examples(4), phases=FIRST_FOUND)
def test_what_was_prepared_can_be_taken_back(postgres_url: str, data: st.DataObject) -> None:
    before = data.draw(specs())
    after = data.draw(changed(before))
    database = OnlineDatabase(postgres_url)
    try:
        database.follow(before)
        fill(database, before)
        assume(not database.failing(after))
        kept = contents(database, before)
        plan = make_plan(before, after, revision="0002_test")
        database.prepare(plan)
        database.take_back(plan)
        assert database.left_in_preparation() == []
        database.same(before)
        now = contents(database, before)
        for address, rows in kept.items():
            part = after.field(address)
            filled = part is not None and part.required  # a blank that had to be filled stays so
            assert [
                (new if old[1] is None and filled else old) for old, new in zip(rows, now[address], strict=True)
            ] == now[address]
    finally:
        database.close()


# --- what does not fit ---

DEAL = thing("deal", field("amount"), field("code"))
PARSED = thing("deal", field("amount", "number"), field("code", required=True, default="none"))


def test_a_value_that_cannot_be_converted_stops_there_with_its_key(postgres_url: str) -> None:
    """Written after it was counted, before the trigger stood: the batch finds it; after that nobody can write one."""
    database = OnlineDatabase(postgres_url)
    try:
        database.follow(spec(DEAL))
        keys = [database.insert("deal", amount=amount) for amount in ("1", "2.50", "much", "4")]
        plan = make_plan(spec(DEAL), spec(PARSED), revision="0002_test")
        with pytest.raises(RowFailed) as failed:
            database.prepare(plan)
        database.roll_back()
        assert failed.value.key == keys[2]
        assert "deal.amount: what is stored is not a plain number" in str(failed.value.cause)
        assert keys[2] in str(failed.value.cause)
        with pytest.raises(IntegrityError, match="amount: what is stored is not a plain number"):
            database.execute("UPDATE deal SET amount = 'n/a' WHERE id = :id", id=keys[0])
        database.roll_back()
        database.execute("UPDATE deal SET amount = '3' WHERE id = :id", id=keys[2])
        database.carry_out(plan)
        assert database.values("deal", "amount", "code") == [(100, "none"), (250, "none"), (300, "none"), (400, "none")]
    finally:
        database.close()


def test_saving_something_else_does_not_work_the_new_values_out(postgres_url: str) -> None:
    """The trigger leaves rows alone in which nothing changes that the new values come from."""
    database = OnlineDatabase(postgres_url)
    try:
        database.follow(spec(DEAL))
        key = database.insert("deal", amount="1")
        plan = make_plan(spec(DEAL), spec(PARSED), revision="0002_test")
        steps = [step for step in plan.steps if any(call.kind == "backfill" for call in step.prepared)]
        database.prepare(replace(plan, steps=plan.steps[: plan.steps.index(steps[0])]))
        database.execute("UPDATE deal SET version = 2 WHERE id = :id", id=key)
        assert database.values("deal", "crmspec_new_amount") == [None]
        database.execute("UPDATE deal SET amount = '2' WHERE id = :id", id=key)
        assert database.values("deal", "crmspec_new_amount") == [200]
    finally:
        database.close()


# --- values that come from other records ---

ACCOUNT = thing("account", field("name"), title_field="name")


def test_a_text_finds_its_record_and_a_record_changes_its_name_meanwhile(postgres_url: str) -> None:
    """From text to lookup and back, each with people at work on both tables."""
    text, lookup = field("customer"), field("customer", "lookup", to="account")
    database = OnlineDatabase(postgres_url)
    try:
        database.follow(spec(ACCOUNT, thing("deal", field("name"), text)))
        first, second = (database.insert("account", name=name) for name in ("ACME", "Bolt"))
        database.insert("deal", customer="ACME")
        database.insert("deal", customer=None)

        def naming(step: int) -> None:
            if step == ALL:
                database.insert("deal", customer=" Bolt ")

        database.meanwhile = naming
        database.follow(spec(ACCOUNT, thing("deal", field("name"), lookup)))
        found = [key and str(key) for key in database.values("deal", "customer_id")]
        assert found == [first, None, second]

        def renaming(step: int) -> None:
            if step == ALL:
                database.execute("UPDATE account SET name = 'Acme Ltd' WHERE id = :id", id=first)

        database.meanwhile = renaming
        database.follow(spec(ACCOUNT, thing("deal", field("name"), field("customer", "long_text"))))
        assert database.values("deal", "customer") == ["Acme Ltd", None, "Bolt"]
        assert database.left_in_preparation() == []
    finally:
        database.close()
