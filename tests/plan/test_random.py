"""Whatever the two specs: the database ends as a fresh build, and going back brings every value back."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from crmspec.plan import diff_specs, make_plan
from crmspec.schema import child_table_name
from crmspec.spec import Spec
from tests.plan.building import Database
from tests.plan.random_specs import changed, renamed, specs, values_of

_ROWS = 4


def examples(count: int) -> settings:
    """Return the settings of a test that works on a database; `CRMSPEC_EXAMPLES=10` looks ten times as far."""
    count *= int(os.environ.get("CRMSPEC_EXAMPLES", "1"))
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=count, deadline=None, suppress_health_check=checks)


def fill(database: Database, spec: Spec) -> dict[str, list[str]]:
    """Insert rows in every table of a spec, and return the ids of the records of each object."""
    ids: dict[str, list[str]] = {name: [] for name in spec.objects}
    for number in range(_ROWS):
        for name, one in spec.objects.items():
            row: dict[str, Any] = {}
            for field in one.fields.values():
                row |= values_of(field, database.dialect, number, ids)
            ids[name].append(database.insert(name, **row))
    for name, one in spec.objects.items():
        for field in one.fields.values():
            if field.row.child == "values":
                database.insert(child_table_name(one, field), record_id=ids[name][0], value=field.option_names[0])
            elif field.row.child == "links":
                database.insert(child_table_name(one, field), record_id=ids[name][0], target_id=ids[field.to[0]][0])
    return ids


def contents(database: Database, spec: Spec) -> dict[str, list[Any]]:
    """Return every value of every field of a spec, by address."""
    found: dict[str, list[Any]] = {}
    for name, one in spec.objects.items():
        for field in one.fields.values():
            if field.column_names:
                found[f"{name}.{field.name}"] = database.values(name, "id", *field.column_names)
            elif field.row.child:
                column = "value" if field.row.child == "values" else "target_id"
                found[f"{name}.{field.name}"] = sorted(
                    database.values(child_table_name(one, field), "record_id", column, order=column)
                )
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that gives an empty database; what happens in it is rolled back at its end."""
    if request.param == "sqlite":
        return lambda: Database(f"sqlite:///{tmp_path_factory.mktemp('random')}/crm.db")
    url = request.getfixturevalue("postgres_url")
    return lambda: Database(url)


@given(st.data())
@examples(15)
def test_there_and_back_again(fresh: Any, data: st.DataObject) -> None:
    there_and_back(fresh, data)


def there_and_back(fresh: Callable[[], Database], data: st.DataObject) -> None:
    """Go from a spec to another and back: every value that both could hold is there again."""
    before = data.draw(specs())
    after = data.draw(changed(before))
    database = fresh()
    try:
        database.follow(before)
        fill(database, before)
        kept = contents(database, before)
        assume(not database.failing(after))
        database.follow(after)
        assume(not database.failing(before))
        database.follow(before)
        back = contents(database, before)
        for address, rows in kept.items():
            field = after.field(address)
            filled = field is not None and field.required  # then its blanks got the default, as the plan has said
            assert [
                (new if old[1] is None and filled else old) for old, new in zip(rows, back[address], strict=True)
            ] == back[address]
    finally:
        database.close()


@given(st.data())
@examples(10)
def test_names_go_round_and_come_back(fresh: Any, data: st.DataObject) -> None:
    before = data.draw(specs())
    after, moved = data.draw(renamed(before))
    database = fresh()
    try:
        database.follow(before)
        fill(database, before)
        kept = contents(database, before)
        plan = database.follow(after)
        assert {change.action for change in plan.changes} <= {"rename"}
        assert plan.hazards == ()
        now = contents(database, after)
        assert {moved[address]: values_now(rows, moved) for address, rows in kept.items()} == {
            address: values_now(rows, {}) for address, rows in now.items()
        }
        database.follow(before, backward=True)
        assert contents(database, before) == kept
    finally:
        database.close()


def values_now(rows: list[Any], moved: dict[str, str]) -> list[Any]:
    """Return rows with the names of objects, which lookups to several of them store, as they are now."""
    return [tuple(moved.get(value, value) if isinstance(value, str) else value for value in row) for row in rows]


@given(st.data())
@examples(60)
def test_a_difference_is_found_exactly_when_there_is_one(data: st.DataObject) -> None:
    before = data.draw(specs())
    after = data.draw(changed(before))
    assert (diff_specs(before, after) == ()) == (before == after)
    assert diff_specs(after, after) == ()
    assert make_plan(before, after, revision="0002_a") == make_plan(before, after, revision="0002_a")
