"""A plan made with the driver alone is the plan made with everything; what takes more is left to that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmspec.deploy import count_hazards_of, deployed_release, plan_from
from crmspec.deploy.asking import plan_asked
from crmspec.spec import Field, Spec
from tests.deploy.project import Checkout
from tests.deploy.records import add_records
from tests.deploy.specs import BASE, with_field, without_field

NAME = BASE.objects["account"].fields["name"]
CHANGES = {
    "nothing": BASE,
    "a field comes": with_field(BASE, "contact", Field(name="vip", type="boolean")),
    "a field goes": without_field(BASE, "account", "industry"),
    "a table goes": without_field(BASE, "contact", "friends"),
    "values do not fit": with_field(BASE, "account", replace(NAME, max_length=3)),
    "values become others": with_field(BASE, "contact", Field(name="fax", type="integer")),
}


def url_of(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def full(engine: sa.Engine, checkout: Checkout) -> Checkout:
    """The project deployed, with accounts."""
    checkout.deploy(engine, BASE)
    rows = [{"id": n, "name": f"A {10 ** n}", "industry": "print"} for n in range(1, 5)]
    with engine.begin() as connection:
        add_records(connection, BASE, "account", list(rows))
    return checkout


def test_it_is_the_same_plan(engine: sa.Engine, full: Checkout) -> None:
    """Changes, steps, counts, sizes, what stands in the way and in which rows."""
    for words, desired in CHANGES.items():
        with engine.connect() as connection:
            release = deployed_release(connection)
            assert release is not None
        whole = count_hazards_of(plan_from(release, desired, full.folder), engine, full.folder)
        found = plan_asked(url_of(engine), full.folder, desired)
        assert found is not None, words
        made, looked_at = found
        assert made == whole, words
        assert (looked_at.entry, looked_at.origins) == (release.entry, release.origins), words
        assert looked_at.spec == release.spec, "it can be read when the connection is closed"
        assert looked_at.artifacts == release.artifacts


def test_it_leaves_no_trace(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """It only reads, and takes the log's files away like everybody who comes last."""
    checkout.deploy(sqlite_engine, BASE)
    sqlite_engine.dispose()
    file = Path(str(sqlite_engine.url.database))
    before = (file.read_bytes(), sorted(file.parent.iterdir()))
    assert plan_asked(url_of(sqlite_engine), checkout.folder, CHANGES["a field goes"]) is not None
    assert (file.read_bytes(), sorted(file.parent.iterdir())) == before


def test_what_takes_more_is_left_to_others(engine: sa.Engine, checkout: Checkout) -> None:
    """Nothing deployed, changes by hand, no such database, no such kind of database."""
    vip = CHANGES["a field comes"]
    assert plan_asked(url_of(engine), checkout.folder, BASE) is None
    checkout.deploy(engine, BASE)
    assert plan_asked(url_of(engine), checkout.folder, vip) is not None
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE contact ADD COLUMN vip TEXT")
    assert plan_asked(url_of(engine), checkout.folder, vip) is None
    assert plan_asked(url_of(engine), checkout.folder, Spec(project=BASE.project)) is None
    for url in ("sqlite:///missing.db", "sqlite://", "mysql://one/two", "postgresql://nobody@127.0.0.1:1/none"):
        assert plan_asked(url, checkout.folder, vip) is None
    broken = checkout.folder / "broken.db"
    broken.write_text("no database")
    assert plan_asked("sqlite:///broken.db", checkout.folder, vip) is None
