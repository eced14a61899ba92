"""crmspec's own tables: made once, brought up from an older version, made again without harm."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crmspec.deploy import deployed_release, find_drift, state
from crmspec.deploy.state import STATE_TABLES, ensure_state, state_versions
from crmspec.schema.system import SYSTEM_TABLES
from crmspec.spec import Field
from tests.deploy.project import Checkout
from tests.deploy.specs import BASE, spec_of, with_field


def test_they_are_made_once(engine: sa.Engine) -> None:
    """Asking again changes nothing, and the catalogue agrees with what is meant."""
    with engine.begin() as connection:
        ensure_state(connection)
        ensure_state(connection)
        assert set(sa.inspect(connection).get_table_names()) >= {t.name for t in (*STATE_TABLES, *SYSTEM_TABLES)}
        assert find_drift(connection, spec_of()) == ()


def test_an_older_crmspecs_tables_are_brought_up(
    engine: sa.Engine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next deploy adds what is new, and the rows that were there stay."""
    checkout.deploy(engine, BASE)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE crmspec_audit")
        connection.exec_driver_sql("DROP TABLE crmspec_share")
        connection.exec_driver_sql("ALTER TABLE crmspec_person DROP COLUMN theme")
        connection.exec_driver_sql("ALTER TABLE crmspec_person DROP COLUMN kind")
        connection.exec_driver_sql(
            "INSERT INTO crmspec_person (id, login, name, created_at) VALUES "
            "('00000000-0000-0000-0000-000000000001', 'anna', 'Anna', '2026-01-01T00:00:00.000000Z')")
        connection.exec_driver_sql("UPDATE crmspec_version SET version = 0 WHERE name = 'system'")
    checkout.deploy(engine, with_field(BASE, "contact", Field(name="vip", type="boolean")))
    with engine.connect() as connection:
        assert state_versions(connection) == state._VERSIONS
        release = deployed_release(connection)
        assert release is not None
        assert find_drift(connection, release.spec) == ()
        assert connection.exec_driver_sql("SELECT theme FROM crmspec_person").scalars().all() == ["system"]
        assert connection.exec_driver_sql("SELECT kind FROM crmspec_person").scalars().all() == ["person"]
        assert connection.exec_driver_sql("SELECT count(*) FROM crmspec_share").scalar_one() == 0


def test_what_an_older_crmspec_did_not_have_is_no_drift(engine: sa.Engine, checkout: Checkout) -> None:
    """Whoever asks with a newer crmspec before the next deploy is not told that somebody changed the tables."""
    checkout.deploy(engine, BASE)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE crmspec_online")
        connection.exec_driver_sql("UPDATE crmspec_version SET version = 1 WHERE name = 'state'")
        assert find_drift(connection, BASE) == ()
    checkout.deploy(engine, with_field(BASE, "contact", Field(name="vip", type="boolean")))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM crmspec_online").scalar_one() == 0
