"""Every row of the list of migration cases is deployed for real, or says why it cannot occur."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmspec.deploy import open_database
from crmspec.deploy.state import ensure_state
from tests.deploy.stories import FOLDER, Story, read_story, stories
from tests.deploy.telling import Telling
from tests.postgres_server import PostgresServer

ROOT = Path(__file__).parents[2]
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


# --- the list ---

LAST = {"A": 26, "B": 24, "C": 36, "D": 34, "E": 26, "F": 16, "G": 16, "H": 12, "I": 14, "J": 10, "K": 14, "L": 10,
        "M": 8, "N": 14, "O": 12, "P": 18}
_ROW = re.compile(r"^\| ([A-P]\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
_PLACE = re.compile(r"`([\w/]+\.(?:txt|py))(?:::(\w+))?`")


def test_every_row_has_a_case_a_test_or_a_reason() -> None:
    """The table has every row once and in order, and what it names is there and speaks of the row."""
    rows = _ROW.findall((FOLDER / "README.md").read_text("utf-8"))
    numbers = [f"{letter}{n}" for letter, last in LAST.items() for n in range(2, last + 2, 2)]
    assert [row for row, _, _ in rows] == numbers
    told = {story.file.name: story.rows for story in map(read_story, stories())}
    assert {row for several in told.values() for row in several} <= {row for row, _, _ in rows}
    for row, _, where in rows:
        places = _PLACE.findall(where)
        assert places or where.startswith("Cannot occur: "), row
        for file, name in places:
            if file.endswith(".txt"):
                assert where.startswith("Cannot occur: ") or row in told[file], row
            else:
                assert f"def {name}" in (ROOT / file).read_text("utf-8"), row
