"""What PostgreSQL prepares before a release: journalled, taken back, left to the release where it is not worth it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command

from crmspec.deploy import find_drift, online_steps, read_status
from crmspec.diagnostics import Refused
from crmspec.spec import Field, Rename
from tests.deploy.online_case import (
    AFTER,
    BEFORE,
    STEPS,
    by_hand,
    deployed,
    fill,
    left_in_preparation,
    sizes,
)
from tests.deploy.project import Checkout
from tests.deploy.specs import options, with_field
from tests.deploy.test_alembic import config

MADE = datetime(2026, 1, 2, tzinfo=UTC)


def prepared_steps(said: Sequence[str]) -> int:
    """How many steps were done before the release."""
    return sum(text.startswith("preparing ") for text in said)


def test_a_release_is_prepared_beside_what_is_in_use(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """Afterwards the tables are what the spec says, nothing of the preparation is left, no record looks touched."""
    deployed(checkout, postgres_engine, 1000)
    said: list[str] = []
    outcome = checkout.deploy(postgres_engine, AFTER, online_above=0, say=said.append)
    assert outcome.release.number == 2
    assert prepared_steps(said) == STEPS
    with postgres_engine.connect() as connection:
        assert find_drift(connection, AFTER) == ()
        assert left_in_preparation(connection) == set()
        assert sizes(connection) == (900, 100, 1000)
        assert connection.exec_driver_sql("SELECT DISTINCT updated_at, version FROM deal").all() == [(MADE, 1)]
        assert connection.exec_driver_sql("SELECT count(*) FROM crmspec_history").scalar_one() == 0
        known = "SELECT null_frac FROM pg_stats WHERE tablename = 'deal' AND attname = 'size'"
        assert connection.exec_driver_sql(known).scalar_one() == pytest.approx(0.1)


def test_a_small_table_is_changed_in_the_release(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """The same revision, the same end, without a journal: where nobody would notice, it is over sooner."""
    deployed(checkout, postgres_engine, 100)
    said: list[str] = []
    checkout.deploy(postgres_engine, AFTER, online_above=100, say=said.append)
    assert prepared_steps(said) == 0
    with postgres_engine.connect() as connection:
        assert find_drift(connection, AFTER) == ()
        assert left_in_preparation(connection) == set()
        assert sizes(connection) == (90, 10, 100)


@pytest.mark.parametrize("online_above", [0, 1000])
def test_rights_on_a_column_go_over_to_the_one_that_takes_its_place(
    postgres_engine: sa.Engine, checkout: Checkout, online_above: int,
) -> None:
    """Whoever could read the values of a field can read the new ones, and those out of sight no more."""
    deployed(checkout, postgres_engine, 100)
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql('GRANT SELECT (size), UPDATE (size) ON deal TO PUBLIC')
        connection.exec_driver_sql("COMMENT ON COLUMN deal.size IS 'asked by the board''s report'")
    for spec in (AFTER, BEFORE, AFTER):
        checkout.deploy(postgres_engine, spec, online_above=online_above)
        with postgres_engine.connect() as connection:
            rights = connection.exec_driver_sql(
                "SELECT column_name, privilege_type FROM information_schema.column_privileges "
                "WHERE table_name = 'deal' AND grantee = 'PUBLIC' ORDER BY 2").all()
            comments = connection.exec_driver_sql(
                "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute "
                "WHERE attrelid = 'deal'::regclass AND col_description(attrelid, attnum) IS NOT NULL").all()
        assert rights == [("size", "SELECT"), ("size", "UPDATE")]
        assert comments == [("size", "asked by the board's report")]


def test_rights_on_a_table_that_is_written_anew_stay(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """Several values with other names are another table afterwards: who could read it, and what is said of it, stay."""
    tags = Field(name="tags", type="multi_picklist", options=options("hot", "cold"))
    before = with_field(BEFORE, "deal", tags)
    after = replace(with_field(BEFORE, "deal", replace(tags, options=options("warm", "cold"))),
                    renames=(Rename(before="deal.tags.hot", after="deal.tags.warm"),))
    checkout.deploy(postgres_engine, before)
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("GRANT SELECT ON deal__tags TO PUBLIC")
        connection.exec_driver_sql("GRANT UPDATE (value) ON deal__tags TO PUBLIC")
        connection.exec_driver_sql("COMMENT ON TABLE deal__tags IS 'one row a tag: 100 %%'")
        connection.exec_driver_sql("COMMENT ON COLUMN deal__tags.value IS 'the tag'")
        said = _said_of(connection)
    checkout.deploy(postgres_engine, after, online_above=0)
    with postgres_engine.connect() as connection:
        assert _said_of(connection) == said


def _said_of(connection: sa.Connection) -> list[object]:
    return list(connection.exec_driver_sql("""
        SELECT obj_description(oid, 'pg_class') || array_to_string(relacl, ' ') FROM pg_class
        WHERE relname = 'deal__tags'
        UNION ALL SELECT col_description(attrelid, attnum) || array_to_string(attacl, ' ') FROM pg_attribute
        WHERE attrelid = 'deal__tags'::regclass AND attname = 'value'""").scalars())


@pytest.mark.parametrize("analysed", [False, True])
def test_a_large_table_is_known_by_its_rows(postgres_engine: sa.Engine, checkout: Checkout, analysed: bool) -> None:
    """By the server's estimate or, where there is none yet or an old one, by counting that far."""
    deployed(checkout, postgres_engine, 101)
    if analysed:
        with postgres_engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE deal")
    said: list[str] = []
    checkout.deploy(postgres_engine, AFTER, online_above=100, say=said.append)
    assert prepared_steps(said) == STEPS


def test_a_table_that_two_revisions_touch_is_prepared_for_the_first_only(
    postgres_engine: sa.Engine, checkout: Checkout,
) -> None:
    """What is prepared speaks of tables as they are called now, which the first of them may change."""
    deployed(checkout, postgres_engine, 100)
    later = with_field(AFTER, "deal", Field(name="note", type="text", unique=True))
    checkout.generate(later)
    said: list[str] = []
    outcome = checkout.deploy(postgres_engine, later, online_above=0, say=said.append)
    assert len(outcome.applied) == 2
    assert prepared_steps(said) == STEPS
    assert [text.partition(", and")[0] for text in said if "all at once" in text] == [
        f"{outcome.applied[1]} touches what {outcome.applied[0]} touches too"]
    with postgres_engine.connect() as connection:
        assert find_drift(connection, later) == ()


def test_revisions_that_have_only_the_table_in_common_are_all_prepared(
    postgres_engine: sa.Engine, checkout: Checkout,
) -> None:
    """Three wait to be released: two are about fields of their own, the third about one that the first renames."""
    checkout.deploy(postgres_engine, BEFORE)
    with postgres_engine.begin() as connection:
        fill(connection, 100)
    deal = BEFORE.objects["deal"]
    named = {("title" if name == "name" else name): (replace(one, name="title") if name == "name" else one)
             for name, one in deal.fields.items()}
    first = with_field(replace(BEFORE, objects={"deal": replace(deal, fields=named, title_field="title")},
                               renames=(Rename(before="deal.name", after="deal.title"),)),
                       "deal", Field(name="code", type="text", unique=True))
    second = with_field(first, "deal", replace(deal.fields["email"], unique=True))
    third = with_field(second, "deal", replace(first.objects["deal"].fields["title"], unique=True))
    for spec in (first, second, third):
        checkout.generate(spec)
    said: list[str] = []
    outcome = checkout.deploy(postgres_engine, third, online_above=0, say=said.append)
    prepared = {text.split()[1] for text in said if text.startswith("preparing ")}
    assert prepared == {outcome.applied[0], outcome.applied[1]}
    assert [text.partition(", and")[0] for text in said if "all at once" in text] == [
        f"{outcome.applied[2]} touches what {outcome.applied[0]} touches too"]
    with postgres_engine.connect() as connection:
        assert find_drift(connection, third) == ()
        assert left_in_preparation(connection) == set()


# --- What does not fit ---

UNIQUE_TIER = {'("email")': '("tier")'}
EVERY_SIZE_A_NUMBER = {"""CASE WHEN "size" ~ '^[0-9]+$' THEN "size"::bigint END""": '"size"::bigint'}
ALL_GOLD = {'CHECK ("tier" IS NOT NULL)': 'CHECK ("tier" = $$gold$$)'}


@pytest.mark.parametrize(("texts", "code", "named"), [
    (UNIQUE_TIER, "CRM552", "`tin` 100 times"),
    (EVERY_SIZE_A_NUMBER, "CRM552", "00000000-0000-0000-0000-00000000000a"),
    (ALL_GOLD, "CRM540", "crmspec_new_tier"),
])
def test_what_does_not_fit_is_named_and_all_is_taken_back(
    postgres_engine: sa.Engine, checkout: Checkout, texts: dict[str, str], code: str, named: str,
) -> None:
    """Values that were written after they were counted: the step fails, and the tables are as if nothing had been."""
    deployed(checkout, postgres_engine, 100)
    by_hand(checkout, **texts)
    with pytest.raises(Refused) as refusal:
        checkout.deploy(postgres_engine, AFTER, online_above=0)
    (diagnostic,) = refusal.value.diagnostics
    assert diagnostic.code == code
    assert named in f"{diagnostic.what} {diagnostic.why}"
    with postgres_engine.connect() as connection:
        assert left_in_preparation(connection) == set()
        assert find_drift(connection, BEFORE) == ()


def test_a_release_that_is_refused_takes_its_preparation_along(
    postgres_engine: sa.Engine, checkout: Checkout,
) -> None:
    """The statements of the release fail after everything was prepared: nothing of it stays."""
    deployed(checkout, postgres_engine, 100)
    by_hand(checkout, **{'ALTER INDEX "crmspec_new_uq_deal_email"': 'ALTER INDEX "no_such_index"'})
    with pytest.raises(Refused):
        checkout.deploy(postgres_engine, AFTER, online_above=0)
    with postgres_engine.connect() as connection:
        assert left_in_preparation(connection) == set()
        assert find_drift(connection, BEFORE) == ()


# --- Leftovers ---


def stop_at_the_index(postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deploy, and press Ctrl-C before the index is built."""
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(online_steps, "_build", stop)
        with pytest.raises(KeyboardInterrupt):
            checkout.deploy(postgres_engine, AFTER, online_above=0)
    with postgres_engine.connect() as connection:
        assert len([name for name in left_in_preparation(connection) if name.startswith("0002")]) == STEPS - 1
        assert find_drift(connection, BEFORE) == ()
    (preparing,) = read_status(postgres_engine, checkout.folder, AFTER).preparing
    assert (preparing.direction, preparing.done, preparing.by) == ("upgrade", STEPS - 1, "")


def test_an_interrupted_preparation_is_gone_on_with(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even where the next run would not have prepared anything."""
    deployed(checkout, postgres_engine, 100)
    stop_at_the_index(postgres_engine, checkout, monkeypatch)
    said: list[str] = []
    checkout.deploy(postgres_engine, AFTER, say=said.append)
    assert prepared_steps(said) == 1
    with postgres_engine.connect() as connection:
        assert left_in_preparation(connection) == set()
        assert find_drift(connection, AFTER) == ()
        assert sizes(connection) == (90, 10, 100)


def test_what_an_older_wording_prepared_is_taken_back_first(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A revision that was never applied may be made anew; the new one starts from the beginning."""
    deployed(checkout, postgres_engine, 100)
    stop_at_the_index(postgres_engine, checkout, monkeypatch)
    by_hand(checkout, **{"$$ BEGIN NEW": "$$ BEGIN  NEW"})
    said: list[str] = []
    checkout.deploy(postgres_engine, AFTER, online_above=0, say=said.append)
    assert sum(text.startswith("taking back") for text in said) == STEPS - 1
    assert prepared_steps(said) == STEPS
    with postgres_engine.connect() as connection:
        assert find_drift(connection, AFTER) == ()


def test_what_nobody_wants_any_more_is_taken_back(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The project goes back to what is deployed: there is nothing to do but to clear away."""
    checkout.deploy(postgres_engine, BEFORE)
    shutil.copytree(checkout.folder, before := checkout.folder.with_name("before"))
    with postgres_engine.begin() as connection:
        fill(connection, 100)
    checkout.generate(AFTER)
    by_hand(checkout)
    stop_at_the_index(postgres_engine, checkout, monkeypatch)
    assert not Checkout(before).deploy(postgres_engine, BEFORE).changed
    with postgres_engine.connect() as connection:
        assert left_in_preparation(connection) == set()
        assert find_drift(connection, BEFORE) == ()


def test_an_invalid_index_is_built_anew(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A build that was cut off leaves an index that is there and not in force: IF NOT EXISTS would take it for done."""
    deployed(checkout, postgres_engine, 100)
    stop_at_the_index(postgres_engine, checkout, monkeypatch)
    with postgres_engine.begin() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX crmspec_new_uq_deal_email ON deal (email)")
        connection.exec_driver_sql("UPDATE pg_index SET indisvalid = false "
                                   "WHERE indexrelid = 'crmspec_new_uq_deal_email'::regclass")
        connection.exec_driver_sql(
            "INSERT INTO crmspec_online SELECT max(number) + 1, max(revision), 'upgrade', 'BuildIndex', 'started', "
            "'DROP INDEX CONCURRENTLY IF EXISTS crmspec_new_uq_deal_email', NULL, NULL, %(sum)s, now() "
            "FROM crmspec_online", {"sum": index_checksum(checkout)})
    checkout.deploy(postgres_engine, AFTER)
    with postgres_engine.connect() as connection:
        assert left_in_preparation(connection) == set()
        assert find_drift(connection, AFTER) == ()


def test_status_says_who_prepares(
    postgres_engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever asks while a deploy is at work is told so."""
    deployed(checkout, postgres_engine, 100)
    seen = []
    run_step = online_steps.run_step

    def ask(*arguments: object) -> None:
        seen.append(read_status(postgres_engine, checkout.folder, AFTER).preparing)
        run_step(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("crmspec.deploy.online.run_step", ask)
    checkout.deploy(postgres_engine, AFTER, online_above=0)
    assert seen[0] == ()
    assert [(one.done, "tester" in one.by) for one in seen[-1]] == [(STEPS - 1, True)]
    assert read_status(postgres_engine, checkout.folder, AFTER).preparing == ()


def index_checksum(checkout: Checkout) -> str:
    """What the journal would say of the index of the newest revision."""
    from crmspec.deploy.online_choice import _works_of
    from crmspec.deploy.online_journal import checksum_of
    from crmspec.deploy.revisions import read_revisions

    return checksum_of(_works_of(read_revisions(checkout.folder).line[-1], "upgrade")[-1])


def test_plain_alembic_does_it_all_at_once(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """Alembic has no journal: the same work in its one transaction, and in the statements it prints."""
    deployed(checkout, postgres_engine, 100)
    alembic = config(checkout, postgres_engine)
    with redirect_stdout(printed := io.StringIO()):
        command.upgrade(alembic, "head", sql=True)
    assert "CREATE UNIQUE INDEX \"crmspec_new_uq_deal_email\"" in printed.getvalue()
    command.upgrade(alembic, "head")
    with postgres_engine.connect() as connection:
        assert find_drift(connection, AFTER) == ()
        assert sizes(connection) == (90, 10, 100)
