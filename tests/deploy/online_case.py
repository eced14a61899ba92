"""A change of a filled table that has a step of every kind to prepare, written by hand as a revision says it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from crmspec.spec import Convert, Field, Object
from tests.deploy.project import Checkout
from tests.deploy.specs import fields, options, spec_of, with_field

DEAL = Object(name="deal", title_field="name", fields=fields(
    Field(name="name", type="text", required=True), Field(name="email", type="email"), Field(name="size", type="text"),
    Field(name="tier", type="picklist", options=options("gold", "tin"))))
BEFORE = spec_of(DEAL)
AFTER = with_field(
    BEFORE, "deal", Field(name="size", type="integer", convert=Convert(otherwise="empty")),
    replace(DEAL.fields["tier"], required=True), replace(DEAL.fields["email"], unique=True))
STEPS = 7   # in `prepare_upgrade` below
NEW_VALUE = "CASE WHEN {size} ~ '^[0-9]+$' THEN {size}::bigint END"

_REVISION = '''"""By hand."""

from crmspec.deploy.migration import backfill, build_index, change, run, validate

{header}
TABLES = ("deal",)


def prepare_upgrade():
    change('ALTER TABLE "deal" ADD COLUMN "crmspec_new_size" bigint',
           undo='ALTER TABLE "deal" DROP COLUMN IF EXISTS "crmspec_new_size"')
    change("""CREATE FUNCTION "crmspec_new_deal"() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW."crmspec_new_size" := {new_value}; RETURN NEW; END $$""",
           undo='DROP FUNCTION IF EXISTS "crmspec_new_deal"')
    change("""CREATE TRIGGER "crmspec_new_deal" BEFORE INSERT OR UPDATE ON "deal"
FOR EACH ROW EXECUTE FUNCTION "crmspec_new_deal"()""",
           undo='DROP TRIGGER IF EXISTS "crmspec_new_deal" ON "deal"')
    backfill(table="deal", values={{"crmspec_new_size": """{row_value}"""}})
    change('ALTER TABLE "deal" ADD CONSTRAINT "crmspec_new_tier" CHECK ("tier" IS NOT NULL) NOT VALID',
           undo='ALTER TABLE "deal" DROP CONSTRAINT IF EXISTS "crmspec_new_tier"')
    validate('ALTER TABLE "deal" VALIDATE CONSTRAINT "crmspec_new_tier"')
    build_index('CREATE UNIQUE INDEX CONCURRENTLY "crmspec_new_uq_deal_email" ON "deal" ("email")',
                name="crmspec_new_uq_deal_email")


def upgrade():
    prepare_upgrade()
    run(postgresql=[
        'DROP TRIGGER "crmspec_new_deal" ON "deal"',
        'DROP FUNCTION "crmspec_new_deal"()',
        'ALTER TABLE "deal" RENAME COLUMN "size" TO "crmspec_0002_size"',
        "INSERT INTO crmspec_retired (table_name, stored_as, name, address, revision) "
        "VALUES ('deal', 'crmspec_0002_size', 'size', 'deal.size', '" + revision + "')",
        'ALTER TABLE "deal" RENAME COLUMN "crmspec_new_size" TO "size"',
        'ALTER TABLE "deal" ALTER COLUMN "tier" SET NOT NULL',
        'ALTER TABLE "deal" DROP CONSTRAINT "crmspec_new_tier"',
        'ALTER INDEX "crmspec_new_uq_deal_email" RENAME TO "uq_deal_email"',
    ])


def downgrade():
    run(postgresql=[
        'DROP INDEX "uq_deal_email"',
        'ALTER TABLE "deal" ALTER COLUMN "tier" DROP NOT NULL',
        'ALTER TABLE "deal" DROP COLUMN "size"',
        'ALTER TABLE "deal" RENAME COLUMN "crmspec_0002_size" TO "size"',
        "DELETE FROM crmspec_retired WHERE stored_as = 'crmspec_0002_size'",
    ])
'''


@dataclass(frozen=True, slots=True)
class Prepared:
    """The revision's file, and its name."""

    file: Path
    name: str


def deployed(checkout: Checkout, engine: sa.Engine, rows: int) -> Prepared:
    """Deploy the first spec, fill its table, and write the second revision as the one above."""
    checkout.deploy(engine, BEFORE)
    with engine.begin() as connection:
        fill(connection, rows)
    checkout.generate(AFTER)
    return by_hand(checkout)


def by_hand(checkout: Checkout, **texts: str) -> Prepared:
    """Put the revision above in the place of the newest that was generated; `texts` replace parts of it."""
    file = max((checkout.folder / "migrations" / "versions").glob("*.py"))
    names = ("revision", "down_revision", "branch_labels", "depends_on", "FINGERPRINT_BEFORE", "FINGERPRINT_AFTER")
    header = "\n".join(line for line in file.read_text().splitlines() if line.split(" = ")[0] in names)
    text = _REVISION.format(header=header, new_value=NEW_VALUE.format(size='NEW."size"'),
                            row_value=NEW_VALUE.format(size='"size"'))
    for old, new in texts.items():
        text = text.replace(old, new)
    file.write_text(text)
    name = re.search(r'^revision = "(.+)"', text, re.MULTILINE)
    assert name
    return Prepared(file, name[1])


def fill(connection: sa.Connection, rows: int, *, start: int = 1) -> None:
    """Add deals by number: every tenth has a size that is no number."""
    connection.exec_driver_sql(
        "INSERT INTO deal (id, created_at, updated_at, version, name, email, size, tier) "
        "SELECT lpad(to_hex(n), 32, '0')::uuid, '2026-01-02', '2026-01-02', 1, 'Deal ' || n, n || '@example.com', "
        "CASE WHEN mod(n, 10) = 0 THEN 'many' ELSE n::text END, 'tin' "
        f"FROM generate_series({start}, {start + rows - 1}) AS n")


def left_in_preparation(connection: sa.Connection) -> set[str]:
    """Everything that is called crmspec_new_…, wherever it is, and the rows of the journal."""
    return set(connection.exec_driver_sql("""
        SELECT attname::text FROM pg_attribute WHERE starts_with(attname, 'crmspec_new_') AND NOT attisdropped
          AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r')  -- an index keeps its columns' first names
        UNION ALL SELECT relname::text FROM pg_class WHERE starts_with(relname, 'crmspec_new_')
        UNION ALL SELECT conname::text FROM pg_constraint WHERE starts_with(conname, 'crmspec_new_')
        UNION ALL SELECT tgname::text FROM pg_trigger WHERE starts_with(tgname, 'crmspec_new_')
        UNION ALL SELECT proname::text FROM pg_proc WHERE starts_with(proname, 'crmspec_new_')
        UNION ALL SELECT revision || ' ' || number FROM crmspec_online""").scalars())


def sizes(connection: sa.Connection) -> tuple[int, int, int]:
    """How many deals have the size their name says, how many have none, and how many there are."""
    row = connection.execute(sa.text(
        "SELECT count(*) FILTER (WHERE size = substr(name, 6)::bigint), count(*) FILTER (WHERE size IS NULL), count(*) "
        "FROM deal")).one()
    return (row[0], row[1], row[2])


def count_changes(engine: sa.Engine) -> None:
    """Have the database itself note how often each record is changed."""
    with engine.begin() as connection:
        connection.exec_driver_sql("""
            CREATE TABLE changed AS SELECT id, 0 AS times FROM deal;
            CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN UPDATE changed SET times = times + 1 WHERE id = NEW.id; RETURN NULL; END $$;
            CREATE TRIGGER note_change AFTER UPDATE ON deal FOR EACH ROW EXECUTE FUNCTION note_change()""")
