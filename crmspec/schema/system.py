"""The tables of crmspec itself that every database has: people, sessions, history, files, numbering, search, audit.

Deploy's own state (releases, steps, retired parts) is in `deploy`. These are versioned by `SYSTEM_VERSION`: a database
made by a newer crmspec is refused, one made by an older is brought up by `deploy`.
"""

from __future__ import annotations

from crmspec.schema.tables import Column, ForeignKey, Table, TableIndex

SYSTEM_VERSION = 1


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
        ),
        indexes=(TableIndex(name="uq_crmspec_person_login", columns=("login",), unique=True),),
    ),
    Table(
        name="crmspec_person_position",
        primary_key=("person_id", "position"),
        columns=(_PERSON_ID, _text("position", required=True)),
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
        name="crmspec_session",  # `id` is a hash: who reads the table cannot log in with it
        columns=(
            _text("id", required=True),
            _PERSON_ID,
            _text("csrf", required=True),
            _moment("created_at"),
            _moment("seen_at"),
            _text("address"),
            _text("agent"),
        ),
        foreign_keys=(_person("person_id", "crmspec_session"),),
        indexes=(TableIndex(name="ix_crmspec_session_person", columns=("person_id",)),),
    ),
    Table(
        name="crmspec_login_attempt",
        primary_key=("login", "address", "at"),
        columns=(
            _text("login", required=True),
            _text("address", required=True),
            _moment("at"),
            Column(name="succeeded", kind="boolean", required=True),
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
        name="crmspec_audit",
        columns=(
            _ID,
            _moment("at"),
            Column(name="person_id", kind="id"),
            _text("event", required=True),
            _text("object"),
            _text("record_id"),
            Column(name="detail", kind="json"),
        ),
        indexes=(TableIndex(name="ix_crmspec_audit_at", columns=("-at",)),),
    ),
)

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
    ),
    "postgresql": (
        "CREATE TABLE crmspec_file_content (file_id uuid PRIMARY KEY REFERENCES crmspec_file (id) ON DELETE CASCADE, "
        "content bytea NOT NULL)",
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "CREATE INDEX ix_crmspec_search_content ON crmspec_search USING gin (content gin_trgm_ops)",
    ),
}
