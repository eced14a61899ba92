"""What a step takes: lock, rewriting and time, told from its statements and the sizes of the deployed tables."""

from __future__ import annotations

import pytest

from crmspec.plan import Size, make_plan
from crmspec.plan.costs import (
    ONE_TRANSACTION,
    Cost,
    blocked_seconds,
    costs_of,
    total_seconds,
    words_of_range,
    words_of_seconds,
)
from crmspec.plan.step import step
from tests.plan.building import field, spec, thing

MILLION = {"deal": Size(1_000_000, 200_000_000)}


def cost(*statements: str, dialect: str = "postgresql") -> Cost:
    """What one step of these statements takes on a million deals."""
    one = step("t", "deal", sqlite=statements, postgresql=statements)
    return costs_of([one], MILLION, dialect)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "lock", "rewrites", "at_least"),
    [
        ('ALTER TABLE "deal" ADD COLUMN "x" text', "ACCESS EXCLUSIVE", False, 0),
        ('ALTER TABLE "deal" VALIDATE CONSTRAINT "x"', "SHARE UPDATE EXCLUSIVE", False, 0.1),
        ('ALTER TABLE "deal" ADD CONSTRAINT "x" CHECK ("a" > 0) NOT VALID', "ACCESS EXCLUSIVE", False, 0),
        ('ALTER TABLE "deal" ADD CONSTRAINT "x" CHECK ("a" > 0)', "ACCESS EXCLUSIVE", False, 0.1),
        ('ALTER TABLE "deal" ALTER COLUMN "x" SET NOT NULL', "ACCESS EXCLUSIVE", False, 0.1),
        ('ALTER TABLE "deal" ADD CONSTRAINT "x" FOREIGN KEY ("a") REFERENCES "b" ("id")',
         "SHARE ROW EXCLUSIVE", False, 0.1),
        ('CREATE UNIQUE INDEX "x" ON "deal" ("a")', "SHARE", False, 0.5),
        ('CREATE INDEX CONCURRENTLY "x" ON "deal" ("a")', "SHARE UPDATE EXCLUSIVE", False, 0.5),
        ('UPDATE "deal" SET "a" = 1', "ROW EXCLUSIVE", True, 1),
        ('UPDATE "deal" SET "a" = 1 WHERE "a" = 2', "ROW EXCLUSIVE", False, 1),
        ('CREATE TABLE "new" ("id" text)', "", False, 0),
        ("INSERT INTO crmspec_retired (address) VALUES ('deal.x')", "", False, 0),
    ],
)
def test_statements_are_recognised(statement: str, lock: str, rewrites: bool, at_least: float) -> None:
    found = cost(statement)
    assert (found.lock, found.rewrites) == (lock, rewrites)
    assert at_least <= found.seconds < at_least + 15
    assert cost(statement, dialect="sqlite").lock == ONE_TRANSACTION


def test_a_table_keeps_its_size_under_its_new_name() -> None:
    found = cost('ALTER TABLE "deal" RENAME TO "opportunity"', 'UPDATE "opportunity" SET "a" = 1')
    assert found.rewrites
    assert found.tables == ("deal", "opportunity")


def test_every_statement_that_touches_a_full_table_is_known() -> None:
    """A plan with something of everything: on PostgreSQL each step over a deployed table says its lock."""
    before = spec(thing("deal", field("name"), field("code"), field("amount", "number", scale=4), field("gone")))
    after = spec(thing(
        "deal", field("name", required=True, default="x"), field("code", unique=True), field("amount", "text"),
        field("kind", "picklist", options="a b"), field("tags", "multi_picklist", options="a"),
    ))
    plan = make_plan(before, after, revision="0002_x")
    for one, found in zip(plan.steps, costs_of(plan.steps, MILLION, "postgresql"), strict=True):
        alters = any('ALTER TABLE "deal"' in sql for sql in one.sql["postgresql"])
        assert bool(found.lock) or not alters, one.title
    sqlite = costs_of(plan.steps, MILLION, "sqlite")
    assert any(found.rewrites for found in sqlite)
    seconds, tables = blocked_seconds(plan.steps, sqlite)
    assert tables
    assert seconds == pytest.approx(total_seconds(sqlite))


def test_a_plan_on_nothing_takes_no_time() -> None:
    plan = make_plan(None, spec(thing("deal", field("name"))))
    assert total_seconds(costs_of(plan.steps, {}, "postgresql")) < 1
    assert blocked_seconds(plan.steps, costs_of(plan.steps, {}, "postgresql")) == (0.0, ())


@pytest.mark.parametrize(("seconds", "words"), [
    (0.2, "under a second"), (30, "about 30 s"), (600, "about 10 minutes"), (7_200, "about 2 hours")])
def test_time_in_words(seconds: float, words: str) -> None:
    assert words_of_seconds(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [
    (0.1, "under a second"), (0.5, "under a second, up to 2 s on a busy server"),
    (10, "about 10 s, up to 50 s on a busy server"), (30, "about 30 s, up to 2 minutes on a busy server")])
def test_a_busy_server_takes_longer(seconds: float, words: str) -> None:
    """What was said to take 10 s took 51 s beside nine others."""
    assert words_of_range(seconds) == words
