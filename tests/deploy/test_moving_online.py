"""Records that move to another object are not wrong where a large table is prepared beside what is in use."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmspec.deploy import Project, deploy, open_database, rollback
from crmspec.plan import HAZARDS
from crmspec.spec import Convert, Environment
from tests.plan.building import field, spec, thing
from tests.plan.test_moving import CONTACT, INTO, LEAD, deal, split_specs

LOCAL = Environment(name="local", database="")
MERGED = (spec(LEAD, CONTACT, deal("lead", "lead contact deal", "lead")),
          spec(CONTACT, deal("contact", "contact deal", "contact"), merges=(INTO,)))
ROW = "INSERT INTO {} (id, created_at, updated_at, {}) VALUES ('{}', now(), now(), {})"
ID = "00000000-0000-7000-8000-{:012d}"


@pytest.mark.parametrize("way", ["merged", "split"])
def test_everything_is_prepared_and_nothing_is_lost(postgres_url: str, tmp_path: Path, way: str) -> None:
    before, after = MERGED if way == "merged" else split_specs()
    engine = open_database(postgres_url)
    deploy(Project(spec=before, folder=tmp_path), engine, environment=LOCAL)
    source = "lead" if way == "merged" else "contact"
    point = "one_id, any_id, any_object" if way == "merged" else "one_id"
    of = f"'{ID.format(1)}', '{ID.format(1)}', 'lead'" if way == "merged" else f"'{ID.format(1)}'"
    with engine.begin() as connection:
        connection.exec_driver_sql(ROW.format(source, "name, status", ID.format(1), "'N', 'new'"))
        connection.exec_driver_sql(ROW.format("deal", point, ID.format(2), of))
    deploy(Project(spec=after, folder=tmp_path), engine, environment=LOCAL, allow=tuple(HAZARDS), online_above=0)
    target = "contact" if way == "merged" else "lead"
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT name FROM {target}").scalars().all() == ["N"]
        assert str(connection.exec_driver_sql("SELECT one_id FROM deal").scalar()) == ID.format(1)
    rollback(tmp_path, engine, online_above=0)
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT name FROM {source}").scalars().all() == ["N"]
        assert str(connection.exec_driver_sql("SELECT one_id FROM deal").scalar()) == ID.format(1)
    engine.dispose()


def test_a_text_is_cut_while_people_write(postgres_url: str, tmp_path: Path) -> None:
    engine = open_database(postgres_url)
    deploy(Project(spec=spec(thing("lead", field("likes"))), folder=tmp_path), engine, environment=LOCAL)
    with engine.begin() as connection:
        connection.exec_driver_sql(ROW.format("lead", "likes", ID.format(1), "'red; blue;red'"))
    likes = field("likes", "multi_picklist", options="red blue", convert=Convert(at=";"))
    deploy(Project(spec=spec(thing("lead", likes)), folder=tmp_path), engine, environment=LOCAL,
           allow=tuple(HAZARDS), online_above=0)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT value FROM lead__likes ORDER BY 1").scalars().all()
    assert found == ["blue", "red"]
    engine.dispose()
