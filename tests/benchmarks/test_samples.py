"""Every benchmark runs, on a sample small enough that it cannot rot; its figures are for `make bench`."""

from __future__ import annotations

import pytest

from benchmarks import deploy_empty, fault_kinds, faults, locks, one_field, plan_nothing, run, soak, start_up, validate
from benchmarks.measure import Ratio
from tests.deploy.faults.injections import at_statement, kill
from tests.deploy.faults.site import Answer
from tests.postgres_server import PostgresServer


def test_start_up_is_under_twice_importing_click() -> None:
    """The one figure that is steady enough to hold here, too."""
    (ratio,) = start_up.measure(runs=9)
    assert ratio.holds, f"{ratio.times:.2f} × importing click"


def test_validate_is_measured_in_every_state() -> None:
    """Cold, with nothing changed, with one file changed."""
    ratios = list(validate.measure(objects=3, runs=1))
    assert len(ratios) >= 3
    assert all(ratio.ours > 0 and ratio.floor > 0 for ratio in ratios)


def test_a_plan_of_nothing_is_measured() -> None:
    """After a deploy there is nothing to do, and that is what is timed."""
    (ratio,) = plan_nothing.measure(objects=3, runs=1)
    assert ratio.ours > 0


def test_deploy_is_measured_on_both_databases(postgres_server: PostgresServer) -> None:
    """The same statements go through our deploy and through the database's own client."""
    with deploy_empty.project(3) as folder:
        ratios = [
            deploy_empty.on_sqlite(folder, 3, 1), deploy_empty.on_postgresql(folder, 3, 1, postgres_server),
        ]
    assert all(ratio.ours > 0 and ratio.floor > 0 for ratio in ratios)


def test_one_field_more_is_measured_beside_the_peers() -> None:
    """Alembic, Django, and a larger project beside a smaller one."""
    ratios = [*one_field.on_sqlite(6, runs=0), *one_field.growth_on_sqlite(6, 7, runs=0)]
    assert {ratio.beside.split(",")[0] for ratio in ratios} == {
        "alembic revision --autogenerate", "django makemigrations", "django migrate", "the same with 6",
        "the same with 6 and SQLite itself",
    }
    assert all(ratio.ours > 0 and ratio.floor > 0 for ratio in ratios)


def test_the_waits_of_people_are_measured(postgres_server: PostgresServer) -> None:
    """An object is renamed under two clients who go on, with its history and its words: nothing of theirs fails."""
    (found,) = locks.results(rows=200, names=["rename an object"], idle_seconds=0.05, server=postgres_server,
                             beside_naive=False)
    assert found.ours.statements > 0
    assert found.ours.failed == ""


def test_a_figure_says_when_it_does_not_hold() -> None:
    """The table has what was measured, beside what, and the limit."""
    ratio = Ratio("deploy", 3.0, "psql -f", 1.0, 1.5)
    assert (ratio.times, ratio.holds) == (3.0, False)
    assert set(run.BENCHMARKS) == {"start_up", "validate", "plan", "deploy", "one_field", "locks"}


def test_the_soak_finds_the_tests_that_draw_their_cases() -> None:
    """A new room with random tests is soaked without being listed."""
    assert {"formula", "plan", "source"} <= {file.parent.name for file in soak.random_tests()}


def test_two_rounds_of_faults_converge() -> None:
    """One on PostgreSQL, one on SQLite, each with several faults before it is let through."""
    told: list[str] = []
    assert faults.soak(7, seconds=60, rounds=2, tell=told.append) == 2
    assert [line.partition(":")[0] for line in told] == ["seed 7, postgresql", "seed 8, sqlite"]


def test_a_round_that_loses_a_record_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness is worth something: what it looks for, it finds."""

    def loses_a_record(one: fault_kinds.Round) -> Answer:
        one.site.ask("DELETE FROM deal WHERE name = 'Deal 40'")
        return one.deploy(at_statement(0, kill))

    monkeypatch.setitem(fault_kinds.FAULTS, "sqlite", (loses_a_record,))
    with pytest.raises(faults.Failed, match="neither those of before nor those of afterwards"):
        faults.soak(8, seconds=60, rounds=1, tell=lambda _: None)
