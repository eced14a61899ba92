"""Whatever the spec, and whatever somebody took away or renamed by hand: a repair makes it what it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmspec.deploy import find_drift, open_database, repair
from crmspec.plan import HAZARDS
from crmspec.schema import Table, tables_of
from crmspec.schema.ddl import quoted
from crmspec.spec import Spec
from tests.deploy.project import Checkout
from tests.deploy.test_straight import shapes
from tests.plan.random_specs import specs

EXAMPLES = int(os.environ.get("CRMSPEC_EXAMPLES", "4"))


def damages(table: Table, dialect: str) -> Iterator[str]:
    """Everything that can be done to a table without touching a record that is not there."""
    name = quoted(table.name)
    for index in table.indexes:
        yield f"DROP INDEX {quoted(index.name)}"
        if dialect == "postgresql":
            yield f"ALTER INDEX {quoted(index.name)} RENAME TO {quoted(f'mine_{index.name}'[:60])}"
    for key in table.foreign_keys if dialect == "postgresql" else ():
        yield f"ALTER TABLE {name} DROP CONSTRAINT {quoted(key.name)}"
    for check in table.checks if dialect == "postgresql" else ():
        yield f"ALTER TABLE {name} RENAME CONSTRAINT {quoted(check.name)} TO {quoted(f'mine_{check.name}'[:60])}"
    for column in table.columns:
        free = column.field and column.name not in table.primary_key
        if free and (dialect == "postgresql" or not _used(table, column.name)):
            yield f"ALTER TABLE {name} DROP COLUMN {quoted(column.name)}{' CASCADE' if dialect == 'postgresql' else ''}"
        if dialect == "postgresql" and column.required and column.name not in table.primary_key:
            yield f"ALTER TABLE {name} ALTER {quoted(column.name)} DROP NOT NULL"
        if dialect == "postgresql" and column.default is not None:
            yield f"ALTER TABLE {name} ALTER {quoted(column.name)} DROP DEFAULT"
        if dialect == "postgresql" and column.kind == "bigint":
            yield f"ALTER TABLE {name} ALTER {quoted(column.name)} TYPE numeric"


def _used(table: Table, column: str) -> bool:
    """SQLite drops no column that a rule or an index is over."""
    rules = [name for index in table.indexes for name in index.columns] + [key.column for key in table.foreign_keys]
    return column in [one.removeprefix("-") for one in rules] or any(
        column in (check.column, *check.values) for check in table.checks)


@given(st.data())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture,
                                                                      HealthCheck.too_slow])
def test_whatever_was_done(database_url: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Afterwards every table is what it was, names included."""
    spec: Spec = data.draw(specs())
    folder: Path = tmp_path_factory.mktemp("repair")
    engine = open_database(database_url if database_url.startswith("postgresql") else f"sqlite:///{folder / 'crm.db'}")
    try:
        _empty(engine)
        checkout = Checkout(folder / "project")
        checkout.folder.mkdir()
        checkout.deploy(engine, spec)
        before = shapes(engine)
        possible = [one for table in tables_of(spec).values() for one in damages(table, engine.dialect.name)]
        done = []
        for statement in data.draw(st.lists(st.sampled_from(possible), min_size=1, max_size=6, unique=True)):
            try:
                with engine.begin() as connection:
                    connection.exec_driver_sql(statement)
                done.append(statement)
            except sa.exc.DBAPIError:  # what it names is gone already, with another one
                continue
        repair(engine, allow=tuple(HAZARDS))
        with engine.connect() as connection:
            assert [str(one) for one in find_drift(connection, spec)] == [], done
        assert shapes(engine) == before
    finally:
        engine.dispose()


def _empty(engine: sa.Engine) -> None:
    """Forget what the example before this one has left."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
