"""A squashed history makes what the whole one made, and no database notices."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command

from crmspec.artifact import carry_out_squash, squashed
from crmspec.deploy import find_drift, history, rollback
from crmspec.diagnostics import Refused
from crmspec.history import history_problems, read_files
from tests.deploy.project import Checkout
from tests.deploy.specs import BASE
from tests.deploy.test_alembic import config
from tests.deploy.test_straight import NO_CONTACT, STORY, shapes


def squash(checkout: Checkout) -> None:
    """Squash everything there is."""
    made = squashed(checkout.folder, read_files(checkout.folder))
    assert made is not None
    carry_out_squash(checkout.folder, made)
    assert history_problems(checkout.folder) == ()
    assert len(read_files(checkout.folder)) == 1


def test_squashed_is_the_same_as_replayed(engine: sa.Engine, other_engine: sa.Engine, checkout: Checkout) -> None:
    """With what is out of sight; the old database has nothing to do, and both take the next revisions."""
    for spec in STORY:
        checkout.generate(spec)
    command.upgrade(config(checkout, other_engine), "head")
    checkout.deploy(other_engine, NO_CONTACT)
    squash(checkout)
    assert not checkout.deploy(other_engine, NO_CONTACT).changed
    command.upgrade(config(checkout, engine), "head")
    command.upgrade(config(checkout, other_engine), "head")
    assert shapes(engine) == shapes(other_engine)
    checkout.generate(BASE)
    for one in (engine, other_engine):
        checkout.deploy(one, BASE)
        with one.connect() as connection:
            assert [str(drift) for drift in find_drift(connection, BASE)] == []
    squash(checkout)  # the baseline and what came after it
    assert not any(checkout.deploy(one, BASE).changed for one in (engine, other_engine))
    assert [entry.revision for entry in history(engine)][-1] == read_files(checkout.folder)[-1].name


def test_going_back_behind_a_baseline_is_refused(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """The way there is not in the project any more, and it is said where it is."""
    checkout.deploy(sqlite_engine, STORY[0])
    checkout.deploy(sqlite_engine, STORY[1])
    squash(checkout)
    with pytest.raises(Refused) as caught:
        rollback(checkout.folder, sqlite_engine)
    assert [one.code for one in caught.value.diagnostics] == ["CRM575"]
    assert "before the squash" in caught.value.diagnostics[0].help
    assert len(history(sqlite_engine)) == 2


def test_a_baseline_can_be_undone(sqlite_engine: sa.Engine, checkout: Checkout) -> None:
    """Plain Alembic goes down and up again over a baseline."""
    for spec in STORY:
        checkout.generate(spec)
    squash(checkout)
    command.upgrade(config(checkout, sqlite_engine), "head")
    before = shapes(sqlite_engine)
    command.downgrade(config(checkout, sqlite_engine), "base")
    command.upgrade(config(checkout, sqlite_engine), "head")
    assert shapes(sqlite_engine).keys() >= before.keys()
