"""PostgreSQL prepares a plan beside what is in use: what is written meanwhile is not lost, and all can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from crmspec.plan import make_plan
from crmspec.schema import child_table_name
from crmspec.schema.ddl import quoted
from crmspec.spec import Field, Object, Spec
from tests.plan.building import Database
from tests.plan.online import OnlineDatabase
from tests.plan.random_specs import changed, specs, values_of
from tests.plan.test_random import contents, examples, fill

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
        for field in one.fields.values():
            if field.row.child:
                yield giving(one, field, second, ids)
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
    for field in one.fields.values():
        row |= values_of(field, "postgresql", number, ids)
    return row


@given(st.data())
@settings(examples(12), phases=FIRST_FOUND)
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
@settings(examples(6), phases=FIRST_FOUND)
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
            field = after.field(address)
            filled = field is not None and field.required  # a blank that had to be filled stays so
            assert [
                (new if old[1] is None and filled else old) for old, new in zip(rows, now[address], strict=True)
            ] == now[address]
    finally:
        database.close()
