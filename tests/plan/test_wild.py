"""Whatever two valid specs say and whatever is stored: from one to the other and back, no value is ever lost.

Both ends have the tables of a fresh build, read back without any of crmspec's own code. In between every value is
where it was, under its new name or out of sight, or in a field whose values the plan said it converts or fills.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

from crmspec.diagnostics import Refused
from crmspec.plan import Plan, make_plan
from crmspec.plan.words import change_line
from crmspec.schema import child_table_name
from crmspec.spec import Field, Object, Spec
from tests.deploy.kept import Contents, contents, lost_values
from tests.deploy.telling import moved_objects, object_in
from tests.plan.building import Database
from tests.plan.wild_rows import row_of
from tests.plan.wild_specs import wild
from tests.plan.wild_ways import next_of

Place = Callable[[], Database]
# `CRMSPEC_EXAMPLES=20` looks twenty times as far, and elsewhere each time.
_FARTHER = int(os.environ.get("CRMSPEC_EXAMPLES", "0"))
_SETTINGS = settings(
    max_examples=12 * max(_FARTHER, 1), deadline=None, derandomize=not _FARTHER, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=[Phase.explicit, Phase.generate], report_multiple_bugs=False, print_blob=True,
)
_ROWS = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a function that gives an empty database; what happens in it is rolled back at its end."""
    if request.param == "sqlite":
        return lambda: Database(f"sqlite:///{tmp_path_factory.mktemp('wild')}/crm.db")
    url = request.getfixturevalue("postgres_url")
    return lambda: Database(url)


def fill(database: Database, spec: Spec, data: st.DataObject) -> None:
    """Insert random records, each pointing at those before it and at itself."""
    ids: dict[str, list[str]] = {name: [] for name in spec.objects}
    for number in range(_ROWS):
        for name, one in spec.objects.items():
            row = data.draw(row_of(one, number, ids))
            assume(is_whole(one, row))
            ids[name].append(database.insert(one.table, **row))
    for name, one in spec.objects.items():
        for part in one.fields.values():
            if part.row.child == "values":
                fill_several(database, child_table_name(one, part), "value", ids[name], part.option_names, data)
            elif part.row.child == "links":
                fill_several(database, child_table_name(one, part), "target_id", ids[name], ids[part.to[0]], data)


def fill_several(
    database: Database, table: str, column: str, records: list[str], choices: Sequence[str], data: st.DataObject
) -> None:
    """Insert up to two values of each record."""
    for record in records:
        for value in data.draw(st.lists(st.sampled_from(choices), max_size=2, unique=True)):
            database.insert(table, record_id=record, **{column: value})


def is_whole(one: Object, row: dict[str, Any]) -> bool:
    """Say whether a row has everything that must be filled, by itself or by a default."""
    must = [part for part in one.fields.values() if part.required and part.row.columns]
    return all(row.get(part.column_names[0], part.default) is not None for part in must)


def changed_by(plan: Plan) -> set[str]:
    """Return the addresses of fields whose values a plan says it changes where they stand: converts, fills, merges."""
    sides = (plan.desired, plan.deployed or plan.desired)  # a merge is undone by the release before it
    merged = [merge.target for side in sides for merge in side.merges if "." in merge.target]
    found = {*merged, *(target.rpartition(".")[0] for target in merged)}
    for change in plan.changes:
        match change.before, change.after:
            case Field() as before, Field() as after if change.action == "alter":
                if before.decimals != after.decimals or (after.required and not before.required) or after.convert:
                    found.add(change.address)
    return found


def see_kept(plan: Plan, before: Contents, after: Contents) -> None:
    """Every value is where it was, or the plan has said so."""
    said = changed_by(plan)
    tables = {child_table_name(one, part) for one in plan.deployed.objects.values() for part in one.fields.values()
              if part.row.child} if plan.deployed else set()
    found = lost_values(plan, before, after, changed=said | tables)
    moved = moved_objects(plan)
    lost = [line for line in found if "was said to change" not in line
            and not (object_in(line) in moved or (moved and "_object: " in line))]
    assert not lost, "\n".join(lost)


def go(database: Database, desired: Spec, *, backward: bool = False, undo: bool = False) -> None:
    """Follow a plan, and see that it kept everything; with `undo` as the downgrade of the revision before."""
    before = contents(database.connection)
    note("\n".join(map(change_line, make_plan(database.spec, desired, backward=backward).changes)))
    plan = database.follow(desired, backward=backward, same_revision=undo)
    see_kept(plan, before, contents(database.connection))


def fits(database: Database, desired: Spec) -> bool:
    """Say whether the plan is one that a deploy would carry out."""
    try:
        return not database.failing(desired)
    except Refused:
        return False


@given(st.data())
@_SETTINGS
def test_no_value_is_ever_lost(place: Place, data: st.DataObject) -> None:
    first = data.draw(wild())
    second = data.draw(next_of(first))
    database = place()
    try:
        database.follow(first)
        fill(database, first, data)
        there = values(database, first)
        assume(fits(database, second))
        go(database, second)
        changed = values(database, second)
        undo: bool = data.draw(st.booleans())
        assume(not database.failing(first, backward=True))
        go(database, first, backward=True, undo=undo)
        see_equal(there, values(database, first), set())
        if not undo and fits(database, second):
            go(database, second)
            see_equal(changed, values(database, second), merged_values(second))
    finally:
        database.close()


def see_equal(before: dict[str, list[Any]], after: dict[str, list[Any]], merged: set[str]) -> None:
    """Every value is there again; a blank may have been filled, where the field between had to be."""
    for address, rows in before.items():
        if address not in merged:
            pairs = zip(rows, after[address], strict=True)
            kept = [new if all(value is None for value in old[1:]) else old for old, new in pairs]
            assert kept == after[address], address


def merged_values(spec: Spec) -> set[str]:
    """Return the fields of several values whose options were merged: what became one value of a record stays one."""
    fields = {merge.target.rpartition(".")[0] for merge in spec.merges}
    return {address for address in fields if (part := spec.field(address)) and part.row.child} | {
        rename.before for rename in spec.renames if rename.after in fields}


def values(database: Database, spec: Spec) -> dict[str, list[Any]]:
    """Return every value of every field of a spec, by address."""
    found: dict[str, list[Any]] = {}
    for name, one in spec.objects.items():
        for part in one.fields.values():
            address = f"{name}.{part.name}"
            if part.column_names:
                found[address] = database.values(one.table, "id", *part.column_names)
            elif part.row.child:
                column = "value" if part.row.child == "values" else "target_id"
                found[address] = sorted(database.values(child_table_name(one, part), "record_id", column, order=column))
    return found
