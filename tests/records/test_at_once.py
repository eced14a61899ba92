"""Several people at the same moment, on PostgreSQL: SQLite lets one writer in at a time."""

from __future__ import annotations

import threading

from crmspec.records import Conflict, Invalid
from tests.records.crm import Crm


def test_the_same_value_in_the_same_moment(postgres_crm: Crm) -> None:
    """What the check could not see yet, the index does; the person is told in the same words."""
    crm = postgres_crm
    said: list[object] = []
    first = crm.records("boss")
    records = first.__enter__()
    records.create("account", {"name": "A", "email": "a@b.cn"})

    def second() -> None:
        with crm.records("rep_east") as other:
            try:
                other.create("account", {"name": "B", "email": "a@b.cn"})
            except Invalid as invalid:
                said.extend((problem.field, problem.code) for problem in invalid.problems)
            # The transaction goes on.
            other.create("account", {"name": "C", "email": "c@b.cn"})

    thread = threading.Thread(target=second)
    thread.start()
    first.__exit__(None, None, None)
    thread.join()
    assert said == [("email", "taken")]
    with crm.records("boss") as records:
        assert [row.title for row in records.page("account", sort=["name"]).rows] == ["A", "C"]


def test_two_saves_of_one_record(postgres_crm: Crm) -> None:
    """Whoever comes second waits, and is then told of the conflict: nothing is lost silently."""
    crm = postgres_crm
    said: list[object] = []
    record_id = crm.make("boss", "account", name="A")
    first = crm.records("boss")
    records = first.__enter__()
    records.update("account", record_id, {"name": "By boss"}, 1)

    def second() -> None:
        with crm.records("sales_director") as other:
            try:
                other.update("account", record_id, {"phone": "1234"}, 1)
            except Conflict as conflict:
                said.append((conflict.theirs.title, conflict.theirs.version))

    with crm.records("boss") as before:
        before.transfer("account", crm.make("boss", "account", name="B"), crm.people["rep_east"])
    thread = threading.Thread(target=second)
    thread.start()
    first.__exit__(None, None, None)
    thread.join()
    assert said in ([("By boss", 2)], [])
