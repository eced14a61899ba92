"""What somebody changed by hand goes back to what is deployed, or is refused with what stands in the way."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crmspec.deploy import find_drift, history, rollback
from crmspec.deploy.repair import plan_repair, repair
from crmspec.diagnostics import Refused
from crmspec.plan import HAZARDS
from tests.deploy.project import Checkout
from tests.deploy.records import add_records
from tests.deploy.specs import BASE, without_field

ALL = tuple(HAZARDS)
BOTH, SQLITE, POSTGRESQL = ("sqlite", "postgresql"), ("sqlite",), ("postgresql",)
# SQLite's way of changing a table by hand: the text of its CREATE TABLE, as people edit it.
REWRITE = "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, '{0}', '{1}') WHERE name = '{2}'"

HANDS: dict[str, tuple[tuple[str, ...], list[str], list[str]]] = {
    "an index was dropped": (BOTH, ["DROP INDEX ix_account_owner"], ["account: ix_account_owner"]),
    "an index has other columns": (
        BOTH, ["DROP INDEX ix_account_owner", "CREATE INDEX ix_account_owner ON account (owner_id)"],
        ["account: ix_account_owner"]),
    "an index has another name": (
        BOTH, ["DROP INDEX ix_account_owner",
               "CREATE INDEX mine ON account (owner_id, created_at DESC, id DESC)"], ["account: ix_account_owner"]),
    "a unique index was dropped": (BOTH, ["DROP INDEX uq_contact_email"], ["contact: uq_contact_email"]),
    "a table was dropped": (BOTH, ["DROP TABLE account__tags"], ["account__tags"]),
    "a column was dropped": (BOTH, ["ALTER TABLE contact DROP COLUMN fax"], ["contact.fax"]),
    "the search was broken": (SQLITE, ["DROP TRIGGER crmspec_search_insert"], ["crmspec_search_insert"]),
    "the index of the search was dropped": (
        POSTGRESQL, ["DROP INDEX ix_crmspec_search_content"], ["ix_crmspec_search_content"]),
    "a check was dropped and a stranger's stands there": (
        SQLITE, [REWRITE.format('CONSTRAINT "ck_account_stars_at_most" CHECK ("stars" <= 5)',
                                "CONSTRAINT mine CHECK (stars <> 4)", "account")],
        ["account: ck_account_stars_at_most"]),
    "a check has another name": (
        SQLITE, [REWRITE.format('CONSTRAINT "ck_account_name_length_max"', "CONSTRAINT other_name", "account")],
        ["account: ck_account_name_length_max"]),
    "a column may be empty, a default is another": (
        SQLITE, [REWRITE.format('"name" TEXT NOT NULL', '"name" TEXT', "account"),
                 REWRITE.format("DEFAULT 1", "DEFAULT 0", "account")],
        ["account.version", "account.name", "account.active"]),
    "a default is another and a column may be empty": (
        POSTGRESQL, ["ALTER TABLE account ALTER active DROP DEFAULT", "ALTER TABLE account ALTER name DROP NOT NULL",
                     "ALTER TABLE account ALTER industry SET NOT NULL"],
        ["account.name", "account.industry", "account.active"]),
    "a type is wider": (POSTGRESQL, ["ALTER TABLE account ALTER revenue TYPE numeric(20,2)",
                                     "ALTER TABLE contact ALTER fax TYPE varchar(40)"],
                        ["account.revenue", "contact.fax"]),
    "texts and blanks are sorted in another way": (
        POSTGRESQL, ['ALTER TABLE account ALTER name TYPE text COLLATE "C"', "DROP INDEX ix_account_owner",
                     "CREATE INDEX ix_account_owner ON account (owner_id, created_at DESC NULLS LAST, id DESC)",
                     "DROP INDEX uq_contact_email",
                     "CREATE UNIQUE INDEX uq_contact_email ON contact (email) NULLS NOT DISTINCT WHERE email <> ''"],
        ["account.name", "account: ix_account_owner", "contact: uq_contact_email"]),
    "constraints have other names": (
        POSTGRESQL, ["ALTER TABLE account RENAME CONSTRAINT ck_account_stars_at_most TO mine",
                     "ALTER TABLE account RENAME CONSTRAINT pk_account TO account_pkey",
                     "ALTER TABLE contact RENAME CONSTRAINT fk_contact_account_id TO also_mine"],
        ["account: pk_account", "account: ck_account_stars_at_most", "contact: fk_contact_account_id"]),
    "constraints are gone or others": (
        POSTGRESQL, ["ALTER TABLE account DROP CONSTRAINT ck_account_stars_at_most",
                     "ALTER TABLE account ADD CONSTRAINT ck_account_stars_at_most CHECK (stars <= 6)",
                     "ALTER TABLE contact DROP CONSTRAINT fk_contact_account_id",
                     "ALTER TABLE contact DROP CONSTRAINT pk_contact CASCADE"],
        ["account: ck_account_stars_at_most", "contact", "contact: fk_contact_account_id",
         "contact__friends: fk_contact__friends_record_id"]),
    "a foreign key is switched off": (
        POSTGRESQL, ["ALTER TABLE contact DISABLE TRIGGER ALL"],
        ["contact: fk_contact_owner_id", "contact: fk_contact_created_by_id", "contact: fk_contact_updated_by_id",
         "contact: fk_contact_account_id", "contact__friends: fk_contact__friends_record_id"]),
    "a check was never finished": (
        POSTGRESQL, ["ALTER TABLE account DROP CONSTRAINT ck_account_stars_at_most",
                     "ALTER TABLE account ADD CONSTRAINT ck_account_stars_at_most CHECK (stars <= 5) NOT VALID"],
        ["account: ck_account_stars_at_most"]),
}


def by_hand(engine: sa.Engine, statements: list[str]) -> None:
    """Do what somebody with the database's own tool does."""
    for statement in statements:
        if statement.startswith("PRAGMA writable_schema"):
            driver = engine.raw_connection()
            driver.driver_connection.executescript(statement)  # type: ignore[union-attr]
            driver.close()
            engine.dispose()
        else:
            with engine.begin() as connection:
                connection.exec_driver_sql(statement)


def rows_of(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every record of the tables that nobody dropped anything of."""
    with engine.connect() as connection:
        return {table: [tuple(row) for row in connection.exec_driver_sql(f"SELECT id, name FROM {table} ORDER BY id")]
                for table in ("account", "contact")}


def test_each_difference_is_named_and_restored(engine: sa.Engine, checkout: Checkout) -> None:
    """`status` names it with the step that restores it; the repair is a release of its own, and loses no record."""
    checkout.deploy(engine, BASE)
    with engine.begin() as connection:
        add_records(connection, BASE, "account", [{"id": n, "name": f"A{n}", "stars": n} for n in (1, 2, 3)])
        add_records(connection, BASE, "contact", [{"id": n, "name": f"C{n}", "account_id": n} for n in (1, 2, 3)])
    before = rows_of(engine)
    for what, (on, statements, places) in HANDS.items():
        if engine.dialect.name not in on:
            continue
        by_hand(engine, statements)
        planned = plan_repair(engine)
        assert [mend.drift.place for mend in planned.mends] == places, what
        assert all(not mend.conflict for mend in planned.mends), what
        assert planned.statements, what
        outcome = repair(engine, allow=ALL, who="anna")
        assert (outcome.changed, outcome.release.entry.action) == (True, "repair"), what
        with engine.connect() as connection:
            left = find_drift(connection, BASE)
        assert [str(one) for one in left if one.owner == "ours"] == [], what
        assert rows_of(engine) == before, what
    assert not repair(engine, allow=ALL).changed
    # What a stranger's check says is kept through every writing anew of the table.
    assert [one.place for one in left] == (["account: mine"] if engine.dialect.name == "sqlite" else [])


def test_indexes_of_large_tables_are_built_beside_them(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """Nobody has to allow that people wait, since nobody does; what fits no more takes nothing with it."""
    checkout.deploy(postgres_engine, BASE)
    by_hand(postgres_engine, ["DROP INDEX ix_account_owner", "CREATE INDEX ix_account_owner ON account (owner_id)",
                              "DROP INDEX uq_contact_email"])
    with pytest.raises(Refused) as caught:
        repair(postgres_engine)
    assert {one.code for one in caught.value.diagnostics} == {"CRM501"}
    said: list[str] = []
    assert repair(postgres_engine, online_above=0, say=said.append).changed
    assert [one for one in said if one.startswith("preparing")] == [
        "preparing repair (step 1 of 2)", "preparing repair (step 2 of 2)"]
    with postgres_engine.connect() as connection:
        assert find_drift(connection, BASE) == ()
        assert connection.exec_driver_sql("SELECT count(*) FROM crmspec_online").scalar_one() == 0
        left = connection.exec_driver_sql("SELECT relname FROM pg_class WHERE starts_with(relname, 'crmspec_new_')")
        assert left.scalars().all() == []


def test_rules_of_large_tables_are_proven_beside_them(postgres_engine: sa.Engine, checkout: Checkout) -> None:
    """A check, a foreign key and NOT NULL are added for what is written, proven, and only named in the transaction."""
    checkout.deploy(postgres_engine, BASE)
    by_hand(postgres_engine, [
        "ALTER TABLE account DROP CONSTRAINT ck_account_stars_at_most",
        "ALTER TABLE account ALTER COLUMN name DROP NOT NULL",
        "ALTER TABLE contact DROP CONSTRAINT fk_contact_account_id"])
    said: list[str] = []
    assert repair(postgres_engine, online_above=0, say=said.append).changed
    assert [one for one in said if one.startswith("preparing")][-1] == "preparing repair (step 6 of 6)"
    with postgres_engine.connect() as connection:
        assert find_drift(connection, BASE) == ()
        assert connection.exec_driver_sql("SELECT count(*) FROM crmspec_online").scalar_one() == 0
        query = "SELECT conname FROM pg_constraint WHERE starts_with(conname, 'crmspec_new_')"
        assert connection.exec_driver_sql(query).scalars().all() == []


def test_what_nobody_changed_needs_no_repair(engine: sa.Engine, checkout: Checkout) -> None:
    """Nothing to do writes nothing; what somebody added is left alone by a repair of something else."""
    checkout.deploy(engine, BASE)
    assert not repair(engine).changed
    by_hand(engine, ["ALTER TABLE contact ADD COLUMN mine text", "CREATE INDEX mine ON contact (mine)",
                     "CREATE TABLE theirs (id text)", "DROP INDEX ix_account_owner"])
    repair(engine, allow=ALL)
    with engine.connect() as connection:
        assert [one.place for one in find_drift(connection, BASE)] == ["contact.mine", "contact: mine", "theirs"]


def test_a_hazard_has_to_be_allowed(engine: sa.Engine, checkout: Checkout) -> None:
    """A dropped column comes back empty only when somebody has said so."""
    checkout.deploy(engine, BASE)
    by_hand(engine, ["ALTER TABLE contact DROP COLUMN fax"])
    with pytest.raises(Refused) as caught:
        repair(engine)
    assert caught.value.diagnostics[0].code == "CRM501"
    assert caught.value.diagnostics[0].help == "crmspec deploy --repair --allow loses_data"
    assert len(history(engine)) == 1
    assert repair(engine, allow=["loses_data"]).changed


@pytest.mark.parametrize(("statements", "places", "words"), [
    (["ALTER TABLE contact RENAME COLUMN fax TO telefax"], ["contact.fax"], "perhaps somebody renamed it"),
    (["ALTER TABLE account__tags RENAME TO tags"], ["account__tags"], "perhaps somebody renamed it"),
])
def test_what_may_be_a_rename_is_left_to_people(
    engine: sa.Engine, checkout: Checkout, statements: list[str], places: list[str], words: str,
) -> None:
    """An empty column beside the renamed one would hide where the values are."""
    checkout.deploy(engine, BASE)
    by_hand(engine, statements)
    with pytest.raises(Refused) as caught:
        repair(engine, allow=ALL)
    stopped = [one for one in caught.value.diagnostics if one.code == "CRM570"]
    assert [one.what.split("`")[1] for one in stopped] == places
    assert words in stopped[0].why


def test_records_that_do_not_fit_any_more_are_counted(engine: sa.Engine, checkout: Checkout) -> None:
    """A unique index that is gone has let doubles in: they are named, and nothing changes until they are mended."""
    checkout.deploy(engine, BASE)
    by_hand(engine, ["DROP INDEX uq_contact_email"])
    with engine.begin() as connection:
        add_records(connection, BASE, "account", [{"id": 1, "name": "A"}])
        add_records(connection, BASE, "contact", [
            {"id": n, "name": "C", "account_id": 1, "email": "one@example.com" if n < 3 else None}
            for n in range(1, 5)])
    with pytest.raises(Refused) as caught:
        repair(engine, allow=ALL)
    assert caught.value.diagnostics[0].what == "2 records share what should be unique (`contact: uq_contact_email`)"
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE contact SET email = NULL")
    assert repair(engine, allow=ALL).changed


@pytest.mark.parametrize(("statement", "back"), [
    ("ALTER TABLE account ALTER founded TYPE text", "ALTER TABLE account ALTER founded TYPE date USING founded::date"),
    ("ALTER TABLE account ALTER seen TYPE timestamp", "ALTER TABLE account ALTER seen TYPE timestamptz"),
])
def test_a_type_that_nobody_can_read_back_is_a_conflict(
    postgres_engine: sa.Engine, checkout: Checkout, statement: str, back: str,
) -> None:
    """Which day a text means is for a person to say; once said, the rest is repaired."""
    checkout.deploy(postgres_engine, BASE)
    by_hand(postgres_engine, [statement])
    with pytest.raises(Refused) as caught:
        repair(postgres_engine, allow=ALL)
    assert caught.value.diagnostics[0].code == "CRM570"
    assert "TYPE" in caught.value.diagnostics[0].help
    by_hand(postgres_engine, [back])
    repair(postgres_engine, allow=ALL)
    with postgres_engine.connect() as connection:
        assert find_drift(connection, BASE) == ()


def test_what_was_out_of_sight_and_dropped_is_made_again_empty(engine: sa.Engine, checkout: Checkout) -> None:
    """Otherwise the revision that brings it back would not fit this database; then a rollback passes over repairs."""
    checkout.deploy(engine, BASE)
    gone = without_field(BASE, "contact", "fax")
    outcome = checkout.deploy(engine, gone)
    stored = f"crmspec_{outcome.applied[0][:4]}_fax"
    by_hand(engine, [f"ALTER TABLE contact DROP COLUMN {stored}"])
    with engine.connect() as connection:
        assert [one.place for one in find_drift(connection, gone)] == [f"contact.{stored}"]
    repair(engine, allow=ALL)
    assert rollback(checkout.folder, engine).release.entry.action == "rollback to 1"
    with engine.connect() as connection:
        assert find_drift(connection, BASE) == ()
