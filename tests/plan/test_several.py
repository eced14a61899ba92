"""Several values become one, or a text: which one is said, and where nobody said it, several are refused."""

from __future__ import annotations

import pytest

from crmspec.plan import make_plan
from crmspec.spec import Convert
from tests.plan.building import Database, field, spec, thing
from tests.plan.online import ALL, OnlineDatabase

RIVAL = thing("rival", field("name"))
TAGS = field("tags", "multi_picklist", options="new hot cold")
BEFORE = spec(RIVAL, thing("deal", field("name"), TAGS, field("rivals", "many_to_many", to="rival")))


@pytest.fixture
def filled(database: Database) -> Database:
    """Three deals: with several values, with one, and with none."""
    database.follow(BEFORE)
    rivals = [database.insert("rival", name=name) for name in ("A", "B")]
    deals = [database.insert("deal", name=name) for name in ("several", "one", "none")]
    for tag in ("hot", "cold"):
        database.insert("deal__tags", record_id=deals[0], value=tag)
    database.insert("deal__tags", record_id=deals[1], value="new")
    for rival in rivals:
        database.insert("deal__rivals", record_id=deals[0], target_id=rival)
    database.insert("deal__rivals", record_id=deals[1], target_id=rivals[1])
    return database


def after(**fields: object) -> object:
    return spec(RIVAL, thing("deal", field("name"), *fields.values()))  # type: ignore[arg-type]


def picked(keep: str = "", options: str = "new hot cold", **said: object) -> object:
    return field("tags", "picklist", options=options, convert=Convert(keep=keep, **said))  # type: ignore[arg-type]


def pointed(keep: str = "") -> object:
    return field("rivals", "lookup", to="rival", convert=Convert(keep=keep))  # type: ignore[arg-type]


def test_several_are_refused_and_shown(filled: Database) -> None:
    failing = filled.failing(after(tags=picked(), rivals=pointed()))  # type: ignore[arg-type]
    assert {address: count for address, (count, _) in failing.items()} == {"deal.tags": 1, "deal.rivals": 1}
    assert "cold, hot" in (failing["deal.tags"][1] or "")


def test_the_first_or_the_last_is_kept_and_all_of_them_come_back(filled: Database) -> None:
    """Options count in their own order; going back, every value is there again."""
    filled.follow(after(tags=picked("first"), rivals=pointed("last")))  # type: ignore[arg-type]
    assert filled.values("deal", "tags") == ["hot", "new", None]
    names = dict(filled.values("rival", "id", "name"))
    assert [names.get(key) for key in filled.values("deal", "rivals_id")] == ["B", "B", None]
    filled.follow(BEFORE, backward=True)
    assert filled.values("deal__tags", "value", order="value") == ["cold", "hot", "new"]
    assert len(filled.values("deal__rivals", "target_id", order="target_id")) == 3


def test_options_that_go_need_a_map_or_a_word_for_the_rest(filled: Database) -> None:
    less = picked("first", "warm new")
    assert filled.failing(after(tags=less))["deal.tags"][0] == 1  # type: ignore[arg-type]
    filled.follow(after(tags=picked("first", "warm new", map={"hot": "warm"})))  # type: ignore[arg-type]
    assert filled.values("deal", "tags") == ["warm", "new", None]


def test_what_is_no_option_becomes_what_is_said(filled: Database) -> None:
    filled.follow(after(tags=picked("last", "new", otherwise="empty")))  # type: ignore[arg-type]
    assert filled.values("deal", "tags") == [None, "new", None]


def test_several_become_a_text(filled: Database) -> None:
    filled.follow(after(tags=field("tags")))  # type: ignore[arg-type]
    assert filled.values("deal", "tags") == ["cold, hot", "new", None]


def test_the_plan_poses_no_loss_where_values_become_one() -> None:
    plan = make_plan(BEFORE, after(tags=picked("first"), rivals=field("rivals")))  # type: ignore[arg-type]
    assert {(one.name, one.address) for one in plan.hazards} >= {
        ("rewrites_table", "deal.tags"), ("loses_data", "deal.rivals")}


def test_what_is_chosen_meanwhile_counts(postgres_url: str) -> None:
    """On PostgreSQL the values are worked out before the release: what people choose until then is not missed."""
    database = OnlineDatabase(postgres_url)
    try:
        database.follow(BEFORE)
        deal, other = database.insert("deal", name="one"), database.insert("deal", name="two")
        database.insert("deal__tags", record_id=other, value="hot")

        def meanwhile(step: int) -> None:
            database.execute("DELETE FROM deal__tags")
            if step != ALL:
                database.insert("deal__tags", record_id=deal, value=("new", "hot", "cold")[step % 3])
                database.insert("deal__tags", record_id=other, value="new")
            else:
                database.insert("deal__tags", record_id=deal, value="cold")

        database.meanwhile = meanwhile
        database.follow(after(tags=picked()))  # type: ignore[arg-type]
        assert database.values("deal", "tags") == ["cold", None]
        assert database.left_in_preparation() == []
    finally:
        database.close()
