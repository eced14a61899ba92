"""URLs of environments, opened alike; no password in any message."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from crmspec.deploy import engine_settings, expanded, for_reading, open_database, redacted
from crmspec.diagnostics import Refused


@pytest.mark.parametrize(("text", "shown"), [
    ("postgresql+psycopg://crm:s3cret@host/db", "postgresql+psycopg://crm:***@host/db"),
    ("no way to postgres://u:p%40ss@h:5432/d?sslmode=require", "no way to postgres://u:***@h:5432/d?sslmode=require"),
    ("postgresql://host/db?user=a&password=s3cret&x=1", "postgresql://host/db?user=a&password=***&x=1"),
    ("sqlite:///crm.db", "sqlite:///crm.db"),
])
def test_passwords_are_hidden(text: str, shown: str) -> None:
    """Wherever in a text they stand."""
    assert redacted(text) == shown


def test_variables_are_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing one is named, with the line to type."""
    monkeypatch.setenv("CRM_HOST", "db.example")
    assert expanded("postgresql://crm@${CRM_HOST}/crm") == "postgresql://crm@db.example/crm"
    with pytest.raises(Refused) as caught:
        expanded("postgresql://crm:${CRM_NO_PASSWORD}@${CRM_HOST}/crm")
    assert [found.code for found in caught.value.diagnostics] == ["CRM520"]
    assert "CRM_NO_PASSWORD" in caught.value.diagnostics[0].what


@pytest.mark.parametrize(("url", "code"), [
    ("sqlite://", "CRM522"), ("sqlite:///:memory:", "CRM522"), ("mysql://u:secret@h/d", "CRM521"),
    ("nonsense", "CRM521"), ("postgresql://u:secret@h:port/d", "CRM521"), ("sqlite:///no/such/folder/crm.db", "CRM523"),
])
def test_what_is_no_database_of_ours_is_refused(tmp_path: Path, url: str, code: str) -> None:
    """With one code each, and without the password."""
    with pytest.raises(Refused) as caught:
        open_database(url, project_folder=tmp_path)
    (found,) = caught.value.diagnostics
    assert (found.code, "secret" in f"{found}") == (code, False)


def test_a_relative_file_is_relative_to_the_project(tmp_path: Path) -> None:
    """Wherever the command was called; every spelling of PostgreSQL is the same driver."""
    settings = engine_settings("sqlite:///crm.db", project_folder=tmp_path)
    assert settings.sqlite_file == tmp_path / "crm.db"
    for spelling in ("postgres", "postgresql", "postgresql+psycopg"):
        assert engine_settings(f"{spelling}://u:p@h/d").url == "postgresql+psycopg://u:p@h/d"


def test_a_sqlite_connection_is_set_up(sqlite_url: str) -> None:
    """WAL, foreign keys, and a writer that waits instead of failing half-way."""
    engine = open_database(sqlite_url)
    with engine.connect() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                 for name in ("journal_mode", "foreign_keys", "busy_timeout")]
    assert found == ["wal", 1, 5000]
    with engine.begin() as writer:
        writer.exec_driver_sql("CREATE TABLE t (a)")
    with engine.connect() as writer, for_reading(engine).connect() as reader:
        writer.exec_driver_sql("INSERT INTO t VALUES (1)")
        assert reader.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 0
        writer.commit()
    engine.dispose()


def test_a_postgresql_connection_prepares_nothing(postgres_url: str) -> None:
    """A release that changes a column would break prepared statements; and the server's list names us."""
    engine = open_database(postgres_url)
    with engine.connect() as connection:
        for _ in range(12):
            connection.execute(sa.text("SELECT :a"), {"a": 1})
        assert connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar_one() == 0
        assert connection.exec_driver_sql("SHOW application_name").scalar_one() == "crmspec"
    engine.dispose()


def test_a_file_that_is_no_database_is_named(sqlite_url: str, tmp_path: Path) -> None:
    """Found when it is first opened, and left as it is."""
    (tmp_path / "crm.db").write_text("not a database " * 100)
    engine = open_database(sqlite_url)
    with pytest.raises(Refused) as caught:
        engine.connect()
    engine.dispose()
    assert caught.value.diagnostics[0].code == "CRM524"
    assert (tmp_path / "crm.db").read_text().startswith("not a database")
