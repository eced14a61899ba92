"""Every row of the list of migration cases is deployed for real, or says why it cannot occur."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmspec.deploy import open_database
from crmspec.deploy.state import ensure_state
from tests.deploy.stories import Story, read_story, stories
from tests.deploy.telling import Telling
from tests.postgres_server import PostgresServer

TOLD = [(story, engine) for story in map(read_story, stories()) for engine in story.engines]


@pytest.fixture(scope="module")
def prepared(postgres_server: PostgresServer) -> Iterator[str]:
    """A database that has crmspec's own tables already: copying it is cheaper than making them for every case."""
    name = postgres_server.create_database()
    engine = open_database(postgres_server.url(name))
    with engine.begin() as connection:
        ensure_state(connection)
    engine.dispose()
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An empty database of the kind that the case names."""
    if request.getfixturevalue("kind") == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path}/crm.db")
        yield engine
        engine.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database(template=request.getfixturevalue("prepared"))
    engine = open_database(server.url(name))
    yield engine
    engine.dispose()
    server.drop_database(name)


@pytest.mark.parametrize(("story", "kind"), TOLD, ids=[f"{story.file.stem}-{engine}" for story, engine in TOLD])
def test_the_case(story: Story, kind: str, place: sa.Engine, tmp_path: Path, update: bool) -> None:
    """The plan, the refusal and what is read back are as written; and the three things hold."""
    story = read_story(story.file)  # an update on the other database may have changed it meanwhile
    assert kind == place.dialect.name
    folder = tmp_path / "project"
    folder.mkdir()
    Telling(story, place, folder, update=update).tell()
