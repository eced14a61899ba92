"""Every kind of change of a full table, as a team writes it, and as one would write it in SQL without thinking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

# The fields whose names people's statements have (`lock_clients`) are changed by no kind but to narrow what they take.
FIELDS: dict[str, str] = {
    "name": "{type: text, required: true}",
    "amount": "{type: integer}",
    "city": "{type: text}",
    "code": "{type: text}",
    "quantity": "{type: integer}",
    "email": "{type: email}",
    "note": "{type: text}",
    "remark": "{type: text, search: true}",
    "status": "{type: picklist, options: [open, won, lost]}",
    "closing": "{type: text}",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One kind: the fields that are written otherwise (empty: removed), lines beside the object, and naive SQL."""

    name: str
    naive: Sequence[str]
    fields: Mapping[str, str] = field(default_factory=dict)
    more: str = ""                    # other keys of the object
    beside: str = ""                  # other documents
    back: bool = False                # measured is the rollback of it; `first` is what the naive way back starts from
    first: Sequence[str] = ()
    again: Sequence[str] = ()         # measured is deploying it again after a rollback; this is what was written before
    past: bool = False                # with as many rows of history, and of words that are searched, as there are deals
    name_after: str = "deal"          # what the table is called afterwards: clients follow, as a server does


CHANGES = (
    Change("add an optional field", ["ALTER TABLE deal ADD COLUMN nickname text"], {"nickname": "{type: text}"}),
    Change("add a required field", ["ALTER TABLE deal ADD COLUMN grade text NOT NULL DEFAULT 'a' "
                                    "CHECK (grade IN ('a', 'b'))"],
           {"grade": "{type: picklist, options: [a, b], required: true, default: a}"}),
    Change("remove a field", ["ALTER TABLE deal DROP COLUMN remark"], {"remark": ""}),
    Change("rename a field", ["ALTER TABLE deal RENAME COLUMN remark TO comment",
                              "UPDATE crmspec_history SET field = 'comment' WHERE object = 'deal' AND field = 'remark'",
                              "UPDATE crmspec_search SET field = 'comment' WHERE object = 'deal' AND field = 'remark'"],
           {"remark": "", "comment": "{type: text, search: true}"}, past=True,
           beside="renames:\n  - {from: deal.remark, to: deal.comment}\n"),
    Change("rename an object", ["ALTER TABLE deal RENAME TO opportunity",
                                "UPDATE crmspec_history SET object = 'opportunity' WHERE object = 'deal'",
                                "UPDATE crmspec_search SET object = 'opportunity' WHERE object = 'deal'"],
           past=True, name_after="opportunity", beside="renames:\n  - {from: deal, to: opportunity}\n"),
    Change("require an existing field", ["ALTER TABLE deal ALTER COLUMN city SET NOT NULL"],
           {"city": "{type: text, required: true}"}),
    Change("text to integer", ["ALTER TABLE deal ALTER COLUMN code TYPE bigint USING code::bigint"],
           {"code": "{type: integer}"}),
    Change("text to integer, taken back", ["ALTER TABLE deal ALTER COLUMN code TYPE text"], {"code": "{type: integer}"},
           back=True, first=["ALTER TABLE deal ALTER COLUMN code TYPE bigint USING code::bigint"]),
    Change("integer to text", ["ALTER TABLE deal ALTER COLUMN quantity TYPE text"], {"quantity": "{type: text}"}),
    Change("integer to two decimals", ["UPDATE deal SET quantity = quantity * 100"],
           {"quantity": "{type: number, precision: 12, scale: 2}"}),
    Change("text to date", ["ALTER TABLE deal ALTER COLUMN closing TYPE date USING closing::date"],
           {"closing": "{type: date}"}),
    Change("unique", ["ALTER TABLE deal ADD UNIQUE (email)"], {"email": "{type: email, unique: true}"}),
    Change("unique, deployed again", ["ALTER TABLE deal ADD COLUMN tag text", "UPDATE deal SET tag = id::text",
                                      "ALTER TABLE deal ADD UNIQUE (tag)"],
           {"tag": "{type: text, unique: true}"}, again=["UPDATE deal SET tag = id::text"]),
    Change("index", ["CREATE INDEX ON deal (city, name)"], more="indexes: [[city, name]]\n"),
    Change("new look-up", ["ALTER TABLE deal ADD COLUMN account_id uuid REFERENCES account",
                           "CREATE INDEX ON deal (account_id)"],
           {"account": "{type: lookup, to: account}"}),
    Change("smallest value", ["ALTER TABLE deal ADD CHECK (amount >= 0)"], {"amount": "{type: integer, min: 0}"}),
    Change("longest text", ["ALTER TABLE deal ALTER COLUMN note TYPE varchar(100)"],
           {"note": "{type: text, max_length: 100}"}),
    Change("rename an option", ["UPDATE crmspec_history SET after = 'gained' WHERE object = 'deal' AND after = 'won'",
                                "ALTER TABLE deal DROP CONSTRAINT ck_deal_status_one_of",
                                "UPDATE deal SET status = 'gained' WHERE status = 'won'",
                                "ALTER TABLE deal ADD CHECK (status IN ('open', 'gained', 'lost'))"],
           {"status": "{type: picklist, options: [open, gained, lost]}"}, past=True,
           beside="renames:\n  - {from: deal.status.won, to: deal.status.gained}\n"),
    Change("one option to several", ["CREATE TABLE deal_status (record_id uuid REFERENCES deal, value text, "
                                     "PRIMARY KEY (record_id, value))",
                                     "INSERT INTO deal_status SELECT id, status FROM deal WHERE status IS NOT NULL",
                                     "ALTER TABLE deal DROP COLUMN status"],
           {"status": "{type: multi_picklist, options: [open, won, lost]}"}),
    Change("merge two fields", ["ALTER TABLE deal ADD COLUMN words text",
                                "UPDATE deal SET words = coalesce(note, remark)"],
           {"note": "", "remark": "", "words": "{type: text}"},
           beside="merges:\n  - {from: [deal.note, deal.remark], to: deal.words, keep: first_not_empty}\n"),
)


def write_project(folder: Path, change: Change | None) -> None:
    """Write the project with a change, or as it is before any."""
    specs = folder / "specs"
    specs.mkdir(parents=True, exist_ok=True)
    (folder / "crmspec.yaml").write_text(
        'crm: locks\nversion: 1.0.0\nenvironments:\n  local: {database: "${CRM_DATABASE_URL}"}\n', "utf-8")
    (specs / "account.yaml").write_text("object: account\nfields:\n  name: {type: text, required: true}\n", "utf-8")
    fields = FIELDS | dict(change.fields if change else {})
    lines = "".join(f"  {name}: {text}\n" for name, text in fields.items() if text)
    name = change.name_after if change else "deal"
    (specs / "deal.yaml").write_text(f"object: {name}\nfields:\n{lines}{change.more if change else ''}", "utf-8")
    if change and change.beside:
        (specs / "beside.yaml").write_text(change.beside, "utf-8")


def fill(connection: psycopg.Connection[tuple[object, ...]], rows: int) -> None:
    """Fill the table; ids come in the order of the records, as those of a CRM in use do."""
    connection.execute(
        "INSERT INTO deal (id, created_at, updated_at, version, name, amount, city, code, quantity, email, note, "
        "remark, status, closing) SELECT lpad(to_hex(n), 32, '0')::uuid, now(), now(), 1, 'Deal ' || n, n % 1000, "
        "'City ' || n % 500, n::text, n % 100, 'person' || n || '@example.com', 'A note on ' || n, "
        "CASE WHEN n % 3 = 0 THEN 'Call again in ' || n % 12 || ' months' END, "
        "(ARRAY['open', 'won', 'lost'])[1 + n % 3], (DATE '2020-01-01' + n % 2000)::text "
        f"FROM generate_series(1, {rows}) AS n".encode())
    connection.execute("VACUUM ANALYZE deal")


def fill_past(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Give every deal a change in its history, and words by which it is found."""
    connection.execute(b"DROP INDEX ix_crmspec_search_content")
    connection.execute(
        b"INSERT INTO crmspec_history (id, object, record_id, batch, at, action, field, before, after) "
        b"SELECT gen_random_uuid(), 'deal', id, id, created_at, 'updated', "
        b"CASE WHEN amount % 2 = 0 THEN 'status' ELSE 'remark' END, 'open', status FROM deal")
    connection.execute(
        b"INSERT INTO crmspec_search (object, record_id, field, content) "
        b"SELECT 'deal', id, 'remark', lower(coalesce(remark, note)) FROM deal")
    connection.execute(b"CREATE INDEX ix_crmspec_search_content ON crmspec_search USING gin (content gin_trgm_ops)")
    connection.execute(b"VACUUM ANALYZE crmspec_history, crmspec_search")
