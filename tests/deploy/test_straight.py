"""A database built straight from the newest spec equals one that went through every revision, and goes on like it."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic import command
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from crmspec.deploy import find_drift, open_database, read_status
from crmspec.deploy.catalogue import real_shapes
from crmspec.deploy.shape import Shape
from crmspec.diagnostics import Refused
from crmspec.spec import Field, Spec
from tests.deploy.project import Checkout
from tests.deploy.specs import BASE, with_field, without_field
from tests.deploy.test_alembic import config
from tests.plan.random_specs import changed, specs

FEWER = without_field(without_field(BASE, "contact", "fax"), "account", "tags")
OTHER = with_field(without_field(FEWER, "account", "active"), "contact", Field(name="only", type="text"))
NO_CONTACT = replace(OTHER, objects={"account": OTHER.objects["account"]})
EXAMPLES = int(os.environ.get("CRMSPEC_EXAMPLES", "4"))
STORY = (BASE, FEWER, OTHER, NO_CONTACT)


def shapes(engine: sa.Engine) -> dict[str, Shape]:
    """Every table with what is out of sight; columns in the order of their names, the state's own tables left out."""
    with engine.connect() as connection:
        found = real_shapes(connection)
    for shape in found.values():
        shape.columns = dict(sorted(shape.columns.items()))
    return {name: shape for name, shape in sorted(found.items()) if not name.startswith("crmspec_search_words")}


def replayed(engine: sa.Engine, checkout: Checkout) -> dict[str, Shape]:
    """What plain Alembic makes of the revisions."""
    command.upgrade(config(checkout, engine), "head")
    return shapes(engine)


def test_straight_is_the_same_as_replayed(engine: sa.Engine, other_engine: sa.Engine, checkout: Checkout) -> None:
    """Retired columns and tables among it; then both go on to bring everything back."""
    for spec in STORY:
        checkout.generate(spec)
    said: list[str] = []
    outcome = checkout.deploy(engine, NO_CONTACT, say=said.append)
    assert len(outcome.applied) == len(STORY)
    assert any("straight from the newest spec" in one for one in said)
    assert shapes(engine) | {"crmspec_release": Shape()} == {
        **replayed(other_engine, checkout), "crmspec_release": Shape()}
    assert read_status(engine, checkout.folder, NO_CONTACT).retired == ()
    checkout.deploy(other_engine, NO_CONTACT)
    checkout.generate(BASE)
    for one in (engine, other_engine):
        checkout.deploy(one, BASE)
        with one.connect() as connection:
            assert [str(drift) for drift in find_drift(connection, BASE)] == []
    assert shapes(engine) == shapes(other_engine)


def test_an_edited_revision_is_gone_through(engine: sa.Engine, checkout: Checkout) -> None:
    """What somebody wrote into a revision by hand is not left out because it is not in the spec."""
    for spec in STORY:
        checkout.generate(spec)
    first = sorted((checkout.folder / "migrations" / "versions").glob("*.py"))[0]
    text = first.read_text("utf-8")
    by_hand = 'run(sqlite=["CREATE TABLE mine (id TEXT)"], postgresql=["CREATE TABLE mine (id text)"])'
    first.write_text(text.replace("def upgrade() -> None:\n", f"def upgrade() -> None:\n    {by_hand}\n"), "utf-8")
    checkout.deploy(engine, NO_CONTACT)
    assert "mine" in shapes(engine)


@given(st.data())
@settings(max_examples=2 * EXAMPLES, deadline=None, derandomize="CRMSPEC_EXAMPLES" not in os.environ,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_the_history(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Random specs after one another: straight and replayed are one shape, on SQLite with all that is out of sight."""
    first: Spec = data.draw(specs())
    second: Spec = data.draw(changed(first))
    third: Spec = data.draw(changed(second))
    assume(first != second and second != third)
    folder = tmp_path_factory.mktemp("history")
    checkout = Checkout(folder / "project")
    checkout.folder.mkdir()
    engines = [open_database(f"sqlite:///{folder / name}") for name in ("straight.db", "replayed.db")]
    try:
        try:
            for spec in (first, second, third):
                checkout.generate(spec)
        except Refused:  # a pair that looks like a rename asks
            assume(False)
        checkout.deploy(engines[0], third)
        assert shapes(engines[0])["crmspec_retired"] == replayed(engines[1], checkout)["crmspec_retired"]
        straight, whole = shapes(engines[0]), shapes(engines[1])
        assert {name: shape for name, shape in straight.items() if name != "crmspec_release"} == {
            name: shape for name, shape in whole.items() if name != "crmspec_release"}
    finally:
        for engine in engines:
            engine.dispose()
