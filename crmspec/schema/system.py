"""The tables of crmspec itself that every database has: people, sessions, history, files, numbering, search, audit.

Deploy's own state (releases, steps, retired parts) is in `deploy`. These are versioned by `SYSTEM_VERSION`: a database
made by a newer crmspec is refused, one made by an older is brought up by `deploy`.
"""

from __future__ import annotations

from crmspec.schema.tables import Column, ForeignKey, Table, TableIndex

SYSTEM_VERSION = 5


def _text(name: str, *, required: bool = False, default: str | None = None) -> Column:
    return Column(name=name, kind="text", required=required, default=default)


def _moment(name: str, *, required: bool = True) -> Column:
    return Column(name=name, kind="datetime", required=required)


def _person(name: str, table: str, *, cascade: bool = True) -> ForeignKey:
    return ForeignKey(
        name=f"fk_{table}_{name}", column=name, table="crmspec_person", on_delete="cascade" if cascade else "set_null"
    )


_ID = Column(name="id", kind="id", required=True)
_PERSON_ID = Column(name="person_id", kind="id", required=True)

SYSTEM_TABLES: tuple[Table, ...] = (
    Table(
        name="crmspec_person",
        columns=(
            _ID,
            _text("login", required=True),
            _text("name", required=True),
            _text("email"),
            _text("password_hash"),
            Column(name="active", kind="boolean", required=True, default="true"),
            _text("language"),
            _text("theme", required=True, default="system"),
            _text("time_zone"),
            _moment("created_at"),
            _moment("password_changed_at", required=False),
            # The next log-in asks for a new password before it opens anything.
            Column(name="password_forced", kind="boolean", required=True, default="false"),
            _text("second_factor"),  # encrypted
            _moment("second_factor_at", required=False),
            Column(name="second_factor_step", kind="bigint"),  # the last code that was taken: none is taken twice
            _text("open_id"),  # issuer and subject, once somebody has come that way
            _text("kind", required=True, default="person"),  # person, integration, guest
        ),
        indexes=(
            TableIndex(name="uq_crmspec_person_login", columns=("login",), unique=True),
            TableIndex(name="uq_crmspec_person_open_id", columns=("open_id",), unique=True),
        ),
    ),
    Table(
        name="crmspec_person_position",
        primary_key=("person_id", "position"),
        # `former`: held last, by somebody who holds none now. It brings no right; the records stay where they were.
        columns=(
            _PERSON_ID,
            _text("position", required=True),
            Column(name="former", kind="boolean", required=True, default="false"),
        ),
        foreign_keys=(_person("person_id", "crmspec_person_position"),),
        indexes=(TableIndex(name="ix_crmspec_person_position_position", columns=("position",)),),
    ),
    Table(
        name="crmspec_person_role",
        primary_key=("person_id", "role"),
        columns=(_PERSON_ID, _text("role", required=True), _moment("until", required=False)),
        foreign_keys=(_person("person_id", "crmspec_person_role"),),
    ),
    Table(
        name="crmspec_delegation",  # `stand_in_id` has, beside what is their own, what `person_id` has
        columns=(
            _ID,
            _PERSON_ID,
            Column(name="stand_in_id", kind="id", required=True),
            _moment("since"),
            _moment("until", required=False),
            _moment("created_at"),
            Column(name="created_by_id", kind="id"),
        ),
        foreign_keys=(_person("person_id", "crmspec_delegation"), _person("stand_in_id", "crmspec_delegation")),
        indexes=(TableIndex(name="ix_crmspec_delegation_stand_in", columns=("stand_in_id",)),),
    ),
    Table(
        name="crmspec_share",  # one record opened to one person; the rows of a record go with it
        primary_key=("object", "record_id", "person_id"),
        columns=(
            _text("object", required=True),
            Column(name="record_id", kind="id", required=True),
            _PERSON_ID,
            _text("access", required=True),
            _text("team_role"),
            _moment("until", required=False),
            _moment("created_at"),
            Column(name="created_by_id", kind="id"),
        ),
        foreign_keys=(_person("person_id", "crmspec_share"),),
        indexes=(TableIndex(name="ix_crmspec_share_person", columns=("person_id", "object", "record_id")),),
    ),
    Table(
        name="crmspec_token",  # `hash` is of the secret: who reads the table cannot use it
        columns=(
            _ID,
            _PERSON_ID,
            _text("name", required=True),
            _text("hash", required=True),
            _moment("created_at"),
            Column(name="created_by_id", kind="id"),
            _moment("expires_at", required=False),
            _moment("used_at", required=False),
            _moment("revoked_at", required=False),
        ),
        foreign_keys=(_person("person_id", "crmspec_token"),),
        indexes=(
            TableIndex(name="uq_crmspec_token_hash", columns=("hash",), unique=True),
            TableIndex(name="ix_crmspec_token_person", columns=("person_id",)),
        ),
    ),
    Table(
        name="crmspec_token_scope",  # what a token may, of what its person may; without rows all of it
        primary_key=("token_id", "object", "verb"),
        columns=(
            Column(name="token_id", kind="id", required=True),
            _text("object", required=True),
            _text("verb", required=True),
        ),
        foreign_keys=(
            ForeignKey(
                name="fk_crmspec_token_scope_token_id", column="token_id", table="crmspec_token", on_delete="cascade"
            ),
        ),
    ),
    Table(
        name="crmspec_session",  # `id` is a hash: who reads the table cannot log in with it
        columns=(
            _text("id", required=True),
            _PERSON_ID,
            _text("csrf", required=True),
            _moment("created_at"),
            _moment("seen_at"),
            _text("address"),
            _text("agent"),
            _text("method", required=True, default="password"),
            _text("pending", required=True, default=""),  # what is still asked before it opens anything
            _text("enrolling"),  # a second factor that is being set up; encrypted
            _text("id_token"),  # of the provider, for logging out there
        ),
        foreign_keys=(_person("person_id", "crmspec_session"),),
        indexes=(TableIndex(name="ix_crmspec_session_person", columns=("person_id",)),),
    ),
    Table(
        name="crmspec_device",  # browsers that somebody has logged in with; `id` is a hash
        columns=(
            _text("id", required=True),
            _PERSON_ID,
            _moment("created_at"),
            _moment("seen_at"),
        ),
        foreign_keys=(_person("person_id", "crmspec_device"),),
        indexes=(TableIndex(name="ix_crmspec_device_person", columns=("person_id",)),),
    ),
    Table(
        name="crmspec_recovery_code",  # each stands in for the second factor once; `id` is a hash
        columns=(_text("id", required=True), _PERSON_ID, _moment("used_at", required=False)),
        foreign_keys=(_person("person_id", "crmspec_recovery_code"),),
        indexes=(TableIndex(name="ix_crmspec_recovery_code_person", columns=("person_id",)),),
    ),
    Table(
        name="crmspec_reset",  # a way to a new password, for once; `id` is a hash
        columns=(
            _text("id", required=True),
            _PERSON_ID,
            _moment("created_at"),
            _moment("expires_at"),
            _moment("used_at", required=False),
        ),
        foreign_keys=(_person("person_id", "crmspec_reset"),),
        indexes=(TableIndex(name="ix_crmspec_reset_person", columns=("person_id",)),),
    ),
    Table(
        name="crmspec_attempt",  # tries to log in; `device` is a browser that is known, or empty
        columns=(
            _ID,
            _moment("at"),
            _text("login", required=True),
            _text("address", required=True),
            _text("device", required=True, default=""),
            Column(name="succeeded", kind="boolean", required=True),
        ),
        indexes=(
            TableIndex(name="ix_crmspec_attempt_login", columns=("login", "at")),
            TableIndex(name="ix_crmspec_attempt_address", columns=("address", "at")),
            TableIndex(name="ix_crmspec_attempt_at", columns=("at",)),
        ),
    ),
    Table(
        name="crmspec_history",  # one row a changed field; `batch` ties the rows of one save together
        columns=(
            _ID,
            _text("object", required=True),
            Column(name="record_id", kind="id", required=True),
            Column(name="batch", kind="id", required=True),
            _moment("at"),
            Column(name="by_id", kind="id"),
            _text("action", required=True),
            _text("field"),
            _text("before"),
            _text("after"),
        ),
        indexes=(TableIndex(name="ix_crmspec_history_record", columns=("object", "record_id", "-at", "-id")),),
    ),
    Table(
        name="crmspec_file",
        columns=(
            _ID,
            _text("name", required=True),
            _text("content_type", required=True),
            Column(name="size", kind="bigint", required=True),
            _text("sha256", required=True),
            _moment("created_at"),
            Column(name="created_by_id", kind="id"),
        ),
    ),
    Table(
        name="crmspec_counter",
        primary_key=("name",),
        columns=(_text("name", required=True), Column(name="value", kind="bigint", required=True, default="0")),
    ),
    Table(
        name="crmspec_search",
        primary_key=("object", "record_id", "field"),  # `content` is lower case
        columns=(
            _text("object", required=True),
            Column(name="record_id", kind="id", required=True),
            _text("field", required=True),
            _text("content", required=True),
        ),
    ),
    Table(
        # What objects, fields and options are called in the rows of history and search, where that is not their
        # name: see `schema.stored_names`.
        name="crmspec_name",
        primary_key=("place", "stored"),
        columns=(_text("place", required=True), _text("name", required=True), _text("stored", required=True)),
    ),
    Table(
        name="crmspec_audit",  # see the room `audit`: each row carries the hash of the one before
        columns=(
            _ID,
            _moment("at"),
            Column(name="person_id", kind="id"),
            _text("event", required=True),
            _text("object"),
            _text("record_id"),
            Column(name="detail", kind="json"),
            Column(name="number", kind="bigint"),
            _text("who", required=True, default=""),
            _text("address", required=True, default=""),
            _text("session", required=True, default=""),
            _text("previous_hash", required=True, default=""),
            _text("hash", required=True, default=""),
        ),
        indexes=(
            TableIndex(name="ix_crmspec_audit_at", columns=("-at",)),
            TableIndex(name="uq_crmspec_audit_number", columns=("number",), unique=True),
            TableIndex(name="ix_crmspec_audit_person", columns=("person_id", "-number")),
            TableIndex(name="ix_crmspec_audit_event", columns=("event", "-number")),
        ),
    ),
)

# What keeps the audit trail append-only. The owner of a PostgreSQL database could take these away, as whoever has the
# file of a SQLite one could; `crmspec audit verify` tells afterwards, and drift shows that they are gone.
AUDIT_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "CREATE TRIGGER crmspec_audit_no_update BEFORE UPDATE ON crmspec_audit BEGIN "
        "SELECT RAISE(ABORT, 'the audit trail is append-only'); END",
        "CREATE TRIGGER crmspec_audit_no_delete BEFORE DELETE ON crmspec_audit BEGIN "
        "SELECT RAISE(ABORT, 'the audit trail is append-only'); END",
        # REPLACE deletes without asking the trigger above.
        "CREATE TRIGGER crmspec_audit_no_replace BEFORE INSERT ON crmspec_audit "
        "WHEN EXISTS (SELECT 1 FROM crmspec_audit WHERE id = new.id OR number = new.number) BEGIN "
        "SELECT RAISE(ABORT, 'the audit trail is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION crmspec_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege'; END$$",
        "CREATE OR REPLACE TRIGGER crmspec_audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON crmspec_audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION crmspec_audit_refuse()",
        "REVOKE UPDATE, DELETE, TRUNCATE ON crmspec_audit FROM PUBLIC, CURRENT_USER",
    ),
}
# What plain tables cannot say: the contents of files, and search by any three letters.
SYSTEM_SQL: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "CREATE TABLE crmspec_file_content (file_id TEXT PRIMARY KEY REFERENCES crmspec_file (id) ON DELETE CASCADE, "
        "content BLOB NOT NULL)",
        "CREATE VIRTUAL TABLE crmspec_search_words USING fts5 "
        "(content, content='crmspec_search', content_rowid='rowid', tokenize='trigram')",
        "CREATE TRIGGER crmspec_search_insert AFTER INSERT ON crmspec_search BEGIN "
        "INSERT INTO crmspec_search_words (rowid, content) VALUES (new.rowid, new.content); END",
        "CREATE TRIGGER crmspec_search_delete AFTER DELETE ON crmspec_search BEGIN "
        "INSERT INTO crmspec_search_words (crmspec_search_words, rowid, content) "
        "VALUES ('delete', old.rowid, old.content); END",
        "CREATE TRIGGER crmspec_search_update AFTER UPDATE OF content ON crmspec_search BEGIN "
        "INSERT INTO crmspec_search_words (crmspec_search_words, rowid, content) "
        "VALUES ('delete', old.rowid, old.content); "
        "INSERT INTO crmspec_search_words (rowid, content) VALUES (new.rowid, new.content); END",
        *AUDIT_GUARDS["sqlite"],
    ),
    "postgresql": (
        "CREATE TABLE crmspec_file_content (file_id uuid PRIMARY KEY REFERENCES crmspec_file (id) ON DELETE CASCADE, "
        "content bytea NOT NULL)",
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "CREATE INDEX ix_crmspec_search_content ON crmspec_search USING gin (content gin_trgm_ops)",
        *AUDIT_GUARDS["postgresql"],
    ),
}
