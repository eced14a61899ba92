"""A project's revisions are Alembic's: its own commands work on them, and `deploy` goes on from there."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from crmspec.deploy import find_drift
from crmspec.deploy.revisions import current_revision
from crmspec.spec import Field
from tests.deploy.project import Checkout
from tests.deploy.specs import BASE, with_field, without_field

SECOND = without_field(with_field(BASE, "contact", Field(name="vip", type="boolean")), "contact", "fax")


def config(checkout: Checkout, engine: sa.Engine) -> Config:
    """What `alembic -c migrations/alembic.ini -x url=…` reads."""
    url = engine.url.render_as_string(hide_password=False)
    found = Config(checkout.folder / "migrations" / "alembic.ini")
    found.cmd_opts = type("Options", (), {"x": [f"url={url}"]})()
    return found


def test_plain_alembic_upgrades_and_deploy_goes_on(engine: sa.Engine, checkout: Checkout) -> None:
    """The tables are the same whoever ran the revisions; only the release is missing, and deploy writes it."""
    checkout.generate(BASE)
    checkout.generate(SECOND)
    command.upgrade(config(checkout, engine), "head")
    with engine.connect() as connection:
        assert find_drift(connection, SECOND) == ()
        assert current_revision(connection) is not None
    command.downgrade(config(checkout, engine), "-1")
    with engine.connect() as connection:
        assert find_drift(connection, BASE) == ()
    command.upgrade(config(checkout, engine), "head")
    outcome = checkout.deploy(engine, SECOND)
    assert (outcome.release.number, outcome.applied) == (1, ())


def test_the_printed_sql_makes_the_same_database(engine: sa.Engine, checkout: Checkout) -> None:
    """`alembic upgrade head --sql` is a whole script for an empty database."""
    checkout.generate(BASE)
    printed = io.StringIO()
    found = config(checkout, engine)
    found.output_buffer = printed
    with redirect_stdout(printed):
        command.upgrade(found, "head", sql=True)
    connection = engine.raw_connection()
    try:
        driver = connection.driver_connection
        assert driver is not None
        if engine.dialect.name == "sqlite":
            driver.executescript(printed.getvalue())
        else:
            driver.execute(printed.getvalue())
            driver.commit()
    finally:
        connection.close()
    with engine.connect() as checked:
        assert find_drift(checked, BASE) == ()
