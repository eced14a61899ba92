"""Records and tables that stand in the way, and everything that has to be there afterwards."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.deploy.faults.injections import at_words, kill
from tests.deploy.faults.site import EVERY_HAZARD, Site, picture, plain, records
from tests.deploy.faults.story import ACCOUNTS, DEALS, FIRST, record_id
from tests.postgres_server import PostgresServer, _server_user, binaries_folder

# Each of them alone would be refused: blanks, a text that is no number, a value twice, an option in use.
TIGHTER = (FIRST.replace("phone: {type: phone}", "phone: {type: phone, required: true}")
           .replace("size: {type: text}", "size: {type: integer}")
           .replace("fax: {type: phone}", "fax: {type: phone, unique: true}")
           .replace("[gold, tin]", "[tin]"))


def test_every_record_in_the_way_is_counted_at_once(site: Site) -> None:
    """How many, the first five, and what to do, for each; nothing is changed."""
    site.begun().write(TIGHTER)
    site.ask(f"UPDATE deal SET phone = NULL WHERE id < '{record_id(108)}'")
    site.ask(f"UPDATE deal SET size = 'large' WHERE id < '{record_id(104)}'")
    site.ask(f"UPDATE deal SET fax = '7' WHERE id < '{record_id(103)}'")
    before = picture(site.url)
    message = site.deploy().refused("CRM550")
    assert "7 records are blank in a field that must be filled (`deal.phone`)\n  why   the first are " in message
    assert record_id(101) in message
    assert "3 values do not fit: what is stored " in message
    assert "1 values stand in more than one record and are to be unique (`deal.fax`)" in message
    assert f"{DEALS // 2} records have an option that is removed (gold) (`deal.tier`)" in message
    assert "rename the option, merge it into another" in message
    assert "give `deal.phone` a default" in message
    assert message.count("error[CRM550]") == 4
    assert message.count("the first are ") == 4
    assert picture(site.url) == before


def test_a_table_that_is_not_ours(site: Site) -> None:
    """Somebody made a table of that name by hand, with what they need in it: it is not taken."""
    site.begun()
    site.ask("CREATE TABLE note (mine integer)")
    site.ask("INSERT INTO note VALUES (42)")
    before = picture(site.url)
    message = site.deploy().refused()
    assert "`note`" in message
    assert "crmspec did not make" in message
    assert picture(site.url) == before
    site.ask("DROP TABLE note")
    assert "release 2" in site.deploy().ok().out


def test_a_table_changed_by_hand(site: Site) -> None:
    """The deploy that would change it too stops, and says what differs and how it can be mended."""
    site.begun()
    site.ask("ALTER TABLE deal DROP COLUMN fax")
    before = picture(site.url)
    message = site.deploy().refused("CRM513")
    assert "`deal.fax`" in message
    assert "crmspec status" in message or "crmspec deploy --repair" in message
    assert "deal.fax" in site.run("status").out
    assert picture(site.url) == before


# --- SQLite: a table that is written anew ---

MADE_BY_PEOPLE = (
    "CREATE TABLE mine (id INTEGER PRIMARY KEY AUTOINCREMENT, deal TEXT REFERENCES deal ON DELETE CASCADE) STRICT",
    "INSERT INTO mine (deal) SELECT id FROM deal",
    f"DELETE FROM mine WHERE deal > '{record_id(120)}'",
    "ALTER TABLE deal ADD COLUMN mine_note TEXT COLLATE NOCASE DEFAULT 'x' CHECK (length(mine_note) < 9)",
    "ALTER TABLE deal ADD COLUMN mine_length INTEGER GENERATED ALWAYS AS (length(name)) VIRTUAL",
    "UPDATE deal SET mine_note = 'kept' WHERE amount = 500",
    "CREATE INDEX mine_partial ON deal (name COLLATE NOCASE DESC) WHERE amount > 1000",
    "CREATE INDEX mine_expression ON deal (lower(name))",
    "CREATE UNIQUE INDEX mine_unique ON deal (name DESC, amount)",
    "CREATE TRIGGER mine_trigger AFTER DELETE ON deal BEGIN DELETE FROM mine WHERE deal = old.id; END",
    "CREATE VIEW mine_view AS SELECT deal.name, mine.id FROM deal JOIN mine ON mine.deal = deal.id",
)


def test_what_people_made_on_a_table_that_is_written_anew(sqlite_site: Site) -> None:
    """Children, high-water marks, indexes of every kind, triggers, views, generated columns, collations, checks."""
    site = sqlite_site.begun()
    for statement in MADE_BY_PEOPLE:
        site.ask(statement)
    objects = "SELECT type, name, sql FROM sqlite_master WHERE name LIKE 'mine%' ORDER BY name"
    asked = ("SELECT * FROM mine ORDER BY id", "SELECT * FROM sqlite_sequence", "SELECT * FROM mine_view ORDER BY id",
             "SELECT id, mine_note, mine_length FROM deal ORDER BY id", objects)
    before = [site.ask(query) for query in asked]
    site.deploy().ok()
    assert [site.ask(query) for query in asked] == before
    assert "NOCASE" in str(site.ask("SELECT sql FROM sqlite_master WHERE name = 'deal'"))
    site.ask("INSERT INTO mine (deal) VALUES (NULL)")
    assert site.ask("SELECT max(id) FROM mine") == [(DEALS + 1,)], "a number that was used is not used again"
    site.ask(f"DELETE FROM deal WHERE id = '{record_id(101)}'")
    assert site.ask(f"SELECT count(*) FROM mine WHERE deal = '{record_id(101)}'") == [(0,)]


def test_rows_that_would_point_at_nothing(sqlite_site: Site) -> None:
    """Somebody's own trigger takes a record away meanwhile: found before the commit, and the first rows are named."""
    site = sqlite_site.begun()
    site.ask("CREATE TRIGGER mine AFTER INSERT ON crmspec_release BEGIN "
             f"DELETE FROM deal WHERE id = '{record_id(101)}'; END")
    before = picture(site.url)
    message = site.deploy().refused("CRM541")
    assert "of `deal` (no such `deal`)" in message
    assert "nothing was changed" in message
    assert picture(site.url) == before


# --- Names, options, renames ---


def test_names_are_never_cut_off_unseen(site: Site) -> None:
    """The longest names there may be, alike in their first sixty letters; one letter more is refused with its line."""
    long = "a" * 47
    objects = "---\n".join(
        f"object: {long}{end}\nfields:\n  name: {{type: text, unique: true}}\n"
        + "".join(f"  {'b' * 46}{n}: {{type: lookup, to: {long}x}}\n  {'c' * 46}{n}: {{type: multi_picklist, "
                  "options: [one]}\n" for n in (1, 2)) for end in "xy")
    site.write(objects).deploy().ok()
    site.run("status").ok()
    names = {name for name in picture(site.url) if name}
    assert all(len(name.encode()) <= 63 for name in names)
    assert len([name for name in names if name.startswith(long)]) == 6
    message = site.write(objects.replace(f"object: {long}x", f"object: {long}xx")).deploy().refused()
    assert "specs/all.yaml:1:9: error" in message
    assert "48" in message


def test_an_option_is_used_in_the_release_that_brings_it(site: Site) -> None:
    """As a default, in a rule and in a record: the check knows it before anything has it."""
    site.begun()
    site.deploy().ok()
    site.ask("INSERT INTO deal (id, created_at, updated_at, version, name, firm_id) VALUES "
             f"('{record_id(999)}', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 1, 'new', "
             f"'{record_id(1)}')")
    assert site.ask(f"SELECT tier FROM deal WHERE id = '{record_id(999)}'") == [("silver",)]


def test_a_rename_that_is_cut_off(site: Site) -> None:
    """The old names hold until everything has the new ones: nobody ever meets a table that has neither."""
    site.begun()
    before = records(site.url)
    for words in ('RENAME TO "firm"', 'RENAME COLUMN "phone" TO "mobile"', '"crmspec_release"'):
        assert site.deploy(first=at_words(words, kill)).code == -9
        assert records(site.url) == before
        assert site.ask("SELECT count(phone), count(account_id) FROM deal") == [(DEALS, DEALS)]
    site.deploy().ok()
    assert site.ask("SELECT count(mobile), count(firm_id) FROM deal") == [(DEALS, DEALS)]
    assert site.ask("SELECT count(*) FROM firm") == [(ACCOUNTS,)]


def test_nobody_sees_a_table_without_its_rules(site: Site) -> None:
    """A table, its checks and the release that says who may do what come in one transaction, or not at all."""
    site.begun()
    before = picture(site.url)
    assert site.deploy(first=at_words('"crmspec_release"', kill)).code == -9
    assert picture(site.url) == before
    refusing = "CREATE TRIGGER mine BEFORE INSERT ON crmspec_release "
    if site.kind == "sqlite":
        site.ask(f"{refusing} BEGIN SELECT raise(ABORT, 'not this one'); END")
    else:
        site.ask("CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS "
                 "'BEGIN RAISE EXCEPTION ''not this one''; END'")
        site.ask(f"{refusing} FOR EACH ROW EXECUTE FUNCTION mine()")
    before = picture(site.url)
    assert "not this one" in site.deploy().refused()
    assert picture(site.url) == before


# --- Back again ---


def test_new_records_stay_when_a_release_is_taken_back(site: Site) -> None:
    """What was removed returns with its values, what was added since stays."""
    site.begun()
    before = records(site.url)
    site.deploy().ok()
    moment = "2026-01-01T00:00:00.000000Z"
    site.ask("INSERT INTO deal (id, created_at, updated_at, version, name, firm_id, tier, size, vip) VALUES "
             f"('{record_id(999)}', '{moment}', '{moment}', 1, 'new', '{record_id(1)}', 'silver', 5, '1')")
    message = site.run("rollback", "--yes").refused("CRM550")
    assert "1 records have an option that is removed (silver)" in message
    site.ask(f"UPDATE deal SET tier = 'premium' WHERE id = '{record_id(999)}'")
    site.run("rollback", "--yes").ok()
    back = records(site.url)
    new = [row for row in back["deal"] if record_id(999) in row]
    assert len(new) == 1
    assert "'name': 'new'" in new[0]
    assert "'size': '5'" in new[0]
    assert "'tier': 'gold'" in new[0]
    back["deal"].remove(new[0])
    assert back == before


def test_back_to_a_dump_of_postgresql(postgres_server: PostgresServer, postgres_site: Site, tmp_path: Path) -> None:
    """pg_dump before, pg_restore after: row by row the same, and it can be deployed to again."""
    site = postgres_site.begun()
    before, whole = records(site.url), picture(site.url)
    programs = binaries_folder(_server_user())
    dump = tmp_path / "before.dump"
    subprocess.run([programs / "pg_dump", "--format=custom", "--file", dump, plain(site.url)], check=True)
    site.deploy().ok()
    after = records(site.url)
    name = site.url.rpartition("/")[2]
    postgres_server.drop_database(name)
    postgres_server.create_database(name)
    subprocess.run([programs / "pg_restore", "--dbname", plain(site.url), dump], check=True)
    assert records(site.url) == before
    assert picture(site.url) == whole
    site.run("deploy", "--allow", EVERY_HAZARD).ok()
    assert records(site.url) == after
